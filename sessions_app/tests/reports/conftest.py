"""Today is Wednesday, 18 November 2026, in English."""

from datetime import datetime, time

import pytest
from django.utils import translation

from cashpilot import periods
from sessions_app.tests.reports.sold import TODAY


@pytest.fixture(autouse=True)
def _today():
    with translation.override("en"), periods.at(datetime.combine(TODAY, time(18), periods.ASUNCION)):
        yield

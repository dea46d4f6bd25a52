"""A shift of Ana in each state, at 20:30 in Asunción."""

import pytest
from django.utils import translation

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.tests.domain.rules.sentences import NOW
from testing.factories import ShiftFactory


@pytest.fixture(autouse=True)
def _clock_and_language():
    with periods.at(NOW), translation.override("en"):
        yield


@pytest.fixture
def opened(ana):
    return ShiftFactory(cashier=ana)


@pytest.fixture
def closed(ana):
    return ShiftFactory(closed=True, cashier=ana)


@pytest.fixture
def deleted(closed, marta):
    return mark_actions.delete_shift(closed.pk, reason="twice", by=marta)


@pytest.fixture
def closed_of_beto(beto):
    return ShiftFactory(closed=True, cashier=beto, register=2)

"""The command that looks for what should not be; each check has its tests beside ledger/test_integrity.py."""

from io import StringIO

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_an_empty_database_agrees():
    told = StringIO()
    call_command("verify_integrity", stdout=told)
    assert "Everything agrees: 0 shifts, 0 movements" in told.getvalue()

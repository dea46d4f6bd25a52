"""Whence is read and where is written, beside a replica. A real one: cashpilot/tests/web/test_failover.py."""

import pytest

from cashpilot.db import replica
from sessions_app.models import CashSession

pytestmark = pytest.mark.one_engine


def test_outside_a_report_the_database_itself_is_read():
    assert replica.Router().db_for_read(CashSession) == "default"


def test_what_is_written_goes_to_the_database_wherever_it_was_read():
    row = CashSession()
    row._state.db = replica.ALIAS
    assert replica.Router().db_for_write(CashSession, instance=row) == "default"
    assert replica.Router().allow_relation(row, CashSession())


def test_a_replica_is_never_migrated():
    migrated = [alias for alias in ("default", replica.ALIAS) if replica.Router().allow_migrate(alias, "accounts")]
    assert migrated == ["default"]


def test_without_a_replica_nothing_is_asked_and_nothing_said():
    with replica.reading() as known_until:
        assert known_until is None
        assert replica.Router().db_for_read(CashSession) == "default"

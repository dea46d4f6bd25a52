"""On SQLite one writes at a time, and whoever waits for it begins as soon as the other has ended."""

import sqlite3
from contextlib import closing

import pytest
from django.db import OperationalError, connection, transaction

from cashpilot.db.sqlite3 import base
from pharmacies.models import Pharmacy
from testing.factories import PharmacyFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL locks rows, and wakes who waits"),
]


@pytest.fixture
def somebody():
    """Another connection, of somebody who has begun to write."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


@pytest.fixture
def naps(monkeypatch):
    """The seconds slept, one after the other, on a clock that only sleeping moves; what `naps.then` says is done."""
    naps = Naps()
    monkeypatch.setattr(base, "sleep", naps.sleep)
    monkeypatch.setattr(base, "monotonic", lambda: sum(naps.taken))
    return naps


class Naps:
    def __init__(self):
        self.taken = []
        self.then = lambda: None

    def sleep(self, seconds):
        self.taken.append(seconds)
        self.then()


def test_a_transaction_begins_five_milliseconds_after_the_other_has_ended_at_most(somebody, naps):
    naps.then = lambda: somebody.execute("ROLLBACK") if len(naps.taken) == 3 else None
    with transaction.atomic():
        PharmacyFactory(name="Central")
    assert naps.taken == [0.005, 0.005, 0.005]
    assert Pharmacy.objects.get().name == "Central"


def test_nobody_waits_where_nobody_writes(naps):
    with transaction.atomic():
        PharmacyFactory()
    assert naps.taken == []


def test_whoever_waited_for_twenty_seconds_is_told_that_the_database_is_locked(somebody, naps):
    with pytest.raises(OperationalError, match="database is locked"), transaction.atomic():
        pytest.fail("it began beside another one")
    assert sum(naps.taken) == pytest.approx(20, abs=0.005)


def test_after_such_a_refusal_the_connection_writes_again(somebody, naps):
    with pytest.raises(OperationalError, match="database is locked"), transaction.atomic():
        pytest.fail("it began beside another one")
    somebody.execute("ROLLBACK")
    PharmacyFactory(name="Central")
    assert Pharmacy.objects.get().name == "Central"


def test_a_transaction_that_cannot_begin_for_another_reason_is_not_tried_again(naps):
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        with pytest.raises(OperationalError, match="within a transaction"), transaction.atomic():
            pytest.fail("it began")
        cursor.execute("ROLLBACK")
    assert naps.taken == []


def test_statements_of_a_transaction_wait_in_the_way_of_sqlite(naps):
    with transaction.atomic(), connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20_000,)

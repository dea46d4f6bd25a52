"""A backup of one engine is restored on the other, and back again: nothing of it has changed."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection

from cashpilot.db import backups, engines
from cashpilot.db.progress import quiet
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.models import Batch, Source
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif("connection.vendor == 'sqlite'", reason="it needs both engines")
AWKWARD = 'tab\there, a "quote", \\N, \\., two\nlines\r\nand ₲ ñ'


@pytest.fixture
def written(ana):
    """Write what each engine keeps in its own way: times, truth, texts with marks, JSON, bytes, numbers used up."""
    shift = ShiftFactory(cashier=ana)
    movement_actions.add_movement(shift.pk, new=NewMovement("expense", 1_000, AWKWARD), by=ana)
    shift_actions.close_shift(shift.pk, by=ana, final_cash=499_000)
    moment = datetime(2026, 1, 2, 3, 4, 5, 120_000, UTC)
    source = Source.objects.create(kind="bank", name="Itaú", remembered={"z": 1, "a": [None, "ñ", 1.5], "long key": {}})
    Batch.objects.create(source=source, content=b"\x00\\\xff", created_at=moment, created_by=ana)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('sessions_app_cashsession', 'id'), 4711)")
    return shift


@pytest.fixture
def on_sqlite(tmp_path):
    return {
        **connection.settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "shop.sqlite3"),
        "OPTIONS": {},
    }


@pytest.fixture
def elsewhere(db):
    name = connection.settings_dict["NAME"] + "_elsewhere"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    yield {**connection.settings_dict, "NAME": name}
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{name[:30]}"])
        for (made,) in cursor.fetchall():
            if made != connection.settings_dict["NAME"]:
                cursor.execute(f'DROP DATABASE "{made}" WITH (FORCE)')


def restored(path, settings, progress=quiet):
    with backups.opened(path, progress) as (manifest, payload):
        backups.put_back(settings, manifest, payload, progress)
        return manifest


@on_postgresql
def test_from_postgresql_to_sqlite_and_back_every_table_and_the_next_numbers_are_as_before(
    written, on_sqlite, elsewhere, tmp_path
):
    backups.create(connection.settings_dict, tmp_path / "first.zip", quiet)
    first = restored(tmp_path / "first.zip", on_sqlite)
    with closing(sqlite3.connect(on_sqlite["NAME"])) as moved:
        assert moved.execute("SELECT description FROM sessions_app_movement").fetchone() == (AWKWARD,)
        assert moved.execute("SELECT content FROM sessions_app_batch").fetchone() == (b"\x00\\\xff",)
        assert moved.execute("SELECT seq FROM sqlite_sequence WHERE name = 'sessions_app_cashsession'").fetchone() == (
            4711,
        )
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            moved.execute("DELETE FROM sessions_app_historicalcashsession")
    backups.create(on_sqlite, tmp_path / "second.zip", quiet)
    restored(tmp_path / "second.zip", elsewhere)
    again = backups.create(elsewhere, tmp_path / "third.zip", quiet)
    assert again.tables == first.tables
    with engines.PostgreSQL(elsewhere).connect(elsewhere["NAME"]) as back:
        query = "SELECT nextval(pg_get_serial_sequence('sessions_app_cashsession', 'id'))"
        assert back.execute(query).fetchone() == (4712,)
        with pytest.raises(psycopg.Error, match="append-only"):
            back.execute("DELETE FROM sessions_app_historicalcashsession")

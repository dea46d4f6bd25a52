"""CashPilot behind a real PgBouncer that hands a connection on after each transaction. Left out where there is none."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from time import monotonic

import environ
import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, close_old_connections, connection, transaction

from cashpilot.db.postgresql import base
from sessions_app.models import CashSession
from testing.client import signed_in
from testing.crowd import browser
from testing.database import disagreements
from testing.factories import ShiftFactory
from testing.pgbouncer import pgbouncer
from testing.profiles import PROVING
from testing.server import Gunicorn

pytestmark = [pytest.mark.pooler, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "jit")
LEFT_BY_A_SESSION = (
    "pg_prepared_statements",
    "pg_cursors WHERE is_holdable",
    "pg_locks WHERE locktype = 'advisory'",
    "pg_listening_channels()",
)
EXPORTS, SHIFTS = (24, 1500) if PROVING else (6, 40)


@contextmanager
def reached_by(address, **settings):
    """From here on everything that asks the database goes by that address."""
    there = environ.Env.db_url_config(address)
    changed = {key: there[key] for key in ("HOST", "PORT", "USER", "PASSWORD")} | settings
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(changed)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(kept)


@pytest.fixture
def owner(db):
    return connection.settings_dict["USER"]


@contextmanager
def pooled(user, **settings):
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "options"}
    with pgbouncer(user, **settings) as address, reached_by(address, POOLED=True, OPTIONS=options):
        yield address


def shown(*names):
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
        return cursor.fetchone()


@contextmanager
def a_transaction_of_somebody_else(address):
    """It keeps one of the pooler's connections."""
    there = environ.Env.db_url_config(address)
    facts = {"host": there["HOST"], "port": there["PORT"], "user": there["USER"], "dbname": there["NAME"]}
    with closing(psycopg.connect(**facts)) as other:
        other.execute("SELECT 1")
        yield other


def test_an_address_of_a_pooler_that_does_not_say_so_is_told_what_to_write(owner):
    with pgbouncer(owner) as address, reached_by(address):
        assert connection.fault() == base.A_POOLER
        with pytest.raises(OperationalError, match=r"write \?pooled=1"):
            connection.ensure_connection()


def test_a_pooler_that_passes_over_the_limits_is_noticed(owner):
    with pgbouncer(owner, more="ignore_startup_parameters = options") as address, reached_by(address):
        assert connection.fault() == base.NO_LIMITS
        assert shown("lock_timeout") == ("0",)


def test_within_a_transaction_the_limits_hold_and_outside_nothing_of_them_is_left_to_others(owner):
    with pooled(owner, size=1):
        assert shown(*LIMITS) == ("0", "0", "0", "on")
        with transaction.atomic():
            assert shown(*LIMITS) == ("4s", "15s", "30s", "off")
        assert shown(*LIMITS) == ("0", "0", "0", "on")
        assert connection.fault() == base.NO_LIMITS


def test_the_role_that_serves_has_limits_outside_a_transaction_too(owner, settings):
    role = f"{connection.settings_dict['NAME']}_pooled"
    call_command("runtime_role", role, "--apply", verbosity=0)
    try:
        with pooled(role):
            assert shown(*LIMITS) == ("4s", "15s", "30s", "off")
            assert connection.fault() == ""
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_what_is_read_in_parts_outside_a_transaction_is_whole_whoever_takes_the_connection_meanwhile(owner, ana):
    shifts = {ShiftFactory(closed=True, cashier=ana).pk for _ in range(5)}
    with pooled(owner, size=2) as address:
        read = CashSession.objects.values_list("pk", flat=True).iterator(1)
        found = {next(read)}
        with a_transaction_of_somebody_else(address):
            assert found | set(read) == shifts


def test_within_a_transaction_rows_are_still_read_from_the_server_in_parts(owner, ana):
    ShiftFactory(cashier=ana)
    with pooled(owner), transaction.atomic():
        read = CashSession.objects.iterator(1)
        next(read)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_cursors")
            assert cursor.fetchone() == (1,)


def test_a_shift_is_closed_and_shown_and_nothing_of_the_session_stays_at_the_server(owner, ana, marta):
    shift = ShiftFactory(cashier=ana)
    with pooled(owner, size=1):
        client = signed_in(marta)
        answer = client.post(f"/sessions/{shift.pk}/close/", {"final_cash": "500.000", "card": "1.000"})
        assert answer.status_code == 302
        for path in ("/", "/sessions/", f"/sessions/{shift.pk}/", "/reports/", "/sessions/export.csv"):
            assert client.get(path, follow=True).status_code == 200
        with connection.cursor() as cursor:
            for left in LEFT_BY_A_SESSION:
                cursor.execute(f"SELECT * FROM {left}")
                assert cursor.fetchall() == []
    shift.refresh_from_db()
    assert (shift.status, shift.final_cash) == ("closed", 500_000)
    assert disagreements() == []


def test_who_finds_every_connection_taken_is_told_so_in_words(owner, marta):
    client = signed_in(marta)
    client.raise_request_exception = False
    with pooled(owner, size=1, wait=3) as address:
        with a_transaction_of_somebody_else(address):
            begun = monotonic()
            answer = client.get("/sessions/")
            assert (answer.status_code, monotonic() - begun < 30) == (503, True)  # PgBouncer's own default is 120
            assert "La base de datos está ocupada o no responde" in answer.text
        close_old_connections()  # as a request of a server begins, unlike one of the test's client
        assert client.get("/sessions/").status_code == 200


@pytest.mark.parametrize("command", ["verify_integrity", "backup"])
def test_a_command_that_takes_long_asks_for_the_server_itself(command, owner, tmp_path):
    with pooled(owner), pytest.raises(CommandError, match="Behind a pooler"):
        call_command(command, *[tmp_path / "a.zip"] * (command == "backup"))


def export(till):
    with closing(till):
        return till.get("/sessions/export.csv")


@pytest.mark.proof("Behind PgBouncer (transactions), by 5 connections, every one of many exports at once is whole")
def test_exports_at_once_behind_a_pooler_are_whole(owner, ana, marta, record_property):
    for _ in range(SHIFTS):
        ShiftFactory(closed=True, cashier=ana)
    whole = signed_in(marta).get("/sessions/export.csv").getvalue().decode()
    with (
        pgbouncer(owner) as address,
        Gunicorn({**os.environ, "DATABASE_URL": f"{address}?pooled=1"}) as running,
        ThreadPoolExecutor(EXPORTS) as pool,
    ):
        answers = list(pool.map(export, [browser(running.port, marta) for _ in range(EXPORTS)]))
    assert [(answer.status, answer.page == whole) for answer in answers] == [(200, True)] * EXPORTS
    assert whole.count("\n") == SHIFTS + 1
    record_property("measured", f"{EXPORTS} exports of {SHIFTS} shifts: {EXPORTS} whole")

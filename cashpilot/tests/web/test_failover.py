"""Two servers of PostgreSQL, one following the other: the first is killed, and reports are read from the second."""

import os
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count, pairwise
from pathlib import Path
from time import monotonic

import environ
import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from cashpilot.tests.web.test_faults import (
    CLIENTS,
    SENT,
    check_sent_again,
    check_what_each_was_told,
    forms,  # noqa: F401 - a fixture
    marta,  # noqa: F401 - a fixture
    on_postgresql,
    send,
    send_all,
    summary,
)
from postgres import SAFE, USER, Server, run, server
from testing import patroni
from testing.crowd import browser
from testing.factories import PharmacyFactory, ShiftFactory
from testing.pgbouncer import pgbouncer
from testing.profiles import PROVING
from testing.server import PATIENCE, Gunicorn, within

pytestmark = [
    pytest.mark.slow,
    on_postgresql,
    pytest.mark.skipif(not PROVING, reason="two servers of its own take a minute: make prove"),
    pytest.mark.django_db(transaction=True),
]
REPORT = "/reports/sales/"
NAME = "following"  # of the standby, at the primary


@contextmanager
def following(primary):
    """A standby of `primary`, as fresh as its last transaction once it has caught up."""
    folder = Path(tempfile.mkdtemp(prefix="cashpilot-", dir="/tmp"))
    if USER:
        shutil.chown(folder, USER)
    standby = Server(primary.programs, folder, SAFE)
    try:
        copied = [f"--host={primary.folder}", "--username=cashpilot", "--write-recovery-conf", "--checkpoint=fast"]
        run(primary.programs / "pg_basebackup", *copied, f"--pgdata={folder / 'data'}", cwd=folder)
        source = f"host={primary.folder} user=cashpilot application_name={NAME}"
        with (folder / "data" / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"primary_conninfo = '{source}'\n")
        standby.start()
        yield standby
    finally:
        subprocess.run(
            [primary.programs / "pg_ctl", "--pgdata", folder / "data", "--mode=immediate", "stop"],
            user=USER,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        shutil.rmtree(folder)


def ask(of, query):
    there = environ.Env.db_url_config(of.address)
    with psycopg.connect(host=there["HOST"], user=there["USER"], dbname=there["NAME"], autocommit=True) as own:
        return own.execute(query).fetchone()[0]


def tell(of, statement):
    there = environ.Env.db_url_config(of.address)
    with psycopg.connect(host=there["HOST"], user=there["USER"], dbname=there["NAME"], autocommit=True) as own:
        own.execute(statement)


def address(*servers):
    """The one of them that can be written to."""
    folders = ",".join(str(one.folder) for one in servers)
    return f"postgres://cashpilot@/postgres?host={folders}&target_session_attrs=read-write"


@pytest.fixture
def pair(monkeypatch):
    """A primary in the place of the suite's, and a standby without which it acknowledges nothing."""
    with server(SAFE) as primary:
        there = environ.Env.db_url_config(primary.address)
        for name in ("NAME", "HOST", "PORT", "USER"):
            monkeypatch.setitem(connection.settings_dict, name, there[name])
        connection.close()
        call_command("migrate", verbosity=0)
        with following(primary) as standby:
            tell(primary, f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
            tell(primary, "SELECT pg_reload_conf()")
            in_step = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
            assert within(PATIENCE, lambda: ask(primary, in_step) == 1)
            yield primary, standby
            connection.close()


@pytest.mark.proof(
    "The primary is killed under closes and a synchronous standby takes over: nothing lost, half or twice"
)
def test_a_primary_that_is_killed_loses_nothing(pair, forms, marta, monkeypatch, record_property):  # noqa: F811
    primary, standby = pair
    took = []

    def fail_over():
        begun = monotonic()
        primary.crash()
        run(standby.programs / "pg_ctl", "--pgdata", standby.folder / "data", "--wait", "promote", cwd=standby.folder)
        took.append(monotonic() - begun)

    with Gunicorn({**os.environ, "DATABASE_URL": address(primary, standby)}, "--threads=8") as running:
        till = browser(running.port, marta)
        outcomes = send_all(till, forms, [(SENT // 2, fail_over)])
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "HOST", str(standby.folder))
        check_what_each_was_told(forms, outcomes)
        check_sent_again(till, forms)
    primary.start()  # as the fixture stops it
    record_property("measured", f"in {SENT} closes: {summary(outcomes)}; the standby took over in {took[0]:.1f} s")


@pytest.fixture
def cluster(monkeypatch):
    """Two servers under Patroni in the place of the suite's, by way of their proxy."""
    with patroni.cluster() as made:
        there = {"NAME": "postgres", "HOST": "127.0.0.1", "PORT": made.port, "USER": "cashpilot"}
        for name, value in there.items():
            monkeypatch.setitem(connection.settings_dict, name, value)
        connection.close()
        call_command("migrate", verbosity=0)
        yield made
        connection.close()


@contextmanager
def straight(cluster):
    yield f"postgres://cashpilot@127.0.0.1:{cluster.port}/postgres"


@contextmanager
def pooled(_cluster):
    """By way of a PgBouncer before the proxy; it tries a server that refused it again after a second, not fifteen."""
    with pgbouncer("cashpilot", size=8, wait=4, more="server_login_retry = 1\nserver_connect_timeout = 2") as address:
        yield f"{address}?pooled=1"


@pytest.mark.skipif(not patroni.is_here(), reason="it takes patroni, etcd, haproxy and pgbouncer: make prove-ha")
@pytest.mark.proof(
    "Under Patroni the primary dies in the midst of closes: another takes over, nothing lost, half or twice"
)
@pytest.mark.parametrize("by_way", [straight, pooled], ids=["straight", "pooled"])
def test_patroni_replaces_a_dead_primary_and_nothing_is_lost(by_way, cluster, forms, marta, record_property):  # noqa: F811
    """Whoever is told that nothing was saved, or that it is unknown, sends the same again."""
    numbers, saved = count(1), []

    def close(form):
        assert within(2 * PATIENCE, lambda: send(till, form) == "saved")
        saved.append(monotonic())
        if next(numbers) == SENT // 2:
            cluster.primary().lose_power()

    with by_way(cluster) as address, Gunicorn({**os.environ, "DATABASE_URL": address}, "--threads=8") as running:
        till = browser(running.port, marta)
        connection.close()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(close, forms))
        check_what_each_was_told(forms, ["saved"] * SENT)
        check_sent_again(till, forms)
    longest = max(later - earlier for earlier, later in pairwise(sorted(saved)))
    measured = f"{SENT} closes: 0 lost, 0 half, 0 twice; {longest:.0f} s without a close"
    record_property("measured", f"{by_way.__name__}: {measured}")


def figures(answer):
    return re.findall(r"<tbody.*?</tbody>", answer.page, re.S)


@pytest.mark.proof("Reports are read from a replica, say how late it is, and go on without it")
def test_reports_are_read_from_a_replica(pair, marta, record_property):  # noqa: F811
    primary, standby = pair
    environment = {"DATABASE_URL": primary.address, "REPORTS_DATABASE_URL": standby.address}
    place = PharmacyFactory()
    ShiftFactory(closed=True, cashier=marta, pharmacy=place, final_cash=777_777)
    connection.close()
    tell(primary, "ALTER SYSTEM RESET synchronous_standby_names")
    tell(primary, "SELECT pg_reload_conf()")
    with Gunicorn({**os.environ, **environment}) as running, closing(browser(running.port, marta)) as till:
        behind = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) FROM pg_stat_replication"
        assert within(PATIENCE, lambda: ask(primary, behind) == 0)
        in_step = till.get(REPORT)
        assert (in_step.status, "reports are not read" in running.said()) == (200, False)

        tell(standby, "SELECT pg_wal_replay_pause()")
        ShiftFactory(closed=True, cashier=marta, pharmacy=place, final_cash=888_888)
        connection.close()
        late = till.get(REPORT)
        assert (late.status, "page__about" in late.page, figures(late)) == (200, True, figures(in_step))
        assert late.page.count('<p class="muted') == in_step.page.count('<p class="muted') + 1  # until when it knows

        standby.crash()
        without = till.get(REPORT)
        assert (without.status, "reports are not read from the replica" in running.said()) == (200, True)
        assert figures(without) != figures(late)
        standby.start()
    record_property("measured", "in step: nothing said; behind: since when; gone: the primary answers")

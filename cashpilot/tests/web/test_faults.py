"""A server that dies, a database that dies, waits or is full: nothing half, nothing lost, and a page that says so."""

import itertools
import os
import resource
import signal
import subprocess
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from http.client import HTTPException
from pathlib import Path
from threading import Event
from time import monotonic
from typing import NamedTuple
from uuid import uuid4

import environ
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext

from postgres import SAFE, server
from sessions_app.models import CashSession
from testing import templates
from testing.crowd import browser
from testing.database import database_url, disagreements
from testing.factories import PersonFactory, PharmacyFactory, ShiftFactory
from testing.profiles import PROVING
from testing.server import PATIENCE, Browser, Gunicorn, within

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="row locks are PostgreSQL's")
SENT = 200 if PROVING else 24
CLIENTS = 8
# What a 503 says of what was sent -> what the person then knows.
SAYS = {
    "Nothing was saved. Wait a moment and send it again. If it repeats, tell your administrator.": "not saved",
    "We do not know whether it was saved. Before you send it again, look.": "unknown",
    "What you sent was saved, only the page that shows it failed. Do not send it again.": "saved",
}


class Close(NamedTuple):
    """A form: what it says of an open shift, unlike any other form."""

    shift: CashSession
    fields: dict


@pytest.fixture
def marta(db):
    return PersonFactory(first_name="Marta", role="Admin")


@pytest.fixture
def forms(marta):
    """One for each of many open shifts."""
    return [_close(marta, number) for number in range(SENT)]


def _close(by, number):
    shift = ShiftFactory(cashier=by, pharmacy=PharmacyFactory(name=f"P{number}"))
    return Close(shift, {"final_cash": 500_000 + number, "card": 1_000 + number, "token": uuid4()})


@pytest.fixture
def mortal(forms):
    """A gunicorn that may die, as in production; all clients at once may be on one worker."""
    with Gunicorn({**os.environ, "DATABASE_URL": database_url()}, f"--threads={CLIENTS}") as running:
        yield running


def send(till, form):
    """The person's knowledge afterwards: saved, not saved, or unknown; anything else is the status."""
    try:
        with closing(Browser(till.port, till.cookies)) as own:
            answer = own.post(f"/sessions/{form.shift.pk}/close/", form.fields)
    except (OSError, HTTPException):
        return "unknown"
    if answer.status == 503:
        with translation.override("es"):
            return next(known for says, known in SAYS.items() if gettext(says) in answer.page)
    return "saved" if answer.status == 302 else str(answer.status)


def send_all(till, forms, trouble=()):
    """A few clients at a time. `trouble`: numbers of answers, and what then happens while nobody sends anything new."""
    answers, calm, trouble = itertools.count(1), Event(), dict(trouble)
    calm.set()

    def work(form):
        calm.wait()
        outcome = send(till, form)
        if happens := trouble.pop(next(answers), None):
            calm.clear()
            happens()
            calm.set()
        return outcome

    with ThreadPoolExecutor(CLIENTS) as pool:
        outcomes = list(pool.map(work, forms))
    assert trouble == {}
    return outcomes


def state(form):
    """Untouched, or closed whole with what the form says; anything else is told as it is."""
    shift = CashSession.objects.get(pk=form.shift.pk)
    rows = (shift.movements.count(), shift.history.count(), shift.seals.count())
    told = (shift.status, shift.final_cash, shift.card_total, shift.version, *rows)
    closed = ("closed", form.fields["final_cash"], form.fields["card"], 2, 1, 2, 1)
    return {("open", None, 0, 1, 0, 1, 0): "open", closed: "closed"}.get(told, told)


MAY_BE = {"saved": {"closed"}, "not saved": {"open"}, "unknown": {"open", "closed"}}


def check_what_each_was_told(forms, outcomes):
    assert set(outcomes) <= MAY_BE.keys()
    states = [(outcome, state(form)) for form, outcome in zip(forms, outcomes, strict=True)]
    assert [(told, found) for told, found in states if found not in MAY_BE[told]] == []


def check_sent_again(till, forms):
    """Every form a second time, those that were saved too: each is carried out once."""
    assert set(send_all(till, forms)) == {"saved"}
    assert {state(form) for form in forms} == {"closed"}
    assert disagreements() == []


def summary(outcomes):
    told = Counter(outcomes)
    return ", ".join(f"{told[name]} {name}" for name in MAY_BE) + "; 0 half, 0 lost; all sent again: each closed once"


def spread(times):
    """That many answers, evenly among those to come."""
    return [SENT * number // (times + 1) for number in range(1, times + 1)]


# --- The server dies --------------------------------------------------------------------------------------------------


def kill_a_worker(gunicorn):
    """The youngest, as soon as the one before it has its successor."""
    young = gunicorn.workers()
    os.kill(young[-1], signal.SIGKILL)
    assert within(PATIENCE, lambda: gunicorn.workers() != young)


def kill_and_start(gunicorn):
    gunicorn.kill()
    gunicorn.start()


@pytest.mark.proof("kill -9 of workers and of the whole server: nothing half, nothing acknowledged and lost")
def test_a_killed_server_leaves_nothing_half_and_loses_nothing(forms, mortal, marta, record_property):
    kinds = [partial(kill_a_worker, mortal)] * 3 + [partial(kill_and_start, mortal)]
    kills = kinds * 3 if PROVING else kinds[2:]
    till = browser(mortal.port, marta)
    outcomes = send_all(till, forms, zip(spread(len(kills)), kills, strict=True))

    check_what_each_was_told(forms, outcomes)
    check_sent_again(till, forms)
    record_property("measured", f"{len(kills)} kills in {SENT} closes: {summary(outcomes)}")


@on_postgresql
@pytest.mark.proof("SIGTERM with 8 closes in flight: all finish")
def test_a_polite_stop_finishes_what_is_in_flight(forms, mortal, marta, record_property):
    till, in_flight = browser(mortal.port, marta), forms[:CLIENTS]
    with ThreadPoolExecutor(CLIENTS) as pool:
        with held(in_flight):
            jobs = [pool.submit(send, till, form) for form in in_flight]
            assert within(4, lambda: waiting_for_a_lock() == CLIENTS)
            mortal.process.terminate()
            assert within(4, lambda: "Handling signal: term" in mortal.said())
        outcomes = [job.result() for job in jobs]

    assert (set(outcomes), {state(form) for form in in_flight}) == ({"saved"}, {"closed"})
    assert (mortal.process.wait(), disagreements()) == (0, [])
    record_property("measured", f"{outcomes.count('saved')} of {CLIENTS} finished, exit code 0")


# --- The database waits, or dies --------------------------------------------------------------------------------------


@contextmanager
def held(forms):
    """Somebody else has these shifts locked."""
    with transaction.atomic():
        list(CashSession.objects.select_for_update().filter(pk__in=[form.shift.pk for form in forms]))
        yield


def waiting_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


@on_postgresql
@pytest.mark.proof("A lock that somebody holds: within 5 seconds a page says that nothing was saved")
def test_a_held_lock_is_answered_soon(site, marta, record_property):
    till, form = browser(site, marta), _close(marta, 0)
    with held([form]):
        started = monotonic()
        outcome = send(till, form)
        took = monotonic() - started

    assert (outcome, state(form)) == ("not saved", "open")
    assert 3.9 < took < (5 if PROVING else 10)  # in the suite the other tests run beside it
    assert (send(till, form), state(form)) == ("saved", "closed")
    record_property("measured", f"503 after {took:.1f} s; sent again: saved")


@contextmanager
def own_postgresql(request, monkeypatch, folder="/tmp"):
    """One that may die, in the place of the suite's."""
    with server(SAFE, folder) as postgres:
        there = environ.Env.db_url_config(postgres.address)
        for name in ("NAME", "HOST", "PORT", "USER"):
            monkeypatch.setitem(connection.settings_dict, name, there[name])
        monkeypatch.setenv("DATABASE_URL", postgres.address)
        connection.close()
        templates.migrate(templates.cached(request.config), connection.settings_dict["NAME"])
        call_command("migrate", verbosity=0)
        yield postgres
        connection.close()


@pytest.fixture
def postgres(request, monkeypatch):
    with own_postgresql(request, monkeypatch) as own:
        yield own


@on_postgresql
@pytest.mark.proof("PostgreSQL crashes under load: a 503 that says what is known, and on again without a restart")
def test_a_database_that_crashes_loses_nothing_and_is_found_again(postgres, forms, mortal, marta, record_property):
    times = 3 if PROVING else 1
    spare = [_close(marta, SENT + number) for number in range(CLIENTS)]
    till, while_down, pages = browser(mortal.port, marta), [], []

    def crash_and_start():
        postgres.crash()
        while_down.extend(send_all(till, spare))
        with closing(Browser(till.port, till.cookies)) as own:
            pages.append(own.get("/"))
        postgres.start()

    outcomes = send_all(till, forms, [(number, crash_and_start) for number in spread(times)])
    connection.close()

    check_what_each_was_told(forms, outcomes)
    assert (while_down, {state(form) for form in spare}) == (["not saved"] * CLIENTS * times, {"open"})
    assert [bears_the_number_of_its_log_line(page, mortal) for page in pages] == [True] * times
    check_sent_again(till, [*forms, *spare])
    down = f"while down {len(while_down)} x 503, nothing saved"
    record_property("measured", f"{times} crashes in {SENT} closes: {summary(outcomes)}; {down}")


def bears_the_number_of_its_log_line(answer, gunicorn):
    number = answer.headers["X-Request-ID"]
    lines = [line for line in gunicorn.said().splitlines() if number in line and '"message": "request"' in line]
    return (answer.status, number in answer.page, len(lines)) == (503, True, 1)


# --- The disk is full -------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(request, monkeypatch):
    """Fill it, and make room again: for SQLite a limit on the workers' files, else a disk of its own."""
    if connection.vendor == "sqlite":
        yield partial(limit_files, 1 << 16), partial(limit_files, resource.RLIM_INFINITY)
        return
    disk = Path(tempfile.mkdtemp(dir="/tmp"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", disk], check=True)
    try:
        with own_postgresql(request, monkeypatch, str(disk)):
            yield partial(fill, disk / "filler"), lambda gunicorn: (disk / "filler").unlink()
    finally:
        subprocess.run(["umount", disk], check=True)
        disk.rmdir()


def limit_files(size, gunicorn):
    """None of its workers can write beyond so many bytes."""
    for worker in gunicorn.workers():
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def fill(filler, gunicorn):
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 12))


@pytest.mark.skipif(
    "not hasattr(resource, 'prlimit') or connection.vendor == 'postgresql' and not (PROVING and os.geteuid() == 0)",
    reason="it needs Linux; for PostgreSQL make prove mounts a small disk, as root",
)
@pytest.mark.proof("A full disk: each close whole or not at all, and a page that says which")
def test_a_full_disk_saves_whole_or_not_at_all(small_disk, forms, mortal, marta, record_property):
    till, (fill_up, make_room) = browser(mortal.port, marta), small_disk
    full, room = SENT // 3, SENT * 2 // 3
    outcomes = send_all(till, forms, [(full, partial(fill_up, mortal)), (room, partial(make_room, mortal))])

    check_what_each_was_told(forms, outcomes)
    assert outcomes.count("saved") < SENT
    check_sent_again(till, forms)
    record_property("measured", f"{SENT} closes, full from {full} to {room}: {summary(outcomes)}")

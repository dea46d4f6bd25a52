"""Many people at once, and a running server for them.

In the suite they show in passing what scripts/prove.py shows at full size, through gunicorn: HYPOTHESIS_PROFILE=prove.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from testing.client import signed_in
from testing.database import database_url
from testing.locks import take_out_the_locks
from testing.profiles import PROVING
from testing.server import PATIENCE, Answer, Browser, Gunicorn


@pytest.fixture(scope="session")
def crowd() -> int:
    """How many do the same at one moment."""
    if PROVING:
        return 50
    return 20 if connection.vendor == "postgresql" else 5


@pytest.fixture(scope="session")
def rounds() -> int:
    """How often they do it."""
    return 5 if PROVING else 1


@pytest.fixture(scope="session")
def gunicorn(django_db_setup: None) -> Iterator[Gunicorn]:
    """Production's server on the suite's database, with a thread for each of the largest crowd."""
    with Gunicorn({**os.environ, "DATABASE_URL": database_url()}, "--workers=2", "--threads=25") as server:
        yield server


@pytest.fixture
def site(request: pytest.FixtureRequest) -> int:
    """The port of a server on the suite's database: Django's own, in this process, or gunicorn for the proofs."""
    if PROVING:
        return request.getfixturevalue("gunicorn").port
    return request.getfixturevalue("live_server").thread.port


@pytest.fixture
def site_without_locks(request: pytest.FixtureRequest, crowd: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A site whose locks are taken out, so that nobody waits for anybody: what a race shows must not show there."""
    if PROVING:
        env = {**os.environ, "DATABASE_URL": database_url(), "UNLOCKED": str(crowd)}
        with Gunicorn(env, "testing.unlocked", "--workers=1", f"--threads={crowd}") as server:
            yield server.port
    else:
        take_out_the_locks(crowd, monkeypatch)
        yield request.getfixturevalue("live_server").thread.port


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Make every call in a thread of its own at one moment; what each answered."""
    start = Barrier(len(calls), timeout=PATIENCE)

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def browser(site: int, user: User) -> Browser:
    """A browser in which `user` is signed in."""
    cookie = signed_in(user).cookies[settings.SESSION_COOKIE_NAME]
    return Browser(site, {cookie.key: cookie.value})


def post_at_once(posts: list[tuple[Browser, str, dict[str, Any]]]) -> list[Answer]:
    """Each over a connection of its own, even of the same browser."""

    def post(of: Browser, path: str, fields: dict[str, Any]) -> Answer:
        with closing(Browser(of.port, of.cookies)) as own:
            return own.post(path, fields)

    return at_once([partial(post, *arguments) for arguments in posts])


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)

"""How long a sign-in lasts: while it is used within the idle time of the role, and 12 hours at most.

The session row's own expire_date is the limit, which Django compares when it loads the row. It is put off at most once
a minute, so that reading writes next to nothing; neither the data nor the browser's cookie is written again for it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import Error, connection, transaction
from django.http import HttpRequest
from django.utils import timezone

logger = logging.getLogger(__name__)
LIMIT = timedelta(seconds=settings.SESSION_COOKIE_AGE)
SIGNED_IN_AT = "signed_in_at"
# The number of the row that tells of the sign-in.
SIGN_IN = "sign_in"
# Whether a second factor was given.
SECOND_FACTOR = "second_factor"
# An end this much later is worth writing; of a short idle time, a twentieth.
GAP, PART = timedelta(minutes=1), 20


class SessionStore(db.SessionStore):
    """Django's own, which also remembers the end that stands in the database: `ends_at`, or None without a row."""

    ends_at: datetime | None = None

    def _get_session_from_db(self) -> Session | None:
        session: Session | None = super()._get_session_from_db()  # type: ignore[misc]  # not in the stubs
        self.ends_at = session.expire_date if session else None
        return session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        session = super().create_model_instance(data)
        self.ends_at = session.expire_date
        return session


def start(request: HttpRequest, **_signal: Any) -> None:
    """Note when somebody signed in, whichever way they did."""
    request.session[SIGNED_IN_AT] = timezone.now().timestamp()


def time_left(request: HttpRequest) -> timedelta:
    """Return how long the session lasts if nothing is asked after `request`, which is a signed-in person's."""
    return _end(request) - timezone.now()


def postpone_end(request: HttpRequest) -> timedelta:
    """Write the end if it moved far enough and nobody has to be waited for; return how long the session lasts now."""
    session: Any = request.session
    end = _end(request)
    if end != session.ends_at:
        try:
            _write(session.session_key, end)
        except Error:  # a database that is busy, read-only or gone: the page stands all the same
            logger.warning("the end of a session could not be written", exc_info=True)
        else:
            session.ends_at = end
    ends_at: datetime = session.ends_at or end
    return ends_at - timezone.now()


def _end(request: HttpRequest) -> datetime:
    """An end that the role's idle time or the 12 hours draw nearer is always another one than the one that stands."""
    session: Any = request.session
    idle = settings.ADMIN_IDLE if request.user.is_staff else settings.CASHIER_IDLE
    signed_in_at = datetime.fromtimestamp(session.get(SIGNED_IN_AT, 0), UTC)
    wanted, stands = min(timezone.now() + idle, signed_in_at + LIMIT), session.ends_at
    return stands if stands and stands <= wanted < stands + min(GAP, idle / PART) else wanted


def _write(key: str | None, end: datetime) -> None:
    """A row that another request holds is skipped: it is being postponed or signed out there."""
    with _no_waiting(), transaction.atomic():
        free = Session.objects.select_for_update(skip_locked=True).filter(pk=key)
        Session.objects.filter(pk__in=free.values("pk")).update(expire_date=end)


@contextmanager
def _no_waiting() -> Iterator[None]:
    """SQLite has one lock for all who write, and no SKIP LOCKED: whoever does not get it at once gives up."""
    if connection.vendor != "sqlite":
        yield
        return
    patience, connection.patience = connection.patience, 0  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.patience = patience  # type: ignore[attr-defined]


def ran_out(key: str | None) -> bool:
    """Say whether that session ended by itself; one that was signed out has no row."""
    return Session.objects.filter(pk=key, expire_date__lte=timezone.now()).exists()

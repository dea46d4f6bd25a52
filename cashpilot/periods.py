"""Days, weeks and months as people in Paraguay live them, and the clock that actions read."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

ASUNCION = ZoneInfo("America/Asuncion")

PRESETS = {
    "today": _("Today"),
    "yesterday": _("Yesterday"),
    "this_week": _("This week"),
    "this_month": _("This month"),
}

_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """The instant that actions record, in UTC: the real one, or the one told by `at`."""
    return _told.get() or timezone.now()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Let actions inside happen at `instant` (aware). For demonstration data and tests: no page reaches it."""
    token = _told.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _told.reset(token)


def local_date(instant: datetime) -> date:
    """The calendar day in Asuncion on which `instant` (aware) falls."""
    return instant.astimezone(ASUNCION).date()


def midnight(day: date) -> datetime:
    """The instant at which `day` begins in Asuncion."""
    return datetime.combine(day, time.min, ASUNCION)


def today() -> date:
    return local_date(now())


def preset(name: str, today: date) -> tuple[date, date]:
    """First and last day, both included, of one of PRESETS; weeks start on Monday."""
    first, last = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "this_week": (today - timedelta(days=today.weekday()), today),
        "this_month": (today.replace(day=1), today),
    }[name]
    return first, last

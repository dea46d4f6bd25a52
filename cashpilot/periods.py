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
    "last_week": _("Last week"),
    "this_month": _("This month"),
    "last_month": _("Last month"),
}
# How a range is divided.
STEPS = {"day": _("Day"), "week": _("Week"), "month": _("Month")}
# First and last day, both included.
Span = tuple[date, date]

_set: ContextVar[datetime | None] = ContextVar("set", default=None)


def now() -> datetime:
    """Return the instant that actions record, in UTC: the real one, or the one set by `at`."""
    return _set.get() or timezone.now()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Let actions inside happen at `instant` (aware). For demonstration data and tests: no page reaches it."""
    token = _set.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _set.reset(token)


def local_date(instant: datetime) -> date:
    """Return the calendar day in Asunción on which `instant` (aware) falls."""
    return instant.astimezone(ASUNCION).date()


def midnight(day: date) -> datetime:
    """Return the instant at which `day` begins in Asunción."""
    return datetime.combine(day, time.min, ASUNCION)


def today() -> date:
    return local_date(now())


def around(day: date, step: str) -> Span:
    """Return the whole day, week or month that `day` falls in; weeks start on Monday."""
    if step == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    first = day - timedelta(days=day.weekday() if step == "week" else 0)
    return first, first + timedelta(days=6 if step == "week" else 0)


def before(span: Span, step: str) -> Span:
    """Return the whole day, week or month before the one in which `span` begins."""
    return around(around(span[0], step)[0] - timedelta(days=1), step)


def divided(span: Span, step: str) -> Iterator[Span]:
    """Return the days, weeks or months of a range; the first and the last may be a part."""
    first, last = span
    while first <= last:
        end = min(around(first, step)[1], last)
        yield first, end
        first = end + timedelta(days=1)


def days(span: Span) -> Iterator[date]:
    first, last = span
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def moved(span: Span, by: timedelta) -> Span:
    return span[0] + by, span[1] + by


def preset(name: str, today: date) -> Span:
    """One of PRESETS; what is not over yet ends today."""
    if name in ("today", "yesterday"):
        day = today - timedelta(days=name == "yesterday")
        return day, day
    which, step = name.split("_")
    this = around(today, step)
    return before(this, step) if which == "last" else (this[0], today)


def preset_of(span: Span, today: date) -> str:
    """Return which one of PRESETS `span` is; empty if none."""
    return next((name for name in PRESETS if preset(name, today) == span), "")

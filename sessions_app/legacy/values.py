"""Amounts, texts and local times of the old system as ours."""

import html
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from django.db import models

from cashpilot.money import MAXIMUM
from cashpilot.periods import ASUNCION
from sessions_app.legacy.codes import Code, Severity
from sessions_app.legacy.findings import Told

# What libraries put for the five signs that mean something on a web page.
ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#0*39|#0*34|#x27);", re.IGNORECASE)
LAST_SECOND = time(23, 59, 59)


# --- Amounts ----------------------------------------------------------------------------------------------------------


def rounded(amount: Decimal) -> int:
    """Whole guaraníes, half up."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def guaranies(amount: Decimal, told: Told, field: str) -> int:
    """`rounded`, and told where that changes it."""
    whole = rounded(amount)
    if whole != amount:
        told(Code.DECIMALS, field=field, was=amount, now=whole, effects={field: whole - amount})
    return whole


def bounded(amount: Decimal, told: Told, field: str) -> int:
    """Return an amount within the limits, in guaraníes; one below zero or above the limit is left to a person."""
    whole = guaranies(amount, told, field)
    if whole < 0:
        told(Code.NEGATIVE, severity=Severity.BLOCKER, field=field, was=amount)
    if whole > MAXIMUM:
        told(Code.ABOVE_THE_LIMIT, field=field, was=amount)
    return whole


# --- Texts ------------------------------------------------------------------------------------------------------------


@cache
def width(model: type[models.Model], column: str) -> int:
    limit: int = model._meta.get_field(column).max_length  # type: ignore[union-attr, assignment]
    return limit


def unescaped(text: str) -> str:
    """The text as it was typed, if it was stored escaped, once or more often; as it is, if a bare sign says it was
    not."""
    while ENTITY.search(text) and not re.search("[&<>]", ENTITY.sub("", text)):
        text = ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return text


def fitted(text: str, limit: int, told: Told, field: str) -> str:
    """`unescaped`, and cut to `limit` characters; both are told."""
    plain = unescaped(text)
    if plain != text:
        told(Code.TEXT_UNESCAPED, field=field, was=text, now=plain)
    if len(plain) > limit:
        told(Code.TEXT_CUT, field=field, was=plain, now=len(plain.strip()))
    return plain[:limit]


# --- Times ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """An instant read off a clock in Asunción; `doubt` where the clock showed that hour twice, or never."""

    instant: datetime
    local: datetime
    doubt: Code | None = None


def read_clock(day: date, at: time) -> Reading:
    """Return the first instant at which that clock could be read; in UTC."""
    local = datetime.combine(day, at, ASUNCION)
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    doubt = None
    if first and second and first != second:
        doubt = Code.TIME_THAT_WAS_TWICE if first > second else Code.TIME_THAT_WAS_NOT
    return Reading(local.astimezone(UTC), local.replace(tzinfo=None), doubt)


def told_clock(day: date, at: time, told: Told, field: str) -> datetime:
    """`read_clock`, and told where there is a doubt."""
    reading = read_clock(day, at)
    if reading.doubt:
        told(reading.doubt, field=field, was=reading.local, now=reading.instant)
    return reading.instant


def closing_day(day: date, opened: time, closed: time) -> date:
    """A shift that closes at an earlier hour than it opened closes on the next day."""
    return day + timedelta(days=1) if closed < opened else day

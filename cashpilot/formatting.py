"""Amounts and moments as people read them, in every template, mail and file."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cashpilot import money as guaranies
from cashpilot import periods

UNKNOWN = "\N{EM DASH}"


def money(amount: int | None) -> str:
    """`₲ 1.250.000`; the unknown is a dash, never a zero."""
    return UNKNOWN if amount is None else guaranies.with_sign(amount)


def amount(amount: int | None) -> str:
    """`1.250.000`, for columns whose heading already says money."""
    return UNKNOWN if amount is None else guaranies.group(amount)


def signed(difference: int | None) -> str:
    """`− 15.000` short, `+ 2.000` over, `0`; the space never breaks."""
    if difference is None:
        return UNKNOWN
    sign = "" if difference == 0 else f"{guaranies.MINUS if difference < 0 else '+'}\u00a0"
    return sign + guaranies.group(abs(difference))


def off_by(shift: Any) -> str:
    """Return by how much a shift is off, signed; what is only under another method has no sign."""
    return amount(shift.misplaced) if shift.result == "swapped" else signed(shift.total_difference)


def unsigned(difference: int) -> str:
    """`₲ 15.000` of a difference either way: beside it stands the word short or over."""
    return guaranies.with_sign(abs(difference))


def day(date_: date) -> str:
    """`today`, `yesterday`, else `Fri 20/11`, with the year when it is another one."""
    today = periods.today()
    if date_ == today:
        return _("today")
    if date_ == today - timedelta(days=1):
        return _("yesterday")
    return _date(date_, "D d/m" if date_.year == today.year else "D d/m/Y", get_language())


# A page tells the same few days over and over.
@lru_cache(maxsize=1_000)
def _date(date_: date, form: str, language: str | None) -> str:
    return date_format(date_, form)


def moment(instant: datetime) -> str:
    """`today 15:02`, `yesterday 23:31`, else `Fri 20/11 15:02`."""
    return f"{day(periods.local_date(instant))} {clock(instant)}"


def clock(instant: datetime) -> str:
    """`15:02`, in Asunción."""
    local = instant.astimezone(periods.ASUNCION)
    return f"{local.hour:02}:{local.minute:02}"


def is_past(date_: date) -> bool:
    """Say whether the day is over in Asunción."""
    return date_ < periods.today()


def by_denomination(sheet: dict[str, int]) -> list[tuple[int, int]]:
    """Denomination (guaraníes) and pieces, largest first: a database may keep the keys in any order."""
    return sorted(((int(denomination), pieces) for denomination, pieces in sheet.items()), reverse=True)


def times(denomination: int, pieces: int) -> int:
    """Return the worth of so many pieces, in guaraníes."""
    return denomination * pieces

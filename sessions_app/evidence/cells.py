"""Amounts, days and hours as people and programs write them in tables. Raises CellError with what to do.

Accepted amounts: `1250000`, `1.250.000`, `1,250,000`, `1 250 000`, `1.250.000,00`, `150000.0000`, with `Gs.` before or
behind, below zero with a sign before or behind or in brackets; a dash is nothing. Whatever could be read in two ways
(`1250,000`, `1.25`) is refused. Days: see `parse_moment`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache

from django.utils.translation import gettext as _

from cashpilot.money import MAXIMUM
from cashpilot.normalize import folded
from cashpilot.periods import ASUNCION
from sessions_app.evidence.sheets import EPOCH_1900, EPOCH_1904, UNCOMPUTED


class CellError(ValueError):
    """A cell cannot be read; the sentence says what is accepted."""


# --- Amounts ----------------------------------------------------------------------------------------------------------

DASHES = "-\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}"
GUARANI = re.compile(r"₲|\bgs?\b\.?|\bpyg\b|guaran[ií]es", re.IGNORECASE)
OTHER_MONEY = re.compile(r"\$|€|\b(?:usd|us|brl|eur|ars|reales|d[oó]lares)\b", re.IGNORECASE)
SHORTENED = re.compile(r"[0-9][.,]?[0-9]*e[+-]?[0-9]+", re.IGNORECASE)
WHOLE = re.compile(r"[0-9]+", re.ASCII)
# Groups of three with one and the same sign between them, then perhaps decimals behind another sign.
GROUPED = re.compile(r"([0-9]{1,3})((?:([.,' ’])[0-9]{3})(?:\3[0-9]{3})*)(?:[.,]([0-9]+))?", re.ASCII)
DECIMAL = re.compile(r"([0-9]+)[.,]([0-9]+)", re.ASCII)
# Nobody writes an amount with more signs, currency and blanks included.
LONGEST_AMOUNT = 80


def parse_amount(text: str) -> int:
    """Return whole guaraníes, below zero for what is given back. Raises CellError."""
    if WHOLE.fullmatch(text) and len(text) < len(str(MAXIMUM)):
        return int(text)
    if len(text) > LONGEST_AMOUNT:
        raise _no_amount(text)
    _require_value(text)
    bare = GUARANI.sub(" ", text)
    if OTHER_MONEY.search(bare):
        raise CellError(_("“%(text)s” is in another currency. Write guaraníes.") % {"text": text})
    bare, is_negative = _unsigned(" ".join(bare.split()))
    if not bare:
        if any(sign in DASHES for sign in text):
            return 0
        raise _no_amount(text)
    amount = _magnitude(bare, text)
    if amount > MAXIMUM:
        raise CellError(_("“%(text)s” is too much: the largest amount is 9.999.999.999.") % {"text": text})
    return -amount if is_negative else amount


def _require_value(text: str) -> None:
    if text == UNCOMPUTED:
        raise CellError(_("It is a formula that was never computed. Open the file in the spreadsheet, and save it."))
    if text.startswith("#") or SHORTENED.fullmatch(text):
        raise CellError(_("“%(text)s” is what the spreadsheet shows instead. Make the cell right.") % {"text": text})


def _no_amount(text: str) -> CellError:
    return CellError(_("“%(text)s” is no amount. Write whole guaraníes, for example 1.250.000.") % {"text": text})


def _unsigned(text: str) -> tuple[str, bool]:
    """Return the text without its sign, and whether it is below zero: `-5`, `5-`, `(5)`; `5.-` is a way to end it."""
    text = re.sub(r"(?<=[0-9])[.,]-+$", "", text)
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    bare = text.strip(DASHES + " ")
    return bare, bare != text and any(sign in DASHES for sign in text)


def _magnitude(bare: str, text: str) -> int:
    if WHOLE.fullmatch(bare):
        return int(bare)
    match = GROUPED.fullmatch(bare)
    if match and (not bare.startswith("0") or not re.search("[1-9]", bare)):
        return _grouped(match, text)
    if match := DECIMAL.fullmatch(bare):
        _require_no_decimals(match[2], text)
        if len(match[2]) == 3 and int(match[1]):
            raise CellError(_("“%(text)s” can be read in two ways. Write it as 1.250.000.") % {"text": text})
        return int(match[1])
    raise _no_amount(text)


def _grouped(match: re.Match[str], text: str) -> int:
    """Return the number before its decimals. Three of them are only believed behind two groups."""
    whole, separator, decimals = match[1] + match[2], match[3], match[4]
    if decimals is not None:
        _require_no_decimals(decimals, text)
        mark = match[0][len(whole)]
        if mark == separator or (len(decimals) == 3 and whole.count(separator) < 2):
            raise _no_amount(text)
    return int(re.sub(r"[^0-9]", "", whole))


def _require_no_decimals(decimals: str, text: str) -> None:
    if decimals.strip("0"):
        raise CellError(_("“%(text)s” has decimals. Write whole guaraníes, for example 1.250.000.") % {"text": text})


def parse_count(text: str) -> int:
    """Return how many there are: `40`, `1.040`. Raises CellError."""
    count = parse_amount(text)
    if count < 0:
        raise CellError(_("“%(text)s” is no number of invoices.") % {"text": text})
    return count


def is_amount(text: str) -> bool:
    try:
        parse_amount(text)
    except CellError:
        return False
    return True


# --- Days and hours ---------------------------------------------------------------------------------------------------

MONTHS = {
    name: number
    for names in (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "january february march april may june july august setiembre october november december",
        "- - - - - - - - september - - -",
    )
    for number, name in enumerate(names.split(), start=1)
}
WEEKDAYS = (
    *("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"),
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
)
WEEKDAY = re.compile(r"([a-z]{3,9})\.?,? +(?=[0-9])")
HOUR = (
    r"(?:a las +)?(?P<hour>[0-9]{1,2})[:.h](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r" ?(?P<half>[ap] ?\.? ?m\.?)?(?: ?hs?\.?)? ?(?P<zone>z|utc|gmt|[+-][0-9]{2}:?[0-9]{2})?"
)
HOUR_ALONE = re.compile(HOUR, re.ASCII)
DAY_AND_HOUR = re.compile(rf"(?P<day>.*[0-9])(?:,? +|t){HOUR}", re.ASCII)
SHAPES = {
    "ymd": re.compile(r"(?P<y>2[0-9]{3})([-/.])(?P<m>[0-9]{1,2})\2(?P<d>[0-9]{1,2})", re.ASCII),
    "dmy": re.compile(r"(?P<d>[0-9]{1,2})([-/. ])(?P<m>[0-9]{1,2})\2(?P<y>2[0-9]{3}|[0-9]{2})", re.ASCII),
    "compact": re.compile(r"(?P<y>20[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})", re.ASCII),
    "compact dmy": re.compile(r"(?P<d>[0-9]{2})(?P<m>[0-9]{2})(?P<y>20[0-9]{2})", re.ASCII),
    "named": re.compile(
        r"(?P<d>[0-9]{1,2})(?: de |[-/. ]+)(?P<m>[a-z]{3,10})\.?(?: del? |[-/., ]+)(?P<y>2[0-9]{3}|[0-9]{2})", re.ASCII
    ),
    "named first": re.compile(r"(?P<m>[a-z]{3,10})\.? (?P<d>[0-9]{1,2}),? (?P<y>2[0-9]{3})", re.ASCII),
}
SERIAL = re.compile(r"([1-9][0-9]{4})(?:\.[0-9]+)?", re.ASCII)
# Nobody writes a day with more signs, hour and zone included; the shapes above would try each of them.
LONGEST_MOMENT = 80


@dataclass(frozen=True)
class Moment:
    """A day, and the hour if one is written, as they are in Asunción unless `offset` (from UTC) says otherwise."""

    day: date
    hour: time | None = None
    offset: timedelta | None = None
    is_serial: bool = False

    @property
    def is_midnight_utc(self) -> bool:
        return self.hour == time.min and self.offset == timedelta(0)

    def local(self) -> "Moment":
        """Return it as the clocks of Asunción show it."""
        if self.hour is None or self.offset is None:
            return self
        there = datetime.combine(self.day, self.hour, timezone(self.offset))
        here = there.astimezone(ASUNCION)
        return Moment(here.date(), here.time())

    @property
    def instant(self) -> datetime | None:
        return datetime.combine(self.day, self.hour, ASUNCION).astimezone(UTC) if self.hour else None


@lru_cache(maxsize=2000)  # a column of days says the same few again and again
def parse_moment(text: str, *, month_first: bool = False, from_1904: bool = False) -> Moment:
    """Return a day: `01/11/2026`, `1/11/26`, `2026-11-01`, `20261101`, `01-nov-2026`, `domingo 1 de noviembre de 2026`,
    the serial number of a spreadsheet; and an hour behind it: `14:30`, `2:30 p. m.`, `T14:30:00.000-03:00`.

    Raises CellError, also where the weekday that is written is not that of the day.
    """
    bare = folded(text) if len(text) <= LONGEST_MOMENT else ""
    if match := SERIAL.fullmatch(bare):
        epoch = EPOCH_1904 if from_1904 else EPOCH_1900
        return Moment((epoch + timedelta(days=int(match[1]))).date(), is_serial=True)
    match = DAY_AND_HOUR.fullmatch(bare)
    weekday, written = _weekday(match["day"] if match else bare)
    day = _day(written, month_first)
    if day is None or (match and _hour(match) is None):
        raise CellError(_("“%(text)s” is no day. Write it as 22/11/2026.") % {"text": text})
    if weekday is not None and weekday != day.weekday():
        raise CellError(_("“%(text)s”: that day is another day of the week.") % {"text": text})
    return Moment(day, _hour(match), _offset(match["zone"])) if match else Moment(day)


def parse_hour(text: str) -> time:
    """Return an hour: `14:30`, `2:30 p. m.`, `14.30 hs`. Raises CellError."""
    match = HOUR_ALONE.fullmatch(folded(text))
    hour = _hour(match) if match else None
    if hour is None:
        raise CellError(_("“%(text)s” is no hour. Write it as 14:30.") % {"text": text})
    return hour


def is_moment(text: str) -> bool:
    try:
        parse_moment(text)
    except CellError:
        return False
    return True


def _weekday(text: str) -> tuple[int | None, str]:
    """Return the weekday (Monday is 0) that stands before a day, and the rest."""
    match = WEEKDAY.match(text)
    names = [place for place, name in enumerate(WEEKDAYS) if match and name.startswith(match[1])]
    return (names[0] % 7, text[match.end() :]) if match and names else (None, text)


def _day(text: str, month_first: bool) -> date | None:
    for name, shape in SHAPES.items():
        if match := shape.fullmatch(text):
            year, month, day = match["y"], match["m"], match["d"]
            if month_first and name == "dmy":
                month, day = day, month
            return _date(int(year) + (2000 if len(year) == 2 else 0), _month(month), int(day))
    return None


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return next((number for name, number in MONTHS.items() if name.startswith(text)), 0)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _hour(match: re.Match[str]) -> time | None:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if half := match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _offset(zone: str | None) -> timedelta | None:
    if not zone:
        return None
    if zone[0] not in "+-":
        return timedelta(0)
    digits = zone[1:].replace(":", "")
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -distance if zone[0] == "-" else distance

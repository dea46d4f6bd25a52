"""A table of the billing system, read as days: which column is what, and what each row says. Whole guaraníes."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot import periods
from cashpilot.money import parse_amount, parse_number, parse_signed
from cashpilot.normalize import folded
from sessions_app.models import Day, DayImport

# As people and programs write days, with or without the hour.
DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})[/.-](?P<month>[0-9]{1,2})[/.-](?P<year>2[0-9]{3})(?: [0-9:]{1,8})?")
YEAR_FIRST = re.compile(r"(?P<year>2[0-9]{3})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})(?:[ T][0-9:]{1,8})?")
# Excel counts days from 1900, with one too many; 40000 is in 2009.
SERIAL = re.compile(r"[4-9][0-9]{4}")
EXCEL_BEGINS = date(1899, 12, 30)


def parse_date(text: str) -> date:
    """`22/11/2026`, `2026-11-22` or the number that Excel has for it, of this millennium. Raises ValidationError."""
    if match := SERIAL.fullmatch(text):
        return EXCEL_BEGINS + timedelta(days=int(match[0]))
    match = YEAR_FIRST.fullmatch(text) or DAY_FIRST.fullmatch(text)
    try:
        if match:
            return date(**{name: int(digits) for name, digits in match.groupdict().items()})
    except ValueError:
        pass
    raise ValidationError(_("Write the day as 22/11/2026 or 2026-11-22."))


# Field of a day -> its name, how its cells are read, and what its title may contain.
FIELDS: dict[str, tuple[Any, Callable[[str], Any], tuple[str, ...]]] = {
    "date": (gettext_lazy("Date"), parse_date, ("fecha", "dia", "date", "day")),
    "billed_cash": (gettext_lazy("Billed in cash"), parse_amount, ("efectivo", "contado", "cash")),
    "billed_card": (gettext_lazy("Billed by card"), parse_amount, ("tarjeta", "card", "pos")),
    "billed_transfer": (gettext_lazy("Billed by transfer"), parse_amount, ("transf", "sipap")),
    "billed_credit": (gettext_lazy("Billed on credit"), parse_amount, ("credito", "credit")),
    "invoices": (gettext_lazy("Number of invoices"), parse_number, ("factura", "cantidad", "invoice", "ticket")),
    "cost": (gettext_lazy("Cost of what was sold"), parse_signed, ("costo", "cost")),
}
Columns = dict[str, int]


@dataclass(frozen=True)
class DayLine:
    """One row of the table, by its `number` there. `written`: what the day says now, if it says something."""

    number: int
    date: date | None
    values: dict[str, int | None]
    errors: list[str] = field(default_factory=list)
    written: Day | None = None

    @property
    def cells(self) -> list[tuple[Any, int | None]]:
        """Name of the column and value (guaraníes, or invoices), in the order of FIELDS."""
        return [(FIELDS[name][0], value) for name, value in self.values.items()]

    @property
    def is_new(self) -> bool:
        return self.written is None

    @property
    def changes(self) -> bool:
        return self.is_new or any(getattr(self.written, name) != value for name, value in self.values.items())


def guess(file: DayImport, remembered: dict[str, str]) -> Columns:
    """Guess by the titles of the pharmacy's last file (field -> title), else by what such titles are usually called."""
    titles = [folded(title) for title in file.titles]
    columns: Columns = {}
    for name, (_label, _read, words) in FIELDS.items():
        known = [place for place, title in enumerate(titles) if title and title == folded(remembered.get(name, ""))]
        usual = [place for place, title in enumerate(titles) if any(word in title for word in words)]
        free = [place for place in (*known, *usual) if place not in columns.values()]
        if free:
            columns[name] = free[0]
    return columns


def lines(file: DayImport, columns: Columns) -> list[DayLine]:
    """Every row, with what is wrong with it; as the days are written at this moment."""
    read = [_line(number, cells, columns) for number, cells in enumerate(file.rows[1:], start=2)]
    days = Day.objects.filter(pharmacy=file.pharmacy, date__in=[line.date for line in read if line.date])
    written = {day.date: day for day in days}
    seen: dict[date | None, int] = {}
    return [_judged(line, written.get(cast(date, line.date)), seen.setdefault(line.date, line.number)) for line in read]


def _line(number: int, cells: list[str], columns: Columns) -> DayLine:
    values: dict[str, Any] = {}
    errors = []
    for name, place in columns.items():
        label, read, _words = FIELDS[name]
        try:
            values[name] = read(cells[place]) if cells[place] else None
        except ValidationError as error:
            values[name] = None
            errors.append(f"{label}: {' '.join(error.messages)}")
    day = values.pop("date", None)
    if day is None and not errors:
        errors.append(_("The day is missing."))
    return DayLine(number, day, values, errors)


def _judged(line: DayLine, written: Day | None, first: int) -> DayLine:
    errors = list(line.errors)
    if line.date and first != line.number:
        errors.append(_("The same day stands in row %(row)s.") % {"row": first})
    if line.date and line.date > periods.today():
        errors.append(_("That day has not come yet."))
    judged = DayLine(line.number, line.date, line.values, errors, written)
    if written and judged.changes and written.signed_off_at:
        errors.append(_("This day is signed off, and says something else."))
    if written and judged.changes and written.is_closed:
        errors.append(_("This day was marked as without business."))
    return judged

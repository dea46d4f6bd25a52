"""The question that a report answers (ReportQuery) and its answer (Table): columns, rows by column name, charts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import Enum
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import F, Q
from django.db.models.functions import TruncMonth, TruncWeek
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot import formatting, periods
from cashpilot.charts.base import Chart, Series
from cashpilot.files.downloads import CellType, ExportColumn, Sheet
from cashpilot.money import group
from cashpilot.normalize import folded
from cashpilot.periods import Span
from sessions_app.domain.choices import Status
from sessions_app.querysets.shifts import IS_OURS, CashSessionQuerySet

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def percent(share: int | None) -> str:
    return formatting.UNKNOWN if share is None else f"{share}\u00a0%"


def changed(share: int | None) -> str:
    return formatting.UNKNOWN if share is None else f"{formatting.signed(share)}\u00a0%"


def week(first: date) -> str:
    return f"{date_format(first, 'd/m')} – {date_format(first + timedelta(days=6), 'd/m')}"


# A page holds a year of days; what goes on is in the files.
PAGE_ROWS = 400
# Columns whose values need no name beside them.
SAY_THEMSELVES = {"pharmacy_name", "cashier_name", "business_date", "result", "verdict"}
# A text of more characters is no name: it may be broken into lines.
LONGEST_NAME = 32


class Look(Enum):
    """How a cell is shown on the page, what it is in a file, and whether short and over have their colours."""

    TEXT = (str, CellType.TEXT)
    COUNT = (group, CellType.NUMBER)
    MONEY = (formatting.amount, CellType.NUMBER)
    DIFFERENCE = (formatting.signed, CellType.NUMBER, True)
    # Of a person: no colour judges.
    SIGNED = (formatting.signed, CellType.NUMBER)
    PERCENT = (percent, CellType.NUMBER)
    CHANGE = (changed, CellType.NUMBER)
    DAY = (formatting.day, CellType.DATE)
    # The day on which it begins.
    WEEK = (week, CellType.DATE)
    MONTH = (lambda first: date_format(first, "F Y"), CellType.DATE)
    MOMENT = (formatting.moment, CellType.MOMENT)

    def __init__(self, say: Callable[[Any], str], cell_type: CellType, is_coloured: bool = False) -> None:  # noqa: FBT001, FBT002 - Enum gives by place
        self.say = say
        self.cell_type = cell_type
        self.is_coloured = is_coloured


# The day on which the period of a shift begins, in SQL.
BEGINS = {"day": F("business_date"), "week": TruncWeek("business_date"), "month": TruncMonth("business_date")}
PERIODS = {"day": Look.DAY, "week": Look.WEEK, "month": Look.MONTH}
# Under a chart, where there is less room.
AXIS = {"day": "D d/m", "week": "d/m", "month": "m/Y"}


@dataclass(frozen=True)
class Column:
    """A column of a table: rows keep its value under `name`, and `is_summed` puts their sum into the total.

    `is_detail` is one that a phone has no room for while it is held upright; it is in the files. Of one that is
    `is_sparse` the phone leaves out the cells that are zero or not known.
    """

    name: str
    heading: "StrOrPromise"
    look: Look = Look.TEXT
    is_summed: bool = False
    is_detail: bool = False
    is_sparse: bool = False

    @property
    def css(self) -> str:
        names = ["number"] * (self.look.cell_type is CellType.NUMBER) + ["detail"] * self.is_detail
        return " ".join(names)


@dataclass(frozen=True)
class Cell:
    """As the page shows it, under `label` if it needs one; `result` is "short" or "over" where a difference is one."""

    text: str
    label: str
    css: str
    result: str = ""
    link: str = ""


@dataclass(frozen=True)
class Row:
    """A value under the name of each column; None is unknown.

    `link` leads to the shifts behind the row, those of `links` to what is behind the value of a column; `results` gives
    words the colour of a result, and `reasons` say, instead of a dash, why a value is not known.
    """

    values: Mapping[str, Any]
    link: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True)
class Table:
    """The rows under their columns. Rows fewer than `least_summed` have no total."""

    columns: list[Column]
    rows: list[Row]
    charts: list[Chart] = field(default_factory=list)
    least_summed: int = 1

    @cached_property
    def total(self) -> Row | None:
        """Return the sums of the summed columns; None where too few rows or no known value would be summed."""
        summed = {column.name: added(values_of(self.rows, column)) for column in self.columns if column.is_summed}
        if len(self.rows) < self.least_summed or all(value is None for value in summed.values()):
            return None
        return Row({column.name: "" for column in self.columns} | {self.columns[0].name: _("Total")} | summed)

    def found(self, text: str) -> "Table":
        """Return the table with the rows that have the text in a cell; its charts, of all rows, are left out then."""
        words = folded(text)
        if not words:
            return self
        columns = self._labelled()
        rows = [row for row in self.rows if any(words in folded(cell.text) for cell in _cells(columns, row))]
        return replace(self, rows=rows, charts=[])

    def sorted(self, sort: str) -> "Table":
        """Return the table in the order of a column, `name` or `-name`; what is not known, or no value, stands last."""
        name = sort.removeprefix("-")
        column = next((column for column in self.columns if column.name == name), None)
        if column is None:
            return self
        is_text = column.look is Look.TEXT

        def is_known(row: Row) -> bool:
            return row[name] is not None and (is_text or not isinstance(row[name], str))

        known, rest = [row for row in self.rows if is_known(row)], [row for row in self.rows if not is_known(row)]
        known.sort(key=lambda row: folded(str(row[name])) if is_text else row[name], reverse=sort.startswith("-"))
        return replace(self, rows=known + rest)

    @property
    def shown(self) -> Iterator[list[Cell]]:
        """Return the cells of each row, as many rows as a page takes."""
        columns = self._labelled()
        return (_cells(columns, row) for row in self.rows[:PAGE_ROWS])

    @property
    def left_out(self) -> int:
        return max(0, len(self.rows) - PAGE_ROWS)

    @property
    def shown_total(self) -> list[Cell]:
        return _cells(self._labelled(), self.total) if self.total else []

    def _labelled(self) -> list[tuple[str, Column]]:
        """Return the columns with what names a cell on a phone, translated once a table and not once a cell."""
        return [("" if column.name in SAY_THEMSELVES else str(column.heading), column) for column in self.columns]

    def sheet(self, title: "StrOrPromise") -> Sheet:
        """Return the table as a file."""
        columns = [
            ExportColumn(column.heading, column.look.cell_type, column.is_summed and self.total is not None)
            for column in self.columns
        ]
        rows = ([row[column.name] for column in self.columns] for row in self.rows)
        return Sheet(str(title), columns, rows, title=str(title))


def _cells(columns: list[tuple[str, Column]], row: Row) -> list[Cell]:
    links = {columns[0][1].name: row.link, **row.links}
    return [_cell(label, column, row, links.get(column.name, "")) for label, column in columns]


def _cell(label: str, column: Column, row: Row, link: str) -> Cell:
    value, css = row[column.name], column.css
    if isinstance(value, str) and len(value) > LONGEST_NAME:
        css = f"{css} words".strip()
    if column.is_sparse and not value:
        css = f"{css} blank"
    # What stands where a date would be, such as the word total, is said as it is.
    if value is None or isinstance(value, str):
        text = (row.reasons.get(column.name) or formatting.UNKNOWN) if value is None else value
        return Cell(text, label, css, row.results.get(column.name, ""), link)
    if column.look.is_coloured and value:
        return Cell(column.look.say(value), label, f"{css} difference", "short" if value < 0 else "over", link)
    return Cell(column.look.say(value), label, css, link=link)


@dataclass(frozen=True)
class ReportQuery:
    """Shifts in the chosen pharmacies, whatever their date, deleted ones too, and how to look at them.

    `cashier` is the one person whose shifts they are; None where they are everybody's.
    """

    sessions: CashSessionQuerySet
    pharmacies: Mapping[int, str]  # the chosen ones: id -> name, by name
    span: Span
    by: str = ""
    over: str = ""
    cashier: int | None = None
    today: date = field(default_factory=periods.today)
    address: str = field(default_factory=partial(reverse, "dashboard"))  # of the list of shifts

    def in_range(self) -> CashSessionQuerySet:
        return self.sessions.live().filter(business_date__range=self.span).order_by()

    def closed_by_people(self) -> CashSessionQuerySet:
        """The closed shifts that statistics of a person are made of: a deleted one stays if it was compared.

        Imported ones are none of them: they were compared by nobody, or by other means.
        """
        counts = Q(deleted_at=None) | Q(first_result__isnull=False)
        return self.sessions.filter(IS_OURS, counts, status=Status.CLOSED, business_date__range=self.span).order_by()

    def list_link(self, span: Span | None = None, **filters: Any) -> str:
        """Return the address of the list of the shifts behind a row; its filter takes one pharmacy."""
        first, last = span or self.span
        query: dict[str, Any] = {"date_from": first, "date_to": last}
        if len(self.pharmacies) == 1:
            query["pharmacy"] = next(iter(self.pharmacies))
        if self.cashier:
            query["cashier"] = self.cashier
        return f"{self.address}?{urlencode(query | filters)}"

    def link_of_pharmacy(self, name: str, **filters: Any) -> str:
        """Return the address of the list of a chosen pharmacy's shifts; no two pharmacies have the same name."""
        pk = next(pk for pk, other in self.pharmacies.items() if other == name)
        return self.list_link(pharmacy=pk, **filters)

    def starts(self, step: str) -> list[date]:
        """Return the first day of each day, week or month of the range that has begun."""
        spans = periods.divided((self.span[0], min(self.span[1], self.today)), step)
        return [periods.around(first, step)[0] for first, _last in spans]

    def is_partial(self, span: Span) -> bool:
        return span[0] <= self.today <= span[1]


DIVIDED_BY = gettext_lazy("Divided by")


@dataclass(frozen=True)
class Report:
    """`by` and `over` are what it can be divided by: name -> label; `by_label` asks for `by`.

    The first `by` is taken unless another is asked for.
    """

    name: str
    title: "StrOrPromise"
    question: "StrOrPromise"
    make: Callable[[ReportQuery], Table]
    by: Mapping[str, "StrOrPromise"] = field(default_factory=dict)
    over: Mapping[str, "StrOrPromise"] = field(default_factory=dict)
    by_label: "StrOrPromise" = DIVIDED_BY

    @property
    def view(self) -> str:
        """Return the name of its page's route."""
        return f"report_{self.name}"


def values_of(rows: list[Row], column: Column) -> list[Any]:
    return [row[column.name] for row in rows]


def drawn(rows: list[Row], column: Column) -> Series:
    """Return the column as a series of a chart, under its heading; it leads where the rows lead."""
    return Series(column.heading, values_of(rows, column), [row.link for row in rows])


def axis(starts: list[date], step: str) -> list[str]:
    return [date_format(start, AXIS[step]) for start in starts]


def share(part: int | None, whole: int | None) -> int | None:
    """Return whole percent, halves up; None of nothing, and of what is not known."""
    return (200 * part + whole) // (2 * whole) if part is not None and whole is not None and whole > 0 else None


def added(values: list[int | None]) -> int | None:
    """Return the sum of the known values; None where none is known."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None

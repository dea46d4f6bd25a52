"""Rows of a billing table: which are taken, which are left out and why, and what their cells say.

`sort_rows` tells rows apart without understanding their amounts; `read_row` makes an Entry of one, or Problems.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from cashpilot.normalize import folded
from cashpilot.periods import ASUNCION
from sessions_app.evidence.billing_types import Choices, Column, Entry, LeftOut, Problem, add
from sessions_app.evidence.cells import (
    CellError,
    Moment,
    is_amount,
    is_moment,
    parse_amount,
    parse_count,
    parse_hour,
)
from sessions_app.evidence.days import Days
from sessions_app.evidence.layout import Layout
from sessions_app.evidence.sheets import Row
from sessions_app.evidence.titles import (
    AMOUNTS,
    ANNULLED,
    AVERAGES,
    CREDIT_NOTE,
    GUARANIES,
    METHODS,
    TOTALS,
    YES,
    Field,
    method_of,
)

POINT = re.compile(r"([0-9]{3}-[0-9]{3})-?[0-9]+", re.ASCII)
MONEY = (*AMOUNTS, Field.INVOICES)


@dataclass
class Sorted:
    """`totals`: rows of sums, or averages, which are not checked."""

    taken: list[Row] = field(default_factory=list)
    totals: list[Row] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    hidden: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    undated: list[Row] = field(default_factory=list)


class Reader:
    """Reads the cells of one table by its columns, as the answers so far say."""

    def __init__(self, layout: Layout, columns: Sequence[Column], choices: Choices, today: date) -> None:
        self.layout, self.choices = layout, choices
        self.titles = [folded(title) for title in layout.titles]
        self.columns: dict[Field, list[Column]] = {}
        for column in columns:
            self.columns.setdefault(column.field, []).append(column)
        if not self.has(Field.DATE) and any(is_moment(self.cell(row, Field.OPENED)) for row in layout.below):
            self.columns[Field.DATE] = self.columns[Field.OPENED]
        self.asked_words: dict[str, str] = {}
        texts = [self.cell(row, Field.DATE) for row in layout.below]
        self.days = Days(texts, choices.answers, from_1904=layout.sheet.from_1904, today=today)

    def has(self, *fields: Field) -> bool:
        return any(found in self.columns for found in fields)

    def cell(self, row: Row, field_: Field) -> str:
        """Return the first cell of a field that holds something."""
        return next((cell for _column, cell in self.cells(row, field_) if cell), "")

    def cells(self, row: Row, field_: Field) -> Iterator[tuple[Column, str]]:
        for column in self.columns.get(field_, ()):
            yield column, row.cells[column.place] if column.place < len(row.cells) else ""

    # --- Which rows ---------------------------------------------------------------------------------------------------

    def sort_rows(self) -> Sorted:
        found = Sorted()
        for row in self.layout.below:
            self._sort(row, found)
        return found

    def _sort(self, row: Row, found: Sorted) -> None:
        if row.number in self.choices.left_out:
            found.left_out.append(_left(row, _("left out by you"), can_be_taken=True))
        elif row.is_hidden and row.number not in self.choices.taken:
            found.hidden.append(row)
            found.left_out.append(_left(row, _("hidden in the file"), can_be_taken=True))
        elif self._is_titles(row):
            found.left_out.append(_left(row, _("the titles again")))
        elif row.number in self.choices.taken:
            found.taken.append(row)
        elif is_total(row):
            found.totals.append(row)
            found.left_out.append(_left(row, _("a total"), can_be_taken=True))
        elif self._is_annulled(row):
            found.left_out.append(_left(row, _("annulled"), can_be_taken=True))
        elif not self._has_money(row):
            found.left_out.append(_left(row, _("no amounts")))
        else:
            self._take(row, found)

    def _take(self, row: Row, found: Sorted) -> None:
        if len(row.cells) > len(self.layout.titles):
            sizes = {"cells": len(row.cells), "titles": len(self.layout.titles)}
            more = _("it has %(cells)s cells under %(titles)s titles. Perhaps the amounts hold the separator.") % sizes
            found.problems.append(Problem(row.number, "", more))
        elif self.has(Field.DATE) and not self.cell(row, Field.DATE):
            found.undated.append(row)
            found.taken.append(row)
        else:
            found.taken.append(row)

    def _is_titles(self, row: Row) -> bool:
        alike = (folded(cell) == title for cell, title in zip(row.cells, self.titles, strict=False))
        return len(row.cells) == len(self.titles) and all(alike)

    def _is_annulled(self, row: Row) -> bool:
        for column, cell in self.cells(row, Field.STATUS):
            title, text = folded(column.title), folded(cell)
            if ANNULLED.match(text) or (ANNULLED.match(title) and text in YES):
                return True
        return False

    def _has_money(self, row: Row) -> bool:
        return any(cell for wanted in MONEY for _column, cell in self.cells(row, wanted))

    # --- What a row says ----------------------------------------------------------------------------------------------

    def read_row(self, row: Row, day: date | None = None) -> Entry | list[Problem]:
        """Return what a row says; `day` stands for one that is not written there."""
        problems: list[Problem] = []
        moment = self._day(row, day, problems)
        amounts = self._amounts(row, problems)
        values = {wanted: self._sum(row, wanted, problems) for wanted in (Field.INVOICES, Field.COST, Field.TOTAL)}
        self._require_guaranies(row, problems)
        if problems or moment is None:
            return problems
        number = self.cell(row, Field.NUMBER)
        point = POINT.fullmatch(number)
        opened, closed = self._span(row, moment)
        return Entry(
            row=row.number,
            day=moment.day,
            branch=self.cell(row, Field.BRANCH),
            register=self.cell(row, Field.REGISTER) or (point[1] if point else ""),
            cashier=self.cell(row, Field.CASHIER),
            shift=self.cell(row, Field.SHIFT),
            opened_at=opened,
            closed_at=closed,
            issued_at=self._issued(row, moment),
            number=number,
            is_note=self._is_note(row),
            amounts=self._by_condition(row, amounts, values[Field.TOTAL]),
            invoices=self._invoices(row, values[Field.INVOICES]),
            cost=values[Field.COST],
            total=values[Field.TOTAL],
        )

    def _day(self, row: Row, day: date | None, problems: list[Problem]) -> Moment | None:
        column = self.columns[Field.DATE][0] if self.has(Field.DATE) else None
        text = self.cell(row, Field.DATE)
        if not text and day:
            return Moment(day)
        try:
            if text:
                return self.days.moment(text)
            problems.append(Problem(row.number, column.title if column else "", _("The day is missing.")))
        except CellError as error:
            problems.append(Problem(row.number, column.title if column else "", str(error)))
        return None

    def _amounts(self, row: Row, problems: list[Problem]) -> dict[Field, int | None]:
        return {method: self._sum(row, method, problems) for method in METHODS}

    def _sum(self, row: Row, wanted: Field, problems: list[Problem]) -> int | None:
        """Return the columns of a field added up, or None if the table says nothing of it."""
        parse = parse_count if wanted == Field.INVOICES else parse_amount
        found: list[int | None] = []
        for column, cell in self.cells(row, wanted):
            try:
                found.append(parse(cell) if cell else None)
            except CellError as error:
                problems.append(Problem(row.number, column.title, str(error)))
        return add(found)

    def _require_guaranies(self, row: Row, problems: list[Problem]) -> None:
        for column, cell in self.cells(row, Field.CURRENCY):
            if not GUARANIES.match(folded(cell)):
                other = _("“%(text)s” is another currency. Write guaraníes, or leave the row out.") % {"text": cell}
                problems.append(Problem(row.number, column.title, other))

    def _by_condition(
        self, row: Row, amounts: dict[Field, int | None], total: int | None
    ) -> Mapping[Field, int | None]:
        """Return the amounts; the total is of the method that a word names, if the table has words for that."""
        if not self.has(Field.CONDITION) or self.has(*METHODS):
            return amounts
        if self._is_note(row) and self.choices.answers.get("notes") == "yes":
            total = -abs(total) if total is not None else None
        method = self._method(row)
        return {method: total} if method else {}

    def _method(self, row: Row) -> Field | None:
        """Return the method; on credit beats how it is to be paid, and a card or transfer beats "contado"."""
        found = []
        for column, cell in self.cells(row, Field.CONDITION):
            chosen = self.choices.answers.get(f"word:{folded(cell)}")
            method = Field(chosen) if chosen in list(Field) else method_of(cell)
            if method is None:
                self.asked_words.setdefault(folded(cell), f"{column.title}: {cell or '—'}")
            elif method != Field.NONE:
                found.append(method)
        ranked = sorted(found, key=(Field.CREDIT, Field.CARD, Field.TRANSFER, Field.CASH).index)
        return ranked[0] if ranked else None

    def _invoices(self, row: Row, counted: int | None) -> int | None:
        if self.has(Field.INVOICES) or not self.has(Field.NUMBER):
            return counted
        return 0 if self._is_note(row) else 1

    def _is_note(self, row: Row) -> bool:
        return bool(CREDIT_NOTE.search(folded(self.cell(row, Field.KIND))))

    def _issued(self, row: Row, moment: Moment) -> datetime | None:
        hour = _hour(self.cell(row, Field.HOUR)) or moment.hour
        return datetime.combine(moment.day, hour, ASUNCION) if hour and hour != time.min else None

    def _span(self, row: Row, moment: Moment) -> tuple[datetime | None, datetime | None]:
        """Return when a shift began and ended; one that ends before it begins ends the day after."""
        opened = self._bound(self.cell(row, Field.OPENED), moment.day)
        closed = self._bound(self.cell(row, Field.CLOSED), moment.day)
        if opened and closed and closed <= opened:
            closed += timedelta(days=1)
        return opened, closed

    def _bound(self, text: str, day: date) -> datetime | None:
        if hour := _hour(text):
            return datetime.combine(day, hour, ASUNCION)
        moment = self.days.raw(text) if text else None
        return moment.local().instant if moment else None


def is_total(row: Row) -> bool:
    """Return whether a word for a sum, or an average, stands before the first amount."""
    named = [place for place, cell in enumerate(row.cells) if TOTALS.match(cell) or AVERAGES.match(cell)]
    return bool(named) and not any(is_amount(cell) and re.search("[0-9]", cell) for cell in row.cells[: named[0]])


def _hour(text: str) -> time | None:
    try:
        return parse_hour(text) if text else None
    except CellError:
        return None


def _left(row: Row, why: str, *, can_be_taken: bool = False) -> LeftOut:
    return LeftOut(row.number, row.cells, why, can_be_taken)

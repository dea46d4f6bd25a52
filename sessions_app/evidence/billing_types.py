"""Types of a billing table: `Choices` and `Expected` go into its reading, a `Reading` comes out of it.

A Reading proposes: what is sure is in its lines, what is not is a question. It is applied only if `is_sure`; each
answer, chosen column, row left out or row taken goes into the Choices of the next reading of the same file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.utils.translation import gettext as _

from sessions_app.evidence.titles import METHODS, Field, labelled_methods

YES, NO = "yes", "no"


@dataclass(frozen=True)
class Choices:
    """Choices of a person in the preview, and what is remembered of the source (`titles`).

    columns: place (from 0) -> field. titles: folded title -> field. answers: key of a question -> value.
    """

    sheet: str | None = None
    titles_row: int | None = None
    columns: Mapping[int, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()
    taken: frozenset[int] = frozenset()
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Expected:
    """Facts that are known beforehand. `usual`: what a day usually comes to, None if nobody knows yet."""

    today: date
    pharmacy: str = ""
    other_pharmacies: tuple[str, ...] = ()
    usual: int | None = None


@dataclass(frozen=True)
class Question:
    """Something weak or odd. `options`: value -> label; one of the values is the answer under `key`."""

    key: str
    text: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class Problem:
    """A cell that cannot be read; `column` is empty if it is the row."""

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        place = {"row": self.row, "column": self.column, "text": self.text}
        if not self.column:
            return _("Row %(row)s: %(text)s") % place
        return _("Row %(row)s, column %(column)s: %(text)s") % place


@dataclass(frozen=True)
class LeftOut:
    """A row that is not taken, and why; `can_be_taken` by a tick."""

    row: int
    cells: tuple[str, ...]
    why: str
    can_be_taken: bool = False

    @property
    def told(self) -> str:
        return " · ".join(filter(None, self.cells))


@dataclass(frozen=True)
class Column:
    """`total` is what the amounts below come to, None if they are none. `how`: chosen, remembered, sure, unused.

    `is_unread`: it holds figures, and they are no amounts in guaraníes.
    """

    place: int
    title: str
    field: Field
    how: str
    total: int | None = None
    is_unread: bool = False


@dataclass(frozen=True)
class Entry:
    """One row of the table that is taken. A method is None where the table does not say. `is_note`: a credit note."""

    row: int
    day: date
    branch: str = ""
    register: str = ""
    cashier: str = ""
    shift: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    issued_at: datetime | None = None
    number: str = ""
    is_note: bool = False
    amounts: Mapping[Field, int | None] = field(default_factory=dict)
    invoices: int | None = None
    cost: int | None = None
    total: int | None = None

    @property
    def told(self) -> list[tuple[str, int]]:
        """Each method that the row says something of, by its name for people."""
        labels = labelled_methods()
        known = ((method, self.amounts.get(method)) for method in METHODS)
        return [(labels[method], amount) for method, amount in known if amount is not None]


@dataclass(frozen=True)
class Line:
    """Sum of the entries of one day, and of one shift, cashier, register or branch if the table tells them apart."""

    day: date
    branch: str
    register: str
    cashier: str
    shift: str
    opened_at: datetime | None
    closed_at: datetime | None
    amounts: Mapping[Field, int | None]
    invoices: int | None
    cost: int | None
    rows: tuple[int, ...]


@dataclass(frozen=True)
class TableReading:
    """How a table was read, and what is doubtful: all that a preview shows beside its columns and rows."""

    sheet: str
    sheets: tuple[str, ...]
    encoding: str | None
    titles_row: int | None = None
    left_out: tuple[LeftOut, ...] = ()
    problems: tuple[Problem, ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_doubtful(self) -> bool:
        return bool(self.problems or self.questions)


@dataclass(frozen=True)
class Reading(TableReading):
    """Everything that a preview of a billing table shows."""

    columns: tuple[Column, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def is_sure(self) -> bool:
        return bool(self.entries) and not self.is_doubtful

    @property
    def unused(self) -> tuple[Column, ...]:
        """Columns with amounts, or figures that cannot be read, that go nowhere."""
        nowhere = (column for column in self.columns if column.field == Field.NONE)
        return tuple(column for column in nowhere if column.total is not None or column.is_unread)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """As finely as the table tells: by branch, register, cashier, and shift of a day."""
        return tuple(_lines(self.entries, _fine))

    @cached_property
    def days(self) -> tuple[Line, ...]:
        """One line for each day and branch."""
        return tuple(_lines(self.entries, lambda entry: Entry(0, entry.day, entry.branch)))


def _fine(entry: Entry) -> Entry:
    return Entry(
        0, entry.day, entry.branch, entry.register, entry.cashier, entry.shift, entry.opened_at, entry.closed_at
    )


def _lines(entries: Iterable[Entry], like: Callable[[Entry], Entry]) -> Iterator[Line]:
    """Yield a line for the entries that are alike in what `like` keeps of them, in the order of the table."""
    groups: dict[str, tuple[Entry, list[Entry]]] = {}
    for entry in entries:
        kept = like(entry)
        groups.setdefault(repr(kept), (kept, []))[1].append(entry)
    for kept, group in groups.values():
        yield Line(
            day=kept.day,
            branch=kept.branch,
            register=kept.register,
            cashier=kept.cashier,
            shift=kept.shift,
            opened_at=kept.opened_at,
            closed_at=kept.closed_at,
            amounts={method: add(entry.amounts.get(method) for entry in group) for method in METHODS},
            invoices=add(entry.invoices for entry in group),
            cost=add(entry.cost for entry in group),
            rows=tuple(entry.row for entry in group),
        )


def add(amounts: Iterable[int | None]) -> int | None:
    """Return the sum of what is known, or None if nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None

"""The list of movements that a bank gives: `read_bank(workbook, choices)` -> BankReading with lines for matching.py.

CSV, XLSX, XLS, ODS, web page; money in and out in two columns, in one with a sign, or in one beside a mark (D/C). The
balance, where there is one, proves which is which. The mapping is guessed and can be chosen (Choices.columns, of
BankField); what is weak is a question. A list that is read is applied only if `is_sure`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise

from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.normalize import folded
from sessions_app.evidence.billing_types import NO, YES, Choices, LeftOut, Problem, Question, TableReading
from sessions_app.evidence.cells import CellError, is_amount, is_moment, parse_amount
from sessions_app.evidence.columns import CHOSEN, REMEMBERED, SURE, UNUSED
from sessions_app.evidence.days import Days
from sessions_app.evidence.layout import Layout, find
from sessions_app.evidence.matching import BankLine
from sessions_app.evidence.sheets import Row, Workbook
from sessions_app.evidence.titles import TOTALS, WORD, is_foreign


class BankField(StrEnum):
    DATE = "date"
    IN = "in"
    OUT = "out"
    AMOUNT = "amount"
    SIDE = "side"
    BALANCE = "balance"
    REFERENCE = "reference"
    TEXT = "text"
    NONE = "none"


# Of these there is one column; references and texts are joined.
SINGLE = (BankField.DATE, BankField.IN, BankField.OUT, BankField.AMOUNT, BankField.SIDE, BankField.BALANCE)
MONEY = (BankField.IN, BankField.OUT, BankField.AMOUNT)
RULES: tuple[tuple[str, BankField, int], ...] = (
    (r" saldo| balance", BankField.BALANCE, 2),
    (r" d c | c d | db cr | cr db | signo| deb cred | debito credito | tipo (de )?mov\w* ", BankField.SIDE, 2),
    (r" (fecha|f|date) (de )?(valor|proceso|contable|value)", BankField.DATE, 1),
    (r" fecha| date | fec ", BankField.DATE, 2),
    (r" credit\w*| haber| abono\w*| deposito\w*| ingreso\w*| entrada\w*| acreditad\w*", BankField.IN, 2),
    (r" debit\w*| debe | cargo\w*| retiro\w*| egreso\w*| salida\w*| extraccion\w*", BankField.OUT, 2),
    (r" importe| monto| valor| amount", BankField.AMOUNT, 2),
    (r" refer\w*| ref | comprob\w*| nro | numero| n° | nº | operacion| documento| doc ", BankField.REFERENCE, 2),
    (r" transaccion| id ", BankField.REFERENCE, 2),
    (r" concepto| descrip\w*| detalle| movimiento| observ\w*| glosa| motivo| ordenante| remitente", BankField.TEXT, 2),
    (r" nombre| origen| beneficiario| transaction| cuenta| banco", BankField.TEXT, 1),
)
_RULES = tuple((re.compile(pattern), name, weight) for pattern, name, weight in RULES)
BALANCE_ROW = re.compile(r"^saldo|\bsaldo (anterior|inicial|final|al)\b")
MONEY_IN = re.compile(r"^(c|cr|cred\w*|h|haber|\+|ingreso|abono|entrada)$")
MONEY_OUT = re.compile(r"^(d|db|deb\w*|-|egreso|cargo|salida)$")
# From this share of rows on, the balance proves the signs.
PROVEN = 0.8
MOST_NAMED = 10


@dataclass(frozen=True)
class BankColumn:
    """`how`: chosen, remembered, sure, unused."""

    place: int
    title: str
    field: BankField
    how: str


@dataclass(frozen=True)
class BankReading(TableReading):
    """Everything that a preview of a bank's list shows; the key of a line is its row."""

    columns: tuple[BankColumn, ...] = ()
    lines: tuple[BankLine, ...] = ()

    @property
    def is_sure(self) -> bool:
        return bool(self.lines) and not self.is_doubtful


@dataclass
class _Movement:
    row: Row
    day: date
    amount: int
    balance: int | None


@dataclass
class _Found:
    movements: list[_Movement] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def known(title: str) -> tuple[str, int] | None:
    """Return the field of a title and how much it speaks for a row of titles."""
    words = f" {' '.join(WORD.findall(folded(title)))} "
    return next(((name, weight) for rule, name, weight in _RULES if rule.search(words)), None)


def read_bank(workbook: Workbook, choices: Choices | None = None, today: date | None = None) -> BankReading:
    """Return the lines of a list, and what has to be asked before they are applied."""
    choices = choices or Choices()
    layout = find(workbook, choices, known)
    names = tuple(sheet.name for sheet in workbook.sheets)
    if isinstance(layout, Question):
        return BankReading("", names, workbook.encoding, questions=(layout,))
    reader = _Reader(layout, choices, today or periods.today())
    found = reader.read()
    return BankReading(
        sheet=layout.sheet.name,
        sheets=names,
        encoding=workbook.encoding,
        titles_row=layout.titles_row,
        columns=tuple(reader.columns),
        lines=tuple(reader.line(movement) for movement in found.movements),
        left_out=tuple(found.left_out),
        problems=tuple(found.problems),
        questions=tuple(item for item in found.questions if choices.answers.get(item.key) not in item.options),
        notes=tuple(found.notes),
    )


class _Reader:
    def __init__(self, layout: Layout, choices: Choices, today: date) -> None:
        self.layout, self.choices = layout, choices
        self.columns = list(self._recognised())
        self.places: dict[BankField, list[int]] = defaultdict(list)
        for column in self.columns:
            self.places[column.field].append(column.place)
        self.titles = [folded(title) for title in layout.titles if title]
        texts = [self.cell(row, BankField.DATE) for row in layout.below]
        self.days = Days(texts, choices.answers, from_1904=layout.sheet.from_1904, today=today)

    # --- Columns ------------------------------------------------------------------------------------------------------

    def _recognised(self) -> Iterator[BankColumn]:
        taken: set[BankField] = set()
        guesses = [self._guess(place, title) for place, title in enumerate(self.layout.titles)]
        surest = {name: max(weight for other, weight in guesses if other == name) for name, _weight in guesses}
        for place, (name, weight) in enumerate(guesses):
            later = name in SINGLE and (name in taken or weight < surest[name])
            settled = BankField.NONE if later else name
            taken.add(settled)
            yield BankColumn(place, self.layout.titles[place], settled, self._how(place, settled))

    def _how(self, place: int, settled: BankField) -> str:
        answered = {self.choices.answers.get(key) for key in (BankField.DATE, BankField.AMOUNT)}
        if place in self.choices.columns or str(place) in answered:
            return CHOSEN
        if folded(self.layout.titles[place]) in self.choices.titles:
            return REMEMBERED
        return UNUSED if settled == BankField.NONE else SURE

    def _guess(self, place: int, title: str) -> tuple[BankField, int]:
        """Return the field of a column and how sure it is; what was chosen is surest, then what is remembered."""
        answered = {self.choices.answers.get(key): key for key in (BankField.DATE, BankField.AMOUNT)}
        if chosen := self.choices.columns.get(place) or answered.get(str(place)):
            return BankField(chosen), 4
        if memory := self.choices.titles.get(folded(title)):
            return BankField(memory), 3
        name, weight = known(title) or (BankField.NONE, 0)
        is_money = name in (*MONEY, BankField.BALANCE)
        if is_money and (is_foreign(title) or not self._are_mostly(is_amount, place)):
            return BankField.NONE, 0
        return BankField(name), weight

    def _are_mostly(self, fits: Callable[[str], bool], place: int) -> bool:
        cells = [cell for row in self.layout.below if (cell := self._at(row, place))]
        return sum(map(fits, cells)) >= len(cells) / 2

    def _at(self, row: Row, place: int) -> str:
        return row.cells[place] if place < len(row.cells) else ""

    def has(self, name: BankField) -> bool:
        return any(column.field == name for column in self.columns)

    def cell(self, row: Row, name: BankField) -> str:
        return " ".join(cell for place in self.places.get(name, ()) if (cell := self._at(row, place)))

    def title(self, name: BankField) -> str:
        return next((column.title for column in self.columns if column.field == name), "")

    # --- Rows ---------------------------------------------------------------------------------------------------------

    def read(self) -> _Found:
        found = _Found(questions=[*self._missing_columns(), *self.days.questions])
        if any(self.choices.answers.get(question.key) not in question.options for question in found.questions):
            return found
        for row in self.layout.below:
            why = self._why_left_out(row)
            if why:
                found.left_out.append(LeftOut(row.number, row.cells, why, can_be_taken=row.is_hidden))
            else:
                self._add(row, found)
        self._settle_signs(found)
        return found

    def _missing_columns(self) -> Iterator[Question]:
        if not self.has(BankField.DATE):
            yield Question("date", _("Which column holds the day?"), self._options(is_moment))
        if not any(map(self.has, MONEY)):
            yield Question("amount", _("Which column holds the amount?"), self._options(is_amount))

    def _options(self, fits: Callable[[str], bool]) -> dict[str, str]:
        options = {}
        for column in self.columns:
            is_filled = any(self._at(row, column.place) for row in self.layout.below)
            if is_filled and column.field == BankField.NONE and self._are_mostly(fits, column.place):
                options[str(column.place)] = column.title or str(column.place + 1)
        return options

    def _why_left_out(self, row: Row) -> str:
        words = [folded(cell) for cell in row.cells if cell]
        if row.number in self.choices.left_out:
            return _("left out by you")
        if row.is_hidden and row.number not in self.choices.taken:
            return _("hidden in the file")
        if words == self.titles:
            return _("the titles again")
        if any((TOTALS.match(word) or BALANCE_ROW.search(word)) and not is_amount(word) for word in words):
            return _("a total or a balance")
        if not any(self.cell(row, name) for name in MONEY):
            return _("no amounts")
        return ""

    def _add(self, row: Row, found: _Found) -> None:
        if len(row.cells) > len(self.layout.titles):
            more = _("it has more cells than there are titles. Perhaps the amounts hold the separator.")
            found.problems.append(Problem(row.number, "", more))
            return
        text = self.cell(row, BankField.DATE)
        try:
            if not text:
                raise CellError(_("The day is missing."))
            day = self.days.moment(text).day
        except CellError as error:
            found.problems.append(Problem(row.number, self.title(BankField.DATE), str(error)))
            return
        amount = self._amount(row, found)
        if amount:
            found.movements.append(_Movement(row, day, amount, self._balance(row)))
        elif amount == 0:
            found.left_out.append(LeftOut(row.number, row.cells, _("no amounts")))

    def _amount(self, row: Row, found: _Found) -> int | None:
        """Return what came in, below zero for what went out. None where a cell cannot be read, which is told."""
        came, went, either = (self._money(row, name, found) for name in MONEY)
        if came is None or went is None or either is None:
            return None
        if self.has(BankField.IN) or self.has(BankField.OUT):
            return came - abs(went)
        mark = folded(self.cell(row, BankField.SIDE))
        if MONEY_OUT.match(mark):
            return -abs(either)
        if not self.has(BankField.SIDE) or MONEY_IN.match(mark):
            return either
        unknown = _("“%(text)s” says neither that money came in nor that it went out.") % {"text": mark}
        found.problems.append(Problem(row.number, self.title(BankField.SIDE), unknown))
        return None

    def _money(self, row: Row, name: BankField, found: _Found) -> int | None:
        text = self.cell(row, name)
        try:
            return parse_amount(text) if text else 0
        except CellError as error:
            found.problems.append(Problem(row.number, self.title(name), str(error)))
            return None

    def _balance(self, row: Row) -> int | None:
        text = self.cell(row, BankField.BALANCE)
        return parse_amount(text) if text and is_amount(text) else None

    # --- Signs --------------------------------------------------------------------------------------------------------

    def _settle_signs(self, found: _Found) -> None:
        """Amounts without any sign get theirs from the balance; sides that the balance contradicts are asked."""
        movements = found.movements
        steps = _steps(movements)
        unsigned = not any(map(self.has, (BankField.IN, BankField.OUT, BankField.SIDE)))
        if unsigned and all(movement.amount > 0 for movement in movements):
            self._sign(found, steps)
        elif _share(movements, steps, -1) >= PROVEN > _share(movements, steps, 1):
            text = _("By the balance, what is read as money that came in went out. Is it the other way round?")
            found.questions.append(Question("sides", text, {YES: _("Yes, turn it round"), NO: _("No")}))
            if self.choices.answers.get("sides") == YES:
                for movement in movements:
                    movement.amount = -movement.amount
        elif steps and _share(movements, steps, 1) < PROVEN:
            found.notes.append(_("The balance does not follow from the amounts: rows may be missing."))

    def _sign(self, found: _Found, steps: dict[int, int]) -> None:
        proven = {place for place, step in steps.items() if abs(step) == found.movements[place].amount}
        if not proven or len(proven) < PROVEN * len(steps):
            proven = set()
        for place in proven:
            found.movements[place].amount = steps[place]
        open_ones = [movement for place, movement in enumerate(found.movements) if place not in proven]
        if not open_ones:
            return
        rows = ", ".join(str(movement.row.number) for movement in open_ones[:MOST_NAMED])
        text = _("Nothing says whether money came in or went out (rows %(rows)s). Did it come in?") % {"rows": rows}
        found.questions.append(Question("signs", text, {YES: _("It came in"), NO: _("It went out")}))
        if self.choices.answers.get("signs") == NO:
            for movement in open_ones:
                movement.amount = -movement.amount

    def line(self, movement: _Movement) -> BankLine:
        return BankLine(
            key=movement.row.number,
            date=movement.day,
            amount=movement.amount,
            reference=self.cell(movement.row, BankField.REFERENCE),
            text=self.cell(movement.row, BankField.TEXT),
        )


def _steps(movements: Sequence[_Movement]) -> dict[int, int]:
    """Return what the balance moved by at each place, whether the newest line comes last or first."""
    pairs = list(pairwise(enumerate(movements)))
    last = {
        there: new.balance - old.balance
        for (_here, old), (there, new) in pairs
        if new.balance is not None and old.balance is not None
    }
    first = {
        here: new.balance - old.balance
        for (here, new), (_there, old) in pairs
        if new.balance is not None and old.balance is not None
    }
    return max(last, first, key=lambda steps: sum(abs(step) == abs(movements[at].amount) for at, step in steps.items()))


def _share(movements: Sequence[_Movement], steps: dict[int, int], sign: int) -> float:
    fitting = sum(step == sign * movements[place].amount for place, step in steps.items())
    return fitting / len(steps) if steps else 0

"""Columns of a billing table, recognised: by what was chosen or remembered, else by title and by the cells below.

A title alone is not believed: "Caja" over millions is no register, "Facturas" over 001-001-0000123 is no count.
What is weak becomes a question with the key `column:PLACE`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from django.utils.translation import gettext as _

from cashpilot.normalize import folded
from sessions_app.evidence.billing_types import Choices, Column, Question
from sessions_app.evidence.cells import SERIAL, CellError, is_amount, is_moment, parse_amount, parse_hour
from sessions_app.evidence.sheets import UNCOMPUTED, Row
from sessions_app.evidence.titles import (
    ADDED,
    AMOUNTS,
    METHODS,
    Field,
    Guess,
    guess,
    is_foreign,
    labelled_methods,
    method_of,
)

CHOSEN, REMEMBERED, SURE, UNUSED = "chosen", "remembered", "sure", "unused"
SAMPLE = 300
MOSTLY = 0.8
# Below this no column of money of a pharmacy stays all the way down; above it no count of invoices of a day does.
SMALLEST_MONEY, LARGEST_COUNT = 500, 10_000
CODE = re.compile(r"[0-9]{3}-[0-9]{3}-?[0-9]+|[A-Z]{1,4}[- ]?[0-9]{3,}", re.ASCII | re.IGNORECASE)
TOTAL_EXACTLY = ("total", "total general", "total gral.", "total gral", "importe total", "monto total", "total venta")
LEDGER = {"debito", "debitos", "debit"}
AT_ONCE = re.compile(r"^(?!.*\b(efectivo|efvo|cash)\b).*\b(contado|ctdo|cdo)\b")
MOMENTS = (Field.DATE, Field.HOUR, Field.OPENED, Field.CLOSED)


@dataclass(frozen=True)
class Shape:
    """Looks of the cells of a column: shares of those that are not empty. Serial numbers of days are figures."""

    amounts: float
    moments: float
    hours: float
    codes: float
    methods: float
    figures: float
    typical: float
    largest: int
    filled: int
    counts_up: bool

    @property
    def is_money(self) -> bool:
        return self.filled > 0 and self.amounts >= 0.5 and self.moments < 0.5 and self.largest >= SMALLEST_MONEY

    @property
    def has_figures(self) -> bool:
        """Say whether most are something like a number, whether it can be read or not."""
        return max(self.figures, self.amounts) >= 0.5


def shape_of(cells: Iterable[str]) -> Shape:
    texts = [cell for cell in cells if cell][:SAMPLE]
    size = max(1, len(texts))
    amounts = [abs(parse_amount(text)) for text in texts if is_amount(text)]
    return Shape(
        amounts=len(amounts) / size,
        moments=sum(is_moment(text) and not SERIAL.fullmatch(text) for text in texts) / size,
        hours=sum(map(_is_hour, texts)) / size,
        codes=sum(bool(CODE.fullmatch(text)) for text in texts) / size,
        methods=sum(method_of(text) is not None for text in texts) / size,
        figures=sum(_is_figure(text) for text in texts) / size,
        typical=median(amounts) if amounts else 0,
        largest=max(amounts, default=0),
        filled=len(texts),
        counts_up=len(amounts) > 2 and all(0 < after - before <= 3 for before, after in pairwise(amounts)),
    )


def _is_figure(text: str) -> bool:
    """Something like a number, whether it can be read or not: what cannot is told cell by cell."""
    if text.startswith(("#", UNCOMPUTED)):
        return True
    return any(sign.isdigit() for sign in text) and sum(sign.isalpha() for sign in text) < 5


def _is_hour(text: str) -> bool:
    try:
        parse_hour(text)
    except CellError:
        return False
    return True


def recognise(titles: Sequence[str], rows: Sequence[Row], choices: Choices) -> tuple[list[Column], list[Question]]:
    """Return every column, used or not, and what is to be asked of them. `rows` are those below the titles."""
    width = len(titles)
    shapes = [shape_of(_cells(rows, place)) for place in range(width)]
    settled: dict[int, Column] = {}
    guesses: dict[int, Guess] = {}
    for place, title in enumerate(titles):
        if known := _known(place, title, choices):
            settled[place] = known
        elif found := _fitting(title, shapes[place]):
            guesses[place] = found
    guesses = _doubting(titles, guesses)
    questions = list(_resolve(titles, shapes, guesses, settled))
    columns = [settled.get(place, Column(place, title, Field.NONE, UNUSED)) for place, title in enumerate(titles)]
    return [_with_total(column, shapes[column.place], rows) for column in columns], questions


def _cells(rows: Iterable[Row], place: int) -> Iterator[str]:
    return (row.cells[place] for row in rows if place < len(row.cells))


def _known(place: int, title: str, choices: Choices) -> Column | None:
    if place in choices.columns:
        return Column(place, title, Field(choices.columns[place]), CHOSEN)
    answer = choices.answers.get(f"column:{place}")
    if answer in list(Field):
        return Column(place, title, Field(answer), CHOSEN)
    if title and folded(title) in choices.titles:
        return Column(place, title, Field(choices.titles[folded(title)]), REMEMBERED)
    return None


def _with_total(column: Column, shape: Shape, rows: Iterable[Row]) -> Column:
    """Say what the amounts come to, so that none is left away in silence; nor figures that cannot be read."""
    says = guess(column.title)
    if column.field in (Field.NUMBER, *MOMENTS) or (says and says.field == Field.NONE and says.is_strong):
        return column
    if column.field == Field.NONE and is_foreign(column.title):
        return replace(column, is_unread=shape.filled > 0)
    if not shape.is_money:
        is_unread = shape.figures >= 0.5 > max(shape.amounts, shape.moments, shape.hours, shape.codes)
        return replace(column, is_unread=is_unread and column.field == Field.NONE)
    amounts = (parse_amount(cell) for cell in _cells(rows, column.place) if cell and is_amount(cell))
    return replace(column, total=sum(amounts))


# --- Does the guess fit the cells? ------------------------------------------------------------------------------------


def _fitting(title: str, shape: Shape) -> Guess | None:
    """Return the guess by the title, another one that the cells speak for, or None."""
    found = guess(title)
    if found is None:
        return Guess(Field.DATE, is_strong=False) if shape.moments >= 0.5 and not shape.is_money else None
    if found.field == Field.DATE:
        return found if shape.figures >= 0.5 or shape.moments >= 0.5 else None
    if found.field in MOMENTS:
        return found if max(shape.moments, shape.hours) >= 0.5 else None
    if found.field in AMOUNTS:
        return _fitting_amount(found, shape)
    if found.field in (Field.INVOICES, Field.NUMBER):
        return _fitting_number(found, shape)
    if shape.is_money and shape.typical >= LARGEST_COUNT:
        return Guess(Field.CASH, is_strong=False) if found.field == Field.REGISTER else None
    if found.field == Field.KIND and shape.methods >= MOSTLY:
        return Guess(Field.CONDITION, is_strong=True)
    return found if found.field != Field.NONE else None


def _fitting_amount(found: Guess, shape: Shape) -> Guess | None:
    if not found.is_strong:
        return found if shape.is_money else None
    if not shape.filled or shape.has_figures:
        return found
    # "Tarjeta" over words alone: names of cards, or amounts that cannot be read.
    return replace(found, is_strong=False) if found.field in METHODS else None


def _fitting_number(found: Guess, shape: Shape) -> Guess | None:
    """Tell how many invoices from which invoice, and both from what they come to and from the numbers of the rows."""
    if shape.codes >= 0.5:
        return Guess(Field.NUMBER, is_strong=True)
    if shape.amounts < 0.5:
        return found if found.field == Field.NUMBER else None
    is_large = shape.typical >= LARGEST_COUNT
    if found.field == Field.INVOICES:
        return Guess(Field.TOTAL, is_strong=False) if is_large and not shape.counts_up else found
    if shape.counts_up and shape.largest <= shape.filled:
        return None
    return found if is_large or shape.counts_up else Guess(Field.INVOICES, is_strong=False)


def _doubting(titles: Sequence[str], guesses: dict[int, Guess]) -> dict[int, Guess]:
    """Return the guesses, those weak that another column speaks against.

    "Débito" beside a bare "Crédito" may be two kinds of cards, or the two sides of a ledger; "Contado" beside
    "Efectivo" is rather all that was paid at once, by card too.
    """
    words = {place: folded(titles[place]).strip(" .:") for place in guesses}
    doubtful = set()
    if LEDGER & set(words.values()):
        doubtful |= {place for place, word in words.items() if word in ("credito", "creditos", "credit")}
    cash = {place for place, found in guesses.items() if found.field == Field.CASH}
    at_once = {place for place in cash if AT_ONCE.search(words[place])}
    if at_once != cash:
        doubtful |= at_once
    return {place: replace(found, is_strong=False) if place in doubtful else found for place, found in guesses.items()}


# --- One column a field -----------------------------------------------------------------------------------------------


def _resolve(
    titles: Sequence[str], shapes: Sequence[Shape], guesses: dict[int, Guess], settled: dict[int, Column]
) -> Iterator[Question]:
    """Settle what is sure, and yield a question for what is not and matters."""
    _settle_strong(titles, shapes, guesses, settled)
    taken = {column.field for column in settled.values()}
    weak = [place for place, found in guesses.items() if not found.is_strong and place not in settled]
    totals = [place for place in weak if guesses[place].field == Field.TOTAL]
    if len(totals) == 1 and Field.CONDITION in taken and Field.TOTAL not in taken:
        settled[totals[0]] = Column(totals[0], titles[totals[0]], Field.TOTAL, SURE)
        taken.add(Field.TOTAL)
    for place in weak:
        if place not in settled and _matters(guesses[place].field, shapes[place], taken):
            yield _asked(place, titles[place], guesses[place].field)
    if not taken & {*METHODS, Field.CONDITION}:
        for column in [column for column in settled.values() if column.field == Field.TOTAL and column.how == SURE]:
            del settled[column.place]
            yield _asked(column.place, column.title, Field.TOTAL)


def _settle_strong(
    titles: Sequence[str], shapes: Sequence[Shape], guesses: dict[int, Guess], settled: dict[int, Column]
) -> None:
    several = (*ADDED, Field.CONDITION)
    taken = {column.field for column in settled.values()}
    for place, found in guesses.items():
        if not found.is_strong or (found.field in taken and found.field not in several):
            continue
        rivals = [other for other, rival in guesses.items() if rival == found]
        best = place if found.field in several else _best(titles, shapes, found.field, rivals)
        settled[best] = Column(best, titles[best], found.field, SURE)
        taken.add(found.field)


def _best(titles: Sequence[str], shapes: Sequence[Shape], field: Field, rivals: list[int]) -> int:
    """Return the likeliest of several columns for one field: the plain total, most days, else the first."""
    if field == Field.TOTAL:
        return min(rivals, key=lambda place: (folded(titles[place]) not in TOTAL_EXACTLY, place))
    if field == Field.DATE:
        return max(rivals, key=lambda place: (shapes[place].moments, -place))
    return rivals[0]


def _matters(field: Field, shape: Shape, taken: set[Field]) -> bool:
    if field == Field.TOTAL:
        return Field.TOTAL not in taken and not taken & set(METHODS)
    if field in METHODS and not shape.has_figures:  # names of cards, where something else says what each amounts to
        return not taken & {field, Field.CONDITION}
    return field in ADDED or field not in taken


def _asked(place: int, title: str, likely: Field) -> Question:
    """Ask what a column is; the likeliest first, except that a total is of no method more than of another."""
    labels = {Field.DATE: _("Date"), Field.NONE: _("Nothing of these")} if likely == Field.DATE else labelled()
    first = [likely] if likely in labels and likely != Field.TOTAL else []
    options = {str(field): labels[field] for field in [*first, *(field for field in labels if field not in first)]}
    return Question(f"column:{place}", _("What is column %(title)s?") % {"title": f"“{title}”"}, options)


def labelled() -> dict[Field, str]:
    """Return what a column with amounts may be, with its name for people."""
    methods = labelled_methods()
    nothing = methods.pop(Field.NONE)
    return {
        **methods,
        Field.INVOICES: _("Number of invoices"),
        Field.COST: _("Cost of what was sold"),
        Field.TOTAL: _("Total of all methods"),
        Field.NONE: nothing,
    }

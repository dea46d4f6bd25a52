"""Rows of sums in a table: told apart from what they sum, and held against it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from django.utils.translation import gettext as _

from cashpilot.money import group
from sessions_app.evidence.billing_rows import MONEY, Reader, Sorted
from sessions_app.evidence.billing_types import YES, Column, LeftOut, Question
from sessions_app.evidence.cells import CellError, parse_amount
from sessions_app.evidence.sheets import Row
from sessions_app.evidence.titles import AVERAGES


def set_unnamed_apart(reader: Reader, rows: Sorted) -> None:
    """A row without a day, and with the sum of all above it in every column, is a total without a name."""
    columns = _columns(reader)
    undated, unnamed = {row.number for row in rows.undated}, set[int]()
    sums: Counter[Column] = Counter()
    for row in rows.taken:
        said = _said(row, columns)
        if row.number not in undated:
            sums.update(said)
        elif said and sums and all(value == sums[column] for column, value in said.items()):
            unnamed.add(row.number)
            rows.left_out.append(LeftOut(row.number, row.cells, _("a total without a name"), can_be_taken=True))
    rows.taken = [row for row in rows.taken if row.number not in unnamed]
    rows.undated = [row for row in rows.undated if row.number not in unnamed]


def check(reader: Reader, rows: Sorted) -> Iterator[Question]:
    """Yield a question for each total that is the sum neither of all rows above it, nor of those since the last one,
    with the hidden ones or without."""
    columns = _columns(reader) if rows.totals else []
    taken, hidden = _Sums(columns, rows.taken), _Sums(columns, rows.hidden)
    before = 0
    for row in rows.totals:
        if any(map(AVERAGES.match, row.cells)):
            continue
        said, count = _said(row, columns), taken.above(row)
        misfits = [_misfit(said, taken.between(start, count)) for start in (0, before) if start < count]
        before = count
        if misfits and all(misfits):
            everything = taken.between(0, count)
            everything.update(hidden.between(0, hidden.above(row)))
            yield _question(row, misfits[0], with_hidden=hidden.above(row) > 0 and not _misfit(said, everything))


class _Sums:
    """Sums of the columns of some rows, from any of them to any other."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        self.numbers = [row.number for row in rows]
        self.sums = {
            column: list(accumulate((_value(row, column) or 0 for row in rows), initial=0)) for column in columns
        }

    def above(self, row: Row) -> int:
        """Return how many of the rows stand above another one."""
        return bisect_left(self.numbers, row.number)

    def between(self, start: int, end: int) -> Counter[Column]:
        return Counter({column: sums[end] - sums[start] for column, sums in self.sums.items()})


def _columns(reader: Reader) -> list[Column]:
    return [column for wanted in MONEY for column in reader.columns.get(wanted, ())]


def _said(row: Row, columns: Sequence[Column]) -> dict[Column, int]:
    """Return what a row says in each column that can be read."""
    values = ((column, _value(row, column)) for column in columns)
    return {column: value for column, value in values if value is not None}


def _misfit(said: Mapping[Column, int], sums: Counter[Column]) -> tuple[Column, int, int] | None:
    """Return the first column in which a total says something else."""
    return next(((column, value, sums[column]) for column, value in said.items() if value != sums[column]), None)


def _value(row: Row, column: Column) -> int | None:
    try:
        cell = row.cells[column.place] if column.place < len(row.cells) else ""
        return parse_amount(cell) if cell else None
    except CellError:
        return None


def _question(row: Row, misfit: tuple[Column, int, int] | None, *, with_hidden: bool) -> Question:
    column, said, summed = misfit or (None, 0, 0)
    values = {"row": row.number, "column": column.title if column else "", "said": group(said), "sum": group(summed)}
    text = _("The total in row %(row)s says %(said)s for %(column)s, and the rows come to %(sum)s.") % values
    if with_hidden:
        text += " " + _("It fits with the rows that are hidden.")
    return Question(f"total:{row.number}", text, {YES: _("Take the rows as they are")})

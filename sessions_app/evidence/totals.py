"""Rows of sums in a table: told apart from what they sum, and held against it."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from cashpilot.money import group
from sessions_app.evidence.billing_rows import MONEY, Reader, Sorted
from sessions_app.evidence.billing_types import YES, Column, LeftOut, Question
from sessions_app.evidence.cells import CellError, parse_amount
from sessions_app.evidence.sheets import Row
from sessions_app.evidence.titles import AVERAGES


def set_unnamed_apart(reader: Reader, rows: Sorted) -> None:
    """A row without a day, and with the sum of all above it in every column, is a total without a name."""
    for row in list(rows.undated):
        above = [other for other in rows.taken if other.number < row.number and other not in rows.undated]
        if above and all(said == summed for _column, said, summed in _compared(reader, row, above)):
            rows.taken.remove(row)
            rows.undated.remove(row)
            rows.left_out.append(LeftOut(row.number, row.cells, _("a total without a name"), can_be_taken=True))


def check(reader: Reader, rows: Sorted) -> Iterator[Question]:
    """Yield a question for each total that is the sum neither of all rows above it, nor of those since the last one,
    with the hidden ones or without."""
    before = 0
    for row, count in rows.totals:
        if any(map(AVERAGES.match, row.cells)):
            continue
        hidden = [other for other in rows.hidden if other.number < row.number]
        everything, since = rows.taken[:count], rows.taken[before:count]
        fitting = [_misfit(reader, row, summed) for summed in (everything, since) if summed]
        before = count
        if fitting and all(fitting):
            with_hidden = hidden and not _misfit(reader, row, [*everything, *hidden])
            yield _question(row, fitting[0], bool(with_hidden))


def _misfit(reader: Reader, row: Row, summed: Iterable[Row]) -> tuple[Column, int, int] | None:
    """Return the first column in which the total says something else."""
    return next(
        ((column, said, sums) for column, said, sums in _compared(reader, row, list(summed)) if said != sums), None
    )


def _compared(reader: Reader, row: Row, summed: list[Row]) -> Iterator[tuple[Column, int, int]]:
    """Yield each column in which the total says something, with that and with the sum of what can be read."""
    for wanted in MONEY:
        for column in reader.columns.get(wanted, ()):
            said = _value(row, column)
            if said is not None:
                yield column, said, sum(_value(other, column) or 0 for other in summed)


def _value(row: Row, column: Column) -> int | None:
    try:
        cell = row.cells[column.place] if column.place < len(row.cells) else ""
        return parse_amount(cell) if cell else None
    except CellError:
        return None


def _question(row: Row, misfit: tuple[Column, int, int] | None, with_hidden: bool) -> Question:
    column, said, summed = misfit or (None, 0, 0)
    values = {"row": row.number, "column": column.title if column else "", "said": group(said), "sum": group(summed)}
    text = _("The total in row %(row)s says %(said)s for %(column)s, and the rows come to %(sum)s.") % values
    if with_hidden:
        text += " " + _("It fits with the rows that are hidden.")
    return Question(f"total:{row.number}", text, {YES: _("Take the rows as they are")})

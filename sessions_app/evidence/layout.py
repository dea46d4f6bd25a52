"""Place of the table: its sheet, the row of its titles, the titles themselves. Rows above them are none of it.

`find(workbook, choices, known)` -> Layout, or the Question that has to be answered first. `known` tells a title's field
and how much it speaks for a row of titles, so billing tables and lists of banks are found in the same way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from sessions_app.evidence.billing_types import Choices, Question
from sessions_app.evidence.cells import is_amount, is_moment
from sessions_app.evidence.sheets import Row, Sheet, Workbook

Known = Callable[[str], tuple[str, int] | None]
# Titles stand this far down at most; a strong word counts twice, and this much is a row of titles.
DEEPEST_TITLES, ENOUGH = 60, 3
MOST_OPTIONS = 20


@dataclass(frozen=True)
class Layout:
    """`titles` may be made of two rows; `below` are the rows of the table, `above` those that are not of it."""

    sheet: Sheet
    titles_row: int
    titles: tuple[str, ...]
    above: tuple[Row, ...]
    below: tuple[Row, ...]


def find(workbook: Workbook, choices: Choices, known: Known) -> Layout | Question:
    """Return the table, or ask for the sheet, or for the row of titles."""
    sheet = _chosen_sheet(workbook, choices, known)
    if isinstance(sheet, Question):
        return sheet
    answer = choices.answers.get("titles", "")
    number = choices.titles_row or (int(answer) if answer.isdecimal() else _first_titles_row(sheet.rows, known))
    places = [place for place, row in enumerate(sheet.rows) if row.number == number]
    return _laid_out(sheet, places[0], known) if places else _ask_titles(sheet)


def _chosen_sheet(workbook: Workbook, choices: Choices, known: Known) -> Sheet | Question:
    """A sheet that is hidden is only looked at if no other one holds a table."""
    wanted = choices.sheet or choices.answers.get("sheet")
    for sheet in workbook.sheets:
        if sheet.name == wanted:
            return sheet
    holding = [sheet for sheet in workbook.sheets if _titles_row(sheet.rows, known) and len(sheet.rows) > 1]
    found = [sheet for sheet in holding if not sheet.is_hidden] or holding
    if len(found) > 1:
        names = {sheet.name: sheet.name for sheet in found}
        return Question("sheet", _("Several sheets hold a table. Which one is meant?"), names)
    return found[0] if found else workbook.sheets[0]


def _score(cells: Sequence[str], known: Known) -> int:
    """Return how much a row looks like titles: 0 if it holds days or amounts, or too little is known of it."""
    if sum(is_moment(cell) or (is_amount(cell) and any(map(str.isdigit, cell))) for cell in cells if cell) > 1:
        return 0
    found = [said for cell in cells if cell and (said := known(cell))]
    points = sum(weight for _field, weight in found)
    return points if len({name for name, _weight in found}) > 1 and points >= ENOUGH else 0


def _titles_row(rows: Sequence[Row], known: Known) -> int | None:
    scored = [(_score(row.cells, known), -row.number) for row in rows[:DEEPEST_TITLES] if not row.is_hidden]
    best, number = max(scored, default=(0, 0))
    return -number if best else None


def _first_titles_row(rows: Sequence[Row], known: Known) -> int | None:
    """Return the row of titles, or the one above it where the titles take two rows and the lower one says more."""
    number = _titles_row(rows, known)
    upper, lower = next(((upper, lower) for upper, lower in pairwise(rows) if lower.number == number), (None, None))
    if upper is None or lower is None:
        return number
    is_alone = any(known(cell) and not _cell(lower, place) for place, cell in enumerate(upper.cells) if cell)
    return upper.number if is_alone and _continues(upper, lower, known) else number


def _cell(row: Row, place: int) -> str:
    return row.cells[place] if place < len(row.cells) else ""


def _ask_titles(sheet: Sheet) -> Question:
    options = {str(row.number): " · ".join(filter(None, row.cells))[:80] for row in sheet.rows[:MOST_OPTIONS]}
    text = _(
        "Which row holds the titles of the columns? A table has a row for each day, shift or invoice, and above them "
        "titles such as Fecha, Efectivo, Tarjeta. Export it like that if this file is none."
    )
    return Question("titles", text, options)


def _laid_out(sheet: Sheet, place: int, known: Known) -> Layout:
    titles, rows = sheet.rows[place], sheet.rows[place + 1 :]
    names = list(titles.cells)
    if rows and _continues(titles, rows[0], known):
        names, rows = _joined(names, rows[0].cells), rows[1:]
    return Layout(sheet, titles.number, tuple(names), tuple(sheet.rows[:place]), tuple(rows))


def _continues(titles: Row, following: Row, known: Known) -> bool:
    """Titles may take two rows: the second holds words only, and fills what the first left empty."""
    if following.number != titles.number + 1:
        return False
    if any(is_moment(cell) or is_amount(cell) for cell in following.cells if cell):
        return False
    filled = [place for place, cell in enumerate(following.cells) if cell and known(cell)]
    empty = [place for place in filled if place >= len(titles.cells) or not titles.cells[place]]
    return bool(empty) and len(filled) > 1


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """A title over several columns stands over the first of them; one without anything below stands for itself."""
    width = max(len(upper), len(lower))
    upper, lower = [*upper, *[""] * width][:width], [*lower, *[""] * width][:width]
    joined, spread = [], ""
    for above, below in zip(upper, lower, strict=True):
        spread = (above or spread) if below else ""
        joined.append(" ".join(filter(None, (spread or above, below))))
    return joined

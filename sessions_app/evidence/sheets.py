"""Sheets as rows of text, whatever file they come from, and how much of them is taken.

A cell is the text that a person would read and retype: dates as `2026-11-22` (with `14:30:00` behind if there is an
hour), whole numbers without a point, numbers with decimals so that they cannot be taken for thousands (`300.1250`), a
formula that was never computed as `=`. Readers add rows to a SheetBuilder, which refuses what is too much.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LARGEST_FILE = 5_000_000
LARGEST_UNPACKED = 45_000_000
MOST_SHEETS, MOST_ROWS, MOST_COLUMNS, MOST_CELLS, LONGEST_CELL = 50, 20_000, 60, 300_000, 500
# As much is read of a cell, for many blanks count as one.
LONGEST_WRITTEN, ENDLESS = 20 * LONGEST_CELL, "…" * (LONGEST_CELL + 1)
# A cell takes four tags, a row two. More of them are not cells, and would be read for seconds.
MOST_TAGS = 5 * MOST_CELLS
UNCOMPUTED = "="
EPOCH_1900, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - spreadsheets know no zone
LAST_SERIAL = 2_958_465
# Noise of floating point; a whole number of guaraníes is far from it.
NOISE = 1e-4


@dataclass(frozen=True)
class Row:
    """`number` as the spreadsheet shows it, from 1. Cells end with the last one that is not empty."""

    number: int
    cells: tuple[str, ...]
    is_hidden: bool = False


@dataclass
class Sheet:
    """Rows that hold something. `from_1904`: its serial numbers count from 1904."""

    name: str
    rows: list[Row] = field(default_factory=list)
    is_hidden: bool = False
    from_1904: bool = False


@dataclass(frozen=True)
class Workbook:
    """`encoding` is the guess for a text file, None for the others."""

    sheets: tuple[Sheet, ...]
    encoding: str | None = None


class Pieces:
    """Text of one cell as a parser brings it, kept no further than shows that it is too long for a cell."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.size = 0

    def add(self, piece: str) -> None:
        self.size += len(piece)
        if self.size <= LONGEST_WRITTEN:
            self.pieces.append(piece)

    @property
    def text(self) -> str:
        return "".join(self.pieces) if self.size <= LONGEST_WRITTEN else ENDLESS


class SheetBuilder:
    """One sheet while it is read. Raises ValidationError as soon as it is too much."""

    def __init__(self, name: str, *, is_hidden: bool = False, from_1904: bool = False) -> None:
        self.sheet = Sheet(name, is_hidden=is_hidden, from_1904=from_1904)
        self.cells = 0

    def add(self, number: int, cells: Sequence[str], *, is_hidden: bool = False) -> None:
        """Keep a row unless it is empty. Numbers go up."""
        if not any(cells):
            return
        texts = [" ".join(cell.split()) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            return
        rows = self.sheet.rows
        if rows and number <= rows[-1].number:
            raise unreadable()
        self.cells += len(texts)
        if len(rows) >= MOST_ROWS or len(texts) > MOST_COLUMNS or self.cells > MOST_CELLS:
            raise too_much()
        if any(len(text) > LONGEST_CELL for text in texts):
            long = {"row": number, "limit": LONGEST_CELL}
            raise ValidationError(_("A cell of row %(row)s is too long: at most %(limit)s signs.") % long)
        rows.append(Row(number, tuple(texts), is_hidden))


def require_few_tags(content: bytes | str, most: int = MOST_TAGS) -> int:
    """Return how many tags XML or HTML has, one that closes itself being two; refuse it before it is parsed.

    Its parser takes longer for each tag than for anything else in it.
    """
    signs: tuple[Any, Any] = (b"<", b"/>") if isinstance(content, bytes) else ("<", "/>")
    tags = sum(map(content.count, signs))
    if tags > most:
        raise too_much()
    return tags


def unreadable() -> ValidationError:
    return ValidationError(_("This is no table that can be read. Save it again as XLSX or CSV, from the spreadsheet."))


def too_much() -> ValidationError:
    limits = {"rows": MOST_ROWS, "columns": MOST_COLUMNS}
    return ValidationError(_("It is too long or too wide: at most %(rows)s rows and %(columns)s columns.") % limits)


def too_large() -> ValidationError:
    return ValidationError(_("The file is too large: at most %(limit)s MB.") % {"limit": LARGEST_FILE // 1_000_000})


def has_password() -> ValidationError:
    return ValidationError(_("The file has a password. Save it without one."))


def number_text(value: float) -> str:
    """Return a number as text. Never with three decimals: `300.125` would be read as thousands."""
    if not abs(value) < 1e15:  # also what is no number
        return str(value)
    if abs(value - round(value)) < NOISE:
        return str(round(value))
    text = f"{value:.4f}".rstrip("0")
    return f"{text}0" if text[-4:-3] == "." else text


def boolean_text(value: bool) -> str:
    """Return what a spreadsheet shows of yes or no; as a figure it would be one guaraní."""
    return "TRUE" if value else "FALSE"


def moment_text(serial: float, *, from_1904: bool) -> str:
    """Return the day, the hour, or both, that a spreadsheet means by a serial number."""
    if not 0 <= serial < LAST_SERIAL:
        return number_text(serial)
    moment = (EPOCH_1904 if from_1904 else EPOCH_1900) + timedelta(seconds=round(serial * 86_400))
    if serial < 1:
        return moment.strftime("%H:%M:%S")
    return moment.isoformat(" ") if moment.time() != moment.min.time() else moment.date().isoformat()


@cache
def place(letters: str) -> int:
    """Return the place of a column from its letters, three at most: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter) + 1
    return number - 1

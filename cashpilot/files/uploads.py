"""A table that somebody sends, CSV or XLSX, as rows of texts. Nothing of it is believed: size, sort, formulas.

Raises ValidationError with what is wrong and what to do about it.
"""

import csv
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO, StringIO
from itertools import islice
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import load_workbook

LARGEST_FILE = 1_000_000
# What a workbook may become once unpacked: its parts say so, and zipfile reads no further.
LARGEST_UNPACKED = 20_000_000
MOST_PARTS = 500
FEWEST_ROWS = 2
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_000, 40, 200
# A sheet may claim a million rows, nearly all of them blank: what stands beyond these is refused, never cut.
LAST_ROW, LAST_COLUMN = 10 * MOST_ROWS, 10 * MOST_COLUMNS
ROWS_OF_EXCEL = 1_048_576
SEPARATORS = ";\t,|"
WORKBOOK, OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# What zipfile, openpyxl and defusedxml raise on files that were not made by a spreadsheet.
BROKEN = (
    BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    SyntaxError,
)


def read(content: bytes) -> list[list[str]]:
    """Rows of equally many cells, the first one the titles; dates as `2026-11-22`, whole numbers without a point."""
    if len(content) > LARGEST_FILE:
        raise ValidationError(_("The file is too large: at most 1 MB."))
    if content.startswith(OLD_WORKBOOK):
        raise ValidationError(_("Save it as .xlsx or CSV first: the old .xls is not read."))
    parsed = _workbook if content.startswith(WORKBOOK) else _text
    stripped = ([cell.strip() for cell in row] for row in parsed(content))
    rows = list(islice(filter(any, stripped), MOST_ROWS + 1))
    width = max((place for row in rows for place, cell in enumerate(row, start=1) if cell), default=0)
    _require_size(rows, width)
    return [[*row, *[""] * width][:width] for row in rows]


def _require_size(rows: list[list[str]], width: int) -> None:
    if len(rows) < FEWEST_ROWS:
        raise ValidationError(_("There is nothing in it: a row of titles and at least one more are needed."))
    if len(rows) > MOST_ROWS or width > MOST_COLUMNS:
        raise _too_long_or_wide()
    if any(len(cell) > LONGEST_CELL for row in rows for cell in row):
        raise ValidationError(_("A cell is too long: at most %(limit)s signs.") % {"limit": LONGEST_CELL})
    if any("\x00" in cell for row in rows for cell in row):
        raise _unreadable()


def _too_long_or_wide() -> ValidationError:
    limits = {"rows": MOST_ROWS, "columns": MOST_COLUMNS}
    return ValidationError(_("It is too long or too wide: at most %(rows)s rows and %(columns)s columns.") % limits)


# --- CSV --------------------------------------------------------------------------------------------------------------


def _text(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    titles = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=titles.count)
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    except csv.Error:
        raise _unreadable() from None


def _decoded(content: bytes) -> str:
    """UTF-8, UTF-16 if it says so, else what Windows writes."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if wide else ["utf-8-sig", "cp1252"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _unreadable()


def _unreadable() -> ValidationError:
    return ValidationError(_("This is no CSV or XLSX file that can be read. Save it again from the spreadsheet."))


# --- XLSX -------------------------------------------------------------------------------------------------------------


def _workbook(content: bytes) -> Iterator[list[str]]:
    try:
        parts = ZipFile(BytesIO(content)).infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise ValidationError(_("The file is too large: at most 1 MB."))
        sheet = load_workbook(BytesIO(content), read_only=True, keep_links=False).worksheets[0]
        sheet.reset_dimensions()  # or it is as wide, row by row, as it claims
        for number, row in enumerate(sheet.iter_rows(max_row=ROWS_OF_EXCEL), start=1):
            cells = [_cell(cell).strip() for cell in row]
            if len(cells) > LAST_COLUMN or (number > LAST_ROW and any(cells)):
                raise _too_long_or_wide()
            yield cells
    except BROKEN:
        raise _unreadable() from None


def _cell(cell: Any) -> str:
    value = cell.value
    if cell.data_type == "f":
        # What it comes to would have to be believed.
        raise ValidationError(
            _("Cell %(cell)s holds a formula. Copy the sheet, and paste it as values.") % {"cell": cell.coordinate}
        )
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)

"""Tables as files, CSV and XLSX, streamed: the first byte leaves at once and no file is ever held in memory."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from django.http import HttpResponseBase, QueryDict, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from cashpilot.exceptions import ActionRefused
from cashpilot.periods import ASUNCION

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Without it spreadsheets read UTF-8 as something else.
BYTE_ORDER_MARK = "\ufeff"
# What makes a spreadsheet run a cell, the full-width forms included.
EXECUTABLE = tuple("=+-@\t\r\n＝＋－＠")
BLOCK = 32_768  # characters sent at once
# Spreadsheets of this country take a semicolon, because the comma is in their numbers.
SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t"}
MOST_ROWS = 1_048_575  # that a sheet of Excel holds under its headings
# Day 0 of a spreadsheet.
EPOCH = date(1899, 12, 30).toordinal()
SECONDS_A_DAY = 86_400
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
SHEET = "xl/worksheets/sheet1.xml"
NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")


class CellType(Enum):
    """The type of a column's cells, beside None: text, whole numbers, dates, or instants (aware)."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"


# How Excel shows a number of that sort, and how wide the column is.
SHOWN: dict[CellType, tuple[dict[str, Any], int]] = {
    # Stays a text when somebody edits it, even if it begins with `=`.
    CellType.TEXT: ({"quote_prefix": True}, 22),
    CellType.NUMBER: ({"num_format": "#,##0"}, 14),
    CellType.DATE: ({"num_format": "dd/mm/yyyy"}, 12),
    CellType.MOMENT: ({"num_format": "dd/mm/yyyy hh:mm"}, 17),
}


@dataclass(frozen=True)
class ExportColumn:
    """`is_summed`: a workbook has the sum of the column under the last row. No other file has: a program reads it."""

    heading: "StrOrPromise"
    cell_type: CellType = CellType.TEXT
    is_summed: bool = False


@dataclass(frozen=True)
class Sheet:
    """`name` is that of the file, without its ending; `rows` are read once, while the file is being sent.

    In a workbook the sheet is called `title`, and `about` stands on a second one: what was asked for, line by line.
    """

    name: str
    columns: list[ExportColumn]
    rows: Iterable[Iterable[Any]]
    title: str = ""
    about: Sequence[str] = ()


def as_asked(sheet: Sheet, extension: str, query: QueryDict) -> HttpResponseBase:
    """Return a download; CSV with the separator that the query names. Raises ActionRefused for any other separator."""
    if extension == "xlsx":
        return xlsx_response(sheet)
    separator = SEPARATORS.get(query.get("separator") or "semicolon")
    if not separator:
        raise ActionRefused(_("The separator is one of: %(names)s.") % {"names": ", ".join(SEPARATORS)})
    return csv_response(sheet, separator)


def csv_response(sheet: Sheet, separator: str = ";") -> StreamingHttpResponse:
    """Texts that a spreadsheet would run are defused, numbers stay numbers; dates as 2026-11-22, local time."""
    return _download(f"{sheet.name}.csv", "text/csv; charset=utf-8", _csv(sheet, separator, translation.get_language()))


def xlsx_response(sheet: Sheet) -> StreamingHttpResponse:
    """Numbers and dates are such to Excel; at most MOST_ROWS rows."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _download(f"{sheet.name}.xlsx", kind, _xlsx(sheet, translation.get_language()))


def _download(filename: str, kind: str, content: Iterator[str] | Iterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv(sheet: Sheet, separator: str, language: str | None) -> Iterator[str]:
    """The middleware's language is gone by the time the rows are read."""
    block = StringIO()
    block.write(BYTE_ORDER_MARK)
    writer = csv.writer(block, delimiter=separator)
    with translation.override(language):
        writer.writerow([defused(str(column.heading)) for column in sheet.columns])
        yield _emptied(block)
        written = [WRITTEN.get(column.cell_type) for column in sheet.columns]
        for row in sheet.rows:
            writer.writerow([write(cell) if write else cell for write, cell in zip(written, row, strict=True)])
            if block.tell() > BLOCK:
                yield _emptied(block)
        yield _emptied(block)


def _emptied(block: StringIO) -> str:
    text = block.getvalue()
    block.seek(0)
    block.truncate()
    return text


def defused(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(EXECUTABLE) else cell


def _moment(instant: datetime | None) -> str | None:
    return instant.astimezone(ASUNCION).isoformat(" ", "seconds")[:19] if instant else None


WRITTEN: dict[CellType, Callable[[Any], Any]] = {CellType.TEXT: defused, CellType.MOMENT: _moment}


# --- XLSX -------------------------------------------------------------------------------------------------------------


class _Pipe:
    """A file that a zip is written into and sent on from; it cannot go back, so sizes and checksums follow the data."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self.blocks.append(bytes(data))
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def taken(self) -> bytes:
        data = b"".join(self.blocks)
        self.blocks.clear()
        return data


def _xlsx(sheet: Sheet, language: str | None) -> Iterator[bytes]:
    """XlsxWriter makes the workbook with its headings, widths and formats, but would send nothing before the last
    row; so the rows are streamed into the sheet of its file."""
    pipe = _Pipe()
    with translation.override(language), ZipFile(pipe, "w", ZIP_DEFLATED, compresslevel=1) as target:
        with ZipFile(_workbook(sheet)) as workbook:
            for name in workbook.namelist():
                if name != SHEET:
                    target.writestr(name, workbook.read(name))
            before, sample, after = _around_the_rows(workbook.read(SHEET).decode())
        yield pipe.taken()
        with target.open(SHEET, "w") as file:
            file.write(before.encode())
            for block in _rows(sheet, re.findall(r' s="(\d+)"', sample)):
                file.write(block.encode())
                yield pipe.taken()
            file.write(after.encode())
    yield pipe.taken()


def _workbook(sheet: Sheet) -> BytesIO:
    """Headings, and one empty row in the format of each column."""
    content = BytesIO()
    with Workbook(content, {"in_memory": True}) as workbook:
        page = workbook.add_worksheet(_sheet_name(sheet.title))
        page.freeze_panes(1, 1)
        heading = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        formats = {sort: workbook.add_format(shown) for sort, (shown, _width) in SHOWN.items()}
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, SHOWN[column.cell_type][1])
            page.write_string(0, place, str(column.heading), heading)
            page.write_blank(1, place, None, formats[column.cell_type])
        if sheet.about:
            _tell(workbook.add_worksheet(_sheet_name(_("Filters"))), sheet.about)
    return content


def _sheet_name(title: str) -> str | None:
    """Return the title as Excel takes it for a sheet; None for none, and then Excel's own name stands there."""
    return NOT_IN_A_SHEET_NAME.sub(" ", title)[:31].strip("' ") or None


def _tell(page: Worksheet, lines: Sequence[str]) -> None:
    page.set_column(0, 0, 80)
    for place, line in enumerate(lines):
        page.write_string(place, 0, line)


def _around_the_rows(xml: str) -> tuple[str, str, str]:
    """Return the XML before the empty row, that row, and the XML after it, without the sheet's size, not known yet."""
    before, row, after = re.split(r'(<row r="2".*?</row>)', re.sub(r"<dimension [^>]*>", "", xml))
    return before, row, after


def _rows(sheet: Sheet, styles: list[str]) -> Iterator[str]:
    letters = [xl_col_to_name(place) for place in range(len(sheet.columns))]
    cells = [
        (CELLS[column.cell_type], letter, style)
        for column, letter, style in zip(sheet.columns, letters, styles, strict=True)
    ]
    block, length, number = [], 0, 1
    sums = {place: 0 for place, column in enumerate(sheet.columns) if column.is_summed}
    for number, values in enumerate(sheet.rows, start=2):
        row = list(values)
        inside = [
            cell(f'r="{letter}{number}" s="{style}"', value)
            for (cell, letter, style), value in zip(cells, row, strict=True)
            if value is not None and value != ""
        ]
        for place in sums:
            sums[place] += row[place] or 0
        block.append(f'<row r="{number}">{"".join(inside)}</row>')
        length += len(block[-1])
        if length > BLOCK:
            yield "".join(block)
            block, length = [], 0
    yield "".join(block)
    if sums and number > 1:
        yield _total_row(number, sums, letters, styles)


def _total_row(last: int, sums: dict[int, int], letters: list[str], styles: list[str]) -> str:
    """Return the sums under the row `last`, as formulas that follow what a reader filters, with their present value."""
    cells = [] if 0 in sums else [_text_cell(f'r="A{last + 1}" s="{styles[0]}"', _("Total"))]
    for place, total in sums.items():
        letter = letters[place]
        formula = f"SUBTOTAL(109,{letter}2:{letter}{last})"
        cells.append(f'<c r="{letter}{last + 1}" s="{styles[place]}"><f>{formula}</f><v>{total}</v></c>')
    return f'<row r="{last + 1}">{"".join(cells)}</row>'


def _text_cell(place: str, value: Any) -> str:
    return f'<c {place} t="inlineStr"><is><t xml:space="preserve">{escape(NOT_IN_XML.sub("", str(value)))}</t></is></c>'


def _number_cell(place: str, value: int) -> str:
    return f"<c {place}><v>{value}</v></c>"


def _date_cell(place: str, value: date) -> str:
    return f"<c {place}><v>{value.toordinal() - EPOCH}</v></c>"


def _moment_cell(place: str, value: datetime) -> str:
    local = value.astimezone(ASUNCION)
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return f"<c {place}><v>{local.toordinal() - EPOCH + seconds / SECONDS_A_DAY:.9f}</v></c>"


CELLS: dict[CellType, Callable[[str, Any], str]] = {
    CellType.TEXT: _text_cell,
    CellType.NUMBER: _number_cell,
    CellType.DATE: _date_cell,
    CellType.MOMENT: _moment_cell,
}

"""The files as a spreadsheet reads them: every cell, its sort, and that nothing waits for the last row."""

import csv
import re
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

from cashpilot.exceptions import ActionRefused
from cashpilot.files import downloads
from cashpilot.files.downloads import CellType, ExportColumn, Sheet

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLUMNS = [
    ExportColumn("Ñ, with a comma"),
    ExportColumn("₲", CellType.NUMBER),
    ExportColumn("Day", CellType.DATE),
    ExportColumn("Instant", CellType.MOMENT),
]
# 01:30 in Greenwich is 22:30 of the day before in Asunción.
ROWS = [
    ["=1+1", -15_000, date(2026, 11, 22), datetime(2026, 11, 22, 1, 30, tzinfo=UTC)],
    ['two\nlines, "quotes" & <tags>', 0, None, None],
    ["bell\x07", None, None, None],
    ["", 9_999_999_999, date(2000, 1, 1), None],
]


def sheet(rows=ROWS, columns=COLUMNS):
    return Sheet("shifts", columns, rows)


def csv_lines(response, separator=";"):
    text = response.getvalue().decode()
    assert text[0] == downloads.BYTE_ORDER_MARK
    return list(csv.reader(StringIO(text[1:], newline=""), delimiter=separator))


def xlsx_cells(response):
    """Place -> (kind, what stands there) of every cell; texts by themselves or out of the shared ones."""
    with ZipFile(BytesIO(response.getvalue())) as file:
        assert file.testzip() is None
        page = ElementTree.fromstring(file.read(downloads.SHEET))
        shared = ["".join(text.itertext()) for text in ElementTree.fromstring(file.read("xl/sharedStrings.xml"))]
    cells = {}
    for cell in page.iter(f"{MAIN}c"):
        kind, text = cell.get("t", "n"), "".join(cell.itertext())
        cells[cell.get("r")] = ("text", shared[int(text)]) if kind == "s" else (kind, text)
    return cells


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "\u00a0=1"])
def test_a_cell_that_a_spreadsheet_would_run(text):
    assert downloads.defused(text) == f"'{text}"


@pytest.mark.parametrize("cell", [-15_000, 0, "", None, "a=1", "1.250.000", "−15.000", "Ñemby", "3-4"])
def test_every_other_cell_stays(cell):
    assert downloads.defused(cell) == cell


def test_a_csv_file_is_what_was_given():
    assert csv_lines(downloads.csv_response(sheet())) == [
        ["Ñ, with a comma", "₲", "Day", "Instant"],
        ["'=1+1", "-15000", "2026-11-22", "2026-11-21 22:30:00"],
        ['two\nlines, "quotes" & <tags>', "0", "", ""],
        ["bell\x07", "", "", ""],
        ["", "9999999999", "2000-01-01", ""],
    ]


@pytest.mark.parametrize(("name", "separator"), [("", ";"), ("semicolon", ";"), ("comma", ","), ("tab", "\t")])
def test_the_separator_is_chosen(name, separator):
    response = downloads.as_asked(sheet(), "csv", QueryDict(f"separator={name}"))
    assert response.headers["Content-Disposition"] == 'attachment; filename="shifts.csv"'
    assert csv_lines(response, separator)[1] == ["'=1+1", "-15000", "2026-11-22", "2026-11-21 22:30:00"]


def test_another_separator_is_refused():
    with pytest.raises(ActionRefused, match="semicolon, comma, tab"), translation.override("en"):
        downloads.as_asked(sheet(), "csv", QueryDict("separator=%7C"))


def test_an_xlsx_file_is_what_was_given():
    """Dates count from 30 December 1899; a text is never a formula, whatever it begins with."""
    assert xlsx_cells(downloads.as_asked(sheet(), "xlsx", QueryDict())) == {
        "A1": ("text", "Ñ, with a comma"),
        "B1": ("text", "₲"),
        "C1": ("text", "Day"),
        "D1": ("text", "Instant"),
        "A2": ("inlineStr", "=1+1"),
        "B2": ("n", "-15000"),
        "C2": ("n", "46348"),
        "D2": ("n", "46347.937500000"),
        "A3": ("inlineStr", 'two\nlines, "quotes" & <tags>'),
        "B3": ("n", "0"),
        "A4": ("inlineStr", "bell"),
        "B5": ("n", "9999999999"),
        "C5": ("n", "36526"),
    }


def test_excel_shows_dates_as_dates_and_keeps_the_headings_in_sight():
    with ZipFile(BytesIO(downloads.xlsx_response(sheet()).getvalue())) as file:
        page, styles = file.read(downloads.SHEET).decode(), file.read("xl/styles.xml").decode()
    used = re.findall(r'r="[A-D]2" s="(\d+)"', page)
    formats = re.findall(r"<xf [^>]*>", styles[styles.index("<cellXfs") :])
    codes = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"', styles)) | {"0": "", "3": "#,##0"}
    shown = [codes[re.search(r'numFmtId="(\d+)"', formats[int(style)])[1]] for style in used]

    assert shown == ["", "#,##0", "dd/mm/yyyy", "dd/mm/yyyy hh:mm"]
    assert 'quotePrefix="1"' in formats[int(used[0])]
    assert 'state="frozen"' in page
    assert page.count("customWidth") == 4


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_the_first_byte_waits_for_no_row_and_the_next_row_for_what_was_sent(extension, monkeypatch):
    monkeypatch.setattr(downloads, "BLOCK", 10)
    read = []
    rows = ([read.append(number) or "x" * 10] for number in range(100))
    content = iter(downloads.as_asked(sheet(rows, COLUMNS[:1]), extension, QueryDict()))
    first = next(content)
    assert (len(first) > 0, read) == (True, [])
    next(content)
    assert len(read) < 3


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_download_that_nobody_finishes_ends_quietly(extension, db):
    response = downloads.as_asked(sheet(([number] for number in range(10**6)), COLUMNS[1:2]), extension, QueryDict())
    next(iter(response))
    response.close()


def test_the_language_is_that_of_the_request():
    with translation.override("en"):
        response = downloads.csv_response(sheet([], [ExportColumn(gettext_lazy("Pharmacy"))]))
    with translation.override("es"):
        assert "Pharmacy" in response.getvalue().decode()
        assert translation.get_language() == "es"


def sheets(response):
    """Name of each sheet -> its texts and figures, row by row, as a program reads them."""
    book = load_workbook(BytesIO(response.getvalue()))
    return {page.title: [list(row) for row in page.iter_rows(values_only=True)] for page in book}


SUMMED = [
    ExportColumn("Who"),
    ExportColumn("₲", CellType.NUMBER, is_summed=True),
    ExportColumn("Count", CellType.NUMBER),
]


def test_a_workbook_has_the_sums_under_the_last_row_and_a_csv_has_not():
    rows = [["Ana", -15_000, 1], ["Beto", None, 2], ["Ana", 20_000, 3]]
    cells = xlsx_cells(downloads.xlsx_response(sheet(rows, SUMMED)))

    assert {place: cells[place] for place in ("A5", "B5")} == {
        "A5": ("inlineStr", "Total"),
        "B5": ("n", "SUBTOTAL(109,B2:B4)5000"),
    }
    assert "C5" not in cells
    assert len(csv_lines(downloads.csv_response(sheet(rows, SUMMED)))) == 4


def test_no_rows_have_no_sum():
    assert {place[-1] for place in xlsx_cells(downloads.xlsx_response(sheet([], SUMMED)))} == {"1"}


def test_a_workbook_says_what_was_asked_for_on_a_sheet_of_its_own():
    asked = Sheet("x", COLUMNS, [], title="Cajero: a/b [c] * ? que es muy largo", about=["Result: Short", "=1+1"])
    with translation.override("es"):
        made = sheets(downloads.xlsx_response(asked))

    assert [*made] == ["Cajero  a b  c      que es muy", _("Filters")]
    assert [*made.values()][1] == [["Result: Short"], ["=1+1"]]

"""Tables that people send: every way in which they are written, and every way in which they mean harm."""

import csv
from datetime import date, datetime
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from openpyxl import Workbook

from cashpilot.files import uploads
from cashpilot.files.uploads import read

ROWS = [["Fecha", "Crédito"], ["22/11/2026", "1.250.000"], ["23/11/2026", "7"]]


def written(separator, encoding):
    text = StringIO()
    csv.writer(text, delimiter=separator).writerows(ROWS)
    return text.getvalue().encode(encoding)


def workbook(*rows):
    book, file = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_text_of_any_separator_and_encoding(separator, encoding):
    assert read(written(separator, encoding)) == ROWS


def test_a_workbook():
    file = workbook(
        ["Fecha", "Efectivo", None, "Nota"],
        [],
        [datetime(2026, 11, 22), 1_250_000, None, " sí "],  # noqa: DTZ001 - a sheet knows no time zone
        [date(2026, 11, 23), 7.0, 1.5, True],
    )
    assert read(file) == [
        ["Fecha", "Efectivo", "", "Nota"],
        ["2026-11-22", "1250000", "", "sí"],
        ["2026-11-23", "7", "1.5", "True"],
    ]


def test_rows_are_of_one_width():
    assert read(b"a;b\n1\n1;2;;\n") == [["a", "b"], ["1", ""], ["1", "2"]]


def bomb():
    """A workbook whose sheet is a thousand times what it weighs."""
    file = BytesIO(workbook(["a"], [1]))
    with ZipFile(file, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", b"0" * 21_000_000)
    return file.getvalue()


def with_part(name, content):
    source, file = ZipFile(BytesIO(workbook(["a"], [1]))), BytesIO()
    with ZipFile(file, "w") as archive:
        for part in source.namelist():
            archive.writestr(part, content if part == name else source.read(part))
    return file.getvalue()


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
NO_TABLE = {
    "nothing": (b"", "There is nothing in it"),
    "titles alone": (b"a;b\n", "There is nothing in it"),
    "too large": (b"a;b\n" + b"1;2\n" * 250_000, "too large"),
    "too many rows": (b"a;b\n" + b"1;2\n" * uploads.MOST_ROWS, "too long or too wide"),
    "too many columns": (b";".join([b"1"] * 41) + b"\n1\n", "too long or too wide"),
    "a cell too long": (b"a;b\n" + b"x" * 201 + b";1\n", "A cell is too long"),
    "a NUL": (b"a;b\n\x00;1\n", "can be read"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "can be read"),
    "bytes that no encoding has": (b"a;b\n\x81\x8d;1\n", "can be read"),
    "a quote that does not end": (b'a;b\n"1;2\n', "can be read"),
    "the old format": (b"\xd0\xcf\x11\xe0 and more", "old .xls"),
    "a zip of something else": (b"PK\x03\x04 and more", "can be read"),
    "a zip bomb": (bomb(), "too large"),
    "entities": (with_part("xl/worksheets/sheet1.xml", ENTITIES), "can be read"),
    "a sheet that is no XML": (with_part("xl/worksheets/sheet1.xml", b"<worksheet"), "can be read"),
    "a workbook cut short": (workbook(["a"], [1])[:2000], "can be read"),
    "a formula": (workbook(["a", "b"], [1, "=1+1"]), "Cell B2 holds a formula"),
    "a link out": (workbook(["a"], ['=HYPERLINK("http://example.com")']), "Cell A2 holds a formula"),
}


@pytest.mark.parametrize(("content", "sentence"), NO_TABLE.values(), ids=NO_TABLE.keys())
def test_what_is_no_table_is_refused_with_what_to_do(content, sentence):
    with pytest.raises(ValidationError) as refused:
        read(content)
    assert sentence in refused.value.messages[0]


def with_more_parts(count):
    """A workbook of so many parts in all."""
    file = BytesIO(workbook(["a"], [1]))
    with ZipFile(file, "a") as archive:
        for number in range(count - len(archive.namelist())):
            archive.writestr(f"xl/media/{number}.bin", b"")
    return file.getvalue()


def test_a_workbook_of_too_many_parts_is_refused():
    assert read(with_more_parts(uploads.MOST_PARTS)) == [["a"], ["1"]]
    with pytest.raises(ValidationError, match="too large"):
        read(with_more_parts(uploads.MOST_PARTS + 1))


def test_a_workbook_that_is_too_long_or_too_wide_is_refused_and_never_cut():
    row, rows = [1] * uploads.MOST_COLUMNS, [[1]] * (uploads.MOST_ROWS - 1)
    assert (len(read(workbook(row, *rows))), len(read(workbook(row, *rows))[0])) == (1_000, 40)
    for larger in workbook(row, [1], *rows), workbook([*row, 1], [1]):
        with pytest.raises(ValidationError, match="too long or too wide"):
            read(larger)


def with_a_cell_at(row, column):
    book, file = Workbook(), BytesIO()
    for cells in (["a"], [1]):
        book.active.append(cells)
    book.active.cell(row=row, column=column, value="2")
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (uploads.LAST_ROW + 1, 1),
        (1_048_576, 1),
        (2, uploads.MOST_COLUMNS + 2),
        (2, uploads.LAST_COLUMN + 1),
        (uploads.LAST_ROW + 1, uploads.LAST_COLUMN + 1),
    ],
)
def test_what_stands_far_from_the_rest_is_refused_and_never_cut(row, column):
    with pytest.raises(ValidationError, match="too long or too wide"):
        read(with_a_cell_at(row, column))


def test_a_workbook_is_read_to_its_last_row():
    assert read(with_a_cell_at(uploads.LAST_ROW, 1)) == [["a"], ["1"], ["2"]]


def test_blank_rows_may_go_on_to_the_last_one_of_excel():
    book, file = Workbook(), BytesIO()
    for cells in (["a"], [1]):
        book.active.append(cells)
    book.active.cell(row=uploads.ROWS_OF_EXCEL, column=1, value=" ")
    book.save(file)
    assert read(file.getvalue()) == [["a"], ["1"]]


def test_a_file_of_the_largest_size_is_read_and_a_byte_more_is_not():
    """Its rows end where the blank ones begin."""
    table = b"a;b\n1;2\n"
    largest = table + b"\n" * (uploads.LARGEST_FILE - len(table))
    assert read(largest) == [["a", "b"], ["1", "2"]]
    with pytest.raises(ValidationError, match="too large"):
        read(largest + b"\n")


def test_a_workbook_may_become_as_large_as_the_limit(monkeypatch):
    file = workbook(["a"], [1])
    unpacked = sum(part.file_size for part in ZipFile(BytesIO(file)).infolist())
    monkeypatch.setattr(uploads, "LARGEST_UNPACKED", unpacked)
    assert read(file) == [["a"], ["1"]]
    monkeypatch.setattr(uploads, "LARGEST_UNPACKED", unpacked - 1)
    with pytest.raises(ValidationError, match="too large"):
        read(file)


def test_a_cell_may_be_as_long_as_the_limit():
    longest = "x" * uploads.LONGEST_CELL
    assert read(f"a;b\n{longest};1\n".encode()) == [["a", "b"], [longest, "1"]]


def blank_rows_between(count):
    """Titles and so many rows, each followed by a blank one, as some programs write them."""
    return [row for number in range(count + 1) for row in ([str(number)], [])]


def test_blank_rows_are_no_rows_and_hide_none():
    rows = blank_rows_between(uploads.MOST_ROWS - 1)
    text = "\n".join(",".join(row) for row in rows)
    assert len(read(text.encode())) == len(read(workbook(*rows))) == uploads.MOST_ROWS
    more = [*rows, ["1"]]
    for larger in "\n".join(",".join(row) for row in more).encode(), workbook(*more):
        with pytest.raises(ValidationError, match="too long or too wide"):
            read(larger)

"""In any kind of file its cells come out as the texts that a person would read."""

import struct
from datetime import date, datetime, time

import pytest
from django.core.exceptions import ValidationError

from sessions_app.evidence import sheets
from sessions_app.evidence.sheets import moment_text, number_text
from sessions_app.evidence.workbooks import read_workbook
from sessions_app.tests.evidence.workbook_files import (
    biff,
    compound,
    long_text,
    ods,
    raw_xlsx,
    record,
    short_text,
    xls,
    xlsx,
    zipped_parts,
)

TITLES = ["Fecha", "Efectivo", "Crédito"]
DAY = date(2026, 7, 1)
READ = [("Fecha", "Efectivo", "Crédito"), ("2026-07-01", "1250000", "300.000")]


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


def cells(content):
    content = content.encode() if isinstance(content, str) else content
    return [row.cells for row in read_workbook(content).sheets[0].rows]


def refusal(content):
    with pytest.raises(ValidationError) as refused:
        read_workbook(content.encode() if isinstance(content, str) else content)
    return " ".join(refused.value.messages)


TOO_MUCH = "It is too long or too wide: at most 20000 rows and 60 columns."
NO_TABLE = "This is no table that can be read. Save it again as XLSX or CSV, from the spreadsheet."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1250000.0, "1250000"),
        (1250000.0000001, "1250000"),
        (-0.00001, "0"),
        (0.5, "0.5"),
        (1250000.4, "1250000.4"),
        (300.125, "300.1250"),
        (-12.75, "-12.75"),
        (1e20, "1e+20"),
        (float("nan"), "nan"),
    ],
)
def test_a_number_is_written_so_that_it_cannot_be_taken_for_another(value, text):
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("serial", "from_1904", "text"),
    [
        (46204, False, "2026-07-01"),
        (44742, True, "2026-07-01"),
        (46204.604166666664, False, "2026-07-01 14:30:00"),
        (0.604166666664, False, "14:30:00"),
        (-3, False, "-3"),
    ],
)
def test_a_serial_number_is_a_day_an_hour_or_both(serial, from_1904, text):
    assert moment_text(serial, from_1904=from_1904) == text


# --- XLSX -------------------------------------------------------------------------------------------------------------


def test_an_xlsx_gives_days_hours_and_whole_numbers():
    afternoon = datetime.combine(DAY, time(14, 30))
    rows = [TITLES, [DAY, 1_250_000.0, "300.000"], [afternoon, time(7, 5), True], [None, 0.5, -7]]
    assert cells(xlsx(rows)) == [*READ, ("2026-07-01 14:30:00", "07:05:00", "TRUE"), ("", "0.5", "-7")]


def test_hidden_rows_and_hidden_sheets_are_marked():
    def hide(workbook):
        workbook.create_sheet("Otra").append(["x"])
        workbook["Otra"].sheet_state = "hidden"

    workbook = read_workbook(xlsx([TITLES, [DAY, 1], [DAY, 2]], hidden=[3], change=hide))
    assert [(row.number, row.is_hidden) for row in workbook.sheets[0].rows] == [(1, False), (2, False), (3, True)]
    assert [(sheet.name, sheet.is_hidden) for sheet in workbook.sheets] == [("Sheet", False), ("Otra", True)]


def test_empty_rows_keep_their_numbers_and_empty_sheets_are_left_out():
    workbook = read_workbook(xlsx([[], ["a"], [], ["b"]], change=lambda book: book.create_sheet("Vacía")))
    assert [(row.number, row.cells) for row in workbook.sheets[0].rows] == [(2, ("a",)), (4, ("b",))]
    assert len(workbook.sheets) == 1


def test_dates_count_from_1904_where_the_workbook_says_so():
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    sheet = '<sheetData><row><c s="1"><v>44742</v></c><c><v>44742</v></c></row></sheetData>'
    workbook = read_workbook(raw_xlsx(sheet, properties='date1904="1"', styles=styles))
    assert workbook.sheets[0].from_1904
    assert workbook.sheets[0].rows[0].cells == ("2026-07-01", "44742")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("dd\\-mmm\\-yy", "2026-07-01"),
        ("[$-3C0A]d &quot;de&quot; mmmm", "2026-07-01"),
        ("#,##0", "46204"),
        ("#,##0 &quot;días&quot;", "46204"),
        ("[Red]0;[h]", "46204"),
        ("_-&quot;Gs.&quot;\\ * #,##0_d", "46204"),
    ],
)
def test_a_format_says_whether_a_number_is_a_day(code, text):
    styles = f'<numFmts><numFmt numFmtId="164" formatCode="{code}"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs>'
    assert cells(raw_xlsx('<sheetData><row><c s="0"><v>46204</v></c></row></sheetData>', styles=styles)) == [(text,)]


def test_cells_are_where_their_references_say_whatever_the_sheet_says_of_its_size():
    sheet = '<dimension ref="A1"/><sheetData><row r="3"><c r="B3"><v>1</v></c><c r="D3"><v>2</v></c></row></sheetData>'
    row = read_workbook(raw_xlsx(sheet)).sheets[0].rows[0]
    assert (row.number, row.cells) == (3, ("", "1", "", "2"))


def test_texts_come_in_all_the_ways_that_programs_write_them():
    shared = "<si><t>uno</t></si><si><r><t>d</t></r><r><t>os</t></r><rPh><t>no</t></rPh></si><si><t>a_x000D_b</t></si>"
    sheet = (
        '<sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c>'
        '<c t="inlineStr"><is><r><t>tr</t></r><r><t>es</t></r></is></c><c t="str"><f>A1</f><v>cuatro</v></c>'
        '<c t="e"><f>1/0</f><v>#DIV/0!</v></c><c t="d"><v>2026-07-01T00:00:00</v></c></row></sheetData>'
    )
    assert cells(raw_xlsx(sheet, shared=shared)) == [("uno", "dos", "a b", "tres", "cuatro", "#DIV/0!", "2026-07-01")]


def test_a_formula_is_its_last_value_and_without_one_it_is_said():
    sheet = "<sheetData><row><c><f>1+1</f><v>2</v></c><c><f>SUM(A1)</f></c></row></sheetData>"
    assert cells(raw_xlsx(sheet)) == [("2", "=")]
    assert cells(xlsx([["a", "=1+1"]])) == [("a", "=")]


def test_names_with_a_prefix_and_parts_elsewhere_are_found():
    sheet = "<x:sheetData><x:row><x:c><x:v>5</x:v></x:c></x:row></x:sheetData>"
    assert cells(raw_xlsx(sheet, prefix="x")) == [("5",)]
    assert cells(raw_xlsx("<sheetData><row><c><v>5</v></c></row></sheetData>", target="/xl/worksheets/sheet1.xml")) == [
        ("5",)
    ]


def test_a_sheet_that_is_too_long_too_wide_or_has_an_endless_cell_is_refused(monkeypatch):
    wide = '<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row></sheetData>'
    assert "too wide" in refusal(raw_xlsx(wide))
    assert refusal(xlsx([["x" * 501]])) == "A cell of row 1 is too long: at most 500 signs."
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    assert "too long" in refusal(xlsx([[1], [2], [3], [4]]))
    assert len(cells(xlsx([[1], [2], [3]]))) == 3


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked():
    assert refusal(raw_xlsx("<sheetData/>", bomb=b"0" * 46_000_000)) == TOO_MUCH


@pytest.mark.parametrize(
    "parts",
    [
        {"xl/worksheets/sheet1.xml": f"<a><row>{'<c/>' * 750_000}</row></a>"},
        {"xl/worksheets/sheet1.xml": f"<a>{'<row></row>' * 750_000}</a>"},
        {"xl/styles.xml": f"<a><cellXfs>{'<xf/>' * 100_000}</cellXfs></a>"},
        {"xl/sharedStrings.xml": f"<a>{'<si/>' * 100_001}</a>"},
        {"xl/sharedStrings.xml": f"<a><si>{'<t>a</t>' * 300_000}</si></a>"},
    ],
)
def test_what_would_be_read_for_seconds_is_refused_before_it_is_parsed(parts):
    assert refusal(raw_xlsx("", **parts)) == TOO_MUCH


def test_the_tags_of_all_parts_of_a_workbook_are_counted_together(monkeypatch):
    shared = "<si><t>uno</t></si>"
    sheet = '<sheetData><row><c t="s"><v>0</v></c></row></sheetData>'
    monkeypatch.setattr("sessions_app.evidence.xlsx.MOST_TAGS", 28)
    assert cells(raw_xlsx(sheet, shared=shared)) == [("uno",)]
    assert refusal(raw_xlsx(sheet, shared=shared, properties='date1904="0"', styles="<a/>")) == TOO_MUCH


def test_a_csv_ends_in_empty_lines_but_not_in_endless_ones():
    assert cells("Fecha;Efectivo\n" + ";\n" * 199_999) == [("Fecha", "Efectivo")]
    assert refusal("Fecha;Efectivo\n" + ";\n" * 200_000) == TOO_MUCH


def test_an_endless_format_costs_nothing():
    numbered = f'<numFmt numFmtId="164" formatCode="{"[" * 400_000}"/>'
    styles = f'<numFmts>{numbered}</numFmts><cellXfs><xf numFmtId="164"/></cellXfs>'
    assert cells(raw_xlsx('<sheetData><row><c s="0"><v>46204</v></c></row></sheetData>', styles=styles)) == [("46204",)]


def test_an_endless_text_is_refused_only_where_a_cell_shows_it():
    shared = f"<si><t>uno</t></si><si><t>{'x' * 1_000_000}</t></si>"
    shown = '<sheetData><row><c t="s"><v>{}</v></c></row></sheetData>'
    assert cells(raw_xlsx(shown.format(0), shared=shared)) == [("uno",)]
    assert refusal(raw_xlsx(shown.format(1), shared=shared)) == "A cell of row 1 is too long: at most 500 signs."


def test_blanks_of_a_text_count_as_one():
    sheet = f'<sheetData><row><c t="inlineStr"><is><t>a{" " * 9000}b</t></is></c></row></sheetData>'
    assert cells(raw_xlsx(sheet)) == [("a b",)]


@pytest.mark.parametrize(
    "sheet",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        "<a>" * 1000,
        '<a><row><c t="s"><v>99</v></c></row></a>',
        "<a><row><c><v>many</v></c></row></a>",
        '<a><row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row></a>',
    ],
)
def test_a_sheet_that_no_spreadsheet_wrote_is_refused(sheet):
    parts = {"xl/worksheets/sheet1.xml": sheet}
    assert refusal(raw_xlsx("", **parts)) == NO_TABLE


# --- ODS --------------------------------------------------------------------------------------------------------------


def valued(kind, attribute, value, text="x"):
    return (
        f'<table:table-cell office:value-type="{kind}" office:{attribute}="{value}"><text:p>{text}</text:p>'
        "</table:table-cell>"
    )


def worded(text):
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def lined(*found, attributes=""):
    return f"<table:table-row {attributes}>{''.join(found)}</table:table-row>"


def test_an_ods_gives_days_hours_numbers_and_texts():
    first = lined(worded("Fecha"), worded("Efec<text:span>tivo</text:span>"), worded("Crédito"))
    second = lined(
        valued("date", "date-value", "2026-07-01"),
        valued("float", "value", "1250000"),
        worded("300.000</text:p><text:p>"),
    )
    third = lined(
        valued("date", "date-value", "2026-07-01T14:30:00"),
        valued("time", "time-value", "PT07H05M00S"),
        valued("currency", "value", "0.5"),
    )
    assert cells(ods(first + second + third)) == [*READ, ("2026-07-01 14:30:00", "07:05:00", "0.5")]


def test_another_currency_in_an_ods_is_said():
    dollars = '<table:table-cell office:value-type="currency" office:currency="USD" office:value="38.5"/>'
    assert cells(ods(lined(dollars))) == [("38.5 USD",)]


def test_repeated_cells_and_rows_of_an_ods_are_laid_out_and_empty_ones_cost_nothing():
    empty = '<table:table-cell table:number-columns-repeated="2"/>'
    twice = '<table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="7"/>'
    rest = '<table:table-cell table:number-columns-repeated="16000"/>'
    table = lined(empty, twice, rest, attributes='table:number-rows-repeated="2"')
    table += lined(rest, attributes='table:number-rows-repeated="1048000"') + lined(worded("end"))
    rows = read_workbook(ods(table)).sheets[0].rows
    assert [(row.number, row.cells) for row in rows] == [
        (1, ("", "", "7", "7")),
        (2, ("", "", "7", "7")),
        (1048003, ("end",)),
    ]


def test_a_repetition_of_millions_is_refused():
    million = '<table:table-cell table:number-columns-repeated="1000000" office:value-type="float" office:value="7"/>'
    assert "too wide" in refusal(ods(lined(million)))
    assert "too long" in refusal(ods(lined(worded("a"), attributes='table:number-rows-repeated="1000000"')))
    assert refusal(ods(lined(worded("a"), attributes='table:number-rows-repeated="-1"'))) == NO_TABLE


def test_hidden_rows_notes_and_formulas_of_an_ods():
    noted = '<table:table-cell office:value-type="string"><office:annotation><text:p>no</text:p></office:annotation>'
    noted += "<text:p>a</text:p></table:table-cell>"
    formula = '<table:table-cell table:formula="of:=1+1"/>'
    row = read_workbook(ods(lined(noted, formula, attributes='table:visibility="filter"'))).sheets[0].rows[0]
    assert (row.cells, row.is_hidden) == (("a", "="), True)


# --- XLS --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [0x500, 0x600])
def test_an_xls_gives_days_numbers_and_texts(version):
    content = xls([TITLES, [DAY, 1_250_000, "300.000"], [None, 0.5, -7]], version=version)
    assert cells(content) == [*READ, ("", "0.5", "-7")]


def test_hidden_rows_and_days_from_1904_of_an_xls():
    sheet = read_workbook(xls([TITLES, [DAY, 5], [DAY, 6]], hidden=[3], from_1904=True)).sheets[0]
    assert [row.is_hidden for row in sheet.rows] == [False, False, True]
    assert sheet.from_1904
    assert sheet.rows[1].cells == ("2030-07-02", "5")


def test_formulas_packed_numbers_and_errors_of_an_xls():
    def formula(column, result):
        return record(0x06, struct.pack("<HHH", 0, column, 0) + result + b"\x00" * 8)

    packed = record(0xBD, struct.pack("<HHHIHIH", 0, 0, 0, (150 << 2) | 3, 0, (7 << 2) | 2, 1))
    row = [
        packed,
        formula(2, struct.pack("<d", 9)),
        formula(3, b"\x00" * 6 + b"\xff\xff") + record(0x207, long_text("text")),
        formula(4, b"\x02\x00\x2a" + b"\x00" * 3 + b"\xff\xff"),
        formula(5, b"\x03" + b"\x00" * 5 + b"\xff\xff"),
        record(0x205, struct.pack("<HHHBB", 0, 6, 0, 1, 0)),
        formula(7, b"\x01\x00\x01" + b"\x00" * 3 + b"\xff\xff"),
        formula(8, b"\x01\x00\x00" + b"\x00" * 3 + b"\xff\xff"),
    ]
    assert cells(xls([row])) == [("1.5", "7", "9", "text", "#N/A", "=", "TRUE", "TRUE", "FALSE")]


def test_sheets_of_an_xls_that_begin_at_one_place_are_counted_together(monkeypatch):
    second = record(0x85, struct.pack("<IBB", 0xABCD, 0, 0) + short_text("Hoja2"))
    stream = biff([["a", "b"]], extra=second)
    begin = stream.rindex(struct.pack("<HHHH", 0x809, 4, 0x600, 0x10))
    content = compound(stream.replace(struct.pack("<I", 0xABCD), struct.pack("<I", begin)))
    monkeypatch.setattr("sessions_app.evidence.xls.MOST_CELLS", 4)
    assert [sheet.rows[0].cells for sheet in read_workbook(content).sheets] == [("a", "b"), ("a", "b")]
    monkeypatch.setattr("sessions_app.evidence.xls.MOST_CELLS", 3)
    assert refusal(content) == TOO_MUCH
    monkeypatch.setattr("sessions_app.evidence.xls.MOST_RECORDS", 5)
    assert refusal(content) == TOO_MUCH


def test_an_xls_with_a_password_says_so():
    assert refusal(xls([["a"]], extra=record(0x2F, b"\x00" * 6))) == "The file has a password. Save it without one."
    assert refusal(compound(b"x", "EncryptedPackage")) == "The file has a password. Save it without one."


def test_a_broken_xls_is_refused():
    whole = xls([TITLES, [DAY, 5, "x"]])
    for cut in (20, 300, 600, 1100, 1700):
        assert refusal(whole[:cut]) == NO_TABLE
    assert refusal(compound(biff([["a"]])[:40])) == NO_TABLE
    assert refusal(compound(b"x", "WordDocument")) == NO_TABLE
    looped = bytearray(whole)
    looped[512 + 4 * 3 : 512 + 4 * 4] = struct.pack("<I", 2)
    assert refusal(bytes(looped)) == NO_TABLE


# --- Excel 2003 in XML ------------------------------------------------------------------------------------------------


def excel_2003(rows):
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="{name}" xmlns:ss="{name}">'
        f'<Worksheet ss:Name="Hoja1"><Table>{rows}</Table></Worksheet></Workbook>'
    )


def test_excel_2003_in_xml_gives_days_numbers_and_texts_where_they_say_they_are():
    content = excel_2003(
        '<Row><Cell><Data ss:Type="String">Fecha</Data></Cell><Cell ss:MergeAcross="1"><Data ss:Type="String">E</Data>'
        '</Cell><Cell><Data ss:Type="String">F</Data></Cell></Row><Row ss:Index="5" ss:Hidden="1"><Cell>'
        '<Data ss:Type="DateTime">2026-07-01T00:00:00.000</Data></Cell><Cell ss:Index="4">'
        '<Data ss:Type="Number">300.125</Data></Cell><Cell ss:Formula="=R1C1"/></Row>'
    )
    rows = read_workbook(content.encode()).sheets[0].rows
    assert [(row.number, row.cells, row.is_hidden) for row in rows] == [
        (1, ("Fecha", "E", "", "F"), False),
        (5, ("2026-07-01", "", "", "300.1250", "="), True),
    ]


@pytest.mark.parametrize("rows", ['<Row ss:Index="2"/><', "<Row><Cell><Data ss:Type='Number'>x</Data></Cell></Row>"])
def test_excel_2003_that_is_broken_is_refused(rows):
    assert refusal(excel_2003(rows)) == NO_TABLE
    assert "too wide" in refusal(excel_2003('<Row><Cell ss:Index="99"><Data ss:Type="String">x</Data></Cell></Row>'))


# --- Everything else --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "There is nothing in it: a row of titles and at least one more are needed."),
        (b"  \n\n;;;\n", "There is nothing in it: a row of titles and at least one more are needed."),
        (b"%PDF-1.7", "This is a PDF file. Export the table as XLSX or CSV from the program that has it."),
        (b"\x89PNG\r\n", "This is a PNG file. Export the table as XLSX or CSV from the program that has it."),
        (b"a;b\x01\n", NO_TABLE),
        (b"<html><p>no table</p></html>", NO_TABLE),
        (b"PK\x03\x04 broken", NO_TABLE),
        (zipped_parts({"a.txt": "x"}), NO_TABLE),
        (b"0" * 5_000_001, "The file is too large: at most 5 MB."),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(content, sentence):
    assert refusal(content) == sentence


def test_a_workbook_with_a_password_on_its_parts_says_so():
    content = bytearray(xlsx([["a"]]))
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1
    assert refusal(bytes(content)) == "The file has a password. Save it without one."


def test_a_size_that_lies_gives_no_more_than_it_says():
    content = bytearray(raw_xlsx("<sheetData><row><c><v>5</v></c></row></sheetData>"))
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 10)
    assert refusal(bytes(content)) == NO_TABLE

"""Tables of billing systems as they really are: where they are, which column is what, which day it is."""

from datetime import date
from unittest.mock import Mock

import pytest

from sessions_app.evidence.billing_types import Choices
from sessions_app.evidence.layout import find
from sessions_app.evidence.sheets import Row, Sheet, Workbook
from sessions_app.evidence.titles import Field, known
from sessions_app.tests.evidence.billing import FIRST, SECOND, asked, days, problems, read
from sessions_app.tests.evidence.workbook_files import raw_xlsx, xlsx


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


TIDY = "Fecha;Efectivo;Tarjeta;Transferencia;Crédito;Facturas;Costo\n"


def test_a_tidy_table_is_sure():
    reading = read(TIDY + "01/07/2026;1.250.000;300.000;0;50.000;40;-5.000\n02/07/2026;1.150.000;;0;0;1.038;\n")
    assert reading.is_sure
    assert days(reading) == {FIRST: (1_250_000, 300_000, 0, 50_000), SECOND: (1_150_000, None, 0, 0)}
    assert [(line.invoices, line.cost) for line in reading.lines] == [(40, -5_000), (1_038, None)]
    assert (reading.titles_row, reading.left_out, reading.unused) == (1, (), ())


# --- Where the table is -----------------------------------------------------------------------------------------------


def test_lines_above_the_titles_are_passed_over():
    above = "FARMACIA INVENTADA S.A.;;\nRUC 80000001-5\nPeriodo: 01/07/2026 al 02/07/2026\n\n"
    reading = read(above + "Fecha;Efectivo;Tarjeta\n01/07/2026;1.000.000;200.000\n")
    assert (reading.titles_row, days(reading)) == (5, {FIRST: (1_000_000, 200_000, None, None)})


def test_titles_in_two_rows_are_joined():
    reading = read(
        "Fecha;Ventas;;Tarjetas;;Total\n;Contado;Crédito;Débito;Crédito;\n"
        "01/07/2026;1.000.000;50.000;200.000;300.000;1.550.000\n"
    )
    assert days(reading) == {FIRST: (1_000_000, 500_000, None, 50_000)}
    assert [column.title for column in reading.columns][1:5] == [
        "Ventas Contado",
        "Ventas Crédito",
        "Tarjetas Débito",
        "Tarjetas Crédito",
    ]


def test_a_title_over_all_methods_says_nothing_of_each():
    reading = read(
        "Fecha;Formas de cobro;;;Total\n;Efectivo;Tarjeta;Cta. Cte.;\n01/07/2026;1.000.000;200.000;50.000;1.250.000\n"
    )
    assert (reading.is_sure, days(reading)) == (True, {FIRST: (1_000_000, 200_000, None, 50_000)})


def test_a_title_over_all_methods_that_stands_alone_says_how_a_row_was_paid():
    reading = read("Fecha;Forma;Importe\n01/07/2026;Efectivo;1.000.000\n01/07/2026;Tarjeta;200.000\n")
    assert (reading.is_sure, days(reading)) == (True, {FIRST: (1_000_000, 200_000, None, None)})


def test_the_lower_of_two_rows_of_titles_may_say_more_than_the_upper_one():
    reading = read(
        "Ventas de julio;;;;\nDía;Fecha;Ventas;;\n;;Contado;Tarjeta;Crédito\n"
        "miércoles;01/07/2026;1.250.000;100.000;0\njueves;02/07/2026;1.150.000;90.000;\n"
    )
    assert (reading.is_sure, reading.titles_row) == (True, 2)
    assert days(reading) == {FIRST: (1_250_000, 100_000, None, 0), SECOND: (1_150_000, 90_000, None, None)}


def test_titles_are_looked_for_above_and_not_in_every_row():
    def asked_of(size):
        known_titles = Mock(wraps=known)
        rows = [Row(number, ("texto", "", "otro")) for number in range(2, size)]
        sheet = Sheet("", [Row(1, ("Fecha", "Efectivo", "Tarjeta")), *rows])
        find(Workbook((sheet,)), Choices(), known_titles)
        return known_titles.call_count

    assert asked_of(5000) == asked_of(100)


def test_without_titles_they_are_asked_and_may_be_chosen():
    content = "x;y\nA;B\n01/07/2026;1.000.000\n"
    assert asked(read(content)) == ["titles"]
    chosen = {0: Field.DATE, 1: Field.CARD}
    assert days(read(content, titles_row=2, columns=chosen)) == {FIRST: (None, 1_000_000, None, None)}
    assert days(read(content, answers={"titles": "2"}, columns=chosen)) == {FIRST: (None, 1_000_000, None, None)}


def two_sheets(workbook):
    for name, amount in (("Junio", 5_000_000), ("Julio", 6_000_000)):
        sheet = workbook.create_sheet(name)
        sheet.append(["Fecha", "Efectivo"])
        sheet.append([FIRST, amount])


def test_the_sheet_with_the_table_is_found_and_among_several_it_is_asked():
    def one_sheet(workbook):
        two_sheets(workbook)
        del workbook["Junio"]

    assert read(xlsx([["Informe"]], change=one_sheet)).sheet == "Julio"
    content = xlsx([["Informe"]], change=two_sheets)
    assert asked(read(content)) == ["sheet"]
    assert days(read(content, sheet="Julio")) == {FIRST: (6_000_000, None, None, None)}
    assert days(read(content, answers={"sheet": "Junio"})) == {FIRST: (5_000_000, None, None, None)}


def test_a_hidden_sheet_is_not_the_one():
    def hide(workbook):
        two_sheets(workbook)
        workbook["Junio"].sheet_state = "hidden"

    assert read(xlsx([["Informe"]], change=hide)).sheet == "Julio"


# --- Columns ----------------------------------------------------------------------------------------------------------


def test_several_columns_of_one_method_are_added_up():
    reading = read(
        "FECHA EMISIÓN;CONTADO;TARJ. CRÉDITO;TARJ. DÉBITO;TRANSF./SPI;QR;FACT. CRÉDITO;CANT. FACT.\n"
        "01/07/2026;1250000;300000;150000;80000;60000;0;40\n"
    )
    assert days(reading) == {FIRST: (1_250_000, 450_000, 140_000, 0)}
    assert reading.lines[0].invoices == 40


def test_columns_with_amounts_that_go_nowhere_are_named():
    reading = read("Fecha;Efectivo;Cheques;Retiros;USD;RUC\n01/07/2026;1.000.000;80000;60000;38,50;80000001\n")
    assert [(column.title, column.total, column.is_unread) for column in reading.unused] == [
        ("Cheques", 80_000, False),
        ("Retiros", 60_000, False),
        ("USD", None, True),
    ]


@pytest.mark.parametrize("cell", ["n/a", "NULL", "cerrado", "?", "TRUE"])
def test_a_method_of_which_no_cell_is_an_amount_is_asked_and_then_told(cell):
    table = f"Fecha;Efectivo;Tarjeta\n01/07/2026;{cell};300.000\n"
    assert [question.key for question in read(table).questions] == ["column:1"]
    told = read(table, answers={"column:1": "cash"})
    assert [(problem.row, problem.column) for problem in told.problems] == [(2, "Efectivo")]


@pytest.mark.parametrize(
    "table",
    [
        "Fecha;Forma de pago;Tarjeta;Importe\n01/07/2026;Tarjeta;VISA;300.000\n01/07/2026;Efectivo;;1.000.000\n",
        "Fecha;Efectivo;Tarjeta;Monto tarjeta\n01/07/2026;1.000.000;Visa;300.000\n",
    ],
)
def test_names_of_cards_are_no_question_where_something_else_says_what_each_comes_to(table):
    reading = read(table)
    assert (reading.questions, days(reading)) == ((), {FIRST: (1_000_000, 300_000, None, None)})


def test_the_sum_of_an_unused_column_leaves_out_the_totals():
    reading = read("Fecha;Efectivo;Cheques\n01/07/2026;1.000.000;80.000\nTotal;1.000.000;80.000\n")
    assert [column.total for column in reading.unused] == [80_000]


@pytest.mark.parametrize(
    ("titles", "weak"),
    [
        ("Fecha;Contado;Débito;Crédito", ["column:2", "column:3"]),
        ("Fecha;Ventas Contado;Ventas Crédito;Cobro Tarjeta;Cobro Efectivo", ["column:1"]),
        ("Fecha;Caja;Tarjeta", ["column:1"]),
        ("Fecha;Efectivo;Depósitos", ["column:2"]),
        ("Fecha;Efectivo;Convenios", ["column:2"]),
        ("Fecha;Efectivo;TC", ["column:2"]),
        ("Fecha;Total", ["column:1"]),
        ("Fecha;Importe", ["column:1"]),
        ("Emitido;Efectivo;Tarjeta", ["day", "column:0"]),
    ],
)
def test_a_weak_guess_is_asked_and_not_applied(titles, weak):
    row = "01/07/2026" + ";1.250.000" * titles.count(";")
    reading = read(f"{titles}\n{row}\n")
    assert sorted(asked(reading)) == sorted(weak)
    assert not reading.is_sure
    assert all(reading.columns[int(key[7:])].field == Field.NONE for key in weak if key != "day")


def test_an_answer_is_applied_and_a_remembered_title_is_not_asked_again():
    content = "Fecha;Caja;Depósitos\n01/07/2026;1.000.000;200.000\n"
    answered = read(content, answers={"column:1": "cash", "column:2": "transfer"})
    assert days(answered) == {FIRST: (1_000_000, None, 200_000, None)}
    assert answered.is_sure
    remembered = read(content, titles={"caja": Field.CASH, "depositos": Field.NONE})
    assert (days(remembered), asked(remembered)) == ({FIRST: (1_000_000, None, None, None)}, [])
    assert [column.title for column in remembered.unused] == ["Depósitos"]


def test_what_was_chosen_beats_title_and_memory():
    reading = read("Fecha;Efectivo\n01/07/2026;5.000\n", columns={1: Field.CARD}, titles={"efectivo": Field.CASH})
    assert days(reading) == {FIRST: (None, 5_000, None, None)}


@pytest.mark.parametrize(
    ("title", "cells", "field"),
    [
        ("Facturas", ["40", "38", "51"], Field.INVOICES),
        ("Facturas", ["001-001-0000040", "001-001-0000041", "001-001-0000042"], Field.NUMBER),
        ("Factura", ["1001", "1002", "1003"], Field.NUMBER),
        ("Nro", ["1", "2", "3"], Field.NONE),
        ("Caja", ["1", "2", "1"], Field.REGISTER),
        ("Tarjeta", ["Visa", "Visa", "Infonet"], Field.NONE),
        ("Vencimiento", ["01/08/2026", "02/08/2026", "03/08/2026"], Field.NONE),
        ("Notas de Crédito", ["5.000", "0", "0"], Field.NONE),
        ("Efectivo inicial", ["500.000", "500.000", "500.000"], Field.NONE),
    ],
)
def test_the_cells_below_decide_what_a_title_means(title, cells, field):
    rows = [f"0{day}/07/2026;1.250.000;{cell}" for day, cell in enumerate(cells, start=1)]
    assert read(f"Fecha;Efectivo;{title}\n" + "\n".join(rows)).columns[2].field == field


def test_a_row_with_more_cells_than_titles_is_an_error():
    reading = read("Fecha,Efectivo,Tarjeta\n01/07/2026,1,250,000,300,000\n")
    assert problems(reading) == [
        "Row 2: it has 6 cells under 3 titles. Perhaps the amounts hold the separator.",
    ]
    assert reading.entries == ()


# --- Days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("01/07/26", "1 de julio de 2026", "01-jul-2026", "miércoles 01/07/2026", "46204"),
        *("2026-07-01T00:00:00.000-03:00", "2026-07-01T00:00:00.000Z"),
    ],
)
def test_a_day_is_read_however_it_is_written(text):
    assert list(days(read(f"Fecha;Efectivo\n{text};1.000.000\n"))) == [FIRST]


def test_the_day_comes_first_unless_it_cannot():
    assert list(days(read("Fecha;Efectivo\n03/07/2026;1.000.000\n"))) == [date(2026, 7, 3)]
    content = "Fecha;Efectivo\n07/03/2026;1.000.000\n07/13/2026;1.000.000\n"
    reading = read(content)
    assert (asked(reading), reading.entries) == (["order"], ())
    assert list(days(read(content, answers={"order": "month"}))) == [date(2026, 7, 3), date(2026, 7, 13)]
    assert problems(read(content, answers={"order": "day"})) == [
        "Row 3, column Fecha: “07/13/2026” is no day. Write it as 22/11/2026."
    ]


def test_a_serial_number_four_years_off_is_asked():
    def mac(number):
        cells = f"<c t='str'><v>Fecha</v></c><c t='str'><v>Efectivo</v></c></row><row><c><v>{number}</v></c>"
        return raw_xlsx(f"<sheetData><row>{cells}<c><v>1250000</v></c></row></sheetData>", properties='date1904="1"')

    reading = read(mac(44_742))
    assert (asked(reading), reading.entries) == (["epoch"], ())
    assert dict(reading.questions[0].options) == {"1904": "01/07/2026", "1900": "30/06/2022"}
    assert list(days(read(mac(44_742), answers={"epoch": "1904"}))) == [FIRST]
    assert asked(read("Fecha;Efectivo\n44742;1.250.000\n")) == ["epoch"]


def test_a_table_without_days_asks_for_the_one_above_it():
    content = "Fecha: 01/07/2026\nCajero;Efectivo;Tarjeta\nAna;1.250.000;30.000\n"
    reading = read(content)
    assert [(question.key, dict(question.options)) for question in reading.questions] == [
        ("day", {"2026-07-01": "01/07/2026"})
    ]
    assert days(read(content, answers={"day": "2026-07-02"})) == {SECOND: (1_250_000, 30_000, None, None)}


def test_a_row_without_a_day_may_be_of_the_day_above():
    content = "Fecha;Cajero;Efectivo\n01/07/2026;Ana;1.000.000\n;Bea;1.200.000\n02/07/2026;Ana;900.000\n"
    assert asked(read(content)) == ["carried"]
    assert days(read(content, answers={"carried": "yes"}))[FIRST][0] == 2_200_000
    assert problems(read(content, answers={"carried": "no"})) == ["Row 3, column Fecha: The day is missing."]
    assert problems(read("Fecha;Efectivo\n;1.000.000\n02/07/2026;900.000\n")) == [
        "Row 2, column Fecha: The day is missing."
    ]


@pytest.mark.parametrize(("day", "key"), [("01/07/2006", "old")])
def test_days_that_make_no_sense_are_asked(day, key):
    content = f"Fecha;Efectivo\n{day};1.000.000\n"
    assert asked(read(content)) == [key]
    assert read(content, answers={key: "yes"}).is_sure

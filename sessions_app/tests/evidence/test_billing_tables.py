"""Tables of billing systems as they really are: read right, or asked, never misread in silence."""

from datetime import date, datetime

import pytest

from cashpilot.periods import ASUNCION
from sessions_app.evidence.billing_tables import read_billing
from sessions_app.evidence.billing_types import Choices, Expected
from sessions_app.evidence.titles import METHODS, Field
from sessions_app.evidence.workbooks import read_workbook
from sessions_app.tests.evidence.workbook_files import raw_xlsx, xlsx

TODAY = date(2026, 7, 31)
FIRST, SECOND = date(2026, 7, 1), date(2026, 7, 2)


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


def read(content, expected=None, **choices):
    content = content.encode() if isinstance(content, str) else content
    return read_billing(read_workbook(content), expected or Expected(TODAY), Choices(**choices))


def amounts(line):
    """Cash, card, transfer, credit."""
    return tuple(line.amounts[method] for method in METHODS)


def days(reading):
    return {line.day: amounts(line) for line in reading.days}


def asked(reading):
    return [question.key for question in reading.questions]


def problems(reading):
    return [str(problem) for problem in reading.problems]


def left_out(reading):
    return {item.row: item.why for item in reading.left_out}


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


def test_the_sum_of_an_unused_column_leaves_out_the_totals():
    reading = read("Fecha;Efectivo;Cheques\n01/07/2026;1.000.000;80.000\nTotal;1.000.000;80.000\n")
    assert [column.total for column in reading.unused] == [80_000]


@pytest.mark.parametrize(
    ("titles", "weak"),
    [
        ("Fecha;Contado;Débito;Crédito", ["column:2", "column:3"]),
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


@pytest.mark.parametrize(("day", "key"), [("01/08/2026", "ahead"), ("01/07/2062", "ahead"), ("01/07/2006", "old")])
def test_days_that_make_no_sense_are_asked(day, key):
    content = f"Fecha;Efectivo\n{day};1.000.000\n"
    assert asked(read(content)) == [key]
    assert read(content, answers={key: "yes"}).is_sure


# --- Rows -------------------------------------------------------------------------------------------------------------


def test_totals_are_left_out_said_and_held_against_the_rows():
    content = "Fecha;Efectivo;Facturas\n01/07/2026;1.000.000;40\n02/07/2026;1.200.000;38\nTOTAL;{};78\n"
    right = read(content.format("2.200.000"))
    assert (left_out(right), right.is_sure) == ({4: "a total"}, True)
    wrong = read(content.format("2.300.000"))
    assert [question.text for question in wrong.questions] == [
        "The total in row 4 says 2.300.000 for Efectivo, and the rows come to 2.200.000."
    ]
    assert read(content.format("2.300.000"), answers={"total:4": "yes"}).is_sure
    assert days(wrong) == days(right)


def test_subtotals_titles_again_and_words_between_are_left_out():
    reading = read(
        "Fecha;Efectivo\nCAJA 1;\n01/07/2026;1.000.000\nSubtotal;1.000.000\n"
        "Fecha;Efectivo\nCAJA 2;\n01/07/2026;500.000\nSub-total;500.000\nTotal general;1.500.000\n"
        "Promedio;750.000\nImpreso por: ANA;\n"
    )
    assert reading.is_sure
    assert days(reading) == {FIRST: (1_500_000, None, None, None)}
    assert left_out(reading) == {
        2: "no amounts",
        4: "a total",
        5: "the titles again",
        6: "no amounts",
        8: "a total",
        9: "a total",
        10: "a total",
        11: "no amounts",
    }


def test_a_total_without_a_name_is_known_by_its_sum():
    reading = read("Fecha;Efectivo\n01/07/2026;1.000.000\n02/07/2026;1.200.000\n;2.200.000\n")
    assert (left_out(reading), reading.is_sure) == ({4: "a total without a name"}, True)


def test_hidden_rows_are_left_out_unless_they_are_taken():
    rows = [["Fecha", "Efectivo"], [FIRST, 1_000_000], [SECOND, 900_000], ["Total", 1_900_000]]
    content = xlsx(rows, hidden=[3])
    reading = read(content)
    assert (list(days(reading)), left_out(reading)[3]) == ([FIRST], "hidden in the file")
    assert reading.questions[0].text.endswith("It fits with the rows that are hidden.")
    taken = read(content, taken=frozenset({3}))
    assert (list(days(taken)), taken.is_sure) == ([FIRST, SECOND], True)


def test_a_row_may_be_left_out_by_choice():
    reading = read("Fecha;Efectivo\n01/07/2026;1.000.000\n02/07/2026;12,50\n", left_out=frozenset({3}))
    assert (list(days(reading)), reading.is_sure) == ([FIRST], True)
    assert left_out(reading) == {3: "left out by you"}


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("1.250.000,50", "has decimals"),
        ("1,25E+06", "what the spreadsheet shows instead"),
        ("#REF!", "what the spreadsheet shows instead"),
        ("USD 30", "in another currency"),
        ("s/d", "is no amount"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(cell, sentence):
    reading = read(f"Fecha;Efectivo;Tarjeta\n01/07/2026;1.000.000;{cell}\n02/07/2026;1.000.000;5.000\n")
    assert len(reading.problems) == 1
    assert problems(reading)[0].startswith("Row 2, column Tarjeta: ")
    assert sentence in problems(reading)[0]
    assert not reading.is_sure


def test_a_column_none_of_whose_cells_can_be_read_is_not_left_away():
    assert problems(read("Fecha;Efectivo;Tarjeta\n01/07/2026;1.000.000;12,50\n")) == [
        "Row 2, column Tarjeta: “12,50” has decimals. Write whole guaraníes, for example 1.250.000."
    ]


def test_a_formula_that_was_never_computed_is_named():
    reading = read(xlsx([["Fecha", "Efectivo"], [FIRST, "=1+1"]]))
    assert problems(reading)[0].startswith("Row 2, column Efectivo: It is a formula that was never computed.")


def test_a_dash_is_nothing_and_below_zero_is_pointed_out():
    reading = read("Fecha;Efectivo;Tarjeta;Transferencia\n01/07/2026;1.250.000;-35.000;-\n")
    assert days(reading) == {FIRST: (1_250_000, -35_000, 0, None)}
    assert (reading.is_sure, reading.notes) == (True, ("Below zero (returns) in rows 2.",))


# --- Shifts, registers, branches --------------------------------------------------------------------------------------


def test_several_rows_of_a_day_are_a_line_each_and_the_day_their_sum():
    reading = read("Fecha;Cajero;Efectivo;Tarjeta\n01/07/2026;Ana;1250000;300000\n01/07/2026;Bea;950000;120000\n")
    assert [(line.cashier, amounts(line)[:2]) for line in reading.lines] == [
        ("Ana", (1_250_000, 300_000)),
        ("Bea", (950_000, 120_000)),
    ]
    assert days(reading) == {FIRST: (2_200_000, 420_000, None, None)}
    assert reading.days[0].rows == (2, 3)


def test_a_row_a_shift_knows_when_it_began_and_ended_also_past_midnight():
    reading = read(
        "Día;Turno;Caja;Apertura;Cierre;Efectivo;POS\n"
        "01/07/2026;Mañana;1;07:00;15:00;1.000.000;200.000\n01/07/2026;Noche;2;22:00;06:30;900.000;0\n"
    )
    assert [(line.shift, line.register, line.opened_at, line.closed_at) for line in reading.lines] == [
        ("Mañana", "1", local(1, 7), local(1, 15)),
        ("Noche", "2", local(1, 22), local(2, 6, 30)),
    ]


def local(day, hour, minute=0):
    return datetime(2026, 7, day, hour, minute, tzinfo=ASUNCION)


def test_of_several_branches_ones_own_is_taken_or_it_is_asked():
    content = "Sucursal;Fecha;Efectivo\nCentro;01/07/2026;1.250.000\nLuque;01/07/2026;1.300.000\n"
    assert asked(read(content)) == ["branch"]
    own = read(content, Expected(TODAY, pharmacy="LUQUE"))
    assert (days(own), left_out(own)) == ({FIRST: (1_300_000, None, None, None)}, {2: "of another branch"})
    assert days(read(content, answers={"branch": "Centro"})) == {FIRST: (1_250_000, None, None, None)}


# --- A row an invoice -------------------------------------------------------------------------------------------------

INVOICES = "Fecha;Hora;Nro. Factura;Cliente;Forma de Pago;Total;Estado\n"


def test_a_row_an_invoice_is_summed_by_its_condition():
    reading = read(
        "Fecha;Comprobante;Condición;Total\n01/07/2026;001-001-0000123;Contado;125000\n"
        "01/07/2026;001-001-0000124;Crédito;95000\n02/07/2026;001-002-0000007;CONTADO;5.000\n"
    )
    assert days(reading) == {FIRST: (125_000, None, None, 95_000), SECOND: (5_000, None, None, 0)}
    assert [(line.register, line.invoices) for line in reading.lines] == [("001-001", 2), ("001-002", 1)]


def test_each_invoice_knows_its_instant():
    reading = read(INVOICES + "01/07/2026;08:15;001-002-0000101;ANA;QR;125.000;Aprobado\n")
    assert [(entry.issued_at, entry.number, entry.register) for entry in reading.entries] == [
        (local(1, 8, 15), "001-002-0000101", "001-002")
    ]
    assert read("Fecha y hora;Efectivo\n01/07/2026 08:15;125.000\n").entries[0].issued_at == local(1, 8, 15)


def test_annulled_invoices_are_left_out_and_unknown_payments_asked():
    content = INVOICES + (
        "01/07/2026;08:15;001-002-0000101;ANA;Efectivo;125.000;Aprobado\n"
        "01/07/2026;08:20;001-002-0000102;ANA;Cheque;45.000;Aprobado\n"
        "01/07/2026;08:30;001-002-0000103;ANA;Efectivo;60.000;ANULADO\n"
    )
    reading = read(content)
    assert (asked(reading), left_out(reading)) == (["word:cheque"], {4: "annulled"})
    assert days(read(content, answers={"word:cheque": "none"})) == {FIRST: (125_000, None, None, None)}
    assert days(read(content, answers={"word:cheque": "cash"})) == {FIRST: (170_000, None, None, None)}


def test_on_credit_beats_the_way_of_paying_and_a_card_beats_contado():
    rows = "01/07/2026;001-001-0000001;Contado;Tarjeta;10.000\n01/07/2026;001-001-0000002;Crédito;Efectivo;20.000\n"
    assert days(read("Fecha;Factura;Condición;Medio de pago;Total\n" + rows)) == {FIRST: (None, 10_000, None, 20_000)}


def test_credit_notes_above_zero_are_asked():
    content = (
        "Fecha;Tipo;Numero;Condicion;Importe\n01/07/2026;Factura;001-001-0000001;Contado;100000\n"
        "01/07/2026;Nota de Crédito;001-001-0000002;Contado;30000\n"
    )
    assert asked(read(content)) == ["notes"]
    taken_off = read(content, answers={"notes": "yes"})
    assert (days(taken_off), taken_off.lines[0].invoices) == ({FIRST: (70_000, None, None, None)}, 1)
    assert days(read(content, answers={"notes": "no"})) == {FIRST: (130_000, None, None, None)}


def test_the_same_invoice_twice_is_asked():
    row = "01/07/2026;001-001-0000001;Contado;100000\n"
    content = "Fecha;Numero;Condicion;Total\n" + row + row
    assert asked(read(content)) == ["twice"]
    assert days(read(content, answers={"twice": "yes"})) == {FIRST: (100_000, None, None, None)}
    assert days(read(content, answers={"twice": "no"})) == {FIRST: (200_000, None, None, None)}


def test_an_invoice_in_another_currency_is_named():
    reading = read("Fecha;Moneda;Efectivo\n01/07/2026;Gs.;100000\n01/07/2026;USD;38\n")
    assert problems(reading) == [
        "Row 3, column Moneda: “USD” is another currency. Write guaraníes, or leave the row out."
    ]


# --- Sense ------------------------------------------------------------------------------------------------------------


def test_a_total_that_is_not_the_sum_of_the_methods_is_asked():
    content = "Fecha;Efectivo;Tarjeta;Total\n01/07/2026;1.000.000;200.000;{}\n"
    assert read(content.format("1.200.000")).is_sure
    assert asked(read(content.format("1.250.000"))) == ["sum"]


def test_figures_a_thousand_times_too_small_are_asked():
    small = "Fecha;Efectivo\n01/07/2026;1.250\n02/07/2026;1.300\n"
    assert asked(read(small)) == ["small"]
    one = "Fecha;Efectivo\n01/07/2026;1.250.000\n02/07/2026;1.300\n03/07/2026;1.400.000\n"
    assert asked(read(one)) == ["small:cash"]
    usual = Expected(TODAY, usual=5_000_000)
    assert asked(read("Fecha;Efectivo\n01/07/2026;45.000\n", usual)) == ["small"]
    assert asked(read("Fecha;Efectivo\n01/07/2026;600.000.000\n", usual)) == ["large"]
    assert read("Fecha;Efectivo\n01/07/2026;600.000\n", usual).is_sure
    assert read("Fecha;Efectivo;Transferencia\n01/07/2026;600.000;800\n", usual).is_sure


def test_a_file_of_another_pharmacy_is_asked():
    known = Expected(TODAY, pharmacy="Central", other_pharmacies=("Farmacia Luque", "Norte"))
    content = "{}\nFecha;Efectivo\n01/07/2026;1.250.000\n"
    assert asked(read(content.format("FARMACIA LUQUE S.A."), known)) == ["pharmacy"]
    assert asked(read(content.format("Central y Farmacia Luque"), known)) == []
    assert asked(read(content.format("Informe"), known)) == []

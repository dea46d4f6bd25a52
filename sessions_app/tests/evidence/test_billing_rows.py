"""Rows of billing tables: which are taken, and what they say of shifts, branches and invoices."""

from datetime import datetime, timedelta

import pytest

from cashpilot.periods import ASUNCION
from sessions_app.evidence import totals
from sessions_app.evidence.billing_types import Expected
from sessions_app.evidence.cells import parse_amount
from sessions_app.tests.evidence.billing import FIRST, SECOND, TODAY, amounts, asked, days, left_out, problems, read
from sessions_app.tests.evidence.workbook_files import xlsx


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


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


def test_a_total_without_a_name_does_not_shift_those_with_one():
    reading = read(
        "Fecha;Efectivo\n01/07/2026;1.000.000\n;1.000.000\nSubtotal;1.000.000\n"
        "02/07/2026;500.000\nTotal general;1.500.000\n"
    )
    assert (left_out(reading), reading.is_sure) == ({3: "a total without a name", 4: "a total", 6: "a total"}, True)


def test_a_row_without_a_day_that_cannot_be_read_is_no_total():
    reading = read("Fecha;Efectivo\n01/07/2026;1.000.000\n;s/d\n")
    assert left_out(reading) == {}
    assert problems(reading) == [
        "Row 3, column Efectivo: “s/d” is no amount. Write whole guaraníes, for example 1.250.000."
    ]


@pytest.mark.parametrize("row", [";1.000\n", "Total;1.000\n"])
def test_each_cell_is_summed_once_however_many_totals_there_are(monkeypatch, row):
    parsed = []

    def parse(text):
        parsed.append(text)
        return parse_amount(text)

    monkeypatch.setattr(totals, "parse_amount", parse)
    read("Fecha;Efectivo\n" + ("01/07/2026;500.000\n" + row) * 200)
    assert len(parsed) <= 2 * 400


@pytest.mark.parametrize("row", ["01/07/2026;palabra {};1.000\n", "Total {};;1.000\n"])
def test_what_is_asked_is_asked_a_few_at_a_time(row):
    table = "Fecha;Condición;Total\n01/07/2026;Contado;500\n" + "".join(row.format(number) for number in range(30))
    assert len([key for key in asked(read(table)) if key.startswith(("word:", "total:"))]) == 20


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


def test_a_credit_note_has_numbers_of_its_own():
    reading = read(
        "Fecha;Tipo;Número;Condición;Total\n01/07/2026;Factura;001-001-0000001;Contado;100.000\n"
        "01/07/2026;Nota de crédito;001-001-0000001;Contado;-20.000\n"
    )
    assert (asked(reading), days(reading)[FIRST][0]) == ([], 80_000)


def test_an_invoice_paid_in_two_ways_is_one():
    reading = read(
        "Fecha;Factura;Forma de pago;Monto\n01/07/2026;001-001-0000001;Efectivo;50.000\n"
        "01/07/2026;001-001-0000001;Tarjeta;30.000\n01/07/2026;001-001-0000002;Efectivo;20.000\n"
    )
    assert (asked(reading), days(reading)[FIRST][:2]) == ([], (70_000, 30_000))
    assert [line.invoices for line in reading.days] == [2]


def test_a_column_in_another_currency_is_named_and_not_added_up():
    reading = read("Fecha;Efectivo Gs;Efectivo U$S;Tarjeta\n01/07/2026;1.250.000;100;90.000\n")
    assert days(reading)[FIRST][:2] == (1_250_000, 90_000)
    assert [column.title for column in reading.unused] == ["Efectivo U$S"]


def test_where_no_column_holds_the_day_it_is_the_one_on_which_the_shift_began():
    reading = read(
        "Caja;Apertura;Cierre;Efectivo\n1;01/07/2026 07:00;01/07/2026 15:00;700.000\n"
        "1;01/07/2026 22:00;02/07/2026 06:00;550.000\n"
    )
    assert reading.is_sure
    assert days(reading) == {FIRST: (1_250_000, None, None, None)}
    assert [line.closed_at - line.opened_at for line in reading.lines] == [timedelta(hours=8)] * 2


def test_a_row_that_says_the_same_again_is_asked():
    content = "Fecha;Efectivo;Tarjeta\n01/07/2026;1.250.000;90.000\n01/07/2026;1.250.000;90.000\n"
    reading = read(content)
    assert asked(reading) == ["again"]
    assert "(3)" in reading.questions[0].text
    assert days(read(content, answers={"again": "yes"})) == {FIRST: (1_250_000, 90_000, None, None)}
    assert days(read(content, answers={"again": "no"})) == {FIRST: (2_500_000, 180_000, None, None)}


@pytest.mark.parametrize(
    "content",
    [
        "Fecha;Forma de pago;Importe\n01/07/2026;Efectivo;15.000\n01/07/2026;Efectivo;15.000\n",
        "Fecha;Caja;Efectivo\n01/07/2026;1;15.000\n01/07/2026;2;15.000\n",
    ],
)
def test_two_sales_or_two_registers_may_come_to_the_same(content):
    reading = read(content)
    assert ("again" in asked(reading), days(reading)[FIRST][0]) == (False, 30_000)


def test_an_invoice_in_another_currency_is_named():
    reading = read("Fecha;Moneda;Efectivo\n01/07/2026;Gs.;100000\n01/07/2026;USD;38\n")
    assert problems(reading) == [
        "Row 3, column Moneda: “USD” is another currency. Write guaraníes, or leave the row out."
    ]

"""Lists of banks: which line is money that came in, by columns, by signs, by marks, by the balance."""

from datetime import date

import pytest

from sessions_app.evidence.bank_lists import BankField, read_bank
from sessions_app.evidence.billing_types import Choices
from sessions_app.evidence.workbooks import read_workbook
from sessions_app.tests.evidence.workbook_files import xls, xlsx

FIRST, SECOND = date(2026, 7, 1), date(2026, 7, 2)


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


def read(content, **choices):
    content = content.encode() if isinstance(content, str) else content
    return read_bank(read_workbook(content), Choices(**choices), today=date(2026, 7, 31))


def lines(reading):
    return [(line.key, line.date, line.amount, line.reference, line.text) for line in reading.lines]


def amounts(reading):
    return [line.amount for line in reading.lines]


def asked(reading):
    return [question.key for question in reading.questions]


STATEMENT = """BANCO INVENTADO S.A.
Cuenta: 123456789 Gs.
Fecha;Fecha Valor;Concepto;Nro. Comprobante;Débito;Crédito;Saldo
;;SALDO ANTERIOR;;;;1.000.000
01/07/2026;01/07/2026;TRANSF SPI ANA;00884411;;150.000,00;1.150.000
02/07/2026;03/07/2026;PAGO PROVEEDOR;00884412;50.000,00;;1.100.000
SALDO FINAL;;;;;;1.100.000
"""


def test_two_columns_and_what_stands_around_them():
    reading = read(STATEMENT)
    assert reading.is_sure
    assert lines(reading) == [
        (5, FIRST, 150_000, "00884411", "TRANSF SPI ANA"),
        (6, SECOND, -50_000, "00884412", "PAGO PROVEEDOR"),
    ]
    assert [item.row for item in reading.left_out] == [4, 7]
    assert reading.notes == ()


@pytest.mark.parametrize(
    "content",
    [
        "Fecha;Importe\n01/07/2026;150.000\n02/07/2026;-50.000\n",
        "Fecha;Monto;D/C\n01/07/2026;150.000;C\n02/07/2026;50.000;D\n",
        "Fecha;Monto;Tipo Mov\n01/07/2026;150.000;Crédito\n02/07/2026;50.000;Débito\n",
        "Fecha;Debe;Haber\n01/07/2026;;150.000\n02/07/2026;-50.000;\n",
        "Date,Description,Debit,Credit\n2026-07-01,x,,150000\n2026-07-02,y,50000,\n",
        "Fecha;Importe;Saldo\n30/06/2026;7;100\n01/07/2026;150.000;150.100\n02/07/2026;50.000;100.100\n",
        "Fecha;Importe;Saldo\n02/07/2026;50.000;100.100\n01/07/2026;150.000;150.100\n30/06/2026;7;100\n",
    ],
)
def test_money_in_and_out_in_every_way_of_writing_it(content):
    reading = read(content, answers={"signs": "yes"})
    assert sorted(amount for amount in amounts(reading) if amount != 7) == [-50_000, 150_000]


@pytest.mark.parametrize("make", [xlsx, xls])
def test_workbooks_are_read_as_well(make):
    content = make([["Fecha", "Detalle", "Crédito"], [FIRST, "TRANSF", 150_000]])
    assert lines(read(content)) == [(2, FIRST, 150_000, "", "TRANSF")]


def test_amounts_without_a_sign_are_asked():
    content = "Fecha;Importe\n01/07/2026;150.000\n02/07/2026;50.000\n"
    assert asked(read(content)) == ["signs"]
    assert amounts(read(content, answers={"signs": "yes"})) == [150_000, 50_000]
    assert amounts(read(content, answers={"signs": "no"})) == [-150_000, -50_000]


def test_the_balance_gives_signs_and_asks_for_the_line_that_it_cannot_prove():
    content = "Fecha;Importe;Saldo\n01/07/2026;150.000;500.000\n01/07/2026;50.000;450.000\n02/07/2026;20.000;470.000\n"
    reading = read(content)
    assert (asked(reading), amounts(reading)) == (["signs"], [150_000, -50_000, 20_000])
    assert "rows 2" in reading.questions[0].text
    assert read(content, answers={"signs": "yes"}).is_sure


def test_sides_that_the_balance_contradicts_are_asked():
    content = (
        "Fecha;Debe;Haber;Saldo\n01/07/2026;;5.000;300.000\n02/07/2026;150.000;;450.000\n03/07/2026;;50.000;400.000\n"
    )
    assert asked(read(content)) == ["sides"]
    assert amounts(read(content, answers={"sides": "yes"})) == [-5_000, 150_000, -50_000]
    assert amounts(read(content, answers={"sides": "no"})) == [5_000, -150_000, 50_000]


def test_a_balance_that_does_not_follow_is_said():
    reading = read("Fecha;Débito;Crédito;Saldo\n01/07/2026;;5.000;300.000\n02/07/2026;;7.000;900.000\n")
    assert reading.notes == ("The balance does not follow from the amounts: rows may be missing.",)
    assert reading.is_sure


def test_columns_may_be_chosen_remembered_or_asked_for():
    content = "A;B;C;Referencia;Detalle\n01/07/2026;150.000;9;77001;x\n"
    chosen = {0: BankField.DATE, 1: BankField.IN}
    assert lines(read(content, titles_row=1, columns=chosen)) == [(2, FIRST, 150_000, "77001", "x")]
    remembered = {"a": BankField.DATE, "b": BankField.IN}
    assert lines(read(content, titles=remembered)) == [(2, FIRST, 150_000, "77001", "x")]
    reading = read(content)
    assert [(item.key, dict(item.options)) for item in reading.questions] == [
        ("date", {"0": "A"}),
        ("amount", {"1": "B", "2": "C"}),
    ]
    answered = read(content, answers={"date": "0", "amount": "1", "signs": "yes"})
    assert amounts(answered) == [150_000]


def test_an_amount_in_another_currency_is_none_until_somebody_says_so():
    table = "Fecha;Concepto;Crédito USD\n01/07/2026;SIPAP;66\n"
    assert asked(read(table)) == ["amount"]


def test_several_references_and_texts_are_joined():
    reading = read("Fecha;Nro. Operación;Referencia;Concepto;Ordenante;Crédito\n01/07/2026;11;77001;SPI;ANA;5.000\n")
    assert lines(reading) == [(2, FIRST, 5_000, "11 77001", "SPI ANA")]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("01/07/2026;x;1.250,50", "Row 2, column Crédito: “1.250,50” has decimals."),
        ("ayer;x;5.000", "Row 2, column Fecha: “ayer” is no day."),
        (";x;5.000", "Row 2, column Fecha: The day is missing."),
        ("01/07/2026;x;5.000;7", "Row 2: it has more cells than there are titles."),
    ],
)
def test_what_cannot_be_read_is_named(row, sentence):
    reading = read(f"Fecha;Concepto;Crédito\n{row}\n02/07/2026;y;5.000\n")
    assert [str(problem).startswith(sentence) for problem in reading.problems] == [True]
    assert not reading.is_sure


def test_an_unknown_mark_is_named():
    reading = read("Fecha;Monto;D/C\n01/07/2026;150.000;X\n")
    assert [problem.column for problem in reading.problems] == ["D/C"]


def test_hidden_rows_and_rows_left_out_are_not_taken():
    rows = [["Fecha", "Crédito"], [FIRST, 5_000], [SECOND, 7_000], [SECOND, 9_000]]
    content = xlsx(rows, hidden=[3])
    assert amounts(read(content)) == [5_000, 9_000]
    assert amounts(read(content, taken=frozenset({3}), left_out=frozenset({2}))) == [7_000, 9_000]


def test_without_titles_they_are_asked():
    assert asked(read("01/07/2026;x;5.000\n")) == ["titles"]


TWO_DATES = "Fecha;Fecha operación;Concepto;Crédito\n01/07/2026;02/07/2026;ANA;100.000\n"


def dates(reading):
    return [line.date for line in reading.lines]


def test_a_column_that_was_chosen_comes_before_one_that_is_only_found_and_before_a_remembered_one():
    remembered = {"fecha operacion": "date"}
    assert dates(read(TWO_DATES)) == [FIRST]
    assert dates(read(TWO_DATES, columns={1: "date"})) == [SECOND]
    assert dates(read(TWO_DATES, titles=remembered)) == [SECOND]
    assert dates(read(TWO_DATES, titles=remembered, columns={0: "date"})) == [FIRST]

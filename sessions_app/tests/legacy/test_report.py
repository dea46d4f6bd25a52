"""The report, and the control totals."""

from decimal import Decimal
from io import StringIO

import pytest
from django.utils import translation

from sessions_app.legacy.codes import Code, Severity
from sessions_app.legacy.control_totals import ControlTotals
from sessions_app.legacy.findings import Finding, Told
from sessions_app.legacy.report import Report
from sessions_app.tests.legacy.old_rows import expense, open_shift, plans, reader, shift, transfer


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def finding(code, **columns):
    told = Told("cash_sessions", "s1", "12")
    told(code, **columns)
    return told.all()[0]


def test_there_is_a_line_for_each_code_with_how_often_it_occurred():
    report = Report()
    report.add([finding(Code.DECIMALS), finding(Code.NEGATIVE), finding(Code.DECIMALS)])
    assert list(report.lines()) == [
        "2 × amount with decimals: rounded to whole guaraníes (decimals)",
        "1 × number below zero: turned into what it means, or left out (negative)",
    ]


def test_every_finding_is_a_line_of_the_file_and_no_cell_is_a_formula():
    file = StringIO()
    report = Report(file)
    report.add([finding(Code.DECIMALS, field="card_total", was=Decimal("-99.50"), now=-100)])
    report.add([finding(Code.FLAG_LEFT_OVER, field="flag_reason", was="=1+1")])
    assert file.getvalue().splitlines() == [
        "\ufeffcode;severity;source;our number;field;was;now",
        "decimals;Note;cash_sessions s1;12;card_total;-99.50;-100",
        "flag_left_over;Note;cash_sessions s1;12;flag_reason;'=1+1;",
    ]


def test_only_a_blocker_blocks():
    report = Report()
    report.add([finding(Code.NEGATIVE), finding(Code.ABOVE_THE_LIMIT, severity=Severity.WARNING)])
    assert not report.is_blocked
    report.add([finding(Code.ABOVE_THE_LIMIT)])
    assert report.is_blocked


def test_a_finding_about_a_row_that_belongs_to_a_shift_has_the_number_of_the_shift():
    told = Told("cash_sessions", "s1")
    told.about("transfer_items", "t1")(Code.ZERO_ITEM)
    told.ours = "12"
    assert told.all() == (Finding(Code.ZERO_ITEM, Severity.NOTE, "transfer_items", "t1", "12"),)


# --- Control totals ---------------------------------------------------------------------------------------------------


def totals(*rows, items=None):
    reading, found = reader(*rows), ControlTotals()
    for row in rows:
        found.add(row, reading.plan(row, (items or {}).get(row.id, ())))
    return found


def here(**sums):
    """The sums of Centro in March 2026 as they stand here."""
    return {("centro", "2026-03", column): amount for column, amount in sums.items()}


def faulty():
    """Two shifts with every fault that changes a sum."""
    rows = [
        shift("a", envelope_amount=Decimal("1000.49"), card_total=Decimal("-20000.00"), expenses=Decimal("7000.00")),
        shift("b", bank_transfer_total=Decimal("900.50"), credit_payments_collected=Decimal("-5.50")),
    ]
    return totals(*rows, items={"a": [expense("e", "9000.75")], "b": [transfer("t", "100.25"), transfer("z", "0.30")]})


REPAIRED = here(
    shifts=2, initial_cash=200_000, final_cash=800_000, envelope_amount=1_000, expenses=9_007, bank_transfer_total=900
)


def test_every_difference_is_explained_to_the_guarani():
    lines = {line.column: line for line in faulty().lines(REPAIRED)}
    differing = {column: line.imported - line.legacy for column, line in lines.items() if line.imported != line.legacy}
    assert differing == {
        "envelope_amount": Decimal("-0.49"),
        "card_total": Decimal(20_000),
        "expenses": Decimal(2_007),
        "bank_transfer_total": Decimal("-0.50"),
        "credit_payments_collected": Decimal("5.50"),
    }
    assert all(line.is_explained for line in lines.values())


def test_sums_stand_by_pharmacy_and_month_and_only_of_counted_live_shifts():
    rows = [
        shift("a"),
        shift("b", business_id="luque"),
        shift("c", session_date=shift().state.session_date.replace(month=4)),
        shift("d", is_deleted=True),
        shift("e", final_cash=None),
        open_shift("f"),
    ]
    counted = [line for line in totals(*rows).lines(here(final_cash=399_999)) if line.column == "final_cash"]
    assert [(line.pharmacy, line.month, line.legacy, line.imported) for line in counted] == [
        ("centro", "2026-03", Decimal(400_000), 399_999),
        ("centro", "2026-04", Decimal(400_000), 0),
        ("luque", "2026-03", Decimal(400_000), 0),
    ]


def test_they_are_told_as_people_read_amounts():
    told = list(faulty().told(REPAIRED, {"centro": "Centro"}))
    assert told[0] == "Centro 2026-03, shifts: 2 there, 2 here"
    assert "Centro 2026-03, envelopes: 1.000,49 there, 1.000 here (-0,49, explained)" in told
    assert "Centro 2026-03, cards: -20.000 there, 0 here (+20.000, explained)" in told


def test_a_difference_that_nothing_explains_is_told_as_such():
    found = ControlTotals()
    (plan,) = plans(shift())
    found.add(shift(), plan)
    told = found.told(here(final_cash=400_001), {"centro": "Centro"})
    assert "Centro 2026-03, counted cash: 400.000 there, 400.001 here (+1, unexplained)" in told

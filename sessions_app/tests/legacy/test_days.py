"""Days of the old system."""

from decimal import Decimal

import pytest

from sessions_app.legacy import rows
from sessions_app.legacy.codes import Code
from sessions_app.legacy.days import DayReader
from sessions_app.legacy.names import Names
from sessions_app.legacy.shifts import Options
from sessions_app.tests.legacy.old_rows import DAY, PEOPLE, codes, day, edit, facts, utc

LATER = utc(2026, 3, 12)
FIGURES = ("billed_cash", "billed_card", "billed_credit", "billed_transfer", "invoices", "cost")


def plan(*found, edits=None, worked=(), options=None):
    reader = DayReader(Names(PEOPLE), {"centro": "Centro"}, worked, options or Options())
    return reader.plan(found, edits or {})


def figures(planned):
    return tuple(getattr(planned.values, name) for name in FIGURES)


def told(planned):
    return [(event.event, event.by, event.values.billed_cash) for event in planned.history]


def test_a_day_comes_along_as_it_was():
    planned = plan(day(invoice_count=210, daily_cost_total=300_000))
    assert (planned.pharmacy, planned.date, figures(planned)) == ("centro", DAY, (500_000, 0, 0, None, 210, 300_000))
    assert (planned.values.tolerance, planned.values.transfers_billed_as_cash) == (20_000, True)
    assert (told(planned), codes(planned)) == ([("written", "marta", 500_000)], [])
    assert planned.history[-1].values is planned.values


def test_the_choices_of_the_import_are_in_each_day():
    values = plan(day(), options=Options(transfers_in_cash=False, day_tolerance=5)).values
    assert (values.tolerance, values.transfers_billed_as_cash) == (5, False)


def test_zero_is_known_and_null_is_not():
    nothing = dict.fromkeys(("cash_sales", "card_sales", "credit_sales", "total_sales"), Decimal("0.00"))
    assert figures(plan(day(**nothing))) == (0, 0, 0, None, None, None)
    assert figures(plan(day(card_sales=None))) == (500_000, None, 0, None, None, None)


def test_the_cost_may_have_its_older_name_and_be_below_zero():
    raw = dict(day(purchases_total=-300).origin.row)
    del raw["daily_cost_total"]
    planned = plan(rows.reconciliation(raw))
    assert (planned.values.cost, codes(planned)) == (-300, [])


@pytest.mark.parametrize(("column", "value"), [("card_sales", Decimal("-20000.00")), ("invoice_count", -3)])
def test_a_figure_below_zero_is_unknown(column, value):
    planned = plan(day(**{column: value}, total_sales=None))
    assert facts(planned, Code.NEGATIVE) == [(column, value, None)]
    assert figures(planned) == (500_000, None if column == "card_sales" else 0, 0, None, None, None)


def test_decimals_are_rounded_and_a_figure_above_the_limit_blocks_the_day():
    assert figures(plan(day(cash_sales=Decimal("710000.50"), total_sales=None)))[0] == 710_001
    assert plan(day(cash_sales=Decimal("9999999999.50"), total_sales=None)).is_blocked


def test_a_total_alone_says_nothing_of_how_it_was_paid():
    unknown = dict.fromkeys(("cash_sales", "card_sales", "credit_sales"))
    planned = plan(day(**unknown))
    assert (figures(planned), codes(planned)) == ((None,) * 6, ["total_only"])


def test_a_total_that_is_not_the_sum_of_its_parts_gives_way():
    planned = plan(day(card_sales=Decimal(640_000)))
    assert facts(planned, Code.TOTAL_IS_NOT_THE_SUM) == [("total_sales", 500_000, 1_140_000)]
    assert figures(planned)[:2] == (500_000, 640_000)


# --- Days without business --------------------------------------------------------------------------------------------


def test_a_day_without_business_has_no_figures():
    nothing = dict.fromkeys(("cash_sales", "card_sales", "credit_sales", "total_sales"))
    planned = plan(day(is_closed=True, **nothing))
    assert (planned.values.is_closed, figures(planned), codes(planned)) == (True, (None,) * 6, [])
    assert told(planned) == [("written", "marta", None)]


def test_its_figures_are_in_its_history():
    planned = plan(day(is_closed=True))
    assert (planned.values.is_closed, figures(planned)) == (True, (None,) * 6)
    assert [(event.event, event.values.is_closed, event.values.billed_cash) for event in planned.history] == [
        ("written", False, 500_000),
        ("no business", True, None),
    ]
    assert codes(planned) == ["closed_day_with_figures"]


def test_with_shifts_it_was_a_day_of_business():
    planned = plan(day(is_closed=True), worked={("centro", DAY)})
    assert (planned.values.is_closed, planned.values.billed_cash) == (False, 500_000)
    assert (told(planned), codes(planned)) == ([("written", "marta", 500_000)], ["closed_day_with_shifts"])


# --- Several rows, deleted rows ---------------------------------------------------------------------------------------


def test_of_several_rows_the_one_touched_last_counts_and_the_others_are_its_history():
    first = day("a", cash_sales=Decimal(700_000), total_sales=None, last_modified_at=LATER)
    second = day("b", cash_sales=Decimal(735_568), total_sales=None, created_at=utc(2026, 3, 10, 23, 1))
    planned = plan(first, second)
    assert planned.values.billed_cash == 700_000
    assert [origin.id for origin in planned.origins] == ["b", "a"]
    assert codes(planned) == ["day_twice"]


def test_a_day_that_was_deleted_is_unknown_and_its_history_says_why():
    deletion = edit(LATER, {"cash_sales": "500000.00"}, {}, action="DELETE", reason="Era de otra farmacia")
    planned = plan(day(deleted_at=LATER, deleted_by="Ana Sosa"), edits={"d1": [deletion]})
    assert (figures(planned), codes(planned)) == ((None,) * 6, ["day_deleted"])
    assert told(planned) == [("written", "marta", 500_000), ("deleted", "ana", None)]
    assert planned.history[1].reason == "Era de otra farmacia"


def test_a_deletion_that_no_audit_tells_of_is_in_the_history_too():
    planned = plan(day(deleted_at=LATER, deleted_by="beto@example.com"))
    assert told(planned)[1:] == [("deleted", "beto", None)]
    assert planned.history[1].reason == "Eliminado en el sistema anterior, que no guardó el motivo."


@pytest.mark.parametrize("deleted_at", [utc(2026, 3, 11), utc(2026, 3, 20)])
def test_a_live_row_counts_before_a_deleted_one_whenever_that_was_deleted(deleted_at):
    gone = day("a", deleted_at=deleted_at, cash_sales=Decimal(100_000), total_sales=None)
    stays = day("b", cash_sales=Decimal(300_000), total_sales=None, created_at=LATER)
    planned = plan(gone, stays)
    assert (planned.values.billed_cash, codes(planned)) == (300_000, [])
    assert planned.history[-1].values is planned.values
    assert sorted(event.event for event in planned.history) == ["deleted", "written", "written"]


# --- History ----------------------------------------------------------------------------------------------------------


def test_changes_are_told_under_our_names_and_sums_are_none():
    log = edit(
        LATER,
        {"cash_sales": "450000.00", "total_sales": "450000.00"},
        {"cash_sales": "500000", "total_sales": "500000"},
        by="marta@example.com",
    )
    planned = plan(day(), edits={"d1": [log]})
    assert told(planned) == [("written", "marta", 450_000), ("edited", "marta", 500_000)]
    (change,) = planned.history[1].changes
    assert (change.field, change.before, change.after) == ("billed_cash", 450_000, 500_000)
    assert [origin.id for origin in planned.told_by] == [log.origin.id]


def test_a_change_without_a_trace_and_a_line_without_a_change_are_told():
    logs = [
        edit(LATER, {"cash_sales": "1"}, {"cash_sales": "2"}),
        edit(utc(2026, 3, 13), {"total_sales": "5"}, {"total_sales": "6"}),
    ]
    planned = plan(day(), edits={"d1": logs})
    assert told(planned)[2:] == [("changed without trace", None, 500_000)]
    assert codes(planned) == ["change_without_trace", "edit_without_change"]


def test_null_in_the_audit_is_the_zero_of_the_row():
    log = edit(LATER, {"card_sales": "300.00"}, {"card_sales": None})
    planned = plan(day(), edits={"d1": [log]})
    assert ([event.values.billed_card for event in planned.history], codes(planned)) == ([300, 0], [])


def test_who_wrote_it_may_be_nobody_known():
    planned = plan(day(admin_id="gone"))
    assert (planned.history[0].by, codes(planned)) == (None, ["day_writer_unknown"])


def test_a_finding_names_the_pharmacy_and_the_day():
    assert plan(day(admin_id=None)).findings[0].ours == "Centro 2026-03-10"

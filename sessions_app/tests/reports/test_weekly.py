"""The week from Monday 9 to Sunday 15 November 2026, beside the one before; the running one began on the 16th."""

from datetime import date, timedelta

import pytest

from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession
from sessions_app.reports.weekly import last_whole_week, week_of
from sessions_app.tests.reports.sold import TODAY, expense, noon, sold
from testing.factories import PharmacyFactory, ShiftFactory

MONDAY, SUNDAY = date(2026, 11, 9), date(2026, 11, 15)
WEEK = timedelta(weeks=1)
SPACE = "\N{NO-BREAK SPACE}"


def told(marta, monday=MONDAY):
    return week_of(marta, monday).sentence


def figures(table, name, *columns):
    row = next(row for row in table.rows if row["pharmacy_name"] == name)
    return tuple(row[column] for column in columns)


def correct(shift, by, **changes):
    version = CashSession.objects.get(pk=shift.pk).version
    shift_actions.correct_shift(shift.pk, version=version, reason="recounted", by=by, **changes)


def test_the_last_whole_week_ended_on_sunday():
    assert last_whole_week() == MONDAY


def test_a_week_without_shifts_says_so(marta):
    assert told(marta) == "From Monday 9 to Sunday November 15 there were no shifts."


def test_both_months_are_said_where_the_week_lies_in_two(marta):
    said = told(marta, date(2026, 10, 26))
    assert said == "From Monday October 26 to Sunday November 1 there were no shifts."


def test_from_its_monday_to_its_sunday_and_no_day_more(ana, marta):
    for day in (MONDAY - timedelta(days=1), MONDAY, SUNDAY, SUNDAY + timedelta(days=1)):
        sold(ana, day, 100_000, gap=0)
    assert told(marta) == "From Monday 9 to Sunday November 15: 2 shifts, 2 balance. No money is missing."


def test_what_is_missing_is_summed_and_never_made_up_for_by_what_is_over(ana, otto, marta):
    sold(ana, MONDAY, 100_000, gap=-50_000), sold(otto, MONDAY, 100_000, gap=-7)
    sold(ana, SUNDAY, 100_000, gap=90_000)
    assert told(marta) == (
        f"From Monday 9 to Sunday November 15: 3 shifts, 1 is over. ₲{SPACE}50.007 are missing in 2 shifts."
    )


def test_of_what_is_not_compared_nobody_says_that_nothing_is_missing(ana, marta):
    sold(ana, MONDAY, 100_000, gap=0), sold(ana, SUNDAY, 100_000)
    assert told(marta).endswith("1 is not compared. Of 1 nobody knows yet whether money is missing.")
    sold(ana, MONDAY, 100_000, gap=-9)
    assert told(marta).endswith(f"₲{SPACE}9 are missing in 1 shift. Of 1 nobody knows yet whether money is missing.")


def test_while_all_are_open_nothing_is_said_about_money(ana, marta):
    with noon(MONDAY):
        ShiftFactory(cashier=ana)
    assert told(marta) == "From Monday 9 to Sunday November 15: 1 shift, 1 is still open."


def test_a_deleted_shift_is_in_no_figure(ana, marta):
    shift = sold(ana, MONDAY, 100_000, gap=0)
    mark_actions.delete_shift(shift.pk, reason="twice", by=marta)
    assert told(marta).endswith("there were no shifts.")
    assert week_of(marta, MONDAY).sales_sentence == ""


def test_what_was_missing_in_a_deleted_shift_is_told(ana, marta):
    shift = sold(ana, MONDAY, 100_000, gap=-50_000)
    sold(ana, SUNDAY, 100_000, gap=0)
    mark_actions.delete_shift(shift.pk, reason="twice", by=marta)
    missing = f"In 1 that was deleted ₲{SPACE}50.000 were missing."
    assert told(marta) == f"From Monday 9 to Sunday November 15: 1 shift, 1 balances. {missing}"


def test_sales_stand_beside_the_same_weekdays_of_the_week_before(ana, otto, marta, central):
    sold(ana, MONDAY, 110_000), sold(ana, MONDAY - WEEK, 100_000), sold(ana, MONDAY - 2 * WEEK, 7)
    sold(otto, SUNDAY, 50_000)
    week = week_of(marta, MONDAY)

    assert figures(week.sales, "Central", "shifts", "sales", "same_weekdays", "change") == (1, 110_000, 100_000, 10)
    assert week.sales_sentence == (
        f"Sales: ₲{SPACE}160.000, +{SPACE}60{SPACE}% against the week before (₲{SPACE}100.000)."
    )


def test_sales_with_nothing_before_are_told_alone(ana, marta):
    sold(ana, MONDAY, 110_000)
    assert week_of(marta, MONDAY).sales_sentence == f"Sales: ₲{SPACE}110.000."


def test_the_running_week_is_held_against_the_weekdays_that_have_come_and_shows_no_change(ana, marta):
    sold(ana, TODAY, 110_000), sold(ana, TODAY - WEEK, 100_000), sold(ana, SUNDAY, 5)
    week = week_of(marta, TODAY)

    assert figures(week.sales, "Central", "sales", "same_weekdays", "change") == (110_000, 100_000, None)
    assert week.sales_sentence == f"Sales: ₲{SPACE}110.000; the same weekdays before: ₲{SPACE}100.000."
    assert (week.is_running, week.before, week.after) == (True, MONDAY, None)


def test_a_week_that_is_over_has_one_after_it(marta):
    week = week_of(marta, MONDAY)
    assert (week.is_running, week.before, week.after) == (False, MONDAY - WEEK, MONDAY + WEEK)


def test_sales_that_nobody_counted_are_no_zero_and_show_no_change(ana, marta):
    sold(ana, MONDAY - WEEK, 100_000), sold(ana, SUNDAY, 100_000)
    with noon(MONDAY):
        shift = ShiftFactory(cashier=ana)
        shift_actions.close_uncounted_shift(shift.pk, reason="ill", by=marta)
    week = week_of(marta, MONDAY)

    assert figures(week.sales, "Central", "shifts", "uncounted", "sales", "change") == (2, 1, 100_000, None)


def said_as_change(week):
    """Read the column of the change, pharmacy by pharmacy."""
    place = [column.name for column in week.sales.columns].index("change")
    return [cells[place].text for cells in week.sales.shown]


def test_why_there_is_no_change_is_said_in_words(ana, otto, marta):
    sold(ana, MONDAY, 110_000)
    assert said_as_change(week_of(marta, MONDAY))[0] == "nothing to compare with"
    sold(ana, TODAY, 110_000)
    assert said_as_change(week_of(marta, TODAY))[0] == "so far"
    with noon(MONDAY):
        shift = ShiftFactory(cashier=ana)
        shift_actions.close_uncounted_shift(shift.pk, reason="ill", by=marta)
    assert said_as_change(week_of(marta, MONDAY))[0] == "shifts not counted"
    assert said_as_change(week_of(marta, MONDAY - WEEK))[0] == "\N{EM DASH}"


def test_differences_are_those_at_the_close_and_those_of_now(ana, marta):
    corrected = sold(ana, MONDAY, 100_000, gap=-50_000)
    with noon(MONDAY):
        correct(corrected, ana, final_cash=150_000)
    sold(ana, SUNDAY, 100_000, gap=-9), sold(ana, SUNDAY, 100_000, gap=4)
    columns = ("balanced", "short", "over", "swapped", "not_compared")
    differences = ("short_first", "short_now", "over_first", "over_now")
    week = week_of(marta, MONDAY)

    assert figures(week.results, "Central", *columns) == (1, 1, 1, 0, 0)
    assert figures(week.results, "Central", *differences) == (-50_009, -9, 4, 4)


def test_differences_without_a_comparison_are_unknown(ana, marta):
    sold(ana, MONDAY, 100_000)
    differences = ("not_compared", "short_first", "short_now", "over_first", "over_now")
    assert figures(week_of(marta, MONDAY).results, "Central", *differences) == (1, None, None, None, None)


def test_expenses_and_envelopes_of_open_shifts_too(ana, marta):
    with noon(MONDAY):
        ShiftFactory(cashier=ana, movements=[expense(3_000, "taxi"), NewMovement(Kind.ENVELOPE, 5_000)])
    columns = ("shifts", "sales", "expenses", "envelopes")
    assert figures(week_of(marta, MONDAY).sales, "Central", *columns) == (1, None, 3_000, 5_000)


def test_a_pharmacy_without_shifts_is_a_gap_and_a_closed_down_one_is_left_out(ana, marta):
    sold(ana, MONDAY, 1)
    PharmacyFactory(name="Quiet"), PharmacyFactory(name="Closed down", is_active=False)
    week = week_of(marta, MONDAY)

    assert figures(week.sales, "Quiet", "shifts", "sales", "expenses") == (None, None, None)
    assert "Closed down" not in [row["pharmacy_name"] for row in week.sales.rows]


def test_what_is_left_of_this_week_to_settle_is_in_the_order_of_the_queue(ana, marta):
    small, large = sold(ana, SUNDAY, 100_000, gap=-10), sold(ana, MONDAY, 100_000, gap=-50_000)
    sold(ana, MONDAY - WEEK, 100_000, gap=-70_000), sold(ana, SUNDAY, 100_000, gap=0)
    done = sold(ana, MONDAY, 100_000, gap=-60_000)
    mark_actions.sign_off_shift(done.pk, note="paid back", by=marta)

    assert week_of(marta, MONDAY).to_settle == [large, small]


def test_money_between_shifts_is_that_of_the_week(ana, marta):
    sold(ana, MONDAY - WEEK, 100_000), sold(ana, MONDAY - timedelta(days=1), 100_000)
    sold(ana, MONDAY, 30_000)
    between = week_of(marta, MONDAY).between

    assert (between.missing, between.over) == (100_000, 0)


@pytest.mark.parametrize("reader", ["marta", "carla"])
def test_auditors_read_the_same_week(reader, ana, request):
    sold(ana, MONDAY, 100_000, gap=0)
    assert "1 shift, 1 balances" in told(request.getfixturevalue(reader))

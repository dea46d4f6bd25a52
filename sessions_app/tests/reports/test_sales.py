"""Sales over time, by method and by pharmacy, against shifts that a person can add up."""

from datetime import date, timedelta

import pytest

from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession
from sessions_app.tests.reports.sold import MONTH, TODAY, noon, sold, table, values
from testing.factories import PersonFactory, ShiftFactory

YESTERDAY = TODAY - timedelta(days=1)


def test_a_day_is_held_against_the_same_weekday_and_not_the_day_before(ana):
    sold(ana, date(2026, 11, 5), 100_000)
    sold(ana, date(2026, 11, 11), 80_000)
    sold(ana, date(2026, 11, 12), 120_000)
    told = values("sales", "Day", "Sales", "Same weekdays before", "Change", span=MONTH)
    assert told[11] == (date(2026, 11, 12), 120_000, 100_000, 20)


def test_a_day_without_shifts_is_a_gap_and_no_zero(ana):
    sold(ana, date(2026, 11, 16), 100_000)
    days = values("sales", "Day", "Shifts", "Sales", "Note", span=(date(2026, 11, 15), date(2026, 11, 17)))
    assert days == [
        (date(2026, 11, 15), None, None, "no shifts"),
        (date(2026, 11, 16), 1, 100_000, ""),
        (date(2026, 11, 17), None, None, "no shifts"),
    ]
    columns = table("sales").charts[0].rectangles
    assert len(columns) == 1


def test_a_day_that_sold_nothing_is_a_zero_and_not_a_gap(ana):
    sold(ana, date(2026, 11, 16), 0)
    assert values("sales", "Shifts", "Sales")[15] == (1, 0)


def test_today_is_said_to_be_partial_and_no_change_is_told(ana):
    sold(ana, TODAY - timedelta(days=7), 100_000)
    sold(ana, TODAY, 40_000)
    assert values("sales", "Sales", "Same weekdays before", "Change", "Note")[-1] == (
        40_000,
        100_000,
        None,
        "so far",
    )
    assert table("sales").charts[0].rectangles[-1].is_partial


def test_the_future_has_no_rows(ana):
    sold(ana, TODAY, 40_000)
    assert len(table("sales", span=(TODAY, TODAY + timedelta(days=30))).rows) == 1
    assert table("sales", span=(TODAY + timedelta(days=1), TODAY + timedelta(days=30))).rows == []


def test_a_week_that_is_not_over_is_held_against_the_same_part(ana):
    """Monday to Wednesday against Monday to Wednesday."""
    for day, amount in ((9, 1_000), (11, 2_000), (13, 70_000), (16, 5_000), (17, 6_000)):
        sold(ana, date(2026, 11, day), amount)
    weeks = values("sales", "Week", "Sales", "Same weekdays before", "Change", "Note", by="week")
    assert weeks[-2:] == [
        (date(2026, 11, 9), 73_000, None, None, ""),
        (date(2026, 11, 16), 11_000, 3_000, None, "so far"),
    ]


def test_a_month_is_held_against_the_same_weekdays(ana):
    """October has 31 days: the same weekdays are those of five weeks earlier, 27 August to 26 September."""
    sold(ana, date(2026, 8, 26), 7_000)
    sold(ana, date(2026, 8, 27), 10_000)
    sold(ana, date(2026, 10, 1), 50_000)
    month = values(
        "sales",
        "Month",
        "Sales",
        "Same weekdays before",
        span=(date(2026, 10, 1), date(2026, 10, 31)),
        by="month",
    )
    assert month == [(date(2026, 10, 1), 50_000, 10_000)]


def test_a_part_of_a_month_is_said_to_be_one(ana):
    sold(ana, date(2026, 10, 20), 50_000)
    sold(ana, date(2026, 10, 5), 1_000)
    sold(ana, date(2026, 10, 6), 2_000)
    span = date(2026, 10, 20), date(2026, 10, 31)
    part = values("sales", "Sales", "Same weekdays before", "Note", span=span, by="month")
    assert part == [(50_000, 2_000, "in part")]


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_open_and_deleted_shifts_sell_nothing(by, ana, beto, marta):
    with noon(TODAY):
        ShiftFactory(cashier=ana)
    deleted = sold(beto, TODAY, 40_000, register=2)
    mark_actions.delete_shift(deleted.pk, reason="twice", by=marta)
    assert {row["sales"] for row in table("sales", by=by).rows} == {None}


def test_an_edit_is_in_the_report_at_once(ana, marta):
    shift = sold(ana, TODAY, 40_000)
    shift_actions.correct_shift(shift.pk, version=2, final_cash=45_000, reason="recount", by=marta)
    assert values("sales", "Sales")[-1] == (45_000,)


def test_by_method_what_was_received_and_what_is_missing_there(ana):
    """Booked under the wrong method: over in cash, short by card. Without a ticket a shift is in no difference."""
    sold(ana, TODAY, 85_000, gap=85_000, movements=[NewMovement(Kind.CARD, 15_000)])
    shift = CashSession.objects.get()
    shift_actions.correct_shift(
        shift.pk, version=2, billed_card=100_000, reason="ticket", by=PersonFactory(first_name="Ruth", role="Admin")
    )
    sold(ana, TODAY, 100_000, movements=[NewMovement(Kind.TRANSFER, 200_000, "Gómez")])
    told = values("methods", "Method", "Received", "Part", "Shifts compared", "Billed in these", "Difference")
    assert told == [
        ("Cash", 185_000, 46, 1, 0, 85_000),
        ("Card", 15_000, 4, 1, 100_000, -85_000),
        ("Bank transfer", 200_000, 50, 0, None, None),
        ("Credit sale", 0, 0, 0, None, None),
    ]


@pytest.mark.parametrize(("name", "leading"), [("methods", [True] * 4), ("pharmacies", [True, False])])
def test_bars_lead_where_their_rows_lead(ana, central, luque, name, leading):
    sold(ana, TODAY, 300_000)
    made = table(name)
    assert [bool(row.link) for row in made.rows] == leading
    assert [bar.link for bar in made.charts[0].rows] == [row.link for row in made.rows]


def test_by_pharmacy_with_those_without_shifts(ana, central, luque):
    sold(ana, TODAY, 300_000, gap=-5_000)
    sold(ana, TODAY, 100_000)
    told = values("pharmacies", "Pharmacy", "Shifts", "Sales", "Part", "Short", "Over", "Not compared")
    assert told == [
        ("Central", 2, 400_000, 100, -5_000, 0, 1),
        ("Luque", None, None, None, None, None, None),
    ]


def test_where_nothing_was_compared_nothing_is_said_to_be_missing(ana):
    sold(ana, TODAY, 300_000)
    assert values("pharmacies", "Short", "Over", "Not compared") == [(None, None, 1)]
    assert values("differences", "Compared", "Short", "Over", "All differences") == [(0, None, None, None)]
    assert table("differences").charts == []


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        (200, 201, 1),
        (200, 199, -1),
        (201, 202, 0),
        (201, 200, 0),
        (200, 200, 0),
        (200, 0, -100),
        (0, 100, None),
    ],
)
def test_a_change_is_whole_percent_halves_away_from_zero_and_of_something_above_it(before, now, change, ana):
    sold(ana, YESTERDAY - timedelta(weeks=1), before)
    sold(ana, YESTERDAY, now)
    assert values("sales", "Sales", "Same weekdays before", "Change")[-2] == (now, before, change)


def test_of_what_was_below_zero_no_percentage_is_told(ana):
    """More debts were collected that day than there is in the drawer."""
    sold(ana, YESTERDAY - timedelta(weeks=1), 0, movements=[NewMovement(Kind.COLLECTION, 100)])
    sold(ana, YESTERDAY, 50)
    assert values("sales", "Sales", "Same weekdays before", "Change")[-2] == (50, -100, None)


@pytest.mark.parametrize(
    ("span", "weekdays_before"),
    [
        ((date(2026, 11, 2), date(2026, 11, 8)), date(2026, 10, 26)),
        ((date(2026, 11, 9), date(2026, 11, 9)), date(2026, 11, 2)),
    ],
)
def test_a_whole_week_is_held_against_the_week_before_it(span, weekdays_before, ana):
    """Seven days make room with one week, a day too."""
    sold(ana, weekdays_before, 5_000)
    sold(ana, weekdays_before - timedelta(days=1), 70_000)
    assert values("sales", "Same weekdays before", span=span, by="week") == [(5_000,)]


def test_a_single_period_has_no_total_and_two_have(ana):
    sold(ana, YESTERDAY, 1_000)
    sold(ana, TODAY, 2_000)
    assert table("sales", span=(TODAY, TODAY)).total is None
    assert table("sales", span=(YESTERDAY, TODAY)).total["sales"] == 3_000


def test_of_a_period_that_is_over_only_a_part_is_said_to_be_one(ana):
    """Today is its last day, and is not over."""
    sold(ana, date(2026, 11, 10), 1_000)
    assert values("sales", "Note", span=(date(2026, 11, 9), date(2026, 11, 15)), by="week") == [("",)]
    assert values("sales", "Note", span=(date(2026, 11, 9), date(2026, 11, 14)), by="week") == [("in part",)]
    assert values("sales", "Note", span=(date(2026, 11, 9), TODAY), by="week") == [("",), ("so far",)]

"""Sales held against earlier ones: what is rounded, where a shorter month ends, what no percentage is told of.

Today is Wednesday, 18 November 2026.
"""

from datetime import date, timedelta

import pytest

from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.tests.reports.test_reports import TODAY, _today, sold, table, values  # noqa: F401 - a fixture

YESTERDAY = TODAY - timedelta(days=1)


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
    sold(ana, YESTERDAY - timedelta(days=1), before)
    sold(ana, YESTERDAY, now)
    assert values("sales", "Sales", "The one before", "Change")[-2] == (now, before, change)


def test_of_what_was_below_zero_no_percentage_is_told(ana):
    """More debts were collected that day than there is in the drawer."""
    sold(ana, YESTERDAY - timedelta(days=1), 0, movements=[NewMovement(Kind.COLLECTION, 100)])
    sold(ana, YESTERDAY, 50)
    assert values("sales", "Sales", "The one before", "Change")[-2] == (50, -100, None)


def _sold_at_the_end_of_february(cashier):
    for day, amount in ((date(2026, 2, 27), 1_000), (date(2026, 2, 28), 2_000), (date(2026, 3, 1), 40_000)):
        sold(cashier, day, amount)


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        (date(2026, 3, 27), date(2026, 3, 31), 3_000),
        (date(2026, 3, 28), date(2026, 3, 31), 2_000),
        (date(2026, 3, 30), date(2026, 3, 31), 2_000),
    ],
)
def test_the_same_part_of_a_shorter_month_ends_with_that_month(first, last, before, ana):
    _sold_at_the_end_of_february(ana)
    told = values("sales", "Month", "The one before", "Note", span=(first, last), by="month", today=last)
    assert [row[:2] for row in told] == [(date(2026, 3, 1), before)]


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

"""Differences by weekday, over time and of few: in which order, until how many lines, from where a row leads on.

Today is Wednesday, 18 November 2026.
"""

from datetime import date

import pytest

from cashpilot.charts.lines import MOST_LINES
from sessions_app.tests.reports.test_reports import TODAY, _today, sold, table, values  # noqa: F401 - a fixture
from testing.factories import PersonFactory, PharmacyFactory

MONDAY, FRIDAY = date(2026, 11, 9), date(2026, 11, 13)


def test_weekdays_stand_in_the_order_of_the_week_from_monday(ana):
    for day in (FRIDAY, MONDAY, date(2026, 11, 15)):
        sold(ana, day, 1_000, gap=-50)
    assert values("differences", "Weekday", by="weekday") == [("Monday",), ("Friday",), ("Sunday",)]


def test_a_single_group_has_no_total_and_two_have(ana, otto):
    sold(ana, MONDAY, 1_000, gap=-50)
    assert table("differences").total is None
    sold(otto, MONDAY, 1_000, gap=-70)
    assert table("differences").total["all"] == -120


@pytest.mark.parametrize(("count", "lines"), [(MOST_LINES, MOST_LINES), (MOST_LINES + 1, 1)])
def test_more_groups_than_can_be_told_apart_are_drawn_together(count, lines, db):
    for place in range(count):
        cashier = PersonFactory(pharmacies=[PharmacyFactory(name=f"Pharmacy {place}")])
        sold(cashier, MONDAY, 1_000, gap=-50)
    (chart,) = table("differences", by="pharmacy", over="month").charts
    assert len(chart.series) == lines
    assert sum(one.values[0] for one in chart.series) == -50 * count


def test_a_row_leads_to_the_part_of_its_week_that_was_asked_for(ana):
    sold(ana, MONDAY, 1_000, gap=-50)
    sold(ana, FRIDAY, 1_000, gap=-50)
    first, last = date(2026, 11, 10), date(2026, 11, 14)
    (row,) = table("differences", span=(first, last), by="pharmacy", over="week").rows
    assert "date_from=2026-11-10&date_to=2026-11-14" in row.link

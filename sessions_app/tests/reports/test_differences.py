"""Differences by each division and over time, against shifts that a person can add up."""

from datetime import date

import pytest

from cashpilot.charts.lines import MOST_LINES
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.reports.catalogue import REPORTS
from sessions_app.tests.reports.sold import sold, table, values
from testing.calls import say
from testing.factories import PersonFactory, PharmacyFactory

MONDAY, FRIDAY = date(2026, 11, 9), date(2026, 11, 13)


@pytest.fixture
def gaps(ana, beto, otto):
    """Ana short on Monday and over on Tuesday, Beto never compared, Otto balanced elsewhere."""
    sold(ana, date(2026, 11, 9), 100_000, gap=-7_000)
    sold(ana, date(2026, 11, 17), 100_000, gap=2_000)
    sold(beto, date(2026, 11, 9), 100_000, register=2)
    sold(otto, date(2026, 11, 9), 100_000, gap=0)


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("pharmacy", [("Central", 3, 2, -7_000, 2_000, -5_000), ("Luque", 1, 1, 0, 0, 0)]),
        (
            "register",
            [
                ("Central, register 1", 2, 2, -7_000, 2_000, -5_000),
                ("Central, register 2", 1, 0, None, None, None),
                ("Luque, register 1", 1, 1, 0, 0, 0),
            ],
        ),
        (
            "cashier",
            [
                ("Ana Benítez", 2, 2, -7_000, 2_000, -5_000),
                ("Beto Benítez", 1, 0, None, None, None),
                ("Otto Benítez", 1, 1, 0, 0, 0),
            ],
        ),
        ("weekday", [("Monday", 3, 2, -7_000, 0, -7_000), ("Tuesday", 1, 1, 0, 2_000, 2_000)]),
    ],
)
def test_differences_by_each(by, groups, gaps):
    heading = str(REPORTS["differences"].by[by])
    told = values("differences", heading, "Shifts", "Compared", "Short", "Over", "All differences", by=by)
    assert told == groups


@pytest.fixture
def corrected(ana, marta):
    """Ana 7.000 short, then corrected to balance; 3.000 short, then deleted; 1.000 over, which nobody touched."""
    gone = sold(ana, MONDAY, 100_000, gap=-7_000)
    deleted = sold(ana, MONDAY, 100_000, gap=-3_000)
    sold(ana, MONDAY, 100_000, gap=1_000)
    shift_actions.correct_shift(gone.pk, version=gone.version, reason="recount", final_cash=107_000, by=marta)
    mark_actions.delete_shift(deleted.pk, reason="twice", by=marta)


def test_of_a_person_it_is_what_the_close_said_and_beside_it_what_is_left(corrected):
    columns = ("Shifts", "Compared", "Short", "Over", "All differences", "All after corrections")
    assert values("differences", *columns, by="cashier") == [(3, 3, -10_000, 1_000, -9_000, 1_000)]


def test_of_a_person_what_arrived_says_what_was_short_at_the_close(ana, marta):
    """One that balanced and was 9.000 short by the evidence, and one that was 7.000 short and balanced by it."""
    gone, fair = sold(ana, MONDAY, 100_000, gap=0), sold(ana, MONDAY, 100_000, gap=-7_000)
    say(gone, 109_000, by=marta)
    say(fair, 100_000, by=marta)
    assert values("differences", "Compared", "Short", "All differences", by="cashier") == [(2, -9_000, -9_000)]
    assert values("differences", "Compared", "Short", "All differences", by="pharmacy") == [(2, -7_000, -7_000)]


@pytest.mark.parametrize("by", ["pharmacy", "register", "weekday"])
def test_of_a_place_it_is_what_is_left_and_beside_it_what_the_close_said(by, corrected):
    columns = ("Shifts", "Compared", "Short", "Over", "All differences", "All at the close")
    assert values("differences", *columns, by=by) == [(2, 2, 0, 1_000, 1_000, -6_000)]


def test_differences_over_time(gaps):
    told = values("differences", "Week", "Pharmacy", "All differences", by="pharmacy", over="week")
    assert told == [
        (date(2026, 11, 9), "Central", -7_000),
        (date(2026, 11, 9), "Luque", 0),
        (date(2026, 11, 16), "Central", 2_000),
    ]
    chart = table("differences", by="pharmacy", over="week").charts[0]
    assert [list(one.values) for one in chart.series] == [[None, None, -7_000, 2_000], [None, None, 0, None]]


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

"""Differences by each division and over time, against shifts that a person can add up."""

from datetime import date

import pytest

from sessions_app.reports.catalogue import REPORTS
from sessions_app.tests.reports.sold import sold, table, values


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


def test_differences_over_time(gaps):
    told = values("differences", "Week", "Pharmacy", "All differences", by="pharmacy", over="week")
    assert told == [
        (date(2026, 11, 9), "Central", -7_000),
        (date(2026, 11, 9), "Luque", 0),
        (date(2026, 11, 16), "Central", 2_000),
    ]
    chart = table("differences", by="pharmacy", over="week").charts[0]
    assert [list(one.values) for one in chart.series] == [[None, None, -7_000, 2_000], [None, None, 0, None]]

"""Envelopes by day and pharmacy."""

from datetime import date

from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.tests.reports.sold import sold, values


def test_envelopes_by_day_and_pharmacy(ana, otto):
    for day, cashier, amount in ((16, ana, 5_000), (16, ana, 6_000), (16, otto, 7_000), (17, ana, 8_000)):
        sold(cashier, date(2026, 11, day), 0, movements=[NewMovement(Kind.ENVELOPE, amount)])
    sold(otto, date(2026, 11, 17), 0)
    told = values("envelopes", "Day", "Pharmacy", "Shifts with an envelope", "Amount")
    assert told == [
        (date(2026, 11, 16), "Central", 2, 11_000),
        (date(2026, 11, 16), "Luque", 1, 7_000),
        (date(2026, 11, 17), "Central", 1, 8_000),
    ]

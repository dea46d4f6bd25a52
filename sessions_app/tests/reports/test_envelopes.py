"""Envelopes by day and pharmacy."""

from datetime import date

from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.tests.reports.sold import sold, table, values


def test_envelopes_by_day_and_pharmacy(ana, otto):
    for day, cashier, amount in ((16, ana, 5_000), (16, ana, 6_000), (16, otto, 7_000), (17, ana, 8_000)):
        sold(cashier, date(2026, 11, day), 0, movements=[NewMovement(Kind.ENVELOPE, amount)])
    sold(otto, date(2026, 11, 17), 0)
    assert values("envelopes", "Day", "Central", "Luque", "Together") == [
        (date(2026, 11, 16), 11_000, 7_000, 18_000),
        (date(2026, 11, 17), 8_000, None, 8_000),
    ]


def test_each_amount_leads_to_its_shifts(ana, otto):
    sold(otto, date(2026, 11, 16), 0, movements=[NewMovement(Kind.ENVELOPE, 7_000)])
    (row,) = table("envelopes").rows
    luque = f"pharmacy_{otto.assignments.get().pharmacy_id}"
    day = "/?date_from=2026-11-16&date_to=2026-11-16"
    assert (row.link, row.links) == (day, {luque: f"{day}&pharmacy={luque.removeprefix('pharmacy_')}"})

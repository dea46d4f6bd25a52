"""Envelopes by day and pharmacy."""

from datetime import date

from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.tests.reports.sold import expense, sold, table, values


def test_envelopes_by_day_and_pharmacy(ana, otto):
    for day, cashier, amount in ((16, ana, 5_000), (16, ana, 6_000), (16, otto, 7_000), (17, ana, 8_000)):
        sold(cashier, date(2026, 11, day), 0, movements=[NewMovement(Kind.ENVELOPE, amount)])
    sold(otto, date(2026, 11, 17), 0)
    assert values("envelopes", "Day", "Central", "Luque", "Together") == [
        (date(2026, 11, 16), 11_000, 7_000, 18_000),
        (date(2026, 11, 17), 8_000, None, 8_000),
    ]


def test_each_amount_leads_to_its_envelopes_and_the_day_to_its_shifts(ana, otto):
    sold(otto, date(2026, 11, 16), 0, movements=[NewMovement(Kind.ENVELOPE, 7_000)])
    (row,) = table("envelopes").rows
    luque = otto.assignments.get().pharmacy_id
    days = "date_from=2026-11-16&date_to=2026-11-16"
    each = f"/reports/envelopes/?{days}&by=envelope&pharmacy={luque}"
    assert (row.link, row.links) == (f"/?{days}", {f"pharmacy_{luque}": each})


def test_each_envelope_stands_with_its_words_and_its_shift_unless_it_is_voided(ana, otto, marta):
    noted = [NewMovement(Kind.ENVELOPE, 5_000, "No. 12"), NewMovement(Kind.ENVELOPE, 6_000, "No. 13")]
    shift = sold(ana, date(2026, 11, 16), 0, movements=[*noted, expense(1, "taxi")])
    other = sold(otto, date(2026, 11, 17), 0, movements=[NewMovement(Kind.ENVELOPE, 7_000)])
    movement_actions.void_movement(shift.pk, shift.movements.get(amount=5_000).pk, reason="twice", by=marta)

    assert values("envelopes", "Shift", "Pharmacy", "Cashier", "Description", "Amount", by="envelope") == [
        (f"#{shift.pk}", "Central", str(ana), "No. 13", 6_000),
        (f"#{other.pk}", "Luque", str(otto), "", 7_000),
    ]
    rows = table("envelopes", by="envelope").rows
    assert [row.links for row in rows] == [{"shift": f"/sessions/{pk}/"} for pk in (shift.pk, other.pk)]

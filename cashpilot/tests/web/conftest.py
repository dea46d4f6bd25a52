"""Shifts in each state, with what people did about them, for the tests that look at every page."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import replies as reply_actions
from sessions_app.actions.days import write_day
from sessions_app.actions.imports import receive_file
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from testing.factories import ShiftFactory


@pytest.fixture
def shifts(ana, marta) -> dict[str, Any]:
    """One open, one short and flagged, with causes and a reply, one that balances, signed off, one not compared."""
    taxi = [
        NewMovement(Kind.EXPENSE, 15_000, "Taxi"),
        NewMovement(Kind.TRANSFER, 40_000, "Gómez"),
        NewMovement(Kind.CARD, 1_840_000),
    ]
    balanced = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000})
    unknown = ShiftFactory(closed=True, cashier=ana)
    swapped = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 615_000, "billed_card": 85_000})
    short = ShiftFactory(
        closed=True, cashier=ana, billed={"billed_cash": 730_000}, movements=taxi, count_sheet={"100000": 12}
    )
    mark_actions.flag_shift(short.pk, reason="look at it", by=ana)
    reply_actions.add_reply(short.pk, text="I recounted twice.", by=ana)
    mark_actions.sign_off_shift(balanced.pk, note="agreed", by=marta)
    opened = ShiftFactory(cashier=ana)
    movement_actions.add_movement(opened.pk, new=NewMovement(Kind.EXPENSE, 15_000, "Taxi"), by=ana)
    write_day(short.pharmacy, short.business_date, version=0, by=marta, billed_cash=1_000_000, cost=-5)
    wrong = SimpleUploadedFile("july.csv", b"Fecha;Efectivo\n3/7/2026;1\n3/7/2026;1,5\n")
    file = receive_file(wrong, kind="billing", pharmacy=short.pharmacy, by=marta)
    return {"file": file, "short": short, "open": opened, "balanced": balanced, "swapped": swapped, "unknown": unknown}

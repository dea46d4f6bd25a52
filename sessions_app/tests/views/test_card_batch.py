"""The cards of a close are the total of the terminal's batch: only what of it is not noted yet is noted then."""

from uuid import uuid4

import pytest

from cashpilot.exceptions import ActionRefused
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.domain.rules.shifts import why_not_card_batch
from testing.client import signed_in
from testing.database import nothing_written
from testing.factories import ShiftFactory

TOO_LITTLE = "You noted ₲\u00a0100.000 by card already; the total of the batch cannot be less."


@pytest.fixture
def till(ana):
    ana.language = "en"
    ana.save()
    return signed_in(ana)


@pytest.fixture
def opened(ana):
    """Ana noted two card payments, 70.000 and 30.000, and voided one of 5.000."""
    shift = ShiftFactory(cashier=ana)
    for amount in (70_000, 30_000):
        movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, amount), by=ana)
    mistake = movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, 5_000), by=ana)
    movement_actions.void_movement(shift.pk, mistake.pk, reason="not ours", by=ana)
    return shift


def close(till, shift, **typed):
    return till.post(f"/sessions/{shift.pk}/close/", {"final_cash": "500.000", "version": shift.version, **typed})


def cards(shift):
    shift.refresh_from_db()
    return list(shift.movements.live().filter(kind=Kind.CARD).order_by("id").values_list("amount", flat=True))


@pytest.fixture
def current(opened):
    opened.refresh_from_db()
    return opened


@pytest.mark.parametrize(
    ("batch", "noted"),
    [("250.000", [70_000, 30_000, 150_000]), ("100.000", [70_000, 30_000]), ("", [70_000, 30_000])],
)
def test_what_of_the_batch_is_not_noted_becomes_the_movement(batch, noted, current, till):
    assert close(till, current, card=batch).status_code == 302
    assert cards(current) == noted
    assert current.card_total == sum(noted)


@pytest.mark.parametrize("batch", ["99.999", "0"])
def test_a_batch_below_what_was_noted_is_said_at_the_field(batch, current, till):
    with nothing_written():
        response = close(till, current, card=batch)

    assert response.status_code == 422
    assert response.context["form"].errors == {"card": [TOO_LITTLE]}


def test_without_cards_noted_the_batch_is_the_movement(ana, till):
    shift = ShiftFactory(cashier=ana)
    assert close(till, shift, card="80.000").status_code == 302
    assert cards(shift) == [80_000]


def test_a_close_sent_twice_notes_the_batch_once_whatever_was_noted_since(current, till, ana):
    typed = {"card": "250.000", "token": uuid4()}
    close(till, current, **typed)
    late = NewMovement(Kind.CARD, 1_000)
    movement_actions.add_movement(current.pk, new=late, reason="left out", by=ana)
    with nothing_written():
        again = close(till, current, **typed)

    assert (again.status_code, again.headers["Location"]) == (302, f"/sessions/{current.pk}/")
    assert cards(current) == [70_000, 30_000, 150_000, 1_000]


def test_the_action_reckons_with_what_is_noted_when_it_holds_the_shift(current, ana):
    with nothing_written(), pytest.raises(ActionRefused):
        shift_actions.close_shift(current.pk, final_cash=500_000, card_batch=99_999, by=ana)
    shift_actions.close_shift(current.pk, final_cash=500_000, card_batch=100_001, by=ana)
    assert cards(current) == [70_000, 30_000, 1]


def test_the_rule_lets_through_what_is_noted_and_more():
    assert [bool(why_not_card_batch(batch, 10)) for batch in (9, 10, 11)] == [True, False, False]

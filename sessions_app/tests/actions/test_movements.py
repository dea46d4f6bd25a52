"""Movements, one test per exit: what each action writes, and that a refusal writes nothing."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError

from cashpilot import periods
from cashpilot.exceptions import REASON_LENGTH
from cashpilot.money import MAXIMUM
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind, Result
from sessions_app.models import Movement
from sessions_app.tests.actions.clock import NOW
from sessions_app.tests.actions.written import Written, refuses, values
from testing.database import nothing_written
from testing.factories import ShiftFactory

pytestmark = pytest.mark.usefixtures("evening")

TOKEN = UUID("11111111-2222-3333-4444-555555555555")
OTHER_FIGURES = "This form was already sent with other figures. Reload the page."
CLOSED_MEANWHILE = "The shift was closed while you had this page open. Write the reason, and send it again."


@pytest.mark.parametrize("kind", Kind)
def test_a_movement_is_stored_and_added_to_its_sum(kind, opened, ana):
    movement_actions.add_movement(opened.pk, new=NewMovement(kind, 1_000, "Gómez"), by=ana)
    with Written(opened) as shift:
        movement = movement_actions.add_movement(opened.pk, new=NewMovement(kind, 500, "Gómez", TOKEN), by=ana)

    assert shift.changes == {f"{kind}_total": 1_500, "version": 3}
    assert shift.is_told(ana)
    assert values(movement) == {
        "id": movement.pk,
        "session_id": opened.pk,
        "kind": kind,
        "amount": 500,
        "description": "Gómez",
        "search": "gomez",
        "reference": "",
        "token": TOKEN,
        "created_at": NOW,
        "created_by_id": ana.pk,
        "imported_at": None,
        "voided_at": None,
        "voided_by_id": None,
        "void_reason": "",
        "verified_at": None,
        "verified_by_id": None,
    }
    assert movement.history.get().history_user == ana


def test_once_closed_a_movement_gives_its_reason_and_undoes_the_sign_off(reviewed, ana):
    with Written(reviewed) as shift:
        movement = movement_actions.add_movement(
            reviewed.pk, new=NewMovement(Kind.ENVELOPE, 15_000), reason=" forgotten ", by=ana
        )

    assert shift.changes == {
        "envelope_total": 15_000,
        "version": 4,
        "signed_off_at": None,
        "signed_off_by_id": None,
        "signed_off_note": "",
        "cash_sales": 715_000,
        "total_sales": 715_000,
        "expected_cash": 1_200_000,
        "cash_difference": 0,
        "total_difference": 0,
        "result": Result.BALANCED,
    }
    assert shift.is_told(ana, "forgotten")
    assert movement.history.get().history_change_reason == "forgotten"


SAME = {"kind": Kind.EXPENSE, "amount": 15_000, "description": "ice", "token": TOKEN}


def test_the_same_form_sent_again_is_the_same_movement(opened, ana):
    first = movement_actions.add_movement(opened.pk, new=NewMovement(**SAME), by=ana)
    with nothing_written():
        assert movement_actions.add_movement(opened.pk, new=NewMovement(**SAME), by=ana) == first
    shift_actions.close_shift(opened.pk, final_cash=485_000, by=ana)
    with nothing_written():
        assert movement_actions.add_movement(opened.pk, new=NewMovement(**SAME), by=ana) == first


@pytest.mark.parametrize("other", [{"kind": Kind.CARD}, {"amount": 15_001}, {"description": "Ice"}])
def test_the_same_token_with_other_content_is_refused(other, opened, ana):
    movement_actions.add_movement(opened.pk, new=NewMovement(**SAME), by=ana)
    with refuses(OTHER_FIGURES) as refused:
        movement_actions.add_movement(opened.pk, new=NewMovement(**SAME | other), by=ana)

    assert refused.value.conflict


def test_a_token_belongs_to_one_person_and_one_shift(opened, ana, beto, marta):
    movement_actions.add_movement(opened.pk, new=NewMovement(**SAME), by=ana)
    other = ShiftFactory(cashier=beto, register=2)
    for shift, by in ((opened, marta), (other, beto), (other, marta)):
        with refuses(OTHER_FIGURES):
            movement_actions.add_movement(shift.pk, new=NewMovement(**SAME), by=by)


def test_sums_stay_within_the_largest_amount(opened, ana):
    movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, MAXIMUM), by=ana)
    with refuses("The largest amount is 9.999.999.999."):
        movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1), by=ana)
    with refuses("The largest amount is 9.999.999.999."):
        shift_actions.close_shift(opened.pk, final_cash=0, movements=[NewMovement(Kind.CARD, 1)], by=ana)


def test_a_text_too_long_for_its_column_is_refused_on_every_engine(opened, ana):
    with nothing_written(), pytest.raises(ValidationError):
        movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1, "x" * 201), by=ana)


def test_a_voided_movement_stays_and_leaves_the_sum(transfer, ana):
    with Written(transfer) as movement, Written(transfer.session) as shift:
        movement_actions.void_movement(transfer.session_id, transfer.pk, reason=" wrong customer ", by=ana)

    assert movement.changes == {"voided_at": NOW, "voided_by_id": ana.pk, "void_reason": "wrong customer"}
    assert shift.changes == {"transfer_total": 1_000, "version": 4}
    assert movement.is_told(ana, "wrong customer")
    assert shift.is_told(ana, "wrong customer")


def test_voiding_on_a_closed_shift_undoes_the_sign_off(transfer, ana, marta):
    pk = transfer.session_id
    shift_actions.close_shift(pk, final_cash=0, by=ana)
    mark_actions.sign_off_shift(pk, note="fine", by=marta)
    with Written(transfer.session) as shift:
        movement_actions.void_movement(pk, transfer.pk, reason="bounced", by=ana)

    signed_off = {"signed_off_at": None, "signed_off_by_id": None, "signed_off_note": ""}
    assert shift.changes == {"transfer_total": 1_000, "total_sales": -499_000, "version": 6, **signed_off}


def test_a_movement_of_another_shift_is_not_there(transfer, beto, marta):
    other = ShiftFactory(cashier=beto, register=2)
    for act in (
        movement_actions.verify_transfer,
        lambda *which, by: movement_actions.void_movement(*which, reason="otra vez", by=by),
    ):
        with nothing_written(), pytest.raises(Movement.DoesNotExist):
            act(other.pk, transfer.pk, by=marta)


def test_a_transfer_is_verified_and_that_is_taken_back(transfer, marta):
    with Written(transfer) as verified:
        movement_actions.verify_transfer(transfer.session_id, transfer.pk, by=marta)
    with nothing_written():
        movement_actions.verify_transfer(transfer.session_id, transfer.pk, by=marta)
    with Written(transfer) as taken_back:
        movement_actions.verify_transfer(transfer.session_id, transfer.pk, verified=False, by=marta)

    assert (verified.changes, verified.is_told(marta)) == ({"verified_at": NOW, "verified_by_id": marta.pk}, True)
    assert (taken_back.changes, taken_back.is_told(marta)) == ({"verified_at": None, "verified_by_id": None}, True)


def add(pk, **words):
    return movement_actions.add_movement(pk, new=NewMovement(Kind.CARD, 1), **words)


def test_a_movement_written_on_the_page_of_a_shift_that_closed_meanwhile_is_a_conflict(closed, ana):
    """Only that page asks for no reason."""
    with refuses(CLOSED_MEANWHILE) as refused:
        add(closed.pk, reason=" ", by=ana)

    assert (refused.value.conflict, refused.value.shift) == (True, closed)
    with refuses("Write the reason in at most 500 characters."):
        add(closed.pk, reason="x" * (REASON_LENGTH + 1), by=ana)
    with refuses("Write the reason in a few words."):
        add(closed.pk, reason="--", by=ana)


def test_nobody_came_first_when_the_window_is_over(closed, ana):
    with (
        periods.at(NOW + timedelta(hours=13)),
        refuses("You could correct this shift until 04/07/2026 08:30. Ask an administrator.") as refused,
    ):
        add(closed.pk, reason="late", by=ana)

    assert not refused.value.conflict

"""Voiding and verifying: who may, until when, and the sentence for everybody else."""

import pytest

from accounts import actions as people
from cashpilot.exceptions import ActionRefused
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.models import Movement
from sessions_app.tests.domain.rules.sentences import TOO_LATE, later
from testing.client import signed_in
from testing.factories import ShiftFactory


def noted(shift, by, kind=Kind.TRANSFER):
    return movement_actions.add_movement(shift.pk, new=NewMovement(kind, 80_000, "Gómez"), by=by)


def test_a_movement_is_voided_once(opened, ana, marta):
    movement = noted(opened, ana)
    assert movement_rules.why_not_void(ana, movement) is None

    movement = movement_actions.void_movement(opened.pk, movement.pk, reason="twice", by=ana)
    assert movement_rules.why_not_void(ana, movement) == "This movement was already voided."
    assert movement_rules.why_not_verify(marta, movement) == "This movement was voided."


def test_a_cashier_leaves_a_verified_transfer_alone(opened, ana, marta):
    movement = movement_actions.verify_transfer(opened.pk, noted(opened, ana).pk, by=marta)

    assert (
        movement_rules.why_not_void(ana, movement)
        == "This transfer was already seen in the bank. Ask an administrator."
    )
    assert movement_rules.why_not_void(marta, movement) is None


def test_whose_shift_it_is_leaves_its_transfers_to_somebody_else(marta, olga, central):
    own = ShiftFactory(cashier=marta, pharmacy=central)
    transfer = noted(own, marta)
    page, sentence = signed_in(marta), "Somebody else has to look for the transfers of your own shift in the bank."
    with pytest.raises(ActionRefused, match=sentence):
        movement_actions.verify_transfer(own.pk, transfer.pk, by=marta)
    assert f"/movements/{transfer.pk}/verify/" not in page.get(f"/sessions/{own.pk}/").text
    assert set(Movement.objects.verifiable_by(marta)) == set()

    people.disable(olga.pk, by=marta)
    assert f"/movements/{transfer.pk}/verify/" in page.get(f"/sessions/{own.pk}/").text
    assert set(Movement.objects.verifiable_by(marta)) == {transfer}
    assert movement_actions.verify_transfer(own.pk, transfer.pk, by=marta).verified_by == marta


def test_once_the_window_is_over_a_cashier_voids_no_more(opened, ana, marta):
    movement = noted(opened, ana)
    movement.session = shift_actions.close_shift(opened.pk, final_cash=0, by=ana)
    with later(hours=12, microseconds=1):
        assert movement_rules.why_not_void(ana, movement) == TOO_LATE
        assert movement_rules.why_not_void(marta, movement) is None


@pytest.mark.parametrize("kind", Kind)
def test_only_transfers_are_verified(kind, opened, ana, marta):
    sentence = None if kind == Kind.TRANSFER else "Only bank transfers are verified against the bank."

    assert movement_rules.why_not_verify(marta, noted(opened, ana, kind)) == sentence

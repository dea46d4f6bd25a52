"""Flagging, signing off, deleting and restoring: who may, and the sentence for everybody else."""

import pytest

from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.tests.domain.rules.sentences import DELETED, ROLE
from testing.factories import ShiftFactory


def test_a_flag_is_put_on_once_and_taken_off_once(opened, ana, marta):
    assert mark_rules.why_not_flag(ana, opened) is None
    assert mark_rules.why_not_unflag(marta, opened) == "This shift is not flagged."

    flagged = mark_actions.flag_shift(opened.pk, reason="short", by=ana)
    assert mark_rules.why_not_flag(ana, flagged) == "This shift is already flagged."
    assert mark_rules.why_not_unflag(marta, flagged) is None


def test_a_shift_is_signed_off_once_and_never_by_its_own_cashier(closed, marta):
    marta.assignments.create(pharmacy=closed.pharmacy)
    own = ShiftFactory(closed=True, cashier=marta)
    assert mark_rules.why_not_sign_off(marta, closed) is None
    assert mark_rules.why_not_sign_off(marta, own) == "Somebody else has to sign off your own shift."

    reviewed = mark_actions.sign_off_shift(closed.pk, note="fine", by=marta)
    assert mark_rules.why_not_sign_off(marta, reviewed) == "This shift was already signed off."


def test_only_what_balances_is_signed_off_together(closed, beto, marta):
    assert mark_rules.why_not_sign_off_together(marta, closed) == "Only shifts that balance are signed off together."

    balanced = ShiftFactory(closed=True, cashier=beto, register=2, billed={"billed_cash": 700_000})
    assert mark_rules.why_not_sign_off_together(marta, balanced) is None
    assert mark_rules.why_not_sign_off_together(beto, balanced) == ROLE


def test_a_deleted_shift_is_signed_off_by_somebody_else_if_it_was_off(deleted, beto, marta, olga):
    assert mark_rules.why_not_sign_off(marta, deleted) == (
        "You deleted this shift, so somebody else has to sign it off."
    )
    assert mark_rules.why_not_sign_off(olga, deleted) is None

    balanced = ShiftFactory(closed=True, cashier=beto, register=2, billed={"billed_cash": 700_000})
    gone = mark_actions.delete_shift(balanced.pk, reason="twice", by=marta)
    assert mark_rules.why_not_sign_off(olga, gone) == DELETED


def test_who_changed_the_figures_after_the_verdict_leaves_the_sign_off_to_somebody_else(closed, marta, olga):
    sentence = "You changed its figures after the verdict, so somebody else has to sign it off."
    assert mark_rules.why_not_sign_off(marta, closed, {marta.pk}) == sentence
    assert mark_rules.why_not_sign_off(olga, closed, {marta.pk}) is None


def test_where_nobody_else_could_the_same_person_signs_off(marta, central):
    own = ShiftFactory(closed=True, cashier=marta, pharmacy=central)
    assert mark_rules.why_not_sign_off(marta, own, is_alone=True) is None
    assert mark_rules.why_not_sign_off_together(marta, own) is not None


BILLED_AS_CASH = {"transfers_billed_as_cash": True, "transfer_total": 50_000}


@pytest.mark.parametrize(
    ("values", "asked", "sentence"),
    [
        ({"first_result": "short"}, {}, "It did not balance when it was closed: sign it off alone."),
        ({"first_initial_cash": 1}, {}, "Its opening cash was corrected: sign it off alone."),
        ({}, {"changers": {1}}, "Its figures were changed after the verdict: sign it off alone."),
        (
            {**BILLED_AS_CASH, "billed_cash": 750_000, "awaits_bank": True},
            {},
            "It balances only with transfers that nobody has seen in the bank: sign it off alone.",
        ),
        ({**BILLED_AS_CASH, "billed_cash": 750_000}, {}, None),
        ({"billed_cash": 650_000, "billed_card": 50_000}, {}, "Only shifts that balance are signed off together."),
        ({"final_cash": None}, {}, "Only shifts that balance are signed off together."),
    ],
)
def test_what_deserves_a_look_of_its_own_is_not_signed_off_with_others(values, asked, sentence, ana, marta):
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000})
    for name, value in values.items():
        setattr(shift, name, value)
    assert mark_rules.why_not_sign_off_together(marta, shift, **asked) == sentence


def test_a_live_shift_is_deleted_and_a_deleted_one_restored(closed, ana, marta):
    assert mark_rules.why_not_delete(marta, closed) is None
    assert mark_rules.why_not_restore(marta, closed, None, works_there=True) == "This shift is not deleted."

    deleted = mark_actions.delete_shift(closed.pk, reason="twice", by=marta)
    assert mark_rules.why_not_restore(marta, deleted, None, works_there=True) is None
    assert mark_rules.why_not_restore(ana, deleted, None, works_there=True) == ROLE


def test_nobody_deletes_or_restores_an_own_shift(central, marta, olga):
    own = ShiftFactory(closed=True, cashier=marta, pharmacy=central)
    assert mark_rules.why_not_delete(marta, own) == "Somebody else has to delete your own shift."

    deleted = mark_actions.delete_shift(own.pk, reason="twice", by=olga)
    assert (
        mark_rules.why_not_restore(marta, deleted, None, works_there=True)
        == "Somebody else has to restore your own shift."
    )
    assert mark_rules.why_not_restore(olga, deleted, None, works_there=True) is None


def test_an_open_shift_with_something_in_it_is_closed_and_not_deleted(opened, ana, marta):
    assert mark_rules.why_not_delete(marta, opened) is None
    movement = movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 80_000), by=ana)
    opened.refresh_from_db()
    assert mark_rules.why_not_delete(marta, opened) == (
        "This shift has movements: close it, with or without a count, instead of deleting it."
    )

    movement_actions.void_movement(opened.pk, movement.pk, reason="twice", by=ana)
    opened.refresh_from_db()
    assert mark_rules.why_not_delete(marta, opened) is None
    opened.first_count = 5
    assert mark_rules.why_not_delete(marta, opened) == (
        "First the drawer is counted once more; nothing else of this shift changes until then."
    )


def test_a_shift_whose_place_is_taken_is_not_restored(opened, ana, beto, marta):
    deleted = mark_actions.delete_shift(opened.pk, reason="wrong drawer", by=marta)
    taken = ShiftFactory(cashier=beto)

    assert mark_rules.why_not_restore(marta, deleted, taken, works_there=True) == shift_rules.why_taken(taken, ana)

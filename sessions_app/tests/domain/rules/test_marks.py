"""Flagging, signing off, deleting and restoring: who may, and the sentence for everybody else."""

from sessions_app.actions import marks as mark_actions
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.tests.domain.rules.sentences import ROLE
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


def test_a_live_shift_is_deleted_and_a_deleted_one_restored(closed, ana, marta):
    assert mark_rules.why_not_delete(marta, closed) is None
    assert mark_rules.why_not_restore(marta, closed, None) == "This shift is not deleted."

    deleted = mark_actions.delete_shift(closed.pk, reason="twice", by=marta)
    assert mark_rules.why_not_restore(marta, deleted, None) is None
    assert mark_rules.why_not_restore(ana, deleted, None) == ROLE


def test_a_shift_whose_place_is_taken_is_not_restored(opened, ana, beto, marta):
    deleted = mark_actions.delete_shift(opened.pk, reason="wrong drawer", by=marta)
    taken = ShiftFactory(cashier=beto)

    assert mark_rules.why_not_restore(marta, deleted, taken) == shift_rules.why_taken(taken, ana)

"""Every action on a shift: its refusals, and its line in the log."""

import logging
from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist

from cashpilot import periods
from cashpilot.exceptions import REASON_LENGTH, ActionRefused
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession, Movement
from sessions_app.tests.actions.clock import NOW
from sessions_app.tests.actions.written import refuses
from testing.database import nothing_written

pytestmark = pytest.mark.usefixtures("evening")

# --- What every action refuses ----------------------------------------------------------------------------------------


def add(pk, **words):
    return movement_actions.add_movement(pk, new=NewMovement(Kind.CARD, 1), **words)


def close(pk, **words):
    return shift_actions.close_shift(pk, final_cash=0, by=words["by"])


def correct(pk, **words):
    return shift_actions.correct_shift(pk, version=CashSession.objects.get(pk=pk).version, final_cash=1, **words)


def void(pk, **words):
    return movement_actions.void_movement(pk, Movement.objects.filter(session=pk).first().pk, **words)


def verify(pk, **words):
    return movement_actions.verify_transfer(pk, Movement.objects.filter(session=pk).first().pk, by=words["by"])


def review(pk, **words):
    return mark_actions.sign_off_shift(pk, note=words["reason"], by=words["by"])


MARKS = [
    mark_actions.flag_shift,
    mark_actions.unflag_shift,
    review,
    mark_actions.delete_shift,
    mark_actions.restore_shift,
]
EVERY_ACTION = [add, close, correct, void, verify, *MARKS]


@pytest.mark.parametrize("act", EVERY_ACTION)
def test_a_shift_out_of_sight_is_as_missing_as_one_that_never_was(act, transfer, otto, marta):
    with nothing_written(), pytest.raises(ObjectDoesNotExist):
        act(transfer.session_id, reason="x", by=otto)
    with nothing_written(), pytest.raises((ObjectDoesNotExist, AttributeError)):
        act(transfer.session_id + 1, reason="x", by=marta)


@pytest.mark.parametrize("act", EVERY_ACTION)
def test_who_only_reads_changes_nothing(act, transfer, carla):
    with refuses("Your role does not include this."):
        act(transfer.session_id, reason="x", by=carla)


@pytest.mark.parametrize("act", [act for act in EVERY_ACTION if act is not mark_actions.restore_shift])
def test_a_deleted_shift_takes_nothing_more(act, transfer, marta):
    shift_actions.close_shift(transfer.session_id, final_cash=500_000, billed={"billed_cash": 0}, by=marta)
    mark_actions.delete_shift(transfer.session_id, reason="twice", by=marta)
    with refuses("This shift was deleted."):
        act(transfer.session_id, reason="x", by=marta)


@pytest.mark.parametrize("act", [add, correct, void, mark_actions.flag_shift])
def test_after_the_window_a_cashier_changes_nothing_but_may_flag(act, transfer, ana):
    pk = transfer.session_id
    shift_actions.close_shift(pk, final_cash=0, by=ana)
    with periods.at(NOW + timedelta(hours=12, microseconds=1)):
        if act is mark_actions.flag_shift:
            assert act(pk, reason="late thought", by=ana).flagged_by == ana
            return
        with refuses("You could correct this shift until 04/07/2026 08:30. Ask an administrator."):
            act(pk, reason="late", by=ana)


WORDLESS = {
    " \n ": "Write the reason.",
    "x" * (REASON_LENGTH + 1): "Write the reason in at most 500 characters.",
}


@pytest.mark.parametrize(("words", "sentence"), WORDLESS.items(), ids=["blank", "too long"])
@pytest.mark.parametrize("act", [correct, void, *MARKS])
def test_why_is_said_and_in_so_many_words(act, words, sentence, transfer, ana, marta):
    pk = transfer.session_id
    shift_actions.close_shift(pk, final_cash=0, by=ana)
    if act is mark_actions.unflag_shift:
        mark_actions.flag_shift(pk, reason="why", by=ana)
    if act is mark_actions.restore_shift:
        mark_actions.delete_shift(pk, reason="why", by=marta)
    with refuses(sentence):
        act(pk, reason=words, by=marta)


# --- What an action leaves in the log ---------------------------------------------------------------------------------


def test_an_action_is_logged_once_it_is_certain(opened, ana, caplog, django_capture_on_commit_callbacks):
    with caplog.at_level(logging.INFO, "cashpilot.actions"):
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(ActionRefused):
            shift_actions.close_shift(opened.pk, final_cash=0, version=9, by=ana)
        with django_capture_on_commit_callbacks() as pending:
            shift_actions.close_shift(opened.pk, final_cash=0, by=ana)
        assert caplog.messages == []
        pending[0]()

    assert [(line.message, line.shift, line.user) for line in caplog.records] == [("shift closed", opened.pk, ana.pk)]

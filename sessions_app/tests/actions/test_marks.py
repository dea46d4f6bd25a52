"""Marks, one test per exit: what each action writes, and that a refusal writes nothing."""

import pytest

from cashpilot.exceptions import ActionRefused
from sessions_app.actions import marks as mark_actions
from sessions_app.tests.actions.clock import NOW
from sessions_app.tests.actions.written import Written, refuses
from testing.database import nothing_written
from testing.factories import ShiftFactory

pytestmark = pytest.mark.usefixtures("evening")

MARKINGS = {
    "flag": ("opened", mark_actions.flag_shift, "reason", "flagged", "flag_reason"),
    "review": ("closed", mark_actions.sign_off_shift, "note", "signed_off", "signed_off_note"),
    "delete": ("opened", mark_actions.delete_shift, "reason", "deleted", "delete_reason"),
}


@pytest.mark.parametrize(("shift", "act", "said_as", "mark", "words"), MARKINGS.values(), ids=MARKINGS.keys())
def test_a_mark_says_when_who_and_why(shift, act, said_as, mark, words, request, marta):
    row = request.getfixturevalue(shift)
    with Written(row) as written:
        act(row.pk, **{said_as: " because "}, by=marta)

    marked = {f"{mark}_at": NOW, f"{mark}_by_id": marta.pk, words: "because"}
    assert written.changes == marked | {"version": row.version + 1}
    assert written.is_told(marta, "because")


CLEARINGS = {
    "unflag": (mark_actions.flag_shift, mark_actions.unflag_shift, "flagged", "flag_reason"),
    "restore": (mark_actions.delete_shift, mark_actions.restore_shift, "deleted", "delete_reason"),
}


@pytest.mark.parametrize(("act", "undo", "mark", "words"), CLEARINGS.values(), ids=CLEARINGS.keys())
def test_a_mark_is_taken_off_whole_and_says_why(act, undo, mark, words, opened, marta):
    act(opened.pk, reason="because", by=marta)
    with Written(opened) as written:
        undo(opened.pk, reason=" cleared ", by=marta)

    assert written.changes == {f"{mark}_at": None, f"{mark}_by_id": None, words: "", "version": 3}
    assert written.is_told(marta, "cleared")


def test_a_shift_whose_place_is_taken_is_not_restored(opened, beto, marta):
    mark_actions.delete_shift(opened.pk, reason="wrong drawer", by=marta)
    taken = ShiftFactory(cashier=beto)
    with refuses(
        f"Register 1 of Central is held by Beto Benítez since 03/07/2026 20:30 (shift #{taken.pk})."
    ) as refused:
        mark_actions.restore_shift(opened.pk, reason="right after all", by=marta)

    assert refused.value.shift == taken


def test_a_closed_shift_is_in_nobodys_way(closed, beto, marta):
    mark_actions.delete_shift(closed.pk, reason="twice", by=marta)
    ShiftFactory(cashier=beto)

    assert mark_actions.restore_shift(closed.pk, reason="once", by=marta).deleted_at is None


def review(pk, **words):
    return mark_actions.sign_off_shift(pk, note=words["reason"], by=words["by"])


MARKS = [
    mark_actions.flag_shift,
    mark_actions.unflag_shift,
    review,
    mark_actions.delete_shift,
    mark_actions.restore_shift,
]


@pytest.mark.parametrize("act", MARKS)
def test_a_mark_is_set_once_and_taken_off_once(act, closed, marta):
    """Without the other half of the pair in between, the second time is refused."""
    if act is mark_actions.unflag_shift:
        mark_actions.flag_shift(closed.pk, reason="why", by=marta)
    if act is mark_actions.restore_shift:
        mark_actions.delete_shift(closed.pk, reason="why", by=marta)
    act(closed.pk, reason="otra vez", by=marta)
    with nothing_written(), pytest.raises(ActionRefused):
        act(closed.pk, reason="otra vez", by=marta)


def _fire(person):
    person.is_active = False
    person.save()


def _end_assignment(person):
    person.assignments.all().delete()


@pytest.mark.parametrize("leave", [_fire, _end_assignment])
def test_an_open_shift_is_restored_only_to_somebody_who_still_works_there(leave, opened, ana, marta):
    mark_actions.delete_shift(opened.pk, reason="wrong drawer", by=marta)
    leave(ana)
    with (
        nothing_written(),
        refuses(
            "This shift is open, and Ana Benítez does not work at Central any more: "
            "let them work there again first, or leave it deleted."
        ),
    ):
        mark_actions.restore_shift(opened.pk, reason="right after all", by=marta)


def test_a_closed_shift_of_somebody_who_left_is_restored(closed, ana, marta):
    mark_actions.delete_shift(closed.pk, reason="twice", by=marta)
    _end_assignment(ana)
    assert mark_actions.restore_shift(closed.pk, reason="once", by=marta).deleted_at is None

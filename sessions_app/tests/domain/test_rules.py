"""Each rule and its sentence. That the querysets let through the same rows is held in test_querysets.py."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from pharmacies.models import Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.domain.rules import common as rules_common
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.domain.rules import replies as reply_rules
from sessions_app.domain.rules import shifts as shift_rules
from testing.factories import ShiftFactory

NOW = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)  # 20:30 in Asunción
ROLE = "Your role does not include this."
DELETED = "This shift was deleted."


@pytest.fixture(autouse=True)
def _clock_and_language():
    with periods.at(NOW), translation.override("en"):
        yield


def later(**span):
    return periods.at(NOW + timedelta(**span))


@pytest.fixture
def opened(ana):
    return ShiftFactory(cashier=ana)


@pytest.fixture
def closed(ana):
    return ShiftFactory(closed=True, cashier=ana)


@pytest.fixture
def deleted(closed, marta):
    return mark_actions.delete_shift(closed.pk, reason="twice", by=marta)


def noted(shift, by, kind=Kind.TRANSFER):
    return movement_actions.add_movement(shift.pk, new=NewMovement(kind, 80_000, "Gómez"), by=by)


# --- Roles and deleted shifts: the same for every rule ----------------------------------------------------------------

OF_A_SHIFT = [
    shift_rules.why_not_close,
    shift_rules.why_not_close_uncounted,
    shift_rules.why_not_correct_opening,
    shift_rules.why_not_correct,
    movement_rules.why_not_add_movement,
    mark_rules.why_not_flag,
    mark_rules.why_not_unflag,
    mark_rules.why_not_sign_off,
    reply_rules.why_not_reply,
    mark_rules.why_not_delete,
]
OF_A_MOVEMENT = [movement_rules.why_not_void, movement_rules.why_not_verify]
ADMINISTRATORS = {
    shift_rules.why_not_close_uncounted,
    mark_rules.why_not_unflag,
    mark_rules.why_not_sign_off,
    mark_rules.why_not_delete,
    movement_rules.why_not_verify,
}


def asked(rule, by, shift):
    """The rule's answer about a shift, or about a movement of it."""
    if rule in OF_A_MOVEMENT:
        return rule(by, SimpleNamespace(session=shift, kind=Kind.TRANSFER, voided_at=None, verified_at=None))
    return rule(by, shift)


@pytest.mark.parametrize("rule", [*OF_A_SHIFT, *OF_A_MOVEMENT])
def test_who_only_reads_changes_nothing(rule, opened, closed_of_beto, carla):
    assert [asked(rule, carla, opened), asked(rule, carla, closed_of_beto)] == [ROLE, ROLE]
    assert asked(rule, AnonymousUser(), opened) == ROLE


@pytest.fixture
def closed_of_beto(beto):
    return ShiftFactory(closed=True, cashier=beto, register=2)


@pytest.mark.parametrize("rule", [*OF_A_SHIFT, *OF_A_MOVEMENT])
def test_a_cashier_is_kept_from_what_administrators_do(rule, opened, ana):
    assert (asked(rule, ana, opened) == ROLE) is (rule in ADMINISTRATORS)


@pytest.mark.parametrize("rule", [*OF_A_SHIFT, *OF_A_MOVEMENT])
def test_a_deleted_shift_takes_nothing_more(rule, deleted, marta):
    assert asked(rule, marta, deleted) == DELETED


def test_somebody_disabled_may_do_nothing(opened, ana):
    ana.is_active = False

    assert [asked(rule, ana, opened) for rule in OF_A_SHIFT] == [ROLE] * len(OF_A_SHIFT)


# --- Opening ----------------------------------------------------------------------------------------------------------


def test_a_cashier_opens_where_assigned(ana, central):
    assert shift_rules.why_not_open(ana, central, 1, ana, works_there=True) is None
    assert (
        shift_rules.why_not_open(ana, central, 1, ana, works_there=False) == "Ana Benítez is not assigned to Central."
    )


def test_only_administrators_open_for_somebody_else(ana, beto, marta, carla, central):
    assert shift_rules.why_not_open(ana, central, 1, beto, works_there=True) == ROLE
    assert shift_rules.why_not_open(carla, central, 1, carla, works_there=True) == ROLE
    assert shift_rules.why_not_open(marta, central, 1, beto, works_there=True) is None


def test_an_inactive_pharmacy_takes_no_shifts(marta):
    old = Pharmacy(name="Old", is_active=False)

    assert (
        shift_rules.why_not_open(marta, old, 1, marta, works_there=True) == "Old is inactive and takes no new shifts."
    )


@pytest.mark.parametrize(
    ("registers", "register", "sentence"),
    [
        (2, 0, "Big has 2 registers."),
        (2, 1, None),
        (2, 2, None),
        (2, 3, "Big has 2 registers."),
        (1, 2, "Big has 1 register."),
    ],
)
def test_a_register_has_to_exist(registers, register, sentence, marta):
    pharmacy = Pharmacy(name="Big", registers=registers)

    assert shift_rules.why_not_open(marta, pharmacy, register, marta, works_there=True) == sentence


def test_a_taken_register_says_who_holds_it_and_since_when_in_asuncion(opened, ana, beto):
    assert shift_rules.why_taken(opened, beto) == (
        f"Register 1 of Central is held by Ana Benítez since 03/07/2026 20:30 (shift #{opened.pk})."
    )
    assert shift_rules.why_taken(opened, ana) == (
        f"Ana Benítez already has shift #{opened.pk} open at Central since 03/07/2026 20:30."
    )


# --- Closing and correcting -------------------------------------------------------------------------------------------


def test_an_open_shift_is_closed_once(opened, closed_of_beto, ana, beto):
    assert shift_rules.why_not_close(ana, opened) is None
    assert shift_rules.why_not_close(beto, closed_of_beto) == "This shift was already closed on 03/07/2026 20:30."


def test_an_open_shift_has_nothing_to_correct_or_to_sign_off(opened, ana, marta):
    assert shift_rules.why_not_correct(ana, opened) == "This shift is still open."
    assert mark_rules.why_not_sign_off(marta, opened) == "This shift is still open."


TOO_LATE = "You could correct this shift until 04/07/2026 08:30. Ask an administrator."


@pytest.mark.parametrize(
    ("span", "sentence"),
    [
        ({"hours": 0}, None),
        ({"hours": 11, "minutes": 59}, None),
        ({"hours": 12}, None),
        ({"hours": 12, "microseconds": 1}, TOO_LATE),
        ({"days": 30}, TOO_LATE),
    ],
)
def test_a_cashier_corrects_for_twelve_hours_and_an_administrator_for_ever(span, sentence, closed, ana, marta):
    with later(**span):
        assert [shift_rules.why_not_correct(ana, closed), movement_rules.why_not_add_movement(ana, closed)] == [
            sentence,
            sentence,
        ]
        assert [shift_rules.why_not_correct(marta, closed), movement_rules.why_not_add_movement(marta, closed)] == [
            None,
            None,
        ]


@pytest.mark.parametrize(("hours", "answers_by_minute"), [(0, [None, "late", "late"]), (0.025, [None, None, "late"])])
def test_the_window_is_a_setting(hours, answers_by_minute, closed, ana, settings):
    settings.CORRECTION_WINDOW = timedelta(hours=hours)
    answers = []
    for minute in range(3):
        with later(minutes=minute):
            answers.append("late" if shift_rules.why_not_correct(ana, closed) else None)

    assert answers == answers_by_minute


def test_a_version_that_moved_on_is_a_conflict(opened):
    rules_common.require_version(opened, opened.version)
    with pytest.raises(ActionRefused) as refused:
        rules_common.require_version(opened, opened.version - 1)

    assert (refused.value.conflict, refused.value.shift) == (True, opened)
    assert str(refused.value) == refused.value.sentence
    assert refused.value.sentence == (
        "The shift changed while you had this page open. Compare, and send it again if it still holds."
    )


# --- Movements --------------------------------------------------------------------------------------------------------


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


def test_once_the_window_is_over_a_cashier_voids_no_more(opened, ana, marta):
    movement = noted(opened, ana)
    movement.session = shift_actions.close_shift(opened.pk, final_cash=0, by=ana)
    with later(hours=12, microseconds=1):
        assert movement_rules.why_not_void(ana, movement) == TOO_LATE
        assert movement_rules.why_not_void(marta, movement) is None


@pytest.mark.parametrize("kind", Kind)
def test_only_transfers_are_ticked(kind, opened, ana, marta):
    sentence = None if kind == Kind.TRANSFER else "Only bank transfers are ticked against the bank."

    assert movement_rules.why_not_verify(marta, noted(opened, ana, kind)) == sentence


# --- Marks ------------------------------------------------------------------------------------------------------------


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


def test_its_cashier_replies_about_a_closed_shift_however_late(opened, ana, marta):
    assert reply_rules.why_not_reply(ana, opened) == "This shift is still open."

    closed = shift_actions.close_shift(opened.pk, final_cash=0, by=ana)
    assert reply_rules.why_not_reply(marta, closed) == "Only its cashier replies about a shift."
    with later(days=400):
        assert reply_rules.why_not_reply(ana, closed) is None


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

"""Roles and deleted shifts, the same for every rule; and a page that is older than its shift."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser

from cashpilot.exceptions import ActionRefused
from sessions_app.domain.choices import Kind
from sessions_app.domain.rules import common as rules_common
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.domain.rules import replies as reply_rules
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.tests.domain.rules.sentences import DELETED, ROLE

OF_A_SHIFT = [
    shift_rules.why_not_close,
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


@pytest.mark.parametrize("rule", [*OF_A_SHIFT, *OF_A_MOVEMENT])
def test_a_cashier_is_kept_from_what_administrators_do(rule, opened, ana):
    assert (asked(rule, ana, opened) == ROLE) is (rule in ADMINISTRATORS)


@pytest.mark.parametrize("rule", [*OF_A_SHIFT, *OF_A_MOVEMENT])
def test_a_deleted_shift_takes_nothing_more(rule, deleted, marta):
    assert asked(rule, marta, deleted) == DELETED


def test_somebody_disabled_may_do_nothing(opened, ana):
    ana.is_active = False

    assert [asked(rule, ana, opened) for rule in OF_A_SHIFT] == [ROLE] * len(OF_A_SHIFT)


def test_a_version_that_moved_on_is_a_conflict(opened):
    rules_common.require_version(opened, opened.version)
    with pytest.raises(ActionRefused) as refused:
        rules_common.require_version(opened, opened.version - 1)

    assert (refused.value.conflict, refused.value.shift) == (True, opened)
    assert str(refused.value) == refused.value.sentence
    assert refused.value.sentence == (
        "The shift changed while you had this page open. Compare, and send it again if it still holds."
    )

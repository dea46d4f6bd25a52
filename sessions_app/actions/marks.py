"""Flag, sign off, delete and restore a shift: marks beside its figures, each with its reason."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from cashpilot.exceptions import ActionRefused, require, require_reason
from sessions_app.actions.shifts import refusing_the_second
from sessions_app.actions.unit_of_work import changing_shift, lock_shift
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.domain.rules.common import require_version
from sessions_app.ledger import evidence
from sessions_app.models import CashSession
from sessions_app.queries import sign_off

if TYPE_CHECKING:
    from accounts.models import User


def flag_shift(pk: int, *, reason: str, by: "User") -> CashSession:
    """Flag a shift, and tell those who are to look at it."""
    with changing_shift(pk, by=by) as change:
        require(mark_rules.why_not_flag(by, change.shift), shift=change.shift)
        change.mark("flagged", reason)
        change.event = "shift flagged"
    return change.shift


def unflag_shift(pk: int, *, reason: str, by: "User") -> CashSession:
    with changing_shift(pk, by=by) as change:
        require(mark_rules.why_not_unflag(by, change.shift), shift=change.shift)
        change.reason = require_reason(reason)
        change.unmark("flagged")
        change.event = "shift unflagged"
    return change.shift


def sign_off_shift(pk: int, *, note: str, by: "User", version: int | None = None) -> CashSession:
    """Sign off a closed shift. With the `version` that was looked at, one corrected meanwhile is not signed unseen.

    Where nobody else could, its cashier, or who deleted or changed it, signs it off, and it says so.
    """
    with changing_shift(pk, by=by) as change:
        shift, standing = change.shift, sign_off.standing_of(by, change.shift)
        sentence = mark_rules.why_not_sign_off(by, shift, standing.changers, is_alone=standing.is_alone)
        require(sentence, shift=shift, conflict=shift.signed_off_at is not None)
        if version is not None:
            require_version(shift, version)
        change.mark("signed_off", note)
        shift.signed_off_alone = standing.is_alone
        change.event = "shift signed off"
    return shift


def sign_off_together(versions: dict[int, int], *, note: str, by: "User") -> dict[int, ActionRefused]:
    """Sign off shifts that balance, each in a transaction of its own, so that one that changed holds up no other.

    `versions`: shift -> the version that was looked at. Returns those refused, and why.
    """
    refused = {}
    for pk, version in versions.items():
        try:
            with transaction.atomic():
                shift = lock_shift(pk, by)
                changers = sign_off.standing_of(by, shift).changers
                require(mark_rules.why_not_sign_off_together(by, shift, changers), shift=shift)
                sign_off_shift(pk, note=note, by=by, version=version)
        except ActionRefused as refusal:
            refused[pk] = refusal
    return refused


def decide_on_evidence(pk: int, *, is_taken: bool, reason: str, version: int, by: "User") -> CashSession:
    """Take the billed figures that arrived, or keep those that are written beside them; decided on `version`.

    What arrived and was taken is no change by the person who decides: it goes again if its import is undone.
    """
    with changing_shift(pk, by=by) as change:
        shift, standing = change.shift, sign_off.standing_of(by, change.shift)
        sentence = mark_rules.why_not_decide(
            by, shift, standing.changers, is_alone=standing.is_alone, is_undecided=sign_off.is_undecided(shift)
        )
        require_version(shift, version)
        require(sentence, shift=shift, conflict=shift.signed_off_at is not None)
        change.reason = require_reason(reason)
        evidence.decide(shift, is_taken=is_taken, by=by, reason=change.reason)
        change.event = "evidence decided on"
    return shift


def undo_sign_off(pk: int, *, by: "User", version: int) -> CashSession:
    """Take back one's own sign-off of a moment ago, as it stands in `version`; the history keeps both."""
    with changing_shift(pk, by=by) as change:
        require(mark_rules.why_not_undo_sign_off(by, change.shift), shift=change.shift)
        require_version(change.shift, version)
        change.reason = _("The sign-off was undone.")
        change.unmark("signed_off")
        change.event = "sign-off undone"
    return change.shift


def delete_shift(pk: int, *, reason: str, by: "User") -> CashSession:
    """Mark a shift as deleted: it leaves lists and totals, and is kept.

    Who deletes it has not signed it off: somebody else has to.
    """
    with changing_shift(pk, by=by) as change:
        require(mark_rules.why_not_delete(by, change.shift), shift=change.shift)
        change.mark("deleted", reason)
        if change.shift.signed_off_by_id == by.pk:
            change.unmark("signed_off")
        change.event = "shift deleted"
    return change.shift


def restore_shift(pk: int, *, reason: str, by: "User") -> CashSession:
    """Restore a deleted shift.

    An open one is refused while the register, or the cashier in that pharmacy, has another one open, and where the
    cashier does not work any more.
    """
    shift = CashSession.objects.visible_to(by).get(pk=pk)
    place = {"cashier": shift.cashier, "pharmacy": shift.pharmacy, "register": shift.register}
    with refusing_the_second(by=by, **place), changing_shift(pk, by=by) as change:
        taken = CashSession.objects.in_the_way_of_restoring(change.shift)
        works_there = CashSession.objects.can_go_on(change.shift)
        require(mark_rules.why_not_restore(by, change.shift, taken, works_there=works_there), shift=taken)
        change.reason = require_reason(reason)
        change.unmark("deleted")
        change.event = "shift restored"
    return change.shift

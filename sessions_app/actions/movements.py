"""Add and void movements, and verify transfers against the bank."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.exceptions import ActionRefused, require, require_reason
from sessions_app.actions.idempotency import sent_with_other_figures
from sessions_app.actions.unit_of_work import (
    NewMovement,
    changing_shift,
    note_beside_held_shifts,
    noting_beside_shift,
)
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.models import CashSession, Movement
from sessions_app.queries.transfers import may_verify_own

if TYPE_CHECKING:
    from accounts.models import User

# The event of a transfer that is verified, and of one that is so no more.
VERIFIED = {True: "transfer verified", False: "transfer unverified"}


def add_movement(pk: int, *, new: NewMovement, by: "User", reason: str = "") -> Movement:
    """Add a movement; once the shift is closed this is a correction and says why. A known token changes nothing."""
    with changing_shift(pk, by=by) as change:
        shift = change.shift
        if twin := Movement.objects.filter(token=new.token).first():
            return _require_same(twin, shift, new, by)
        require(movement_rules.why_not_add_movement(by, shift), shift=shift)
        if not shift.is_open:
            if not reason.strip():
                raise ActionRefused(_closed_meanwhile(), shift=shift, conflict=True)
            change.reason = require_reason(reason)
            change.unmark("signed_off")
        movement = change.add(new)
        change.event = "movement noted"
    return movement


def _require_same(twin: Movement, shift: CashSession, new: NewMovement, by: "User") -> Movement:
    sent = (shift.pk, by.pk, new.kind, new.amount, new.description, new.reference)
    noted = (twin.session_id, twin.created_by_id, twin.kind, twin.amount, twin.description, twin.reference)
    if sent != noted:
        raise ActionRefused(sent_with_other_figures(), conflict=True)
    return twin


def _closed_meanwhile() -> str:
    return _("The shift was closed while you had this page open. Write the reason, and send it again.")


def void_movement(pk: int, movement_pk: int, *, reason: str, by: "User") -> Movement:
    """Void a movement: it stays, and counts no more. An earlier sign-off no longer holds."""
    with changing_shift(pk, by=by) as change:
        movement = _movement_of(change.shift, movement_pk)
        is_late = movement.voided_at is not None
        require(movement_rules.why_not_void(by, movement), shift=change.shift, conflict=is_late)
        change.reason = require_reason(reason)
        change.unmark("signed_off")
        movement.voided_at, movement.voided_by, movement.void_reason = periods.now(), by, change.reason
        change.movements.append(movement)
        change.event = "movement voided"
    return movement


def verify_transfer(pk: int, movement_pk: int, *, by: "User", verified: bool = True) -> Movement:
    """Note that a transfer is verified against the bank, or take that back. Doing it twice changes nothing."""
    with noting_beside_shift(pk, by=by, is_sealed=False) as change:
        movement = _movement_of(change.shift, movement_pk)
        may_own = may_verify_own(by, change.shift)
        require(movement_rules.why_not_verify(by, movement, may_verify_own=may_own), shift=change.shift)
        if bool(movement.verified_at) != verified:
            movement.verified_at, movement.verified_by = (periods.now(), by) if verified else (None, None)
            change.movements.append(movement)
            change.event = VERIFIED[verified]
    return movement


def verify_transfers(movement_pks: set[int], *, at: datetime | None, by: "User", reason: str) -> None:
    """Do what a list of the bank says of transfers of many shifts, which the caller holds: all or none.

    `at` None: verified no more.
    Raises DoesNotExist where `by` may not see a shift of theirs.
    """
    visible = Movement.objects.filter(session__in=CashSession.objects.visible_to(by)).select_related("session")
    found = visible.in_bulk(movement_pks)
    if found.keys() != movement_pks:
        raise CashSession.DoesNotExist
    for movement in found.values():
        require(movement_rules.why_not_verify(by, movement, may_verify_own=True), shift=movement.session)
    changing = [movement for movement in found.values() if bool(movement.verified_at) != bool(at)]
    values = {"verified_at": at, "verified_by_id": by.pk if at else None}
    note_beside_held_shifts(changing, values, by=by, event=VERIFIED[at is not None], reason=reason)


def _movement_of(shift: CashSession, pk: int) -> Movement:
    movement: Movement = shift.movements.get(pk=pk)
    movement.session = shift
    return movement

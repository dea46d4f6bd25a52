"""Rules for movements; rules/common.py says what every rule is."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from sessions_app.domain.choices import Kind
from sessions_app.domain.rules.common import why_not_live, why_not_role
from sessions_app.domain.rules.shifts import why_not_before_recount, why_not_correct

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import CashSession, Movement


VERIFIES = "sessions_app.verify_movement"


def why_not_add_movement(by: "User", shift: "CashSession") -> str | None:
    """Say why no movement is added: once closed, it is a correction. See also accepts_movements_by."""
    if sentence := why_not_role(by, "sessions_app.add_movement") or why_not_live(shift):
        return sentence
    return why_not_correct(by, shift) if shift.closed_at else why_not_before_recount(shift)


def why_not_void(by: "User", movement: "Movement") -> str | None:
    """See also MovementQuerySet.voidable_by."""
    if sentence := why_not_role(by, "sessions_app.void_movement") or why_not_add_movement(by, movement.session):
        return sentence
    if movement.voided_at:
        return _("This movement was already voided.")
    if movement.verified_at and not by.has_perm(VERIFIES):
        return _("This transfer was already seen in the bank. Ask an administrator.")
    return None


def why_not_verify(by: "User", movement: "Movement", *, may_verify_own: bool = False) -> str | None:
    """Say why a transfer is not verified: whose shift it is leaves it to somebody else.

    `may_verify_own`: a list of the bank says so, or nobody else could look. See also MovementQuerySet.verifiable_by.
    """
    if sentence := why_not_role(by, VERIFIES) or why_not_live(movement.session):
        return sentence
    if movement.kind != Kind.TRANSFER:
        return _("Only bank transfers are verified against the bank.")
    if movement.voided_at:
        return _("This movement was voided.")
    if movement.session.cashier_id == by.pk and not may_verify_own:
        return _("Somebody else has to look for the transfers of your own shift in the bank.")
    return None

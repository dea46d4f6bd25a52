"""Rules for marks on shifts; rules/common.py says what every rule is."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from sessions_app.domain import formulas
from sessions_app.domain.choices import Result
from sessions_app.domain.rules.common import why_not_live, why_not_role
from sessions_app.domain.rules.shifts import why_taken

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import CashSession


def why_not_flag(by: "User", shift: "CashSession") -> str | None:
    """See also CashSessionQuerySet.flaggable_by."""
    if sentence := why_not_role(by, "sessions_app.flag_cashsession") or why_not_live(shift):
        return sentence
    return _("This shift is already flagged.") if shift.flagged_at else None


def why_not_unflag(by: "User", shift: "CashSession") -> str | None:
    """See also CashSessionQuerySet.unflaggable_by."""
    if sentence := why_not_role(by, "sessions_app.unflag_cashsession") or why_not_live(shift):
        return sentence
    return None if shift.flagged_at else _("This shift is not flagged.")


def why_not_sign_off(by: "User", shift: "CashSession") -> str | None:
    """See also CashSessionQuerySet.awaiting_sign_off_by."""
    if sentence := why_not_role(by, "sessions_app.sign_off_cashsession") or why_not_live(shift):
        return sentence
    if not shift.closed_at:
        return _("This shift is still open.")
    if shift.cashier_id == by.pk:
        return _("Somebody else has to sign off your own shift.")
    return _("This shift was already signed off.") if shift.signed_off_at else None


def why_not_sign_off_together(by: "User", shift: "CashSession") -> str | None:
    """Say why a shift is not signed off with others: one that is off deserves a look, and a note, of its own."""
    if formulas.result(shift) != Result.BALANCED:
        return _("Only shifts that balance are signed off together.")
    return why_not_sign_off(by, shift)


def why_not_delete(by: "User", shift: "CashSession") -> str | None:
    """See also CashSessionQuerySet.deletable_by."""
    return why_not_role(by, "sessions_app.delete_cashsession") or why_not_live(shift)


def why_not_restore(by: "User", shift: "CashSession", taken: "CashSession | None") -> str | None:
    """`taken` is as in why_not_open; a closed shift is in nobody's way. See also CashSessionQuerySet.restorable_by."""
    if sentence := why_not_role(by, "sessions_app.restore_cashsession"):
        return sentence
    if not shift.deleted_at:
        return _("This shift is not deleted.")
    return why_taken(taken, shift.cashier) if taken else None

"""Rules for imports; rules/common.py says what every rule is."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from sessions_app.domain.choices import OFF
from sessions_app.domain.rules.common import full_moment, why_not_role

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import Batch, CashSession


def why_not_import(by: "User") -> str | None:
    return why_not_role(by, "sessions_app.change_day")


def why_not_apply(by: "User", batch: "Batch") -> str | None:
    if sentence := why_not_import(by):
        return sentence
    if batch.undone_at:
        return _("This import was undone. Send the file again.")
    if batch.applied_at:
        return _("This file was already applied on %(when)s.") % {"when": full_moment(batch.applied_at)}
    return None


def why_not_undo(by: "User", batch: "Batch") -> str | None:
    if sentence := why_not_import(by):
        return sentence
    if batch.applied_at is None:
        return _("This file was not applied.")
    return _("This import was already undone.") if batch.undone_at else None


def why_not_replace_own(by: "User", shift: "CashSession", *, is_alone: bool) -> str | None:
    """Say why `by` leaves it to somebody else to import what takes back or changes what contradicts a shift.

    `is_alone`: nobody else could sign the shift off.
    """
    if is_alone or shift.cashier_id != by.pk:
        return None
    told = {"shift": shift}
    return _("This says of your own shift %(shift)s something else than what arrived before: ask somebody else.") % told


def why_not_undo_own(by: "User", shift: "CashSession", *, is_alone: bool) -> str | None:
    """Say why `by` leaves it to somebody else to take back what an import says of a shift, and with it its verdict.

    `is_alone`: nobody else could sign the shift off.
    """
    is_against = shift.first_result in OFF or shift.evidence_result is not None
    if is_alone or shift.cashier_id != by.pk or not is_against:
        return None
    told = {"shift": shift}
    return _("This import speaks of your own shift %(shift)s, so somebody else has to undo it.") % told

"""Rules for shifts; rules/common.py says what every rule is."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cashpilot import periods
from sessions_app.domain.rules.common import full_moment, why_not_live, why_not_role

if TYPE_CHECKING:
    from accounts.models import User
    from pharmacies.models import Pharmacy
    from sessions_app.models import CashSession


def correction_deadline(closed_at: datetime) -> datetime:
    """Return the last instant at which a cashier may correct a shift closed at `closed_at`."""
    return closed_at + settings.CORRECTION_WINDOW


def why_not_open(by: "User", pharmacy: "Pharmacy", register: int, cashier: "User", *, works_there: bool) -> str | None:
    """`works_there`: the cashier may open at that pharmacy. See also PharmacyQuerySet.openable_by.

    Whether the register is free is asked of CashSessionQuerySet.in_the_way_of; why_taken says by whom it is taken.
    """
    for_other = ["sessions_app.open_cashsession_for_others"] if cashier != by else []
    if sentence := why_not_role(by, "sessions_app.open_cashsession", *for_other):
        return sentence
    if not pharmacy.is_active:
        return _("%(pharmacy)s is inactive and takes no new shifts.") % {"pharmacy": pharmacy}
    if not works_there:
        return _("%(who)s is not assigned to %(pharmacy)s.") % {"who": cashier, "pharmacy": pharmacy}
    if not 1 <= register <= pharmacy.registers:
        return ngettext(
            "%(pharmacy)s has %(count)s register.", "%(pharmacy)s has %(count)s registers.", pharmacy.registers
        ) % {"pharmacy": pharmacy, "count": pharmacy.registers}
    return None


def why_taken(taken: "CashSession", cashier: "User") -> str:
    """Say who holds the register, or at which pharmacy the cashier is still open, and since when."""
    facts = {
        "who": taken.cashier,
        "register": taken.register,
        "pharmacy": taken.pharmacy,
        "since": full_moment(taken.opened_at),
        "shift": taken,
    }
    if taken.cashier_id == cashier.pk:
        return _("%(who)s already has shift %(shift)s open at %(pharmacy)s since %(since)s.") % facts
    return _("Register %(register)s of %(pharmacy)s is held by %(who)s since %(since)s (shift %(shift)s).") % facts


def why_not_close(by: "User", shift: "CashSession") -> str | None:
    """See also CashSessionQuerySet.closable_by."""
    if sentence := why_not_role(by, "sessions_app.close_cashsession") or why_not_live(shift):
        return sentence
    if shift.closed_at:
        return _("This shift was already closed on %(when)s.") % {"when": full_moment(shift.closed_at)}
    return None


def why_not_correct(by: "User", shift: "CashSession") -> str | None:
    """See also CashSessionQuerySet.correctable_by."""
    if sentence := why_not_role(by, "sessions_app.correct_cashsession") or why_not_live(shift):
        return sentence
    if not shift.closed_at:
        return _("This shift is still open.")
    deadline = correction_deadline(shift.closed_at)
    if periods.now() > deadline and not by.has_perm("sessions_app.correct_cashsession_any_time"):
        return _("You could correct this shift until %(deadline)s. Ask an administrator.") % {
            "deadline": full_moment(deadline)
        }
    return None

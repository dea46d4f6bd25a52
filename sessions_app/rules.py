"""Who may do what, and until when. A rule answers None, or the sentence that says why not.

The sentence disables the button, fills the form's error and is tested; the queryset of the rows that pass stands
in querysets.py under the name that each rule gives. Whether the row may be seen at all is `visible_to`'s business.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cashpilot import periods
from cashpilot.refusals import Refused
from cashpilot.refusals import require as require
from sessions_app import formulas
from sessions_app.formulas import Kind, Result
from sessions_app.states import Status

if TYPE_CHECKING:
    from accounts.models import User
    from pharmacies.models import Pharmacy
    from sessions_app.models import CashSession, Day, DayImport, Movement


def correction_deadline(closed_at: datetime) -> datetime:
    """The last instant at which a cashier may correct a shift closed at `closed_at`."""
    return closed_at + settings.CORRECTION_WINDOW


def require_version(session: "CashSession", version: int) -> None:
    """Refuse what was decided on a page older than the shift is now."""
    if session.version != version:
        sentence = _("The shift changed while you had this page open. Compare, and send it again if it still holds.")
        raise Refused(sentence, session=session, conflict=True)


def _moment(instant: datetime) -> str:
    return date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT")


def _why_not_role(by: "User", *permissions: str) -> str | None:
    return None if by.has_perms(permissions) else _("Your role does not include this.")


def _why_not_live(session: "CashSession") -> str | None:
    return _("This shift was deleted.") if session.deleted_at else None


def why_not_open(by: "User", pharmacy: "Pharmacy", register: int, cashier: "User", works_there: bool) -> str | None:
    """`works_there`: the cashier may open at that pharmacy. See also PharmacyQuerySet.openable_by.

    Whether the register is free is asked of CashSessionQuerySet.in_the_way_of, and told by why_taken.
    """
    for_other = ["sessions_app.open_cashsession_for_others"] if cashier != by else []
    if sentence := _why_not_role(by, "sessions_app.open_cashsession", *for_other):
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
    """Who holds the register, or where the cashier is still open, and since when."""
    facts = {
        "who": taken.cashier,
        "register": taken.register,
        "pharmacy": taken.pharmacy,
        "since": _moment(taken.opened_at),
        "shift": taken,
    }
    if taken.cashier_id == cashier.pk:
        return _("%(who)s already has shift %(shift)s open at %(pharmacy)s since %(since)s.") % facts
    return _("Register %(register)s of %(pharmacy)s is held by %(who)s since %(since)s (shift %(shift)s).") % facts


def why_not_close(by: "User", session: "CashSession") -> str | None:
    """See also CashSessionQuerySet.closable_by."""
    if sentence := _why_not_role(by, "sessions_app.close_cashsession") or _why_not_live(session):
        return sentence
    if session.closed_at:
        return _("This shift was already closed on %(when)s.") % {"when": _moment(session.closed_at)}
    return None


def why_not_correct(by: "User", session: "CashSession") -> str | None:
    """See also CashSessionQuerySet.correctable_by."""
    if sentence := _why_not_role(by, "sessions_app.correct_cashsession") or _why_not_live(session):
        return sentence
    if not session.closed_at:
        return _("This shift is still open.")
    deadline = correction_deadline(session.closed_at)
    if periods.now() > deadline and not by.has_perm("sessions_app.correct_cashsession_any_time"):
        return _("You could correct this shift until %(deadline)s. Ask an administrator.") % {
            "deadline": _moment(deadline)
        }
    return None


def why_not_note(by: "User", session: "CashSession") -> str | None:
    """Adding a movement: while open; once closed, as a correction. See also CashSessionQuerySet.notable_by."""
    if sentence := _why_not_role(by, "sessions_app.add_movement") or _why_not_live(session):
        return sentence
    return why_not_correct(by, session) if session.closed_at else None


def why_not_void(by: "User", movement: "Movement") -> str | None:
    """See also MovementQuerySet.voidable_by."""
    if sentence := _why_not_role(by, "sessions_app.void_movement") or why_not_note(by, movement.session):
        return sentence
    if movement.voided_at:
        return _("This movement was already voided.")
    if movement.verified_at and not by.has_perm("sessions_app.verify_movement"):
        return _("This transfer was already seen in the bank. Ask an administrator.")
    return None


def why_not_verify(by: "User", movement: "Movement") -> str | None:
    """See also MovementQuerySet.verifiable_by."""
    if sentence := _why_not_role(by, "sessions_app.verify_movement") or _why_not_live(movement.session):
        return sentence
    if movement.kind != Kind.TRANSFER:
        return _("Only bank transfers are ticked against the bank.")
    return _("This movement was voided.") if movement.voided_at else None


def why_not_flag(by: "User", session: "CashSession") -> str | None:
    """See also CashSessionQuerySet.flaggable_by."""
    if sentence := _why_not_role(by, "sessions_app.flag_cashsession") or _why_not_live(session):
        return sentence
    return _("This shift is already flagged.") if session.flagged_at else None


def why_not_unflag(by: "User", session: "CashSession") -> str | None:
    """See also CashSessionQuerySet.unflaggable_by."""
    if sentence := _why_not_role(by, "sessions_app.unflag_cashsession") or _why_not_live(session):
        return sentence
    return None if session.flagged_at else _("This shift is not flagged.")


def why_not_review(by: "User", session: "CashSession") -> str | None:
    """See also CashSessionQuerySet.reviewable_by."""
    if sentence := _why_not_role(by, "sessions_app.review_cashsession") or _why_not_live(session):
        return sentence
    if not session.closed_at:
        return _("This shift is still open.")
    if session.cashier_id == by.pk:
        return _("Somebody else has to sign off your own shift.")
    return _("This shift was already signed off.") if session.reviewed_at else None


def why_not_review_together(by: "User", session: "CashSession") -> str | None:
    """What is off deserves a look, and a note, of its own."""
    if formulas.result(session) != Result.BALANCED:
        return _("Only shifts that balance are signed off together.")
    return why_not_review(by, session)


def why_not_reply(by: "User", session: "CashSession") -> str | None:
    """For as long as the shift is there: what is said of it may come at any time. See also replyable_by."""
    if sentence := _why_not_role(by, "sessions_app.add_reply") or _why_not_live(session):
        return sentence
    if not session.closed_at:
        return _("This shift is still open.")
    return None if session.cashier_id == by.pk else _("Only its cashier replies about a shift.")


def why_not_write_day(by: "User", day: date) -> str | None:
    """What the billing system says of a day, or that there was no business."""
    if sentence := _why_not_role(by, "sessions_app.change_day"):
        return sentence
    return _("That day has not come yet.") if day > periods.today() else None


def why_imported(file: "DayImport") -> str:
    """The same content came before."""
    when = _moment(cast(datetime, file.imported_at))
    return _("What this file says was already imported on %(when)s (%(name)s).") % {"when": when, "name": file.name}


def why_not_sign_day(by: "User", day: "Day | None", shifts: list[tuple[int, str]]) -> str | None:
    """`shifts`: cashier and status of each live shift of the day. Nobody signs off a day in which they had a shift."""
    if sentence := _why_not_role(by, "sessions_app.sign_day"):
        return sentence
    if day is None:
        return _("Write first what the billing system says, or that there was no business.")
    if day.signed_at:
        return _("This day was already signed off.")
    if any(status == Status.OPEN for _cashier, status in shifts):
        return _("A shift of this day is still open.")
    if any(cashier == by.pk for cashier, _status in shifts):
        return _("You had a shift that day, so somebody else has to sign it off.")
    return None


def day_changed() -> str:
    return _("The day changed while you had this page open. Compare, and send it again if it still holds.")


def require_day_version(day: "Day", version: int) -> None:
    if day.version != version:
        raise Refused(day_changed(), conflict=True)


def why_not_delete(by: "User", session: "CashSession") -> str | None:
    """See also CashSessionQuerySet.deletable_by."""
    return _why_not_role(by, "sessions_app.delete_cashsession") or _why_not_live(session)


def why_not_restore(by: "User", session: "CashSession", taken: "CashSession | None") -> str | None:
    """`taken` is as in why_not_open; a closed shift is in nobody's way. See also CashSessionQuerySet.restorable_by."""
    if sentence := _why_not_role(by, "sessions_app.restore_cashsession"):
        return sentence
    if not session.deleted_at:
        return _("This shift is not deleted.")
    return why_taken(taken, session.cashier) if taken else None

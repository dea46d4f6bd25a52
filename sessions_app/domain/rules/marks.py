"""Rules for marks on shifts; rules/common.py says what every rule is."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from cashpilot import periods
from sessions_app.domain import formulas
from sessions_app.domain.choices import OFF, Kind, Result
from sessions_app.domain.rules.common import why_not_live, why_not_role
from sessions_app.domain.rules.shifts import why_not_before_recount, why_taken

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import CashSession


# So long a sign-off can be undone by who made it.
UNDONE_WITHIN = timedelta(minutes=10)


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


def is_off(shift: "CashSession") -> bool:
    """Tell whether the present or the first verdict says something else than balanced, or evidence contradicts it.

    A verdict that never came says nothing.
    """
    return formulas.result(shift) in OFF or shift.first_result in OFF or shift.evidence_result is not None


def concerned_in(shift: "CashSession", changers: Collection[int]) -> set[int | None]:
    """Return the people who leave the sign-off to somebody else: its cashier, who deleted it, who changed it.

    `changers`: who changed its figures after the first verdict.
    """
    return {shift.cashier_id, shift.deleted_by_id, *changers}


def why_somebody_else(by: "User", shift: "CashSession", changers: Collection[int]) -> str | None:
    """Say why `by` leaves the sign-off to somebody else, if there is anybody."""
    if shift.cashier_id == by.pk:
        return _("Somebody else has to sign off your own shift.")
    if shift.deleted_by_id == by.pk:
        return _("You deleted this shift, so somebody else has to sign it off.")
    if by.pk in changers:
        return _("You changed its figures after the verdict, so somebody else has to sign it off.")
    return None


def why_not_sign_off(
    by: "User", shift: "CashSession", changers: Collection[int] = (), *, is_alone: bool = False
) -> str | None:
    """Say why `by` may not sign a shift off. A deleted one is signed off too if a verdict of it was off.

    `changers`: who changed its figures after the first verdict; `is_alone`: nobody else could sign it off, and then
    its cashier may. See also CashSessionQuerySet.awaiting_sign_off_by.
    """
    if sentence := why_not_role(by, "sessions_app.sign_off_cashsession"):
        return sentence
    if (sentence := why_not_live(shift)) and not (shift.closed_at and is_off(shift)):
        return sentence
    if not shift.closed_at:
        return _("This shift is still open.")
    if not is_alone and (sentence := why_somebody_else(by, shift, changers)):
        return sentence
    return _("This shift was already signed off.") if shift.signed_off_at else None


def why_not_decide(
    by: "User",
    shift: "CashSession",
    changers: Collection[int] = (),
    *,
    is_alone: bool = False,
    is_undecided: bool,
) -> str | None:
    """Say why `by` may not decide between what was typed and what arrived; whom it concerns leaves it to others.

    `is_undecided`: something that arrived was not decided on yet; the others as in why_not_sign_off.
    """
    if sentence := why_not_sign_off(by, shift, changers, is_alone=is_alone):
        return sentence
    if not is_undecided:
        return _("Nothing that arrived says another amount than was written, or it was decided already.")
    return None


def why_not_undo_sign_off(by: "User", shift: "CashSession") -> str | None:
    """See also CashSessionQuerySet.sign_off_undoable_by."""
    if sentence := why_not_role(by, "sessions_app.sign_off_cashsession"):
        return sentence
    if not shift.signed_off_at:
        return _("This shift is not signed off.")
    if shift.signed_off_by_id != by.pk:
        return _("Somebody else signed it off.")
    if periods.now() - shift.signed_off_at > UNDONE_WITHIN:
        return _("A sign-off can be undone for ten minutes.")
    return None


def why_not_sign_off_together(by: "User", shift: "CashSession", changers: Collection[int] = ()) -> str | None:
    """Say why a shift is not signed off with others: one that is or was off deserves a look, and a note, of its own."""
    return next(_why_alone(shift, changers), None) or why_not_sign_off(by, shift)


def _why_alone(shift: "CashSession", changers: Collection[int]) -> Iterator[str]:
    if formulas.result(shift) != Result.BALANCED:
        yield _("Only shifts that balance are signed off together.")
    if shift.first_result != Result.BALANCED:
        yield _("It did not balance when it was closed: sign it off alone.")
    if shift.evidence_result is not None:
        yield _("What arrived says another amount: sign it off alone.")
    if shift.opening_was_corrected:
        yield _("Its opening cash was corrected: sign it off alone.")
    if changers:
        yield _("Its figures were changed after the verdict: sign it off alone.")
    if shift.awaits_bank:
        yield _("It balances only with transfers that nobody has seen in the bank: sign it off alone.")


def why_not_delete(by: "User", shift: "CashSession") -> str | None:
    """See also CashSessionQuerySet.deletable_by."""
    if sentence := why_not_role(by, "sessions_app.delete_cashsession") or why_not_live(shift):
        return sentence
    if shift.cashier_id == by.pk:
        return _("Somebody else has to delete your own shift.")
    if sentence := why_not_before_recount(shift):
        return sentence
    if not shift.closed_at and any(getattr(shift, f"{kind}_total") for kind in Kind.values):
        return _("This shift has movements: close it, with or without a count, instead of deleting it.")
    return None


def why_not_restore(by: "User", shift: "CashSession", taken: "CashSession | None", *, works_there: bool) -> str | None:
    """`taken` is as in why_not_open, and `works_there` whether the cashier of an open shift could go on with it.

    A closed shift is in nobody's way, and nobody goes on with it. See also CashSessionQuerySet.restorable_by.
    """
    if sentence := why_not_role(by, "sessions_app.restore_cashsession"):
        return sentence
    if not shift.deleted_at:
        return _("This shift is not deleted.")
    if shift.cashier_id == by.pk:
        return _("Somebody else has to restore your own shift.")
    if not works_there:
        return _(
            "This shift is open, and %(who)s does not work at %(pharmacy)s any more: let them work there again first, "
            "or leave it deleted."
        ) % {"who": shift.cashier, "pharmacy": shift.pharmacy}
    return why_taken(taken, shift.cashier) if taken else None

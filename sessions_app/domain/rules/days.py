"""Rules for days; rules/common.py says what every rule is."""

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from sessions_app.domain import formulas
from sessions_app.domain.choices import Status
from sessions_app.domain.rules.common import why_not_role

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import Day


def why_not_write_day(by: "User", day: date) -> str | None:
    """Say why `by` may not write what was billed on a day, or that there was no business."""
    if sentence := why_not_role(by, "sessions_app.change_day"):
        return sentence
    return _("That day has not come yet.") if day > periods.today() else None


def why_not_sign_off_day(
    by: "User", day: "Day | None", shifts: list[tuple[int, str]], *, is_alone: bool = False
) -> str | None:
    """Say why `by` may not sign off a day; one in which they had a shift is left to others.

    `shifts`: cashier and status of each live shift of the day; `is_alone`: nobody else could sign it off.
    """
    if sentence := why_not_role(by, "sessions_app.sign_off_day"):
        return sentence
    if day is None:
        return _("Write first what the billing system says, or that there was no business.")
    if day.signed_off_at:
        return _("This day was already signed off.")
    if any(status == Status.OPEN for _cashier, status in shifts):
        return _("A shift of this day is still open.")
    if not is_alone and any(cashier == by.pk for cashier, _status in shifts):
        return _("You had a shift that day, so somebody else has to sign it off.")
    return _why_nothing_to_sign_off(day, has_shifts=bool(shifts))


def _why_nothing_to_sign_off(day: "Day", *, has_shifts: bool) -> str | None:
    if day.is_closed:
        return _("It was marked as a day without business, but has shifts.") if has_shifts else None
    if day.billed_cash is None:
        return _("Write first what was billed in cash.")
    if not has_shifts and not formulas.billed_total(day):
        return _("There is nothing to sign off: no shift, and nothing billed. Was there no business that day?")
    return None


def why_not_decide_day(
    by: "User", day: "Day | None", shifts: list[tuple[int, str]], *, is_alone: bool = False, is_undecided: bool
) -> str | None:
    """Say why `by` may not decide between what is written of a day and what arrived; `shifts` as above."""
    if sentence := why_not_role(by, "sessions_app.sign_off_day"):
        return sentence
    if not is_alone and any(cashier == by.pk for cashier, _status in shifts):
        return _("You had a shift that day, so somebody else has to decide.")
    if day is None or not is_undecided:
        return _("Nothing that arrived says another amount than was written, or it was decided already.")
    return _("This day was already signed off.") if day.signed_off_at else None


def day_changed() -> str:
    return _("The day changed while you had this page open. Compare, and send it again if it still holds.")


def require_day_version(day: "Day", version: int) -> None:
    if day.version != version:
        raise ActionRefused(day_changed(), conflict=True)

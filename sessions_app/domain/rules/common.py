"""Rules for every kind of action: each returns None if the action is allowed, else the sentence that says why not.

The sentence disables the button, fills the form's error and is tested; the queryset of the rows that pass stands in
sessions_app/querysets/<subject>.py under the name that the rule gives. A rule does not ask whether the row may be seen
at all: that is `visible_to`, there.
"""

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cashpilot.exceptions import ActionRefused

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import CashSession


def require_version(shift: "CashSession", version: int) -> None:
    """Refuse what was decided on a page older than the shift is now."""
    if shift.version != version:
        sentence = _("The shift changed while you had this page open. Compare, and send it again if it still holds.")
        raise ActionRefused(sentence, shift=shift, conflict=True)


def why_other_settings(*, as_cash: bool, drawn_as_cash: bool | None) -> str | None:
    """Say what to type where transfers are billed as cash now, or no longer, unlike on the page that was sent.

    `drawn_as_cash` is None where the page did not say.
    """
    if drawn_as_cash in (None, as_cash):
        return None
    if as_cash:
        return _(
            "Meanwhile this pharmacy was set to bill transfers as cash:"
            " write cash and transfers together under “Billed in cash”, and send it again."
        )
    return _(
        "Meanwhile this pharmacy was set to bill transfers apart:"
        " write under “Billed in cash” the cash alone, the transfers in their own field, and send it again."
    )


def full_moment(instant: datetime) -> str:
    return _full_moment(instant, get_language())


# Several rules tell the same one on a page.
@lru_cache(maxsize=1_000)
def _full_moment(instant: datetime, language: str | None) -> str:
    return date_format(timezone.localtime(instant), "SHORT_DATETIME_FORMAT")


def why_not_role(by: "User", *permissions: str) -> str | None:
    return None if by.has_perms(permissions) else _("Your role does not include this.")


def why_not_live(shift: "CashSession") -> str | None:
    return _("This shift was deleted.") if shift.deleted_at else None

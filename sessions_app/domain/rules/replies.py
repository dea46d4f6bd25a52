"""Rules for replies; rules/common.py says what every rule is."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from sessions_app.domain.rules.common import why_not_live, why_not_role

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import CashSession


def why_not_reply(by: "User", shift: "CashSession") -> str | None:
    """For as long as the shift is there: what is said of it may come at any time. See also replyable_by."""
    if sentence := why_not_role(by, "sessions_app.add_reply") or why_not_live(shift):
        return sentence
    if not shift.closed_at:
        return _("This shift is still open.")
    return None if shift.cashier_id == by.pk else _("Only its cashier replies about a shift.")

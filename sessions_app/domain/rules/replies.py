"""Rules for replies: each returns None if the action is allowed, else the sentence that says why not.

The sentence disables the button, fills the form's error and is tested; the queryset of the rows that pass stands
in querysets.py under the name that each rule gives. Whether the row may be seen at all is `visible_to`'s business.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from cashpilot.exceptions import require as require

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import CashSession
from sessions_app.domain.rules.common import why_not_live, why_not_role


def why_not_reply(by: "User", shift: "CashSession") -> str | None:
    """For as long as the shift is there: what is said of it may come at any time. See also replyable_by."""
    if sentence := why_not_role(by, "sessions_app.add_reply") or why_not_live(shift):
        return sentence
    if not shift.closed_at:
        return _("This shift is still open.")
    return None if shift.cashier_id == by.pk else _("Only its cashier replies about a shift.")

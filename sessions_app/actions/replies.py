"""Add what the cashier has to say about a closed shift."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.db.history import save_with_history
from cashpilot.exceptions import ActionRefused, require
from sessions_app.actions.unit_of_work import noting_beside_shift
from sessions_app.domain.rules import replies as reply_rules
from sessions_app.models import Reply

if TYPE_CHECKING:
    from accounts.models import User


def add_reply(pk: int, *, text: str, by: "User") -> Reply:
    """Add a reply of the shift's cashier. It is sealed with the shift, and kept for good."""
    with noting_beside_shift(pk, by=by, is_sealed=True) as change:
        require(reply_rules.why_not_reply(by, change.shift), shift=change.shift)
        if not text.strip():
            raise ActionRefused(_("Write what you have to say."))
        reply = Reply(session=change.shift, text=text.strip(), created_at=periods.now(), created_by=by)
        save_with_history(reply, by=by)
        change.event = "reply added"
    return reply

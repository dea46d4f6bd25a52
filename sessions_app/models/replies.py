from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from cashpilot.db.history import History, Tracked
from cashpilot.db.sealing import Sealed
from sessions_app.models.fields import who
from sessions_app.models.shifts import CashSession
from sessions_app.querysets.replies import ReplyQuerySet

REPLY_LENGTH = 2000


class Reply(Tracked):
    """The cashier's own statement about a closed shift. Kept for good: it is neither changed nor deleted."""

    is_append_only = True

    session = models.ForeignKey(CashSession, models.PROTECT, related_name="replies", verbose_name=_("shift"))
    text = models.TextField(_("reply"), max_length=REPLY_LENGTH)
    created_at = models.DateTimeField(_("written"))
    created_by = who(_("written by"))

    objects = ReplyQuerySet.as_manager()
    history = HistoricalRecords(history_manager=History, bases=[Sealed])

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        default_permissions = ("add", "view")
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="reply_says_something", violation_error_message=_("Write something.")
            )
        ]

    def __str__(self) -> str:
        return self.text

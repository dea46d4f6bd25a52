from django.db import models
from django.utils.translation import gettext_lazy as _

from cashpilot.db.constraints import ALREADY_SENT
from sessions_app.models.fields import who
from sessions_app.models.shifts import CashSession


class IdempotencyKey(models.Model):
    """A form that was carried out. Sent again, it is answered the same and does nothing."""

    key = models.UUIDField()
    person = who(_("person"))
    # What is done to what, and a hash of all that was sent.
    scope = models.CharField(max_length=100)
    request_hash = models.CharField(max_length=64)
    session = models.ForeignKey(CashSession, models.PROTECT, related_name="+", null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["key", "person", "scope"],
                name="form_of_a_person_is_carried_out_once",
                violation_error_message=ALREADY_SENT,
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"

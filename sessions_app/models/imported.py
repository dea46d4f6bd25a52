from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cashpilot.db.constraints import CHANGED_MEANWHILE
from sessions_app.models.fields import who


class Imported(models.Model):
    """A row of the old system: kept whole, with the row of ours that it became, if it became any.

    `version` is how that row stood as it was written: a shift's or a day's own version, else how many rows its history
    had. Whoever imports again tells by it whether somebody has changed the row here since.
    """

    class Target(models.TextChoices):
        PERSON = "person", _("Person")
        PHARMACY = "pharmacy", _("Pharmacy")
        ASSIGNMENT = "assignment", _("Assignment")
        DAY = "day", _("Day")
        SHIFT = "shift", _("Shift")
        MOVEMENT = "movement", _("Movement")

    source_table = models.CharField(max_length=63)
    source_id = models.CharField(max_length=100)
    target = models.CharField(max_length=10, choices=Target, blank=True, default="")
    target_id = models.BigIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(null=True, blank=True)
    digest = models.CharField(max_length=64)
    row = models.JSONField()
    imported_at = models.DateTimeField(_("imported"))
    imported_by = who(_("imported by"))

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["target", "target_id"], name="imported_target")]
        constraints = [
            models.UniqueConstraint(
                fields=["source_table", "source_id"],
                name="row_of_the_old_system_is_imported_once",
                violation_error_message=CHANGED_MEANWHILE,
            ),
            models.CheckConstraint(
                condition=Q(target="", target_id=None, version=None)
                | Q(target_id__isnull=False, version__isnull=False) & ~Q(target=""),
                name="imported_row_says_what_it_became_and_how_that_stood",
                violation_error_message=CHANGED_MEANWHILE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_table} {self.source_id}"

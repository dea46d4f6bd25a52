from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cashpilot.db.constraints import INCOMPLETE_MARK
from pharmacies.models import Pharmacy
from sessions_app.models.fields import mark_person, moment, who
from sessions_app.querysets.imports import DayImportQuerySet


class DayImport(models.Model):
    """A file of the billing system: its cells as text, and which column was what. Carried out once, or not yet."""

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="+", verbose_name=_("pharmacy"))
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    rows = models.JSONField()
    # Field of a day -> title of its column: what the next file of the pharmacy begins with.
    columns = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    created_by = who(_("person"))
    imported_at, imported_by = moment(_("imported")), mark_person(_("imported by"))

    objects = DayImportQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["pharmacy", "digest"],
                condition=Q(imported_at__isnull=False),
                name="file_is_imported_once_for_a_pharmacy",
                violation_error_message=_("This file was already imported."),
            ),
            models.CheckConstraint(
                condition=Q(imported_at=None, imported_by=None)
                | Q(imported_at__isnull=False, imported_by__isnull=False),
                name="import_says_when_and_who_together",
                violation_error_message=INCOMPLETE_MARK,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def titles(self) -> list[Any]:
        titles: list[Any] = self.rows[0]
        return titles

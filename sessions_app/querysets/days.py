"""Querysets of days: rows that a person may see or act on. `visible_to` is the only way in to them."""

from typing import TYPE_CHECKING

from django.db import models

from pharmacies.models import Pharmacy

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import Day


class DayQuerySet(models.QuerySet["Day"]):
    def ours(self) -> "DayQuerySet":
        """Leave out the days that were imported from the old system."""
        return self.filter(imported_at=None)

    def visible_to(self, user: "User") -> "DayQuerySet":
        if not user.has_perm("sessions_app.view_day"):
            return self.none()
        return self.filter(pharmacy__in=Pharmacy.objects.visible_to(user))

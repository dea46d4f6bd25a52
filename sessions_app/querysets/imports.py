"""Which rows. `visible_to` first: it is the only way in, for pages, exports, reports and the back office."""

from typing import TYPE_CHECKING

from django.db import models

from pharmacies.models import Pharmacy

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import DayImport


class DayImportQuerySet(models.QuerySet["DayImport"]):
    def visible_to(self, user: "User") -> "DayImportQuerySet":
        if not user.has_perm("sessions_app.change_day"):
            return self.none()
        return self.filter(pharmacy__in=Pharmacy.objects.visible_to(user))

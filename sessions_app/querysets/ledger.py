"""Querysets of the ledger: rows that a person may see or act on. `visible_to` is the only way in to them."""

from typing import TYPE_CHECKING

from django.db import models

from pharmacies.models import Pharmacy

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import RunningTotal


class RunningTotalQuerySet(models.QuerySet["RunningTotal"]):
    def visible_to(self, user: "User") -> "RunningTotalQuerySet":
        """Select the running totals of the live shifts that CashSessionQuerySet.visible_to shows."""
        if user.has_perm("sessions_app.view_every_cashsession"):
            return self
        if not user.has_perm("sessions_app.view_cashsession"):
            return self.none()
        return self.filter(cashier=user, pharmacy__in=Pharmacy.objects.visible_to(user))

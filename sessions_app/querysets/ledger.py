"""Querysets of the ledger: rows that a person may see or act on. `visible_to` is the only way in to them."""

from typing import TYPE_CHECKING

from django.db import models

from pharmacies.models import Pharmacy

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import DayVerdict, RunningTotal


class RunningTotalQuerySet(models.QuerySet["RunningTotal"]):
    def visible_to(self, user: "User") -> "RunningTotalQuerySet":
        """Select the running totals of the shifts that CashSessionQuerySet.visible_to shows."""
        if user.has_perm("sessions_app.view_every_cashsession"):
            return self
        if not user.has_perm("sessions_app.view_cashsession"):
            return self.none()
        return self.live().filter(cashier=user, pharmacy__in=Pharmacy.objects.visible_to(user))

    def live(self) -> "RunningTotalQuerySet":
        return self.filter(is_deleted=False)


class DayVerdictQuerySet(models.QuerySet["DayVerdict"]):
    def visible_to(self, user: "User") -> "DayVerdictQuerySet":
        """The verdicts of all days for who sees every shift: a day is of all its cashiers."""
        return self if user.has_perm("sessions_app.view_every_cashsession") else self.none()

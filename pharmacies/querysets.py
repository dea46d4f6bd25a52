from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class PharmacyQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "User") -> "PharmacyQuerySet":
        """Select all for people who may see all, else those where they are assigned now, inactive ones included."""
        if user.has_perm("pharmacies.view_every_pharmacy"):
            return self
        return self.filter(pk__in=user.assignments.values("pharmacy"))

    def openable_by(self, user: "User") -> "PharmacyQuerySet":
        """Active, and assigned or open to all: where `user` may open. See also sessions_app.rules.why_not_open."""
        return self.visible_to(user).active() if user.has_perm("sessions_app.open_cashsession") else self.none()

    def active(self) -> "PharmacyQuerySet":
        return self.filter(is_active=True)


class AssignmentQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "User") -> "AssignmentQuerySet":
        return self if user.has_perm("pharmacies.view_every_pharmacy") else self.filter(user=user)


class ApiTokenQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "User") -> "ApiTokenQuerySet":
        """Select those of every pharmacy for who may change pharmacies, for nobody else any."""
        return self if user.has_perm("pharmacies.change_pharmacy") else self.none()

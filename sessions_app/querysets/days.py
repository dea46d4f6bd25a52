"""Querysets of days: rows that a person may see or act on. `visible_to` is the only way in to them."""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThan, LessThan

from pharmacies.models import Pharmacy
from sessions_app.domain.choices import BILLED

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

    def with_evidence(self) -> "DayQuerySet":
        """Each with `is_spoken_against`: whether something that arrived says another amount, or was decided on."""
        matches = apps.get_model("sessions_app", "Match").objects.in_force().filter(day=OuterRef("pk"))
        is_other = Q(decided_at__isnull=False)
        for name in BILLED:
            said = Cast(KeyTextTransform(name, "said"), models.BigIntegerField())
            is_other |= Q(LessThan(said, OuterRef(name))) | Q(GreaterThan(said, OuterRef(name)))
        return self.annotate(is_spoken_against=Exists(matches.filter(is_other)))

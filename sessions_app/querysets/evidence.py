"""Querysets of evidence: rows that a person may see or act on. `visible_to` is the only way in to them."""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from pharmacies.models import Pharmacy

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import Batch, Line, Match, Source


def _of(user: "User", prefix: str) -> Q:
    """An account serves every pharmacy, so whoever may see days sees it."""
    if not user.has_perm("sessions_app.view_day"):
        return Q(pk__in=[])
    pharmacy = f"{prefix}pharmacy"
    return Q(**{pharmacy: None}) | Q(**{f"{pharmacy}__in": Pharmacy.objects.visible_to(user)})


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: "User") -> "SourceQuerySet":
        return self.filter(_of(user, ""))


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: "User") -> "BatchQuerySet":
        return self.filter(_of(user, "source__"))

    def in_force(self) -> "BatchQuerySet":
        """Select what was applied and not undone, in the order in which it was applied."""
        return self.filter(applied_at__isnull=False, undone_at=None).order_by("applied_at", "pk")


class LineQuerySet(models.QuerySet["Line"]):
    def of_the_bank(self) -> "LineQuerySet":
        """Select the money that came in, as lists of the bank say that were applied and not undone."""
        in_force = {"batch__applied_at__isnull": False, "batch__undone_at": None}
        return self.filter(batch__source__kind="bank", **in_force)

    def unnoted(self) -> "LineQuerySet":
        """Select those of the bank that serve no transfer, and whose money did not go back."""
        serving = apps.get_model("sessions_app", "Match").objects.serving()
        return self.of_the_bank().filter(~Exists(serving.filter(line=OuterRef("pk"))), facts__returned__isnull=True)


class MatchQuerySet(models.QuerySet["Match"]):
    def in_force(self) -> "MatchQuerySet":
        """Select the matches of batches that were applied and not undone, in the order in which they were applied."""
        applied = self.filter(batch__applied_at__isnull=False, batch__undone_at=None)
        return applied.order_by("batch__applied_at", "pk")

    def gave_cash(self) -> "MatchQuerySet":
        """Select those that made the billed cash of their shift or day known, undone ones too."""
        return self.filter(wrote__billed_cash__0=None)

    def serving(self) -> "MatchQuerySet":
        """Select those that hold a line of the bank for a transfer: it counts, and is verified still."""
        counts = {"movement__voided_at": None, "movement__session__deleted_at": None}
        return self.in_force().filter(line__isnull=False, movement__verified_at__isnull=False, **counts)

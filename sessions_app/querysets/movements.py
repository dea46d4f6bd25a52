"""Querysets of movements: rows that a person may see or act on. `visible_to` is the only way in to them."""

from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models

from sessions_app.domain.choices import Kind
from sessions_app.domain.rules.movements import VERIFIES
from sessions_app.querysets.shifts import CashSessionQuerySet

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import Movement


class MovementQuerySet(models.QuerySet["Movement"]):
    def _sessions(self) -> CashSessionQuerySet:
        return apps.get_model("sessions_app", "CashSession").objects.all()

    def visible_to(self, user: "User") -> "MovementQuerySet":
        """Select those of the shifts that CashSessionQuerySet.visible_to shows."""
        if user.has_perm("sessions_app.view_every_cashsession"):
            return self
        return self.filter(session__in=self._sessions().visible_to(user))

    def live(self) -> "MovementQuerySet":
        return self.filter(voided_at=None)

    def transfers(self) -> "MovementQuerySet":
        """Select those that can be held against the bank."""
        return self.live_transfers().filter(session__deleted_at=None)

    def live_transfers(self) -> "MovementQuerySet":
        """Select the transfers that nobody voided, those of deleted shifts too."""
        return self.live().filter(kind=Kind.TRANSFER)

    def newest(self) -> "MovementQuerySet":
        return self.order_by("-created_at", "-id")

    def unverified(self) -> "MovementQuerySet":
        """Select the transfers that are not verified against the bank yet."""
        return self.live_transfers().filter(verified_at=None)

    def voidable_by(self, user: "User") -> "MovementQuerySet":
        """See also rules.why_not_void."""
        if not user.has_perm("sessions_app.void_movement"):
            return self.none()
        live = self.live().filter(session__in=self._sessions().accepts_movements_by(user))
        return live if user.has_perm(VERIFIES) else live.filter(verified_at=None)

    def verifiable_by(self, user: "User") -> "MovementQuerySet":
        """See also rules.why_not_verify."""
        if not user.has_perm(VERIFIES):
            return self.none()
        transfers = self.visible_to(user).transfers()
        is_alone = get_user_model().objects.are_only(user, VERIFIES)
        return transfers if is_alone else transfers.exclude(session__cashier=user)

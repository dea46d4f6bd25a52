"""Querysets of replies: rows that a person may see or act on. `visible_to` is the only way in to them."""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import Reply


class ReplyQuerySet(models.QuerySet["Reply"]):
    def visible_to(self, user: "User") -> "ReplyQuerySet":
        sessions = apps.get_model("sessions_app", "CashSession").objects.visible_to(user)
        return self.filter(session__in=sessions)

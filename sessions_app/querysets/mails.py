"""Querysets of mails: rows that a person may see or act on. `visible_to` is the only way in to them."""

from typing import TYPE_CHECKING

from django.db import models

from cashpilot import periods

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import Mail


class MailQuerySet(models.QuerySet["Mail"]):
    def visible_to(self, user: "User") -> "MailQuerySet":
        return self if user.has_perm("sessions_app.view_mail") else self.none()

    def due(self) -> "MailQuerySet":
        return self.filter(state="waiting", due_at__lte=periods.now()).order_by("due_at", "id")

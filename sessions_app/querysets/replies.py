"""Which rows. `visible_to` first: it is the only way in, for pages, exports, reports and the back office."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class ReplyQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "User") -> "ReplyQuerySet":
        sessions = self.model._meta.get_field("session").related_model.objects.visible_to(user)
        return self.filter(session__in=sessions)

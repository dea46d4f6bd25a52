from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class UserQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "User") -> "UserQuerySet":
        """Everybody but superusers for who may see people; the others see themselves."""
        return self.filter(is_superuser=False) if user.has_perm("accounts.view_user") else self.filter(pk=user.pk)

    def can_open_shifts(self) -> "UserQuerySet":
        """Active people whose role opens shifts."""
        opening = models.Q(groups__permissions__codename="open_cashsession")
        return self.filter(is_active=True, pk__in=self.model.objects.filter(opening).values("pk"))

    def can_manage_people(self) -> "UserQuerySet":
        """Active administrators. Superusers do not count: they run the service, not the business."""
        managers = models.Q(groups__permissions__codename="change_user")
        return self.filter(managers, is_active=True, is_superuser=False)

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

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

    def holding(self, permission: str) -> "UserQuerySet":
        """Active people whose role gives them `app.codename`."""
        app, codename = permission.split(".")
        given = models.Q(groups__permissions__codename=codename, groups__permissions__content_type__app_label=app)
        return self.filter(is_active=True, pk__in=self.model.objects.filter(given).values("pk"))

    def can_manage_people(self) -> "UserQuerySet":
        """Active administrators. Superusers do not count: they run the service, not the business."""
        managers = models.Q(groups__permissions__codename="change_user")
        return self.filter(managers, is_active=True, is_superuser=False)


def open_shifts(*people: "User") -> Any:
    """Select the open shifts of these people, oldest first. Accounts stand below the shifts, so nothing is imported."""
    shifts = apps.get_model("sessions_app", "CashSession").objects.live()
    return shifts.filter(cashier__in=people, closed_at=None).select_related("pharmacy").order_by("id")


def full_name(person: str) -> Coalesce:
    """User.get_full_name as SQL, of the person that `person` leads to."""
    names = Concat(f"{person}__first_name", models.Value(" "), f"{person}__last_name")
    return Coalesce(NullIf(Trim(names), models.Value("")), f"{person}__email", output_field=models.CharField())

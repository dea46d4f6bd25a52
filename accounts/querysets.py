from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

from accounts import roles

if TYPE_CHECKING:
    from accounts.models import User


class SignInQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "User") -> "SignInQuerySet":
        """Everybody's for administrators and auditors; the others see their own."""
        return self if user.has_perm("accounts.view_signin") else self.filter(person=user)


class UserQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: "User") -> "UserQuerySet":
        """Everybody but superusers for who may see people; the others see themselves."""
        return self.filter(is_superuser=False) if user.has_perm("accounts.view_user") else self.filter(pk=user.pk)

    def can_open_shifts(self) -> "UserQuerySet":
        """Active people whose role opens shifts."""
        return self.holding("sessions_app.open_cashsession")

    def holding(self, permission: str) -> "UserQuerySet":
        """Active people whose role gives them `app.codename`."""
        given = self.model.objects.filter(groups__name__in=roles.allowing(permission))
        return self.filter(is_active=True, pk__in=given.values("pk"))

    def are_only(self, person: "User", permission: str) -> bool:
        """Tell whether no active person but `person` has `app.codename`."""
        return not self.holding(permission).exclude(pk=person.pk).exists()

    def can_manage_people(self) -> "UserQuerySet":
        """Active administrators. Superusers do not count: they run the service, not the business."""
        return self.holding("accounts.change_user").filter(is_superuser=False)


def open_shifts(*people: "User") -> Any:
    """Select the open shifts of these people, oldest first. Accounts stand below the shifts, so nothing is imported."""
    shifts = apps.get_model("sessions_app", "CashSession").objects.live()
    # By the column that the index of a cashier's shifts has.
    return shifts.filter(cashier__in=people, status="open").select_related("pharmacy").order_by("id")


def full_name(person: str) -> Coalesce:
    """User.get_full_name as SQL, of the person that `person` leads to."""
    names = Concat(f"{person}__first_name", models.Value(" "), f"{person}__last_name")
    return Coalesce(NullIf(Trim(names), models.Value("")), f"{person}__email", output_field=models.CharField())

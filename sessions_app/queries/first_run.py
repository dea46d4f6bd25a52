"""The steps that lead through an installation without a shift, and the advice for a cashier without a pharmacy."""

from collections.abc import Iterable
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from pharmacies.models import Pharmacy

SETS_UP = ("pharmacies.add_pharmacy", "accounts.add_user", "sessions_app.open_cashsession_for_others")


class Step(NamedTuple):
    label: str
    url: str
    is_done: bool


def steps_of(user: User, *, any_shift: bool) -> list[Step]:
    """Return the steps to the first shift; none once there is one, and none for who may not take them."""
    if any_shift or not user.has_perms(SETS_UP):
        return []
    pharmacy = Pharmacy.objects.active().order_by("pk").first()
    has_cashier = User.objects.can_open_shifts().filter(assignments__pharmacy__is_active=True).exists()
    new_person = reverse("new_person") + (f"?pharmacy={pharmacy.pk}" if pharmacy else "")
    return [
        Step(_("Add a pharmacy"), reverse("new_pharmacy"), pharmacy is not None),
        Step(_("Add a cashier who works there"), new_person, has_cashier),
        Step(_("Open the first shift"), reverse("open_shift"), any_shift),
    ]


def whom_to_ask(user: User, pharmacies: Iterable[Pharmacy]) -> list[str] | None:
    """Return who can assign a pharmacy to `user`, by name; None if one of theirs takes shifts, or they open none."""
    if any(pharmacy.is_active for pharmacy in pharmacies) or not user.has_perm("sessions_app.open_cashsession"):
        return None
    return [str(person) for person in User.objects.can_manage_people().order_by("first_name", "last_name")]

"""Rows that an operator names on the command line. Raises CommandError, with what did not happen before the reason."""

from django.core.management.base import CommandError

from accounts import roles
from accounts.models import User
from pharmacies.models import Pharmacy


def find_pharmacy(name: str, failure: str) -> Pharmacy:
    found: Pharmacy | None = Pharmacy.objects.filter(name__iexact=name).first()
    if not found:
        known = ", ".join(Pharmacy.objects.values_list("name", flat=True)) or "none yet"
        raise CommandError(f"{failure}: there is no pharmacy {name!r}. There are: {known}.")
    return found


def find_administrator(email: str | None, failure: str) -> User:
    """Return the administrator in whose name a command writes: that one, or the first who was created."""
    active = User.objects.filter(is_active=True, groups__name=roles.ADMIN).order_by("pk")
    found: User | None = (active.filter(email__iexact=email) if email else active).first()
    if not found:
        whom = f"called {email}" if email else "yet; see manage.py create_user"
        raise CommandError(f"{failure}: there is no active administrator {whom}.")
    return found

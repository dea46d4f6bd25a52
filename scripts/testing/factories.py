"""Rows for tests, made by the actions, so that none is made past the rules."""

from typing import Any

from django.contrib.auth.models import Group

from accounts import roles
from accounts.models import User
from pharmacies.models import Pharmacy
from sessions_app.actions import shifts as shift_actions
from sessions_app.models import CashSession

PASSWORD = "a password for tests"


def person(name: str, role: str, *pharmacies: Pharmacy) -> User:
    """Somebody with `role`, assigned to `pharmacies`, who signs in as name@example.com with PASSWORD."""
    user = User.objects.create_user(
        f"{name.lower()}@example.com", PASSWORD, first_name=name, last_name="Benítez", is_staff=role in roles.STAFF
    )
    user.groups.add(Group.objects.get(name=role))
    for pharmacy in pharmacies:
        user.assignments.create(pharmacy=pharmacy)
    return user


def open_shift(cashier: User, pharmacy: Pharmacy | None = None, **values: Any) -> CashSession:
    """A shift of `cashier`, opened by themselves, where they are assigned if no pharmacy is given."""
    place = {"cashier": cashier, "pharmacy": pharmacy or cashier.assignments.get().pharmacy, "register": 1}
    return shift_actions.open_shift(**{**place, "initial_cash": 500_000, "by": cashier, **values})


def closed_shift(
    cashier: User,
    pharmacy: Pharmacy | None = None,
    *,
    register: int = 1,
    initial_cash: int = 500_000,
    **values: Any,
) -> CashSession:
    """A shift of `cashier`, closed by themselves; `values` as close_shift takes them."""
    shift = open_shift(cashier, pharmacy, register=register, initial_cash=initial_cash)
    return shift_actions.close_shift(shift.pk, **{"final_cash": 1_200_000, "by": cashier, **values})

"""Rows for tests. Shifts are made by the actions, pharmacies are validated, people are stored as they are given.

`.build()` gives one that is not stored. `ShiftFactory(closed=True)` opens a shift and closes it.
"""

from typing import Any

import factory
from django.db import connection, transaction

from accounts import roles
from accounts.models import HISTORY, User
from pharmacies.models import Pharmacy
from sessions_app.actions import shifts as shift_actions
from sessions_app.models import CashSession

PASSWORD = "a password for tests"
OPENING = ("cashier", "pharmacy", "register", "initial_cash")


class PharmacyFactory(factory.django.DjangoModelFactory):
    """A pharmacy whose values a form would let through."""

    class Meta:
        model = Pharmacy

    name = factory.Sequence(lambda number: f"Pharmacy {number + 1}")

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        pharmacy = model_class(**kwargs)
        pharmacy.full_clean()
        pharmacy.save()
        return pharmacy


class PersonFactory(factory.django.DjangoModelFactory):
    """Somebody with `role`, assigned to `pharmacies`, who signs in with PASSWORD.

    Their history has one row, as when the action makes them.
    """

    class Meta:
        model = User

    class Params:
        employed = factory.Trait(pharmacies=factory.List([factory.SubFactory(PharmacyFactory)]))

    first_name = factory.Sequence(lambda number: f"Person{number + 1}")
    last_name = "Benítez"
    email = factory.LazyAttribute(lambda person: f"{person.first_name.lower()}@example.com")
    role = "Cashier"
    pharmacies = ()

    @classmethod
    def _build(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        role, _pharmacies = kwargs.pop("role"), kwargs.pop("pharmacies")
        return model_class(is_staff=role in roles.STAFF, **kwargs)

    @classmethod
    @transaction.atomic(savepoint=False)
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        person = cls._build(model_class, **kwargs)
        person.email = User.normalize_username(person.email)
        person.set_password(PASSWORD)
        person.save_without_historical_record()
        _give(person, kwargs["role"])
        HISTORY.create_historical_record(person, "+")
        for pharmacy in kwargs["pharmacies"]:
            person.assignments.create(pharmacy=pharmacy)
        return person


def _give(person: Any, role: str) -> None:
    """Past the ORM, which writes a second row of history, and takes longer than all else that makes a person."""
    groups = User.groups.through._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {groups} (user_id, group_id) SELECT %s, id FROM auth_group WHERE name = %s", [person.pk, role]
        )
        assert cursor.rowcount == 1


def _workplace(shift: Any) -> Pharmacy:
    return shift.cashier.assignments.get().pharmacy if shift.cashier.pk else PharmacyFactory.build()


class ShiftFactory(factory.django.DjangoModelFactory):
    """A shift of `cashier`, opened by themselves, where they are assigned if no pharmacy is given.

    Other values are those of open_shift, or those of close_shift if it is closed.
    """

    class Meta:
        model = CashSession

    class Params:
        closed = factory.Trait(final_cash=1_200_000)

    cashier = factory.SubFactory(PersonFactory, employed=True)
    pharmacy = factory.LazyAttribute(_workplace)
    register = 1
    initial_cash = 500_000

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        opening = {name: kwargs.pop(name) for name in OPENING}
        cashier = opening["cashier"]
        if "final_cash" not in kwargs:
            return shift_actions.open_shift(**{**opening, "by": cashier, **kwargs})
        shift = shift_actions.open_shift(**opening, by=cashier)
        return shift_actions.close_shift(shift.pk, **{"by": cashier, **kwargs})

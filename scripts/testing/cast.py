"""The people and places that the tests know by name: as fixtures, or all at once for a module that prepares much."""

from types import SimpleNamespace

import pytest

from accounts.models import User
from pharmacies.models import Pharmacy
from testing.factories import PersonFactory, PharmacyFactory

ROLES = {"Ana": "Cashier", "Beto": "Cashier", "Otto": "Cashier", "Marta": "Admin", "Olga": "Admin", "Carla": "Auditor"}


def _person(name: str, *pharmacies: Pharmacy) -> User:
    return PersonFactory.create(first_name=name, role=ROLES[name], pharmacies=pharmacies)


def _central() -> Pharmacy:
    return PharmacyFactory.create(name="Central", registers=2)


def _luque() -> Pharmacy:
    return PharmacyFactory.create(name="Luque")


def everybody() -> SimpleNamespace:
    """Make all but Olga, so that there is one administrator; for a fixture of a module (testing.database.module_db)."""
    central, luque = _central(), _luque()
    places = {"Ana": [central], "Beto": [central], "Otto": [luque]}
    people = {name.lower(): _person(name, *places.get(name, [])) for name in ROLES if name != "Olga"}
    return SimpleNamespace(central=central, luque=luque, **people)


@pytest.fixture
def central(db: None) -> Pharmacy:
    """The pharmacy of Ana and Beto; it has two registers."""
    return _central()


@pytest.fixture
def luque(db: None) -> Pharmacy:
    return _luque()


@pytest.fixture
def ana(central: Pharmacy) -> User:
    return _person("Ana", central)


@pytest.fixture
def beto(central: Pharmacy) -> User:
    """Ana's colleague."""
    return _person("Beto", central)


@pytest.fixture
def otto(luque: Pharmacy) -> User:
    """A cashier who has nothing to do with Ana."""
    return _person("Otto", luque)


@pytest.fixture
def marta(db: None) -> User:
    return _person("Marta")


@pytest.fixture
def olga(db: None) -> User:
    """Another administrator, for what Marta leaves to somebody else."""
    return _person("Olga")


@pytest.fixture
def carla(db: None) -> User:
    return _person("Carla")

"""The people and places that the tests know by name, as fixtures."""

import pytest

from accounts.models import User
from pharmacies.models import Pharmacy
from testing.factories import PersonFactory, PharmacyFactory


@pytest.fixture
def central(db: None) -> Pharmacy:
    """The pharmacy of Ana and Beto; it has two registers."""
    return PharmacyFactory.create(name="Central", registers=2)


@pytest.fixture
def luque(db: None) -> Pharmacy:
    return PharmacyFactory.create(name="Luque")


@pytest.fixture
def ana(central: Pharmacy) -> User:
    return PersonFactory.create(first_name="Ana", role="Cashier", pharmacies=[central])


@pytest.fixture
def beto(central: Pharmacy) -> User:
    """Ana's colleague."""
    return PersonFactory.create(first_name="Beto", role="Cashier", pharmacies=[central])


@pytest.fixture
def otto(luque: Pharmacy) -> User:
    """A cashier who has nothing to do with Ana."""
    return PersonFactory.create(first_name="Otto", role="Cashier", pharmacies=[luque])


@pytest.fixture
def marta(db: None) -> User:
    return PersonFactory.create(first_name="Marta", role="Admin")


@pytest.fixture
def olga(db: None) -> User:
    """Another administrator, for what Marta leaves to somebody else."""
    return PersonFactory.create(first_name="Olga", role="Admin")


@pytest.fixture
def carla(db: None) -> User:
    return PersonFactory.create(first_name="Carla", role="Auditor")

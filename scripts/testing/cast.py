"""The people and places that the tests know by name, as fixtures."""

import pytest

from accounts.models import User
from pharmacies.models import Pharmacy
from testing.factories import person


@pytest.fixture
def central(db: None) -> Pharmacy:
    """Where Ana and Beto work; it has two registers."""
    return Pharmacy.objects.create(name="Central", registers=2)


@pytest.fixture
def luque(db: None) -> Pharmacy:
    return Pharmacy.objects.create(name="Luque")


@pytest.fixture
def ana(central: Pharmacy) -> User:
    return person("Ana", "Cashier", central)


@pytest.fixture
def beto(central: Pharmacy) -> User:
    """Ana's colleague."""
    return person("Beto", "Cashier", central)


@pytest.fixture
def otto(luque: Pharmacy) -> User:
    """A cashier who has nothing to do with Ana."""
    return person("Otto", "Cashier", luque)


@pytest.fixture
def marta(db: None) -> User:
    return person("Marta", "Admin")


@pytest.fixture
def carla(db: None) -> User:
    return person("Carla", "Auditor")

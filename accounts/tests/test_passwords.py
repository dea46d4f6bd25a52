"""Passwords that another system hashed."""

import bcrypt
import pytest
from argon2 import PasswordHasher

from accounts.models import User
from cashpilot import settings as production
from testing.factories import PASSWORD

pytestmark = pytest.mark.slow

OLD = "de antes 123"


@pytest.fixture(autouse=True)
def hashers(settings):
    """Production's; the suite's own is quicker."""
    settings.PASSWORD_HASHERS = production.PASSWORD_HASHERS


@pytest.fixture
def lucia(db):
    """A person whose password the old system hashed."""
    user = User(email="lucia@example.com", first_name="Lucía", last_name="Vera")
    user.password = "argon2" + PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(OLD)
    user.save()
    return user


def sign_in(client, password):
    return client.post("/accounts/login/", {"username": "lucia@example.com", "password": password}).status_code


def test_the_old_systems_password_signs_in_and_is_hashed_anew_without_a_word_in_the_history(client, lucia):
    rows = lucia.history.count()
    assert sign_in(client, OLD) == 302
    lucia.refresh_from_db()
    assert (lucia.password.split("$")[0], lucia.history.count()) == ("pbkdf2_sha256", rows)
    assert client.get("/accounts/password/").status_code == 200


def test_so_does_an_older_one_of_bcrypt(client, lucia):
    lucia.password = "bcrypt$" + bcrypt.hashpw(OLD.encode(), bcrypt.gensalt(4)).decode()
    lucia.save()
    assert sign_in(client, OLD) == 302
    assert User.objects.get().password.split("$")[0] == "pbkdf2_sha256"


def test_a_long_wrong_password_is_an_answer_too(client, lucia):
    """Bcrypt reads 72 bytes and no more."""
    lucia.password = "bcrypt$" + bcrypt.hashpw(OLD.encode(), bcrypt.gensalt(4)).decode()
    lucia.save()
    assert sign_in(client, "x" * 100) == 422


def test_the_password_hashed_anew_signs_in_again(client, lucia):
    sign_in(client, OLD)
    client.post("/accounts/logout/")
    assert sign_in(client, OLD) == 302


def test_a_wrong_password_leaves_the_old_hash(client, lucia):
    assert sign_in(client, "otra") == 422
    assert User.objects.get().password == lucia.password


def test_our_own_passwords_are_hashed_with_djangos_default(ana):
    assert (ana.password.split("$")[0], ana.check_password(PASSWORD)) == ("pbkdf2_sha256", True)

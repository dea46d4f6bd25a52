"""Passwords that are easy to guess are refused, and others are not."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import translation

from accounts.validators import GuessableWordsValidator

GUESSABLE = [
    "cashpilot",
    "CashPilot!!",
    "Paraguay2026",
    "farmacia1",
    "f4rm4c14",
    "83920174",
    "Farmacia Central 2026",
    "farmaciacentral",
    "Asunción2026",
    "diciembre25",
    "2026-11-29 a",
    "aaaaaaaaaa1",
]


@pytest.mark.parametrize("password", GUESSABLE)
def test_what_the_business_suggests_is_refused(central, password):
    with pytest.raises(ValidationError) as refused:
        validate_password(password)
    assert "password_guessable" in [error.code for error in refused.value.error_list]


@pytest.mark.parametrize(
    "password", ["a till of her own", "tres gatos verdes", "k7mq-x4rt-9bwz", "Olimpia gana siempre", "murciélago77"]
)
def test_what_nobody_expects_is_taken(central, password):
    assert validate_password(password) is None


def test_the_names_of_pharmacies_are_guessable_too(central):
    central.name = "Botica Ñandutí"
    central.save()
    with pytest.raises(ValidationError, match=r"easy to guess|fácil de adivinar"):
        validate_password("nanduti2026")


def test_who_has_typed_nothing_yet_is_advised_and_not_told_that_it_is_easy_to_guess():
    with translation.override("en"):
        assert GuessableWordsValidator().get_help_text() == "Several words that nobody expects together are best."

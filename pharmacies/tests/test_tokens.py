"""Tokens of billing systems: made, shown once, recognised, counted, revoked; on the page of the pharmacy too."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import translation
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts.models import User
from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from pharmacies.models import ApiToken
from pharmacies.token_actions import CALLS_A_MINUTE, KEY, count_call, create_token, revoke_token, token_of
from testing.client import signed_in
from testing.database import nothing_written

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 3, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english():
    User._meta.get_field("language").default = "en"
    with translation.override("en"):
        yield
    User._meta.get_field("language").default = "es"


@pytest.fixture
def made(central, marta):
    return create_token(central, name=" Factusys ", by=marta)


def test_a_token_is_found_by_its_key_which_is_stored_nowhere(made, central, marta):
    token, key = made
    assert (token_of(key), token.name, token.pharmacy, token.created_by) == (token, "Factusys", central, marta)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM pharmacies_apitoken")
        stored = str(cursor.fetchall())
    assert (KEY.fullmatch(key)[1] in stored, key.rsplit("_", 1)[1] in stored) == (True, False)


def test_two_keys_are_never_alike(central, marta):
    assert len({create_token(central, name="x", by=marta)[1] for _each in range(20)}) == 20


@pytest.mark.parametrize("key", ["", "x", "cp_00000000_" + "a" * 43, "\0", "é" * 60])
def test_any_other_key_finds_nothing(key, made):
    assert token_of(key) is None


def test_the_open_part_alone_finds_nothing(made):
    token, key = made
    assert token_of(token.beginning + "_" + "a" * 43) is None
    assert token_of(key[:-1] + ("a" if key[-1] != "a" else "b")) is None


def test_a_token_is_revoked_once_and_finds_nothing_any_more(made, marta):
    token, key = made
    with pytest.raises(ActionRefused, match="reason"):
        revoke_token(token.pk, reason=" ", by=marta)
    with periods.at(NOW):
        revoked = revoke_token(token.pk, reason=" lost ", by=marta)
    assert (revoked.revoked_at, revoked.revoked_by, revoked.revoke_reason) == (NOW, marta, "lost")
    assert token_of(key) is None
    with pytest.raises(ActionRefused, match="already revoked"):
        revoke_token(token.pk, reason="again", by=marta)


def test_only_administrators_make_and_revoke(made, central, ana, carla):
    with nothing_written():
        for person in (ana, carla):
            with pytest.raises(ActionRefused, match="role"):
                create_token(central, name="x", by=person)
            with pytest.raises(ApiToken.DoesNotExist):
                revoke_token(made[0].pk, reason="because", by=person)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_token_has_a_name(name, central, marta):
    with pytest.raises(ValidationError):
        create_token(central, name=name, by=marta)


def test_calls_are_counted_for_a_minute(made):
    token, _key = made
    with periods.at(NOW):
        assert [count_call(token), count_call(token)] == [CALLS_A_MINUTE - 1, CALLS_A_MINUTE - 2]
    with periods.at(NOW + timedelta(seconds=59)):
        assert count_call(token) == CALLS_A_MINUTE - 3
    with periods.at(NOW + timedelta(seconds=60)):
        assert count_call(token) == CALLS_A_MINUTE - 1
    token.refresh_from_db()
    assert token.last_used_at == NOW + timedelta(seconds=60)


# --- The page ---------------------------------------------------------------------------------------------------------


def test_an_administrator_makes_a_token_and_sees_it_once(central, marta):
    browser, page = signed_in(marta), f"/pharmacies/{central.pk}/"
    response = browser.post(f"{page}tokens/", {"name": "Factusys"})
    key = re.search(r'id="key">([^<]+)<', response.content.decode())[1]
    token = ApiToken.objects.get()

    assert token_of(key) == token
    response = browser.get(page)
    assertContains(response, f"{token.beginning}…")
    assertContains(response, "never used")
    assertNotContains(response, key)


def test_a_token_without_a_name_is_asked_for_it(central, marta):
    response = signed_in(marta).post(f"/pharmacies/{central.pk}/tokens/", {"name": " "})
    assertContains(response, 'id="token_name"', status_code=422)
    assert not ApiToken.objects.exists()


def test_the_page_says_when_a_token_was_used_and_revokes_it(made, central, marta):
    token, _key = made
    page = f"/pharmacies/{central.pk}/"
    with periods.at(NOW):
        count_call(token)
    browser = signed_in(marta)
    assertContains(browser.get(page), "last used 03/07/2026 12:00")
    refused = browser.post(f"{page}tokens/{token.pk}/revoke/", {"reason": ""})
    assertContains(refused, f'id="revoke_{token.pk}_reason"', status_code=422)
    assertRedirects(browser.post(f"{page}tokens/{token.pk}/revoke/", {"reason": "lost"}), page)
    assertContains(browser.get(page), "by Marta Benítez: lost")
    late = browser.post(f"{page}tokens/{token.pk}/revoke/", {"reason": "lost"})
    assertContains(late, "already revoked", status_code=409)


def test_a_token_is_revoked_on_the_page_of_its_own_pharmacy(made, luque, marta):
    with nothing_written():
        response = signed_in(marta).post(f"/pharmacies/{luque.pk}/tokens/{made[0].pk}/revoke/", {"reason": "lost"})
    assert response.status_code == 404


def test_who_only_reads_sees_no_tokens(made, central, carla):
    assertNotContains(signed_in(carla).get(f"/pharmacies/{central.pk}/"), made[0].beginning)


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_command_prints_the_token_as_its_last_word(central, marta, capsys):
    call_command("create_api_token", "central", "--name", "Factusys")
    token = token_of(capsys.readouterr().out.split()[-1])
    assert (token.pharmacy, token.name, token.created_by) == (central, "Factusys", marta)


def test_the_command_needs_a_pharmacy_and_an_administrator(central):
    for words, why in ((("Norte",), "There are: Central"), (("Central",), "no active administrator yet")):
        with pytest.raises(CommandError, match=why):
            call_command("create_api_token", *words)
    assert not ApiToken.objects.exists()

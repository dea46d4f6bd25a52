"""A person's open sessions are listed, and each can be ended alone."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts import actions
from accounts.models import SignIn
from testing.factories import PASSWORD


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"


def sign_in(user, browser):
    client = Client(headers={"User-Agent": browser})
    assert client.post("/accounts/login/", {"username": user.email, "password": PASSWORD}).status_code == 302
    return client, SignIn.objects.latest("id").pk


def is_in(client):
    return client.get("/accounts/password/").status_code == 200


def end(client, user, sign_in):
    return client.post(f"/people/{user.pk}/sessions/{sign_in}/end/")


def test_one_session_is_ended_and_the_others_go_on(ana, beto):
    here, _row = sign_in(ana, "here")
    there, row = sign_in(ana, "there")
    colleague, _row = sign_in(beto, "elsewhere")
    page = here.get("/accounts/sessions/")
    assertContains(page, "there")
    assertNotContains(page, "elsewhere")
    assert page.text.count("/end/") == 1

    assertRedirects(end(here, ana, row), "/accounts/sessions/")
    assert [is_in(client) for client in (here, there, colleague)] == [True, False, True]
    assertNotContains(here.get("/accounts/sessions/"), "there")
    ended = SignIn.objects.filter(kind="ended").get()
    assert (ended.person, ended.by, ended.browser) == (ana, ana, "here")
    assert end(here, ana, row).status_code == 404


def test_a_session_that_a_new_password_ended_is_not_listed(ana, marta):
    sign_in(ana, "there")
    office, _row = sign_in(marta, "office")
    assertContains(office.get(f"/people/{ana.pk}/"), "there")
    actions.reset_password(ana.pk, by=marta)
    assertNotContains(office.get(f"/people/{ana.pk}/"), "there")


def test_an_administrator_ends_that_of_somebody_else_and_an_auditor_only_sees_it(ana, marta, carla):
    till, row = sign_in(ana, "till")
    auditor, _row = sign_in(carla, "auditor")
    page = auditor.get(f"/people/{ana.pk}/")
    assertContains(page, "till")
    assertNotContains(page, "/end/")
    assert end(auditor, ana, row).status_code == 403
    assert is_in(till)

    office, _row = sign_in(marta, "office")
    assertRedirects(end(office, ana, row), f"/people/{ana.pk}/")
    assert not is_in(till)


def test_nobody_ends_that_of_a_colleague(ana, beto):
    till, row = sign_in(ana, "till")
    colleague, _row = sign_in(beto, "colleague")
    assert end(colleague, ana, row).status_code == 403
    assert end(colleague, beto, row).status_code == 404
    assert is_in(till)

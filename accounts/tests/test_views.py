"""Signing in and out, the own password, the own sessions, the language."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertRedirects

from accounts import actions
from accounts.models import User
from testing.client import signed_in
from testing.factories import PASSWORD

NEW = "a till of her own"
PAGE = "/accounts/password/"


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"
    User._meta.get_field("language").default = "en"
    yield
    User._meta.get_field("language").default = "es"


def sign_in(user, password=PASSWORD, **fields):
    client = Client()
    response = client.post("/accounts/login/", {"username": user.email, "password": password, **fields})
    return client, response


def change(client, old=PASSWORD, new=NEW, again=None):
    return client.post(PAGE, {"old_password": old, "new_password1": new, "new_password2": again or new})


def is_in(client):
    return client.get(PAGE).status_code == 200


# --- Signing in -------------------------------------------------------------------------------------------------------


def test_signing_in_leads_to_the_shifts_and_writes_no_history(ana):
    rows = ana.history.count()
    client, response = sign_in(ana)
    assertRedirects(response, "/")
    assert (is_in(client), ana.history.count()) == (True, rows)


@pytest.mark.parametrize("spelling", ["ANA@Example.com", " ana@example.com "])
def test_the_e_mails_capitals_and_spaces_do_not_matter(ana, spelling):
    assertRedirects(sign_in(ana, username=spelling)[1], "/")


def test_a_wrong_password_and_an_unknown_e_mail_are_told_alike(ana):
    wrong, unknown = sign_in(ana, "wrong")[1], sign_in(ana, username="x@example.com")[1]
    for response in (wrong, unknown):
        assertContains(response, "The e-mail or the password is wrong.", status_code=422)


def test_the_disabled_do_not_sign_in(marta, ana):
    actions.disable(ana.pk, by=marta)
    assertContains(sign_in(ana)[1], "The e-mail or the password is wrong.", status_code=422)


def test_signing_out_needs_a_post_and_leads_to_the_login(ana):
    client = signed_in(ana)
    assert client.get("/accounts/logout/").status_code == 405
    assertRedirects(client.post("/accounts/logout/"), "/accounts/login/")
    assert not is_in(client)


# --- What ends a session ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [actions.disable, actions.reset_password])
def test_disabling_and_resetting_end_sessions_at_the_next_request(marta, ana, act):
    client = signed_in(ana)
    assert is_in(client)
    act(ana.pk, by=marta)
    response = client.get("/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/"})
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["HX-Redirect"].startswith("/accounts/login/")
    assert not is_in(client)


def test_enabling_brings_no_session_back(marta, ana):
    client = signed_in(ana)
    actions.disable(ana.pk, by=marta)
    actions.enable(ana.pk, by=marta)
    assert not is_in(client)


def test_an_ended_assignment_is_felt_at_the_next_request(marta, ana, central):
    client = signed_in(ana)
    assertContains(client.get("/sessions/open/"), "Central")
    actions.assign(ana.pk, pharmacies=[], by=marta)
    assert "Central" not in client.get("/sessions/open/").text


def test_a_new_role_is_felt_at_the_next_request(marta, carla):
    client = signed_in(carla)
    assert client.get("/admin/").status_code == 200
    actions.edit_person(carla.pk, role="Cashier", by=marta)
    assert client.get("/admin/").status_code == 403


# --- The own password -------------------------------------------------------------------------------------------------


def test_a_changed_password_keeps_this_session_and_ends_the_others(ana):
    here, there = signed_in(ana), signed_in(ana)
    assertRedirects(change(here), "/")
    assert (is_in(here), is_in(there)) == (True, False)
    assertRedirects(sign_in(ana, NEW)[1], "/")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"old": "wrong"}, "Your old password was entered incorrectly."),
        ({"new": "short"}, "This password is too short."),
        ({"new": "Paraguay2026"}, "This password is easy to guess."),
        ({"new": "password123"}, "This password is too common."),
        ({"new": "ana@example.com"}, "The password is too similar to the e-mail."),
        ({"again": "another one"}, "The two password fields didn’t match."),
        ({"new": PASSWORD}, "That is your present password."),
    ],
)
def test_a_refused_password_changes_nothing(ana, fields, sentence):
    client = signed_in(ana)
    response = change(client, **fields)
    assert response.status_code == 422
    assert any(sentence in error for errors in response.context["form"].errors.values() for error in errors)
    ana.refresh_from_db()
    assert (ana.check_password(PASSWORD), is_in(client)) == (True, True)


def test_a_given_password_opens_nothing_but_its_own_change(marta, ana):
    _ana, given = actions.reset_password(ana.pk, by=marta)
    client, _response = sign_in(ana, given)
    for page in ("/", "/sessions/open/", "/admin/", "/nowhere/"):
        assertRedirects(client.get(page), PAGE)
    assertRedirects(client.post("/accounts/sign-out-others/"), PAGE)
    assert client.post("/i18n/setlang/", {"language": "en", "next": "/"}).headers["Location"] == "/"
    assert client.post("/accounts/stay/").status_code == 204
    assertRedirects(change(client, given), "/")
    assert client.get("/").status_code == 200


def test_a_given_password_under_htmx_leaves_the_page(marta, ana):
    _ana, given = actions.reset_password(ana.pk, by=marta)
    response = sign_in(ana, given)[0].get("/", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (204, PAGE)


def test_a_given_password_in_the_back_office_too(marta):
    nilda, given = actions.create_person(
        email="n@example.com", first_name="Nilda", last_name="Ríos", role="Admin", by=marta
    )
    client = sign_in(nilda, given)[0]
    assertRedirects(client.get("/admin/"), PAGE)
    assertRedirects(client.post("/accounts/logout/"), "/accounts/login/")


def test_a_given_password_cannot_be_kept(marta, ana):
    _ana, given = actions.reset_password(ana.pk, by=marta)
    assert change(sign_in(ana, given)[0], given, given).status_code == 422
    ana.refresh_from_db()
    assert ana.must_change_password


def test_whoever_guesses_at_an_open_session_is_paused_too(ana):
    client = signed_in(ana)
    assert [change(client, old="wrong").status_code for _each in range(6)] == [422] * 4 + [429] * 2
    assert change(client).status_code == 429
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


# --- Other sessions, language -----------------------------------------------------------------------------------------


def test_other_sessions_are_signed_out_and_this_one_goes_on(ana, beto):
    here, there, colleague = signed_in(ana), signed_in(ana), signed_in(beto)
    assertRedirects(here.post("/accounts/sign-out-others/"), PAGE)
    assert [is_in(client) for client in (here, there, colleague)] == [True, False, True]
    assert here.get("/accounts/sign-out-others/").status_code == 405


def test_a_language_is_remembered_with_the_person(ana):
    signed_in(ana).post("/i18n/setlang/", {"language": "es"})
    ana.refresh_from_db()
    assert ana.language == "es"


@pytest.mark.parametrize("language", ["fr", "", "\0"])
def test_an_unknown_language_changes_nothing(ana, language):
    response = signed_in(ana).post("/i18n/setlang/", {"language": language, "next": "https://elsewhere.example/"})
    ana.refresh_from_db()
    assert (ana.language, response.headers["Location"]) == ("en", "/")


# --- Mails ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "offered"),
    [("ana", {"mails_own_flags"}), ("carla", {"mails_digest"})],
)
def test_each_role_is_offered_its_mails(who, offered, request):
    response = signed_in(request.getfixturevalue(who)).get("/accounts/mails/")

    assert set(response.context["form"].fields) == offered


def test_who_chooses_mails_receives_those_and_no_others(marta):
    versions = marta.history.count()
    response = signed_in(marta).post("/accounts/mails/", {"mails_digest": "on", "is_staff": ""})
    marta.refresh_from_db()

    assert response.status_code == 302
    assert (marta.mails_digest, marta.mails_alerts, marta.mails_own_flags) == (True, False, False)
    assert marta.is_staff
    assert marta.history.count() == versions + 1
    signed_in(marta).post("/accounts/mails/", {"mails_digest": "on"})
    assert marta.history.count() == versions + 1


def test_mails_of_another_role_are_not_chosen_by_sending_them(ana):
    signed_in(ana).post("/accounts/mails/", {"mails_digest": "on", "mails_own_flags": "on"})
    ana.refresh_from_db()

    assert (ana.mails_digest, ana.mails_own_flags) == (False, True)

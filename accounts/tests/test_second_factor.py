"""A second factor: asked for at the sign-in, set up by its person, required by a setting, reset by another."""

import pytest
from django.core import mail
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django.asserts import assertContains, assertRedirects

from accounts import second_factor
from accounts.models import SignIn
from cashpilot.exceptions import ActionRefused
from testing.client import signed_in
from testing.factories import PASSWORD

OWN, ASKED = "/accounts/second-factor/own/", "/accounts/second-factor/"


@pytest.fixture(autouse=True)
def english(settings, marta):
    settings.LANGUAGE_CODE = marta.language = "en"
    marta.save()


def code_of(person, ahead=0):
    """The code that the person's app shows, `ahead` periods of half a minute from now."""
    device = TOTPDevice.objects.get(user=person)
    return f"{totp(device.bin_key, drift=ahead):06}"


def set_up(person):
    second_factor.begun(person)
    return second_factor.set_up(code_of(person), by=person)


def password_given(person, goes_on="/people/"):
    client = Client()
    answer = client.post(
        "/accounts/login/", {"username": person.email, "password": PASSWORD, "next": goes_on}, follow=False
    )
    return client, answer


def is_in(client):
    return client.get("/accounts/password/").status_code == 200


def test_it_is_set_up_with_the_first_code_and_gives_codes_to_print(marta):
    client = signed_in(marta)
    page = client.get(OWN)
    assertContains(page, "<svg")
    assertContains(page, page.context["secret"])
    assert client.post(OWN, {"code": "000000"}).status_code == 422
    assert not second_factor.is_set_up(marta)

    TOTPDevice.objects.update(throttling_failure_count=0)
    page = client.post(OWN, {"code": code_of(marta)})
    assert len(set(page.context["codes"])) == 10
    assert second_factor.is_set_up(marta)
    assert marta.history.latest().history_change_reason == "second factor set up"
    assert "<svg" not in client.get(OWN).text


def test_the_password_alone_lets_nobody_in_and_the_code_goes_on_where_they_were(marta):
    set_up(marta)
    client, answer = password_given(marta)
    assertRedirects(answer, ASKED)
    assert not is_in(client)
    assert not SignIn.objects.filter(kind="in").exists()

    assert client.post(ASKED, {"code": "123"}).status_code == 422
    TOTPDevice.objects.update(throttling_failure_count=0)
    assertRedirects(client.post(ASKED, {"code": code_of(marta, ahead=1)}), "/people/")
    assert is_in(client)
    assert list(SignIn.objects.order_by("id").values_list("kind", flat=True)) == ["failed", "in"]


def test_a_printed_code_is_good_once(marta):
    code, *_others = set_up(marta)
    client, _answer = password_given(marta)
    assert client.post(ASKED, {"code": code.upper()}).status_code == 302
    again, _answer = password_given(marta)
    assert again.post(ASKED, {"code": code}).status_code == 422


def test_a_code_is_good_once(marta):
    set_up(marta)
    code = code_of(marta, ahead=1)
    statuses = [password_given(marta)[0].post(ASKED, {"code": code}).status_code for _each in range(2)]
    assert statuses == [302, 422]


def test_guessing_codes_pauses_the_sign_in(marta):
    set_up(marta)
    client, _answer = password_given(marta)
    assert [client.post(ASKED, {"code": "000000"}).status_code for _each in range(6)] == [422] * 4 + [429] * 2


def test_nobody_is_asked_who_gave_no_password(marta):
    set_up(marta)
    assertRedirects(Client().get(ASKED), "/accounts/login/")
    assertRedirects(Client().post(ASKED, {"code": code_of(marta)}), "/accounts/login/")


def test_who_has_none_signs_in_as_ever(marta):
    client, answer = password_given(marta)
    assertRedirects(answer, "/people/")
    assert is_in(client)


def test_where_it_is_required_the_back_office_begins_with_it_and_tills_go_on(marta, ana, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    client, till = signed_in(marta), signed_in(ana)
    for page in ("/", "/people/", "/admin/"):
        assertRedirects(client.get(page), OWN)
    assert till.get("/").status_code == 200
    client.get(OWN)
    assert client.post(OWN, {"code": code_of(marta)}).status_code == 200
    assert client.get("/people/").status_code == 200


def test_where_it_is_required_a_session_of_before_is_let_in_by_a_code(marta, settings):
    set_up(marta)
    settings.SECOND_FACTOR_REQUIRED = True
    client = signed_in(marta)
    assertRedirects(client.get("/people/"), OWN)
    assertRedirects(client.post(OWN, {"code": code_of(marta, ahead=1)}), "/")
    assert client.get("/people/").status_code == 200


def test_another_administrator_resets_it_which_is_recorded_and_mailed(marta, carla, django_capture_on_commit_callbacks):
    set_up(carla)
    auditor = signed_in(carla)
    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in(marta).post(f"/people/{carla.pk}/reset-factor/")
    assertRedirects(answer, f"/people/{carla.pk}/")

    row = carla.history.latest()
    assert (row.history_user, row.history_change_reason) == (marta, "second factor reset")
    assert [(letter.to, str(marta) in letter.body) for letter in mail.outbox] == [(["carla@example.com"], True)]
    assert not is_in(auditor)
    assert not second_factor.is_set_up(carla)
    assert password_given(carla)[1].headers["Location"] == "/people/"


def test_nobody_resets_their_own_or_one_that_is_not_there(marta, carla):
    set_up(marta)
    for person in (marta, carla):
        with pytest.raises(ActionRefused):
            second_factor.reset(person.pk, by=marta)
    with pytest.raises(ActionRefused):
        second_factor.reset(marta.pk, by=carla)
    assert second_factor.is_set_up(marta)

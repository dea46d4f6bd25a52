from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import time_machine
from django.db import connection
from django.test import Client, RequestFactory
from pytest_django.asserts import assertContains

from accounts import actions
from accounts.lockout import client_address
from accounts.models import SignIn
from testing.client import signed_in
from testing.factories import PASSWORD

pytestmark = pytest.mark.slow

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"


def sign_in(username, password="wrong", **extra):
    return Client().post("/accounts/login/", {"username": username, "password": password}, **extra)


def failures(count, account="x@example.com", address="127.0.0.1"):
    """Wrong passwords typed just now."""
    SignIn.objects.bulk_create(
        SignIn(kind=SignIn.Kind.FAILED, account=account, address=address) for _each in range(count)
    )


def statuses(tries, username="ana@example.com", **extra):
    return [sign_in(username, **extra).status_code for _each in range(tries)]


def test_the_fifth_wrong_password_locks_the_account(ana):
    assert statuses(6) == [422, 422, 422, 422, 429, 429]
    assert sign_in("ana@example.com", PASSWORD).status_code == 429


def test_another_account_is_not_locked(ana, beto):
    statuses(5)
    assert sign_in("beto@example.com", PASSWORD).status_code == 302


def test_who_does_not_exist_is_locked_alike(db):
    """Or the lock would tell who does."""
    assert statuses(5, "nobody@example.com") == [422, 422, 422, 422, 429]


def test_the_lock_says_when_to_try_again_and_ends_then(clock, ana):
    statuses(4)
    clock.move_to(NOON + timedelta(minutes=3))
    response = sign_in("ana@example.com")
    assertContains(response, "Wait 15 minutes and try again.", status_code=429)
    assert response.headers["Retry-After"] == "900"
    clock.move_to(NOON + timedelta(minutes=17, seconds=30))
    assertContains(sign_in("ana@example.com", PASSWORD), "Wait 1 minute and try again.", status_code=429)
    clock.move_to(NOON + timedelta(minutes=18, seconds=1))
    assert sign_in("ana@example.com", PASSWORD).status_code == 302


def test_tries_during_the_lock_do_not_extend_it(clock, ana):
    statuses(5)
    for minutes in range(1, 15):
        clock.move_to(NOON + timedelta(minutes=minutes))
        sign_in("ana@example.com")
    clock.move_to(NOON + timedelta(minutes=15, seconds=1))
    assert sign_in("ana@example.com", PASSWORD).status_code == 302


def test_old_failures_are_forgotten(clock, ana):
    statuses(4)
    clock.move_to(NOON + timedelta(minutes=16))
    assert statuses(4) == [422, 422, 422, 422]


def test_a_right_password_forgives_its_account_alone(ana, beto):
    statuses(4, "beto@example.com")
    statuses(4)
    assert sign_in("ana@example.com", PASSWORD).status_code == 302
    assert statuses(1) == [422]
    assert statuses(1, "beto@example.com") == [429]


@pytest.mark.parametrize("spelling", ["ANA@example.com", "  ana@Example.com ", "ａna@example.com"])
def test_capitals_and_spaces_are_no_second_account(ana, spelling):
    statuses(4)
    assert sign_in(spelling).status_code == 429


def test_another_browser_or_address_is_no_second_chance(ana):
    tries = [{"HTTP_USER_AGENT": f"browser {each}", "REMOTE_ADDR": f"10.0.0.{each}"} for each in range(1, 6)]
    assert [sign_in("ana@example.com", **one).status_code for one in tries] == [422, 422, 422, 422, 429]


# --- Devices that people used before ----------------------------------------------------------------------------------


def device_of(*emails):
    """A browser in which these people signed in, and out again."""
    till = Client()
    for email in emails:
        assert till.post("/accounts/login/", {"username": email, "password": PASSWORD}).status_code == 302
        till.post("/accounts/logout/")
    return till


def try_at(till, email, password="wrong"):
    return till.post("/accounts/login/", {"username": email, "password": password}).status_code


def test_strangers_keep_nobody_out_of_a_device_that_they_used_before(ana):
    till = device_of("ana@example.com")
    assert statuses(8, REMOTE_ADDR="10.0.0.66")[-4:] == [429] * 4
    failures(10_000, "ana@example.com")

    assert try_at(Client(), "ana@example.com", PASSWORD) == 429
    assert try_at(till, "ana@example.com", PASSWORD) == 302


def test_a_known_device_has_five_tries_of_its_own(ana):
    till = device_of("ana@example.com")
    assert [try_at(till, "ana@example.com") for _each in range(5)] == [422] * 4 + [429]
    assert try_at(till, "ana@example.com", PASSWORD) == 429
    assert try_at(Client(), "ana@example.com", PASSWORD) == 302


def test_a_device_known_from_others_is_no_second_chance_at_an_account(ana, beto):
    till = device_of("beto@example.com")
    statuses(4)
    assert try_at(till, "ana@example.com") == 429


def test_failures_from_one_address_keep_no_till_of_the_pharmacy_out(ana, beto):
    """Nor who works at that till for the first time."""
    till = device_of("ana@example.com")
    failures(10_000)

    assert sign_in("beto@example.com", PASSWORD).status_code == 429
    assert try_at(till, "ana@example.com", PASSWORD) == 302
    assert try_at(till, "beto@example.com", PASSWORD) == 302


def test_a_till_where_many_fail_is_paused_alone(ana, beto):
    till = device_of("ana@example.com")
    for row in SignIn.objects.filter(kind=SignIn.Kind.SIGNED_IN):
        many = [SignIn(kind="failed", account=f"{n}@example.com", device=row.device) for n in range(100)]
        SignIn.objects.bulk_create(many)

    assert try_at(till, "beto@example.com", PASSWORD) == 429
    assert try_at(Client(), "beto@example.com", PASSWORD) == 302


def test_a_made_up_device_is_an_unknown_one(ana, settings):
    till = device_of("ana@example.com")
    statuses(5)
    value = till.cookies[settings.DEVICE_COOKIE_NAME].value
    forger = Client()
    forger.cookies[settings.DEVICE_COOKIE_NAME] = value.split(":")[0]
    assert try_at(forger, "ana@example.com", PASSWORD) == 429


def test_the_cookie_of_a_device_is_for_the_server_alone_and_lasts_a_year(ana, settings):
    cookie = device_of("ana@example.com").cookies[settings.DEVICE_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 365 * 24 * 3600)


# --- Addresses --------------------------------------------------------------------------------------------------------


def test_an_address_is_locked_after_many_failures_at_any_accounts(ana):
    failures(98)
    assert statuses(3, "beto@example.com") == [422, 429, 429]
    assert sign_in("ana@example.com", PASSWORD).status_code == 429
    assert sign_in("ana@example.com", PASSWORD, REMOTE_ADDR="10.0.0.1").status_code == 302


def test_a_forged_address_is_no_way_out(ana):
    failures(100)
    assert sign_in("ana@example.com", PASSWORD, HTTP_X_FORWARDED_FOR="10.0.0.1").status_code == 429


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "10.0.0.1", "127.0.0.1"),
        (1, None, "127.0.0.1"),
        (1, "10.0.0.1", "10.0.0.1"),
        (1, "forged, 10.0.0.1", "10.0.0.1"),
        (2, "forged, 10.0.0.1, 192.168.0.1", "10.0.0.1"),
        (2, "10.0.0.1", "127.0.0.1"),
        (1, "forged", "127.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_wrote_counts(settings, proxies, header, address):
    settings.PROXIES = proxies
    headers = {"X-Forwarded-For": header} if header else {}
    assert client_address(RequestFactory().get("/", headers=headers)) == address


def test_a_socket_has_no_address(settings):
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) is None


def test_an_administrator_unlocks(marta, ana):
    statuses(5)
    actions.unlock(ana.pk, by=marta)
    assert sign_in("ana@example.com", PASSWORD).status_code == 302
    assert ana.history.latest().history_change_reason == "sign-in unlocked"


def test_a_reset_unlocks_too(marta, ana):
    statuses(5)
    _ana, password = actions.reset_password(ana.pk, by=marta)
    assert sign_in("ana@example.com", password).status_code == 302


def test_the_back_offices_login_is_the_same(db):
    response = Client().get("/admin/login/", {"next": "/admin/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/accounts/login/?next=/admin/")
    post = Client().post("/admin/login/", {"username": "marta@example.com", "password": PASSWORD})
    assert post.headers["Location"].startswith("/accounts/login/")


def test_who_is_signed_in_elsewhere_stays_so(ana):
    client = signed_in(ana)
    statuses(5)
    assert client.get("/accounts/password/").status_code == 200


def test_no_password_is_stored(ana):
    sign_in("ana@example.com", "nearly my password")
    assert "nearly" not in str(SignIn.objects.values().get())


@pytest.mark.parametrize("username", ["", "\0", "a" * 300, "ana@example.com\0"])
def test_nonsense_is_refused_and_not_counted(ana, username):
    assert (sign_in(username).status_code, SignIn.objects.count()) == (422, 0)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_forty_tries_at_once_lock_at_five(ana):
    seen = []

    def one():
        try:
            seen.append(sign_in("ana@example.com").status_code)
        finally:
            connection.close()

    threads = [Thread(target=one) for _each in range(40)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (seen.count(429) >= 36, seen.count(422) <= 4, len(seen)) == (True, True, 40)
    assert sign_in("ana@example.com", PASSWORD).status_code == 429


def test_where_account_and_address_are_both_locked_the_later_lock_counts(clock, ana):
    locks = [("ana@example.com", "10.0.0.1", 5, 0), ("x@example.com", "127.0.0.1", 100, 10)]
    for username, address, count, minutes in locks:
        clock.move_to(NOON + timedelta(minutes=minutes))
        failures(count, username, address)
    clock.move_to(NOON + timedelta(minutes=11))
    assertContains(sign_in("ana@example.com", PASSWORD), "Wait 14 minutes and try again.", status_code=429)


def test_the_fourth_wrong_password_says_that_one_is_left_and_nothing_of_saving(ana):
    for name in ("ana@example.com", "nobody@example.com"):
        answers = [sign_in(name).text for _each in range(4)]
        assert ["One try is left." in text for text in answers] == [False, False, False, True]
        assert not any("Not saved" in text for text in answers)

"""How long a session lasts, to the second."""

from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts import actions
from accounts.models import User
from cashpilot.db.sqlite3 import base
from testing.client import signed_in
from testing.database import update
from testing.factories import PASSWORD

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
PAGE = "/accounts/password/"
ENDED = "Your session ended by itself"


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def english(settings):
    """Before anybody is signed in."""
    settings.LANGUAGE_CODE = "en"


def is_in(client, page=PAGE):
    return client.get(page).status_code == 200


def after(clock, **span):
    clock.move_to(NOON + timedelta(**span))


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "minutes"), [("ana", 30), ("marta", 120), ("carla", 120)])
def test_an_unused_session_ends_to_the_second(clock, request, who, minutes):
    client = signed_in(request.getfixturevalue(who))
    assert is_in(client)
    after(clock, minutes=minutes, seconds=-1)
    assert is_in(client)
    after(clock, minutes=2 * minutes, seconds=-1)
    assert not is_in(client)


def test_the_first_page_after_signing_in_is_not_waited_for_longer(clock, ana):
    """The row is saved with the cookie's 12 hours, and cut to the idle time in the same request."""
    client = Client()
    client.post("/accounts/login/", {"username": ana.email, "password": PASSWORD})
    assert Session.objects.get().expire_date == NOON + timedelta(minutes=30)
    after(clock, minutes=30)
    assert not is_in(client)


def test_the_back_office_ends_like_every_page(clock, marta):
    client = signed_in(marta)
    assert is_in(client, "/admin/")
    after(clock, hours=2)
    assertRedirects(client.get("/admin/"), "/accounts/login/?next=/admin/", fetch_redirect_response=False)


def test_the_spans_are_settings(clock, ana, settings):
    settings.CASHIER_IDLE = timedelta(minutes=5)
    client = signed_in(ana)
    assert is_in(client)
    after(clock, minutes=5)
    assert not is_in(client)


def test_twelve_hours_after_signing_in_it_is_over_however_busy(clock, ana):
    client = signed_in(ana)
    for minutes in range(0, 12 * 60, 20):
        after(clock, minutes=minutes)
        assert is_in(client)
    after(clock, hours=12, seconds=-1)
    assert is_in(client)
    after(clock, hours=12)
    assert not is_in(client)


def test_asking_to_stay_is_enough_and_needs_a_post(clock, ana):
    client = signed_in(ana)
    assert is_in(client)
    after(clock, minutes=29)
    response = client.post("/accounts/stay/")
    assert (response.status_code, response.headers["Session-Ends-In"]) == (204, "1800")
    assert client.get("/accounts/stay/").status_code == 405
    after(clock, minutes=58)
    assert is_in(client)


def test_each_page_knows_how_long_the_session_lasts(clock, ana):
    client = signed_in(ana)
    assertContains(client.get(PAGE), 'data-seconds="1800"')
    for minutes in range(20, 12 * 60, 20):
        after(clock, minutes=minutes)
        client.get(PAGE)
    assertContains(client.get(PAGE), 'data-seconds="1200"')


def expire_date():
    return Session.objects.get().expire_date


def wrote(client, page=PAGE):
    """Say whether a page, which answers, wrote anything."""
    with CaptureQueriesContext(connection) as queries:
        assert is_in(client, page)
    return any(query["sql"].startswith(("UPDATE", "INSERT", "DELETE")) for query in queries.captured_queries)


def test_the_end_is_written_once_a_minute_and_the_session_never_again(clock, ana):
    client = signed_in(ana)
    data = Session.objects.get().session_data
    assert wrote(client)
    after(clock, seconds=59)
    assert not wrote(client)
    assert expire_date() == NOON + timedelta(minutes=30)
    after(clock, seconds=60)
    assert wrote(client)
    assert expire_date() == NOON + timedelta(minutes=31)
    assert Session.objects.get().session_data == data


def test_of_a_short_idle_time_a_twentieth_passes_unwritten(clock, ana, settings):
    settings.CASHIER_IDLE = timedelta(minutes=10)
    client = signed_in(ana)
    assert wrote(client)
    after(clock, seconds=29)
    assert not wrote(client)
    after(clock, seconds=30)
    assert wrote(client)


def test_what_is_told_is_the_end_that_stands(clock, ana):
    client = signed_in(ana)
    client.get(PAGE)
    after(clock, seconds=40)
    response = client.get(PAGE)
    assert response.headers["Session-Ends-In"] == "1760"
    assertContains(response, 'data-seconds="1760"')


def test_an_end_that_draws_nearer_is_written_at_once(clock, ana, settings):
    client = signed_in(ana)
    client.get(PAGE)
    settings.CASHIER_IDLE = timedelta(minutes=29, seconds=50)
    assert wrote(client)
    assert expire_date() == NOON + timedelta(minutes=29, seconds=50)


def test_near_the_twelve_hours_nothing_more_is_written(clock, ana):
    client = signed_in(ana)
    for minutes in range(0, 12 * 60, 25):
        after(clock, minutes=minutes)
        client.get(PAGE)
    after(clock, hours=12, seconds=-1)
    assert not wrote(client)


@pytest.mark.parametrize("page", ["/", "/sessions/", "/review/", "/reports/differences/", "/admin/", PAGE])
def test_a_page_that_is_read_writes_nothing_else(clock, marta, page):
    client = signed_in(marta)
    client.get(PAGE)
    assert not wrote(client, page)


# --- A database that cannot be written --------------------------------------------------------------------------------


@pytest.fixture
def read_only(db):
    """Yield what makes the database refuse every change from then on, until the test is over."""
    is_sqlite = connection.vendor == "sqlite"
    with transaction.atomic(), connection.cursor() as cursor:
        yield lambda: cursor.execute("PRAGMA query_only = ON" if is_sqlite else "SET LOCAL transaction_read_only = on")
        if is_sqlite:
            cursor.execute("PRAGMA query_only = OFF")
        transaction.set_rollback(True)


def test_pages_answer_on_a_read_only_database(clock, marta, read_only):
    client = signed_in(marta)
    client.get(PAGE)
    after(clock, minutes=5)
    read_only()
    response = client.get("/sessions/")
    assert (response.status_code, response.headers["Session-Ends-In"]) == (200, "6900")


def test_what_is_sent_to_a_read_only_database_is_answered_in_words(ana, central, read_only):
    update(User.objects.filter(pk=ana.pk), language="en")
    client = signed_in(ana)
    client.get(PAGE)
    client.raise_request_exception = False
    read_only()
    response = client.post("/sessions/open/", {"pharmacy": central.pk, "register": 1, "initial_cash": "500000"})
    assertContains(response, "At the moment the database can only be read", status_code=503)
    assertContains(response, "Nothing was saved. Wait a moment and send it again.", status_code=503)


@pytest.mark.django_db(transaction=True)
def test_a_page_does_not_wait_for_whoever_writes(clock, ana, monkeypatch):
    """On SQLite that is anybody, on PostgreSQL whoever holds the row of the session."""
    monkeypatch.setattr(base, "sleep", lambda _seconds: pytest.fail("it waits"))
    client = signed_in(ana)
    client.get(PAGE)
    after(clock, minutes=5)
    is_held, may_end = Event(), Event()

    def hold():
        try:
            with transaction.atomic():
                Session.objects.update(expire_date=NOON + timedelta(minutes=30))
                is_held.set()
                assert may_end.wait(60)
        finally:
            connection.close()

    holder = Thread(target=hold)
    holder.start()
    assert is_held.wait(60)
    try:
        response = client.get(PAGE)
    finally:
        may_end.set()
        holder.join()
    assert response.status_code == 200
    assert expire_date() == NOON + timedelta(minutes=30)


def test_a_sign_out_is_not_undone(clock, ana):
    client = signed_in(ana)
    client.post("/accounts/logout/")
    assert Session.objects.count() == 0
    assert not is_in(client)


# --- Afterwards -------------------------------------------------------------------------------------------------------


def test_the_login_says_that_the_session_ended_and_leads_back(clock, ana):
    client = signed_in(ana)
    client.get("/")
    after(clock, minutes=30)
    response = client.get("/?status=open", follow=True)
    assert response.redirect_chain == [("/accounts/login/?next=/%3Fstatus%3Dopen", 302)]
    assertContains(response, ENDED)
    signed = client.post("/accounts/login/", {"username": ana.email, "password": PASSWORD, "next": "/?status=open"})
    assertRedirects(signed, "/?status=open")


def test_nothing_is_said_to_who_had_no_session_or_signed_out(clock, ana):
    assertNotContains(Client().get("/", follow=True), ENDED)
    client = signed_in(ana)
    key = client.cookies["sessionid"].value
    client.post("/accounts/logout/")
    client.cookies["sessionid"] = key
    assertNotContains(client.get("/", follow=True), ENDED)


def test_a_fragment_leads_to_the_login_and_back_to_its_page(clock, ana):
    client = signed_in(ana)
    client.get("/")
    after(clock, minutes=30)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/sessions/open/"}
    response = client.get("/?page=2", headers=headers)
    assert response.status_code == 204
    assert response.headers["HX-Redirect"] == "/accounts/login/?next=http%3A//testserver/sessions/open/"
    credentials = {"username": ana.email, "password": PASSWORD, "next": "http://testserver/sessions/open/"}
    response = client.post("/accounts/login/", credentials)
    assertRedirects(response, "http://testserver/sessions/open/", fetch_redirect_response=False)


def test_a_form_leads_back_to_the_page_it_stood_on(ana):
    response = Client().post("/sessions/1/movements/", headers={"Referer": "http://testserver/sessions/1/"})
    assert response.headers["Location"] == "/accounts/login/?next=http%3A//testserver/sessions/1/"
    assert Client().post("/sessions/1/movements/").headers["Location"] == "/accounts/login/?next=/"


def test_nobody_is_led_to_another_site(ana):
    credentials = {"username": ana.email, "password": PASSWORD, "next": "https://elsewhere.example/"}
    assertRedirects(Client().post("/accounts/login/", credentials), "/")


def test_whose_account_was_disabled_is_not_told_that_time_ran_out(clock, ana, marta):
    client = signed_in(ana)
    client.get("/")
    actions.disable(ana.pk, by=marta)
    response = client.get("/", follow=True)
    assert response.redirect_chain == [("/accounts/login/?next=/", 302)]
    assertNotContains(response, ENDED)

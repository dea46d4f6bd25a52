"""When anything goes wrong, people see one kind page in their language, with the id that the log bears."""

import logging
import re
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import expect

from cashpilot.exceptions import ActionRefused
from cashpilot.web.errors import bad_request, server_error
from cashpilot.web.middleware import small_bodies
from sessions_app.actions import unit_of_work
from sessions_app.models import CashSession
from sessions_app.views import marks, shifts
from testing.client import signed_in
from testing.database import nothing_written
from testing.factories import PASSWORD, ShiftFactory

HTMX = {"HX-Request": "true"}
# Words of Python, SQL, files and versions, which no page may contain.
INSIDES = re.compile(r"Traceback|File \"|SELECT|INSERT|sessions_app_|\.py|django|gunicorn|Exception|Error\b|5\.2", re.I)

# What is said to have become of what was sent.
NOTHING, SAVED, UNKNOWN = "Nothing was saved.", "What you sent was saved", "We do not know whether it was saved."


def browser(user=None):
    client = signed_in(user) if user else Client()
    client.raise_request_exception = False
    return client


def english(user):
    user.language = "en"
    user.save()
    return user


@pytest.fixture
def fails(monkeypatch):
    """Let the page of a shift, and each action, raise this."""

    def arrange(error, *places):
        def fail(*_args, **_kwargs):
            raise error

        for place, name in places or [(shifts, "render_shift")]:
            monkeypatch.setattr(place, name, fail)

    return arrange


def told(response):
    """The text of an answer that is one of our error pages, checked for what each of them must have."""
    text = response.content.decode()
    assert response.headers["X-Request-ID"] in text
    assert re.fullmatch("[2-9A-HJKMNP-TV-Z]{8}", response.headers["X-Request-ID"])
    assert INSIDES.search(re.sub(r"<[^>]*>", "", text)) is None
    return text


def test_what_is_not_there_is_told_in_the_persons_language(ana):
    response = browser(ana).get("/sessions/999/")

    assert (response.status_code, response.headers["Content-Language"]) == (404, "es")
    assert '<html lang="es">' in told(response)
    ana.language = "en"
    ana.save()
    assert "There is nothing here" in told(browser(ana).get("/nowhere/"))


def test_the_role_that_does_not_include_it_is_told(carla):
    response = browser(carla).get("/sessions/open/", headers={"Accept-Language": "en"})

    assert response.status_code == 403
    assert "Tu rol no incluye esto" in told(response)


def test_a_form_without_its_token_is_told_that_nothing_was_saved(ana):
    client = browser(ana)
    client.handler.enforce_csrf_checks = True
    with nothing_written():
        response = client.post("/sessions/open/", {"initial_cash": "1"})

    assert response.status_code == 403
    assert "No se guardó nada" in told(response)


@pytest.mark.parametrize(
    ("secure", "headers", "is_another"),
    [
        (False, {"Origin": "http://testserver:8443"}, True),
        (False, {"Origin": "https://evil.example.com"}, True),
        (False, {"Origin": "http://testserver"}, False),
        (False, {}, False),
        (True, {"Referer": "https://testserver:8443/sessions/open/"}, True),
        (True, {"Referer": "https://testserver/sessions/open/"}, False),
    ],
)
def test_a_page_of_another_address_is_not_called_an_old_one(secure, headers, is_another, ana, caplog):
    client = browser(english(ana))
    client.handler.enforce_csrf_checks = True
    with nothing_written():
        response = client.post("/sessions/open/", {"initial_cash": "1"}, secure=secure, headers=headers)

    assert response.status_code == 403
    titles = ("This page was sent from another address", "The page had been open for too long")
    assert [title in told(response) for title in titles] == [is_another, not is_another]
    logged = [record.origin for record in caplog.records if record.message == "request from another origin"]
    assert logged == [*headers.values()] * is_another


@pytest.mark.one_engine
@pytest.mark.parametrize("path", ["/", "/sessions/1/flag/", "/accounts/logout/"])
def test_an_address_used_the_wrong_way_says_which_way_is_right(path, ana):
    response = browser(ana).put(path)

    assert response.status_code == 405
    assert response.headers["Allow"] in ("GET, HEAD", "POST", "POST, OPTIONS")
    told(response)


@pytest.mark.one_engine
@pytest.mark.parametrize("host", ["evil.example.com", "a b", "[::1", "testserver:port", "x" * 3000])
def test_a_made_up_host_is_told_in_the_browsers_language(host, db):
    client = browser()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    response = client.get("/accounts/login/", headers={"Host": host})

    assert response.status_code == 400
    assert "We could not read that request" in told(response)
    assert host not in response.content.decode()


def test_a_made_up_host_is_told_where_https_is_the_rule_too(db, settings):
    settings.SECURE_SSL_REDIRECT = True
    response = browser().get("/accounts/login/", headers={"Host": "evil.example.com"})

    assert response.status_code == 400
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_an_unknown_language_cookie_means_spanish(db):
    client = browser()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "tlh"

    assert '<html lang="es">' in told(client.get("/x/", headers={"Host": "evil.example.com"}))


def test_more_fields_than_a_form_has_are_refused(ana):
    response = browser(ana).post(
        "/sessions/open/", {f"field{number}": "1" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    )

    assert response.status_code == 400
    told(response)


@pytest.mark.one_engine
@pytest.mark.parametrize("path", ["/sessions/open/", "/accounts/login/"])
def test_a_text_that_is_too_long_is_refused(path, ana):
    client = browser(english(ana))
    with nothing_written():
        response = client.post(path, {"notes": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})

    assert response.status_code == 413
    assert NOTHING in told(response)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(ana, monkeypatch):
    monkeypatch.setattr(settings, "LARGEST_BODY", 1000)
    monkeypatch.setattr("django.http.request.HttpRequest._load_post_and_files", lambda request: 1 / 0)
    response = browser(ana).post("/accounts/login/", {"file": SimpleUploadedFile("a.csv", b"x" * 1001)})

    assert response.status_code == 413
    told(response)


def test_a_broken_upload_is_a_page(ana):
    response = browser(ana).post("/sessions/open/", b"--nothing", content_type="multipart/form-data; boundary=")

    assert response.status_code == 400
    told(response)


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError("secret"), 500), (SuspiciousOperation("secret"), 400), (PermissionDenied("secret"), 403)],
)
def test_whatever_a_page_raises_its_insides_stay_inside(error, status, ana, fails):
    fails(error)
    response = browser(ana).get(f"/sessions/{ShiftFactory(cashier=ana).pk}/")

    assert response.status_code == status
    assert "secret" not in told(response)


def test_a_crash_in_the_back_office_is_the_same_page(marta, monkeypatch):
    monkeypatch.setattr("django.contrib.admin.options.ModelAdmin.get_changelist_instance", lambda *_: 1 / 0)
    response = browser(marta).get("/admin/accounts/user/")

    assert response.status_code == 500
    assert "Algo falló de nuestro lado" in told(response)


def test_the_lock_of_the_login_bears_its_id_too(ana):
    for _try in range(5):
        response = browser().post("/accounts/login/", {"username": "ana@example.com", "password": "wrong"})

    assert response.status_code == 429
    told(response)


def test_a_form_that_is_refused_bears_its_id_too(ana):
    response = browser(ana).post("/sessions/open/", {})

    assert response.status_code == 422
    assert f'<meta name="request-id" content="{response.headers["X-Request-ID"]}">' in response.content.decode()


# --- Under htmx -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError(), 500), (OperationalError(), 503), (PermissionDenied(), 403)]
)
def test_under_htmx_the_page_stays_and_a_notice_says_what_happened(error, status, ana, fails):
    fails(error)
    response = browser(ana).get(f"/sessions/{ShiftFactory(cashier=ana).pk}/", headers=HTMX)

    assert response.status_code == status
    assert response.headers["HX-Reswap"] == "none"
    text = told(response)
    assert 'role="alert"' in text
    assert "<html" not in text


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_the_browser_the_list_stays_and_the_notice_goes_with_the_next_answer(page, live_server, ana, fails):
    page.goto(live_server.url)
    page.locator("[name=username]").fill(ana.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.locator("#shifts")).to_be_visible()
    address = page.url
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shifts, "render", lambda *_args, **_kwargs: 1 / 0)
        page.locator(".bar__presets a").first.click()
        expect(page.locator("#unsent")).to_contain_text("Algo falló de nuestro lado")
        expect(page.locator("#shifts")).to_be_visible()
        assert page.url == address
    page.locator(".bar__presets a").first.click()
    expect(page.locator("#unsent")).to_be_hidden()
    expect(page).not_to_have_url(address)


# --- What became of what was sent -------------------------------------------------------------------------------------


def flag(shift):
    english(shift.cashier)
    response = browser(shift.cashier).post(f"/sessions/{shift.pk}/flag/", {"reason": "odd"})
    shift.refresh_from_db()
    return response


@pytest.mark.parametrize(("error", "status"), [(ValueError(), 500), (OperationalError(), 503), (InterfaceError(), 503)])
def test_what_failed_before_the_commit_was_not_saved(error, status, ana, fails):
    shift = ShiftFactory(cashier=ana)
    fails(error, (unit_of_work, "_write"))
    response = flag(shift)

    assert (response.status_code, shift.flag_reason) == (status, "")
    assert NOTHING in told(response)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("error", "status"), [(ValueError(), 500), (OperationalError(), 503)])
def test_what_failed_after_the_commit_is_said_to_be_saved(error, status, ana, fails):
    fails(error, (marks, "redirect"))
    shift = ShiftFactory(cashier=ana)
    response = flag(shift)

    assert (response.status_code, shift.flag_reason) == (status, "odd")
    assert SAVED in told(response)


class Lost:
    """A connection that ends while it commits."""

    def __init__(self, there):
        self.there = there

    def __getattr__(self, name):
        return getattr(self.there, name)

    def commit(self):
        raise connection.Database.OperationalError("server closed the connection unexpectedly")


def lost_right_after(monkeypatch):
    """psycopg looks at the connection once more when it leaves the transaction, before anybody hears of the commit."""
    leave = connection._set_autocommit

    def find_it_lost(autocommit):
        leave(autocommit)
        if autocommit:
            raise OperationalError("the connection is lost")

    monkeypatch.setattr(connection, "_set_autocommit", find_it_lost)


def lost_meanwhile(monkeypatch):
    monkeypatch.setattr(connections["default"], "connection", Lost(connection.connection))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lost", [lost_meanwhile, lost_right_after])
def test_what_failed_in_the_commit_may_have_been_saved(ana, monkeypatch, lost):
    if connection.vendor == "postgresql":
        pytest.skip("test_faults crashes the server itself")
    shift, client = ShiftFactory(cashier=ana), browser(english(ana))
    lost(monkeypatch)
    response = client.post(f"/sessions/{shift.pk}/flag/", {"reason": "odd"})

    assert response.status_code == 503
    assert UNKNOWN in told(response)


def test_who_only_read_is_told_nothing_about_saving(ana, fails):
    fails(OperationalError())
    text = told(browser(english(ana)).get(f"/sessions/{ShiftFactory(cashier=ana).pk}/"))

    assert "saved" not in text


@contextmanager
def no_database():
    """The server that the settings name is not there."""
    name = "NAME" if connection.vendor == "sqlite" else "HOST"
    there = connection.settings_dict[name]
    connection.close()
    connection.settings_dict[name] = "/nowhere/at/all"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict[name] = there


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("cookie", "language"), [("en", "en"), ("es", "es"), ("", "es")])
def test_without_a_database_the_page_is_there_in_the_browsers_language(method, cookie, language, ana, caplog):
    client = browser(ana)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = cookie
    with no_database(), caplog.at_level(logging.INFO, "cashpilot.request"):
        response = getattr(client, method)("/sessions/open/")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert f'<html lang="{language}">' in told(response)
    [line] = [record for record in caplog.records if record.name == "cashpilot.request"]
    assert (line.status, line.user) == (503, None)
    assert client.get("/").status_code == 200  # it is back, and so are we, still signed in


@pytest.mark.django_db(transaction=True)
def test_without_a_database_the_process_is_alive_and_not_ready(db):
    with no_database():
        assert browser().get("/health/live/").status_code == 200
        assert browser().get("/health/ready/").status_code == 503


# --- Exceptions of the domain -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("conflict", "status"), [(False, 422), (True, 409)])
def test_a_refusal_that_no_form_shows_is_a_page(conflict, status, ana, fails):
    fails(ActionRefused("Not on a Sunday.", conflict=conflict))
    response = browser(ana).get(f"/sessions/{ShiftFactory(cashier=ana).pk}/")

    assert response.status_code == status
    assert "Not on a Sunday." in told(response)


def test_a_constraint_that_nothing_foresaw_is_told_by_its_sentence(ana, beto, monkeypatch):
    shift = ShiftFactory(cashier=ana)

    def take_the_register_again(_request, pk):
        twin = CashSession.objects.get(pk=pk)
        twin.pk, twin.cashier = None, beto
        with transaction.atomic():
            twin.save()

    monkeypatch.setattr(shifts, "render_shift", take_the_register_again)
    response = browser(english(ana)).get(f"/sessions/{shift.pk}/")

    assert response.status_code == 409
    assert "That register has just been opened by somebody else." in told(response)


@pytest.mark.parametrize("link", ["__cause__", "__context__"])
def test_an_error_that_came_of_a_lost_database_is_told_as_that(link, ana, fails):
    """As when a template fails while it asks for a row."""
    error = ValueError()
    setattr(error, link, OperationalError())
    fails(error)
    response = browser(ana).get(f"/sessions/{ShiftFactory(cashier=ana).pk}/")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")


@pytest.mark.parametrize(("beyond", "status"), [(0, 200), (1, 413)])
def test_a_body_may_be_as_large_as_the_limit(beyond, status, rf):
    request = rf.post("/", b"", content_type="text/plain", CONTENT_LENGTH=str(settings.LARGEST_BODY + beyond))
    try:
        response = small_bodies(lambda _request: HttpResponse())(request)
    except RequestDataTooBig as error:
        response = bad_request(request, error)
    assert response.status_code == status


@pytest.mark.parametrize("method", ["get", "head", "options", "post"])
def test_only_who_sent_something_is_told_what_became_of_it(method, rf):
    try:
        raise OperationalError
    except OperationalError:
        text = server_error(getattr(rf, method)("/")).content.decode()
    assert ("guardó" in text) == (method == "post")

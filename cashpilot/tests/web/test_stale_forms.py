"""A form whose CSRF token died: shown again to who typed it, carried out for nobody."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, resolve
from playwright.sync_api import Page, expect

from accounts.models import User
from pharmacies.models import Pharmacy
from sessions_app.actions.imports import receive_file
from sessions_app.actions.movements import add_movement
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession, Day
from testing.browser import sign_in
from testing.client import routes, signed_in
from testing.database import nothing_written, update
from testing.factories import ShiftFactory

AGAIN = "You signed in again meanwhile"
TOKEN = "0b0fd4a2-3d5e-4f0e-9d1e-0c8f9a1d2b3c"
OURS = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def english(ana: User, beto: User, marta: User) -> None:
    update([ana, beto, marta], language="en")


def _browser(user: User) -> Client:
    """One that has read a page, and with it a token, after signing in."""
    client = signed_in(user)
    client.get("/sessions/open/")
    client.handler.enforce_csrf_checks = True
    return client


def _dead(user: User, **fields: object) -> dict[str, object]:
    return {"csrfmiddlewaretoken": "x" * 64, "typed_by": user.pk, "token": TOKEN, **fields}


def _token_in(page: str) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[-1]


@pytest.mark.django_db
def test_it_is_shown_again_with_what_was_typed_and_can_be_sent(ana: User) -> None:
    shift, client = ShiftFactory(cashier=ana), _browser(ana)
    path = f"/sessions/{shift.pk}/close/"
    sent = _dead(ana, count_20000="3x10", billed_cash="150.000", notes="Feriado")
    with nothing_written():
        answer = client.post(path, sent, headers=OURS)
    assert (answer.status_code, answer.headers["Shown-Again"]) == (403, "1")
    assert AGAIN in answer.text
    for typed in ('value="3x10"', 'value="150.000"', "Feriado", f'value="{TOKEN}"'):
        assert typed in answer.text

    again = client.post(path, {**sent, "csrfmiddlewaretoken": _token_in(answer.text)}, headers=OURS)
    shift.refresh_from_db()
    assert (again.status_code, shift.final_cash, shift.notes) == (302, 600_000, "Feriado")


@pytest.mark.django_db
def test_every_form_with_amounts_or_words_is_shown_again(ana: User, marta: User, central) -> None:
    closed, opened = ShiftFactory(closed=True, cashier=ana), ShiftFactory(cashier=ana)
    typed = {
        "/sessions/open/": {"initial_cash": "7.654.321", "pharmacy": central.pk},
        f"/sessions/{opened.pk}/movements/": {"kind": "expense", "amount": "7.654.321", "description": "Taxi"},
        f"/sessions/{closed.pk}/correct/": {"final_cash": "7.654.321", "reason": "Late", "version": closed.version},
        f"/sessions/{closed.pk}/reply/": {"text": "7.654.321"},
        f"/sessions/{closed.pk}/flag/": {"reason": "7.654.321"},
        f"/days/{central.pk}/2026-07-03/": {"billed_cash": "7.654.321", "version": "0"},
    }
    for path, fields in typed.items():
        who = marta if path.startswith("/days") else ana
        with nothing_written():
            answer = _browser(who).post(path, _dead(who, **fields), headers=OURS)
        assert answer.status_code == 403, path
        assert AGAIN in answer.text, path
        assert "7.654.321" in answer.text, path
    assert not Day.objects.exists()


# Nothing is typed or ticked there, or nobody is signed in yet.
PLAIN = {
    "accounts/login/",
    "accounts/logout/",
    "accounts/second-factor/",  # a code, which is another one by then
    "accounts/second-factor/own/",
    "accounts/sign-out-others/",
    "accounts/stay/",
    "api/v1/billed/",  # a program calls it
    "i18n/setlang/",
    "people/<int:pk>/reset-factor/",
    "review/undo/",
    "sessions/<int:pk>/close/doubts/",  # asked before the close, which is shown again
}
# What the routes say about the rows that they need.
PARAMETERS = {"<int:pk>": "1", "<int:movement_pk>": "1", "<int:pharmacy_pk>": "1", "<day:date>": "2026-07-03"}


def _address(route: str) -> str:
    for parameter, value in PARAMETERS.items():
        route = route.replace(parameter, value)
    return f"/{route}"


@pytest.mark.django_db
def test_every_route_that_takes_a_form_shows_it_again_but_for_those_without_anything_typed(marta: User) -> None:
    client = signed_in(marta)
    ours = [route for route in routes(get_resolver().url_patterns) if not route.startswith("admin/")]
    taking = {route for route in ours if "POST" in client.options(_address(route)).headers.get("Allow", "")}
    shown = {route for route in taking if getattr(resolve(_address(route)).func, "is_shown_again", False)}
    assert len(shown) > 20
    assert taking - shown == PLAIN


@pytest.mark.django_db
def test_what_was_ticked_is_ticked_again(ana: User, marta: User, central: Pharmacy) -> None:
    balanced = ShiftFactory(closed=True, billed={"billed_cash": 700_000}, cashier=ana)
    paid = ShiftFactory(cashier=ana)
    transfer = add_movement(paid.pk, new=NewMovement(Kind.TRANSFER, 50_000, "SIPAP"), by=ana)
    client, ticked = _browser(marta), f"{balanced.pk}:{balanced.version}"
    shown = {
        "/review/together/": ({"shift": ticked, "note": "Conforme"}, [f'value="{ticked}" form="together" checked']),
        f"/review/{balanced.pk}/": ({"note": "Conforme", "version": balanced.version}, ["Conforme"]),
        f"/transfers/{transfer.pk}/": ({}, []),
        f"/sessions/{paid.pk}/movements/{transfer.pk}/verify/": ({}, []),
        f"/sessions/{paid.pk}/close-uncounted/": ({"reason": "Se fue la luz"}, ["Se fue la luz"]),
        f"/days/{central.pk}/2026-07-03/sign/": ({"note": "Conforme", "version": 0}, ["Conforme"]),
        "/imports/new/": ({"pharmacy": central.pk}, [f'<option value="{central.pk}" selected>']),
        "/accounts/mails/": ({"mails_digest": "on"}, ['name="mails_digest" id="id_mails_digest" checked']),
        "/accounts/password/": ({"old_password": "x"}, ['name="old_password"']),
    }
    for path, (fields, kept) in shown.items():
        with nothing_written():
            answer = client.post(path, _dead(marta, **fields), headers=OURS)
        assert (answer.status_code, answer.headers.get("Shown-Again")) == (403, "1"), path
        for text in (AGAIN, *kept):
            assert text in answer.text, path


@pytest.mark.django_db
def test_a_preview_is_shown_again_with_its_columns(marta: User, central: Pharmacy) -> None:
    table = SimpleUploadedFile("days.csv", b"Fecha;Efectivo\n2026-07-03;100000\n")
    file = receive_file(table, kind="billing", pharmacy=central, by=marta)
    with nothing_written():
        answer = _browser(marta).post(f"/imports/{file.pk}/apply/", _dead(marta, column_1="cash"), headers=OURS)
    assert (answer.status_code, AGAIN in answer.text) == (403, True)
    assert '<input type="hidden" name="column_1" value="cash"' in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example.com"},
        {"Origin": "https://testserver"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Referer": "http://testserver/sessions/open/"},
    ],
)
def test_what_another_site_sends_is_not_shown(ana: User, headers) -> None:
    with nothing_written():
        answer = _browser(ana).post("/sessions/open/", _dead(ana, initial_cash="7.654.321"), headers=headers)
    assert answer.status_code == 403
    assert "7.654.321" not in answer.text
    assert "csrfmiddlewaretoken" not in answer.text


@pytest.mark.django_db
def test_what_somebody_else_typed_is_not_shown_and_said_so(ana: User, beto: User) -> None:
    with nothing_written():
        answer = _browser(beto).post("/sessions/open/", _dead(ana, initial_cash="7.654.321"), headers=OURS)
    assert answer.status_code == 403
    assert "Somebody else is signed in on this computer now" in answer.text
    assert "7.654.321" not in answer.text


@pytest.mark.django_db
def test_nobody_signed_in_and_a_form_that_names_nobody_get_the_plain_answer(ana: User) -> None:
    stranger = Client(enforce_csrf_checks=True)
    nameless = {"csrfmiddlewaretoken": "x" * 64, "initial_cash": "7.654.321"}
    for client, sent in ((stranger, _dead(ana, initial_cash="7.654.321")), (_browser(ana), nameless)):
        answer = client.post("/sessions/open/", sent, headers=OURS)
        assert answer.status_code == 403
        assert "7.654.321" not in answer.text


@pytest.mark.django_db
def test_the_role_and_the_row_are_asked_first(ana: User, beto: User) -> None:
    shift = ShiftFactory(cashier=ana)
    answer = _browser(beto).post(f"/sessions/{shift.pk}/close/", _dead(beto, final_cash="1"), headers=OURS)
    assert answer.status_code == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_after_signing_in_again_in_another_tab_the_older_tab_sends_what_it_holds(
    page: Page, live_server, ana: User, beto: User
) -> None:
    shift = ShiftFactory(cashier=ana)
    sign_in(page, live_server.url, ana)
    page.goto(f"{live_server.url}/sessions/{shift.pk}/close/")
    page.locator("[name=count_20000]").fill("3x10")
    other = page.context.new_page()
    other.goto(live_server.url)
    other.locator(".menu summary").click()
    other.get_by_role("button", name="Sign out").click()
    sign_in(other, live_server.url, ana)

    def send() -> None:
        page.locator("[name=count_20000]").press("Control+Enter")
        expect(page.locator("#confirm")).to_be_visible()
        page.keyboard.press("Control+Enter")

    send()
    expect(page.locator("main [role=alert]")).to_contain_text(AGAIN)
    expect(page.locator("[name=count_20000]")).to_have_value("3x10")
    send()
    page.wait_for_url(f"**/sessions/{shift.pk}/")
    shift.refresh_from_db()
    assert (shift.final_cash, CashSession.objects.count()) == (600_000, 1)

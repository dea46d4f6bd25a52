"""No page lets a browser do more than it needs: asked of every address, or the test fails."""

import csv
import re
from io import StringIO

import pytest
from django.apps import apps
from django.conf import settings
from django.db import OperationalError, models, transaction
from django.test import Client
from django.urls import get_resolver

from accounts.models import SignIn
from cashpilot.files import downloads
from pharmacies.models import ApiToken
from pharmacies.token_actions import create_token, revoke_token
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import replies as reply_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import Batch, CashSession, Day, Line, Mail, Match, Source
from testing.cast import everybody
from testing.client import routes, signed_in
from testing.database import nothing_written, update
from testing.factories import PASSWORD, ShiftFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# As somebody would put into an address what belongs into a form.
IN_THE_ADDRESS = (
    "?reason=x&note=x&text=x&final_cash=1&initial_cash=1&version=1&kind=card&amount=1000&status=closed&language=en"
    "&pharmacy=1&register=2&username=ana@example.com&password=x&is_active=0&role=Admin&next=/"
)
HTMX = {"HX-Request": "true"}


def fill(ana, marta, text="otra vez"):
    """A shift in every state, with everything a person can write about it; `text` is what they write."""
    notes = [NewMovement(Kind.EXPENSE, 1_000, text), NewMovement(Kind.TRANSFER, 2_000, text)]
    shift = ShiftFactory(
        closed=True, cashier=ana, movements=notes, notes=text, ticket_number=text, billed={"billed_cash": 1}
    )
    voided = movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, 5, text), reason=text, by=marta)
    movement_actions.void_movement(shift.pk, voided.pk, reason=text, by=marta)
    reply_actions.add_reply(shift.pk, text=text, by=ana)
    mark_actions.flag_shift(shift.pk, reason=text, by=ana)
    mark_actions.sign_off_shift(shift.pk, note=text, by=marta)
    gone = ShiftFactory(closed=True, cashier=ana, register=2)
    mark_actions.delete_shift(gone.pk, reason=text, by=marta)
    forgotten = ShiftFactory(cashier=ana)
    shift_actions.close_uncounted_shift(forgotten.pk, reason=text, by=marta)
    ShiftFactory(cashier=ana)
    source = Source.objects.create(kind="billing", pharmacy=shift.pharmacy, name=text)
    table = f"Fecha;Efectivo;Cajero\n2026-07-03;50000;{text}\n".encode()
    file = {"source": source, "name": text, "content": table, "created_at": shift.opened_at, "created_by": marta}
    Batch.objects.create(**file, digest="1")
    done = dict.fromkeys(("applied_at", "undone_at"), shift.opened_at)
    done |= {"applied_by": marta, "undone_by": marta, "undo_reason": text}
    batch = Batch.objects.create(**file, digest="2", **done)
    Line.objects.create(batch=batch, place=1, key=text, date=shift.business_date)
    decided = {"decided_at": shift.opened_at, "decided_by": marta, "decision": text}
    Match.objects.create(batch=batch, shift=shift, **decided)
    state = {"state": Mail.State.GIVEN_UP, "error": text, "owed_at": shift.opened_at, "due_at": shift.opened_at}
    Mail.objects.create(person=marta, occasion="x", subject=text, text=text, html=text, session=shift, **state)
    Day.objects.create(
        pharmacy=shift.pharmacy,
        date=shift.business_date,
        signed_off_at=shift.opened_at,
        signed_off_by=marta,
        signed_off_note=text,
    )
    token, _key = create_token(shift.pharmacy, name=text, by=marta)
    revoke_token(token.pk, reason=text, by=marta)
    return shift


@pytest.fixture
def shift(ana, marta):
    return fill(ana, marta)


def addresses(shift):
    """A path for every route; {route: path}."""
    transfer = shift.movements.get(kind=Kind.TRANSFER)
    rows = {
        "cashsession": shift.pk,
        "user": shift.cashier_id,
        "pharmacy": shift.pharmacy_id,
        "mail": Mail.objects.first().pk,
    }
    parts = {
        "imports/<int:pk>": f"imports/{Batch.objects.get(applied_at=None).pk}",
        "<int:pharmacy_pk>/<day:date>": f"{shift.pharmacy_id}/{shift.business_date}",
        "people/<int:pk>": f"people/{shift.cashier_id}",
        "pharmacies/<int:pk>": f"pharmacies/{shift.pharmacy_id}",
        "<int:pk>": shift.pk,
        "<int:movement_pk>": transfer.pk,
        "<int:sign_in>": "1",
        "<int:token_pk>": ApiToken.objects.get().pk,
        "<path:content_type_id>/<path:object_id>": "1/1",
        "^(?P<app_label>pharmacies|sessions_app|accounts)/$": "sessions_app/",
        "(?P<url>.*)$": "nowhere/",
    }
    found = {}
    for route in routes(get_resolver().url_patterns):
        path = route
        for part, value in parts.items():
            path = path.replace(part, str(value))
        if "<path:object_id>" in path:
            path = path.replace("<path:object_id>", str(rows[path.split("/")[2]]))
        assert not re.search(r"[<>^$()]", path), f"say above what stands for the parameter of {route}"
        found[route] = f"/{path}"
    return found


def body(response):
    return response.getvalue().decode() if response.streaming else response.text


# --- Who changes something --------------------------------------------------------------------------------------------


def test_a_form_of_another_site_changes_nothing(shift, marta):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(marta, backend="accounts.backends.RoleBackend")
    sent = {"reason": "otra vez", "note": "otra vez", "final_cash": "1", "version": shift.version, "language": "en"}
    with nothing_written():
        answers = {route: browser.post(path, sent).status_code for route, path in addresses(shift).items()}
    # The one address that asks no cookie asks for a token.
    assert answers.pop("api/v1/billed/") == 401
    assert set(answers.values()) == {403}, answers


def test_nobody_signs_in_by_a_form_of_another_site(ana):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post("/accounts/login/", {"username": ana.email, "password": PASSWORD}).status_code == 403
    assert "sessionid" not in browser.cookies


@pytest.mark.parametrize("who", ["ana", "marta", "carla"])
def test_looking_changes_nothing(who, shift, request):
    browser = signed_in(request.getfixturevalue(who))
    with nothing_written():
        for route, path in addresses(shift).items():
            assert browser.get(path + IN_THE_ADDRESS).status_code < 500, route
            assert browser.head(path + IN_THE_ADDRESS).status_code < 500, route
    assert browser.get("/").status_code == 200


# --- What every answer says to the browser ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers(module_db):
    """Name -> an answer of each kind: every address, signed in and out, static files and every error."""
    with transaction.atomic():
        world = everybody()
        told = _answers(fill(world.ana, world.marta), world.marta, world.ana)
        transaction.set_rollback(True)
    return told


def _answers(shift, marta, ana):
    office, till, nobody = signed_in(marta), signed_in(ana), Client(raise_request_exception=False)
    told = {}
    for route, path in addresses(shift).items():
        told[f"signed in: {route}"], told[f"signed out: {route}"] = office.get(path), Client().get(path)
    page = f"/sessions/{shift.pk}/"
    told |= {
        "htmx": office.get(page, headers=HTMX),
        "static": nobody.get("/static/css/cashpilot.css"),
        "static 404": nobody.get("/static/nothing.css"),
        "404": nobody.get("/nothing/"),
        "400": nobody.get("/", headers={"host": "elsewhere.example.com"}),
        "403": till.get("/audit/"),
        "403 csrf": Client(enforce_csrf_checks=True).post("/accounts/login/"),
        "405": office.post(page),
        "413": office.post(f"{page}flag/", {"reason": "x" * (settings.LARGEST_BODY + 1)}),
        "422": office.post(f"{page}flag/", {"reason": ""}),
    }
    told["static"].getvalue()  # read to its end, the file is closed
    for _ in range(6):
        told["429"] = nobody.post("/accounts/login/", {"username": ana.email, "password": "x"})
    for status, error in (("500", RuntimeError), ("503", OperationalError)):
        broken = Client(raise_request_exception=False)
        broken.force_login(marta, backend="accounts.backends.RoleBackend")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(CashSession.objects, "get_queryset", _raising(error))
            patch.setattr("sessions_app.views.shift_page.visible_shift", _raising(error))
            told[status] = broken.get(page)
    for name, answer in told.items():
        if name[:3].isdecimal():
            assert answer.status_code == int(name[:3]), name
    return told


def _raising(error):
    def fail(*args, **kwargs):
        raise error("no luck")

    return fail


@pytest.mark.one_engine
def test_no_answer_lets_a_browser_run_what_is_not_ours(answers):
    policies = {name: answer.headers.get("Content-Security-Policy", "") for name, answer in answers.items()}
    for name, policy in policies.items():
        said = dict(part.strip().split(" ", 1) for part in policy.split(";") if part)
        assert said["default-src"] == said["base-uri"] == said["frame-ancestors"] == "'none'", name
        assert said["script-src"] == said["style-src"] == said["form-action"] == "'self'", name
        assert set(" ".join(said.values()).split()) == {"'self'", "'none'"}, name
    assert {answer.headers["X-Content-Type-Options"] for answer in answers.values()} == {"nosniff"}


INLINE = re.compile(r"<style|<script(?![^>]*\ssrc=)|\son\w+\s*=|\sstyle\s*=|javascript:", re.IGNORECASE)


def test_no_page_has_a_script_or_a_style_within(answers):
    pages = {name: answer for name, answer in answers.items() if answer.headers["Content-Type"].startswith("text/html")}
    assert len(pages) > 60
    assert {name: INLINE.findall(answer.text) for name, answer in pages.items() if INLINE.search(answer.text)} == {}


def test_nothing_but_static_files_is_kept_by_a_browser(answers):
    kept = {name for name, answer in answers.items() if "no-store" not in answer.headers.get("Cache-Control", "")}
    # 400 and 413 are refused before anybody is known, and show nothing of anybody.
    assert kept - {"static", "400", "413"} == set()


# --- Cookies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "__Host-"])
def test_cookies_are_for_the_server_alone(ana, settings, prefix):
    """Over https, as in production, they are Secure and bear the prefix that ties them to this very name."""
    for kind in ("SESSION", "CSRF", "LANGUAGE"):
        setattr(settings, f"{kind}_COOKIE_SECURE", bool(prefix))
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = f"{prefix}sessionid", f"{prefix}csrftoken"
    settings.LANGUAGE_COOKIE_NAME = f"{prefix}django_language"
    browser = Client()
    browser.get("/accounts/login/")
    browser.post("/i18n/setlang/", {"language": "en"})
    browser.post("/accounts/login/", {"username": ana.email, "password": PASSWORD})
    browser.post("/accounts/sign-out-others/")
    assert {f"{prefix}sessionid", f"{prefix}csrftoken", f"{prefix}django_language"} <= browser.cookies.keys()
    for name, cookie in browser.cookies.items():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", ""), (
            name
        )
        assert bool(cookie["secure"]) is bool(prefix), name


# --- What people write ------------------------------------------------------------------------------------------------

# Fits into the shortest field.
HTML = '<script>"><img src=x onerror=1>{{7*7}}'
FORMULA = "=HYPERLINK(1)"
# Made by the program, never typed.
OURS = {"beginning", "digest", "content", "seal", "scope", "request_hash", "search", "occasion"}
OURS |= {"password", "password_seal", "key"}
# Kept as the old system had it, and shown nowhere.
OURS |= {"source_table", "source_id"}


def texts():
    """Model and name of every field that holds what somebody typed."""
    for app in ("accounts", "pharmacies", "sessions_app"):
        for model in apps.get_app_config(app).get_models():
            if hasattr(model, "history_date") or "history" in {field.name for field in model._meta.fields}:
                continue
            for field in model._meta.concrete_fields:
                is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
                if is_text and not field.generated and field.name not in OURS:
                    yield model, field.name


def everywhere(text, ana, marta, central):
    """Every text field of every model says `text`, and its history too."""
    update([ana, marta], first_name=text, last_name=text)
    update([ana], email=f"{text}@example.com")
    update([central], name=text, address=text, phone=text)
    shift = fill(ana, marta, text)
    update(shift.movements.filter(kind=Kind.TRANSFER), reference=text)
    SignIn.objects.create(kind="failed", person=ana, account=f"{text}@example.com", device=text, browser=text)
    for model, name in texts():
        assert any(text in value for value in model.objects.values_list(name, flat=True)), f"write {model} {name} above"
    return shift


@pytest.mark.one_engine
def test_html_that_somebody_stored_is_text_wherever_it_is_shown(ana, marta, central):
    shift = everywhere(HTML, ana, marta, central)
    office, till, shown = signed_in(marta), signed_in(ana), 0
    for path in addresses(shift).values():
        for browser, headers in ((office, {}), (office, HTMX), (till, {})):
            answer = browser.get(path, headers=headers)
            if not answer.headers["Content-Type"].startswith("text/html"):
                is_download = "attachment" in answer.headers.get("Content-Disposition", "")
                assert is_download or "<img src=x" not in body(answer), path
                continue
            assert "<script>&quot;" not in answer.text, path
            assert '<script>"' not in answer.text, path
            assert "<img src=x" not in answer.text, path
            assert "49" not in re.findall(r"onerror=1&gt;(\S\S)", answer.text), path
            shown += "&lt;img src=x onerror=1&gt;{{7*7}}" in answer.text
    assert shown > 20


def test_a_formula_that_somebody_stored_is_text_in_a_spreadsheet(ana, marta, central):
    shift, office, found = everywhere(FORMULA, ana, marta, central), signed_in(marta), 0
    for route, path in addresses(shift).items():
        if route.endswith(".csv"):
            cells = [cell for row in csv.reader(StringIO(body(office.get(path))[1:]), delimiter=";") for cell in row]
            assert [cell for cell in cells if cell.startswith(downloads.EXECUTABLE) and not _is_number(cell)] == [], (
                route
            )
            found += sum(cell == f"'{FORMULA}" for cell in cells)
    assert found > 10


def _is_number(cell):
    return re.fullmatch(r"-?\d+", cell)

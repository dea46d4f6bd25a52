"""Beside the matrix of test_access.py: how a foreign row is missing, and what else a form may carry."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import transaction
from django.urls import reverse

from cashpilot import periods
from cashpilot.tests.web.test_defences import addresses, fill
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.tests.views.test_access import PATHS, SENT, STATE
from testing.client import signed_in
from testing.database import nothing_written, stored, update
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 3, 15, 0, tzinfo=UTC)
NOWHERE = 987_654_321
# What a form never says, whoever sends it.
SMUGGLED = {
    "id": "1", "pk": "1", "session": "1", "status": "closed", "result": "balanced", "cashier_id": "1",
    "pharmacy_id": "1", "opened_at": "2020-01-01", "closed_at": "2020-01-01", "business_date": "2020-01-01",
    "created_at": "2020-01-01", "created_by": "1", "by": "1", "user": "1", "history_user": "1", "tolerance": "99999",
    "flagged_at": "2020-01-01", "flagged_by": "1", "flag_reason": "x", "signed_off_at": "2020-01-01",
    "signed_off_by": "1",
    "signed_off_note": "x", "deleted_at": "2020-01-01", "deleted_by": "1", "delete_reason": "x",
    "voided_at": "2020-01-01",
    "voided_by": "1", "void_reason": "x", "verified_at": "2020-01-01", "verified_by": "1", "card_total": "5",
    "expense_total": "5", "cash_sales": "5", "cash_difference": "5", "total_difference": "5", "expected_cash": "5",
    "is_superuser": "on", "is_staff": "on", "is_active": "", "groups": "1", "user_permissions": "1", "sign_outs": "9",
    "must_change_password": "on", "search": "x", "content": "x", "seal": "x", "number": "9", "now": "2020-01-01",
}  # fmt: skip


def same(response):
    """Everything but the id of the request."""
    request_id = response.headers["X-Request-ID"]
    headers = {name: text for name, text in response.headers.items() if name != "X-Request-ID"}
    return response.status_code, response.text.replace(request_id, ""), sorted(headers)


@pytest.mark.parametrize(("who", "status"), [("otto", {404, 403, 405}), ("beto", {404, 403, 405})])
def test_a_foreign_shift_is_missing_exactly_as_one_that_never_was(who, status, ana, request):
    shift = ShiftFactory(closed=True, cashier=ana, movements=[NewMovement(Kind.TRANSFER, 1_000, "Gómez")])
    browser = signed_in(request.getfixturevalue(who))
    with nothing_written():
        for route, methods in PATHS.items():
            for method in methods:
                there, nowhere = (
                    same(getattr(browser, method)(f"/{_path(route, *ids)}", SENT if method == "post" else {}))
                    for ids in ((shift.pk, shift.movements.get().pk), (NOWHERE, NOWHERE))
                )
                assert there == nowhere, (route, method)
                assert there[0] in status, (route, method)


def _path(route, pk, movement_pk):
    return route.replace("<int:movement_pk>", str(movement_pk)).replace("<int:pk>", str(pk))


def test_a_movement_of_another_shift_is_missing_too(ana, beto):
    """Also from the page of one's own shift."""
    own, foreign = ShiftFactory(cashier=ana), ShiftFactory(cashier=beto, register=2)
    note = movement_actions.add_movement(foreign.pk, new=NewMovement(Kind.CARD, 5), by=beto)
    with nothing_written():
        there, nowhere = (
            same(signed_in(ana).post(f"/sessions/{own.pk}/movements/{pk}/void/", {"reason": "otra vez"}))
            for pk in (note.pk, NOWHERE)
        )
    assert there == nowhere
    assert there[0] == 404


@pytest.mark.one_engine
@pytest.mark.parametrize("who", ["ana", "marta", "carla"])
def test_a_disabled_account_is_out_at_its_next_request(who, ana, marta, request):
    shift = fill(ana, marta)
    person = request.getfixturevalue(who)
    browser = signed_in(person)
    update([person], is_active=False)
    # What programs call asks for a token instead.
    open_to_all = ("accounts/login/", "api/v1/", "health/", "metrics", "i18n/", "admin/login/", "admin/jsi18n/")
    with nothing_written():
        for route, path in addresses(shift).items():
            if not route.startswith(open_to_all):
                for method in (browser.get, browser.post):
                    answer = method(path, SENT)
                    assert answer.status_code in (302, 405), route
                    assert answer.status_code == 405 or "/accounts/login/" in answer.headers["Location"], route


@pytest.mark.one_engine
@pytest.mark.parametrize("who", ["ana", "marta", "carla"])
def test_who_must_change_the_password_does_nothing_else_before(who, ana, marta, request):
    shift = fill(ana, marta)
    person = request.getfixturevalue(who)
    browser = signed_in(person)
    update([person], must_change_password=True)
    allowed = {reverse(name) for name in ("password", "logout", "set_language", "stay", "live", "ready", "metrics")}
    with nothing_written():
        for path in addresses(shift).values():
            if path not in allowed:
                for method in (browser.get, browser.post):
                    answer = method(path, SENT)
                    assert (answer.status_code, answer.headers.get("Location")) == (302, reverse("password")), path


POSTED = [route for route, methods in PATHS.items() if "post" in methods]


@pytest.mark.one_engine
@pytest.mark.parametrize("who", ["ana", "marta"])
@pytest.mark.parametrize("route", POSTED)
def test_what_else_a_form_carries_changes_nothing(route, who, ana, marta, request):
    with periods.at(NOW):
        shift = ShiftFactory(cashier=ana, **STATE.get(route.removeprefix("sessions/<int:pk>/"), {}))
        note = movement_actions.add_movement(
            shift.pk, new=NewMovement(Kind.TRANSFER, 1_000, "Gómez"), reason="otra vez", by=ana
        )
        shift.refresh_from_db()
        path = f"/{_path(route, shift.pk, note.pk)}"
        sent = SENT | {"version": shift.version, "token": str(UUID(int=1))}
        plain, smuggling = (_written(request.getfixturevalue(who), path, form) for form in (sent, sent | SMUGGLED))
    assert plain == smuggling


def test_what_else_the_form_of_a_new_shift_carries_changes_nothing(ana, beto, central):
    with periods.at(NOW):
        sent = {"pharmacy": central.pk, "register": "1", "initial_cash": "5", "token": str(UUID(int=1))}
        plain, smuggling = (
            _written(ana, "/sessions/open/", form) for form in (sent, sent | SMUGGLED | {"cashier": beto.pk})
        )
    assert plain == smuggling
    assert plain[0] == 302


def _written(person, path, form):
    """A form's answer and the rows that it leaves, which are put back: all but the keys, and what covers them."""
    with transaction.atomic():
        answer = signed_in(person).post(path, form)
        rows = stored()
        transaction.set_rollback(True)
    keys = {"id", "history_id", "m2m_history_id", "session_id", "token", "key", "request_hash", "content", "seal"}
    left = {model: [{k: v for k, v in row.items() if k not in keys} for row in found] for model, found in rows.items()}
    return answer.status_code, re.sub(r"\d+", "#", answer.headers.get("Location", "")), left

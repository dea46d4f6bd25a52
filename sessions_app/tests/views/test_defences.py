"""A request without a person, without a token or by another method changes nothing."""

import pytest
from django.test import Client

from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.tests.views.pages import LOGIN, MARKS, page
from testing.database import nothing_written, update

pytestmark = pytest.mark.usefixtures("english")


NEEDED = {
    "open": {"initial_cash": "500.000"},
    "close": {"final_cash": "500.000"},
    "correct": {"reason": "recounted", "version": "2"},
    "movements": {"kind": "expense", "amount": "15.000", "description": "ice"},
    "flag": {"reason": "short"},
}


@pytest.mark.parametrize("how", ["signed out", "disabled"])
def test_who_is_no_longer_signed_in_is_sent_to_sign_in_and_nothing_is_stored(how, opened, till, ana):
    if how == "signed out":
        till.logout()
    else:
        update(type(ana).objects.filter(pk=ana.pk), is_active=False)
    for path in (page(opened, "close/"), page(opened, "movements/"), "/sessions/open/"):
        with nothing_written():
            seen = {"referer": f"http://testserver{page(opened)}"}
            response = till.post(path, {"final_cash": "1", "kind": "card", "amount": "1"}, headers=seen)
        back = f"{LOGIN}http%3A//testserver{page(opened)}"
        assert (response.status_code, response.headers["Location"]) == (302, back)


def test_without_the_csrf_token_nothing_is_taken(opened, ana):
    till = Client(enforce_csrf_checks=True)
    till.force_login(ana, backend="accounts.backends.RoleBackend")
    movement = movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1), by=ana)
    about = [
        "movements",
        f"movements/{movement.pk}/void",
        f"movements/{movement.pk}/verify",
        "close",
        "correct",
        *MARKS,
    ]
    paths = ["/sessions/open/", "/i18n/setlang/", "/accounts/logout/", *(page(opened, f"{name}/") for name in about)]
    with nothing_written():
        assert {path: till.post(path, NEEDED["close"]).status_code for path in paths} == dict.fromkeys(paths, 403)


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(method, opened, closed_of_beto, boss):
    pages = ["/", "/sessions/open/", page(opened), page(opened, "close/"), page(closed_of_beto, "correct/")]
    with nothing_written():
        statuses = [getattr(boss, method)(path).status_code for path in pages]

    assert statuses == [200, 200, 200, 200, 200] if method == "get" else [200, 405, 200, 405, 405]


def test_what_writes_is_only_posted_and_what_shows_is_never(opened, boss):
    movement = movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1), by=opened.cashier)
    posted = ["movements", f"movements/{movement.pk}/void", f"movements/{movement.pk}/verify", *MARKS]
    with nothing_written():
        assert [boss.get(page(opened, f"{name}/")).status_code for name in posted] == [405] * len(posted)
        assert [boss.post("/").status_code, boss.post(page(opened)).status_code] == [405, 405]
        assert [boss.put(page(opened, "close/")).status_code, boss.delete(page(opened)).status_code] == [405, 405]


def test_no_page_is_kept_for_the_next_person_at_the_till(opened, till):
    answers = [till.get("/"), till.get(page(opened)), till.post(page(opened, "close/"), {})]

    assert ["no-store" in answer.headers["Cache-Control"] for answer in answers] == [True, True, True]

"""A form that is sent again is carried out once and answered the same."""

from uuid import uuid4

import pytest

from sessions_app.models import CashSession, IdempotencyKey, Movement
from testing.client import signed_in
from testing.crowd import browser, post_at_once, statuses
from testing.database import disagreements, without_constraint
from testing.factories import ShiftFactory

pytestmark = pytest.mark.slow

TOKEN = str(uuid4())


@pytest.fixture
def opening(central):
    return {"pharmacy": central.pk, "initial_cash": "500.000", "token": TOKEN}


def test_an_opening_sent_twenty_times_opens_one_shift_and_answers_twenty_times_the_same(ana, opening):
    browser = signed_in(ana)
    answers = {browser.post("/sessions/open/", opening).headers["Location"] for _ in range(20)}
    assert answers == {f"/sessions/{CashSession.objects.get().pk}/"}


def test_the_same_token_with_other_figures_is_refused(ana, opening):
    browser = signed_in(ana)
    browser.post("/sessions/open/", opening)
    answer = browser.post("/sessions/open/", {**opening, "initial_cash": "5.000.000"})
    assert answer.status_code == 409
    assert CashSession.objects.get().initial_cash == 500_000


def test_the_same_form_with_another_csrf_token_is_the_same_form(ana, opening):
    browser = signed_in(ana)
    answers = [browser.post("/sessions/open/", {**opening, "csrfmiddlewaretoken": csrf * 64}) for csrf in "ab"]
    assert [answer.status_code for answer in answers] == [302, 302]


def test_a_refused_form_may_be_sent_again_with_its_token(ana, opening, central):
    browser = signed_in(ana)
    assert browser.post("/sessions/open/", {**opening, "register": "9"}).status_code == 422
    assert IdempotencyKey.objects.count() == 0
    assert browser.post("/sessions/open/", opening).status_code == 302


def test_a_token_is_worth_nothing_to_another_person(ana, beto, opening):
    signed_in(ana).post("/sessions/open/", opening)
    assert signed_in(beto).post("/sessions/open/", {**opening, "register": "2"}).status_code == 302
    assert CashSession.objects.count() == 2


def test_a_close_sent_twice_shows_its_own_result(ana, opening):
    browser = signed_in(ana)
    shift = browser.post("/sessions/open/", opening).headers["Location"]
    closing = {"final_cash": "500.000", "expense": "", "card": "1.000", "token": TOKEN}
    answers = [browser.post(f"{shift}close/", closing) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == [shift, shift]
    shift = CashSession.objects.get()
    assert (shift.card_total, shift.version) == (1_000, 2)


@pytest.mark.parametrize("token", ["", "x", "\0", "9" * 10_000])
def test_without_a_readable_token_the_rules_alone_decide(ana, opening, token):
    browser = signed_in(ana)
    statuses = [browser.post("/sessions/open/", {**opening, "token": token}).status_code for _ in range(2)]
    assert statuses == [302, 422]


# --- At once ----------------------------------------------------------------------------------------------------------

# Form -> the shift it is about, its address, what it says, and the version and the movements that it leaves.
FORMS = {
    "open": (
        None,
        "/sessions/open/",
        {"initial_cash": "500.000", "expense": "1.000", "expense_description": "x"},
        (1, 1),
    ),
    "close": (False, "close/", {"final_cash": "500.000", "card": "1.000"}, (2, 1)),
    "movement": (False, "movements/", {"kind": "card", "amount": "1.000"}, (2, 1)),
    "correct": (True, "correct/", {"final_cash": "1.000", "version": 2, "reason": "recuento"}, (3, 0)),
    "flag": (False, "flag/", {"reason": "falta un vale"}, (2, 0)),
}


def form_of(by, name):
    """Its address, and what it says."""
    closed, path, fields, _left = FORMS[name]
    if closed is not None:
        path = f"/sessions/{ShiftFactory(cashier=by, closed=closed).pk}/{path}"
    return path, {"pharmacy": by.assignments.get().pharmacy_id, "token": TOKEN, **fields}


def send_at_once(site, by, form, times):
    return post_at_once([(browser(site, by), *form)] * times)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", FORMS)
@pytest.mark.proof("The same form sent 20 times at once: one effect, and 20 times the same answer")
def test_a_form_sent_many_times_at_once_is_carried_out_once(crowd, site, ana, name, record_property):
    answers = send_at_once(site, ana, form_of(ana, name), min(crowd, 20))

    shift = CashSession.objects.get()
    assert {(answer.status, answer.headers["Location"]) for answer in answers} == {(302, f"/sessions/{shift.pk}/")}
    *_form, left = FORMS[name]
    assert (shift.version, Movement.objects.count()) == left
    assert (shift.history.count(), disagreements()) == (left[0], [])
    record_property("measured", f"{name}: {len(answers)} answers alike, 1 effect")


@pytest.fixture
def without_the_key(db):
    """That makes a form and its twin one."""
    with without_constraint(IdempotencyKey, "form_of_a_person_is_carried_out_once"):
        yield


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", [name for name in FORMS if name != "movement"])
@pytest.mark.proof("... and without the key this proof fails")
def test_without_the_key_a_form_would_be_refused_its_own_effect(crowd, without_the_key, site, ana, name):
    answers = send_at_once(site, ana, form_of(ana, name), min(crowd, 20))
    assert statuses(answers)[302] == 1


@pytest.fixture
def noting(ana):
    return form_of(ana, "movement")


@pytest.mark.django_db(transaction=True)
@pytest.mark.proof("... and without the lock this proof fails")
def test_without_the_lock_a_movement_would_not_know_its_twin(crowd, ana, noting, site_without_locks):
    """Its token alone keeps it from being there twice."""
    answers = send_at_once(site_without_locks, ana, noting, crowd)
    assert (statuses(answers)[302], Movement.objects.count()) == (1, 1)

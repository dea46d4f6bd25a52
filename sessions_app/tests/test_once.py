"""The same form sent again is carried out once and answered the same."""

from uuid import uuid4

import pytest

from cashpilot.testing import signed_in
from sessions_app.models import CashSession, Submission

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


def test_a_refused_form_may_be_sent_again_with_its_token(ana, opening, central):
    browser = signed_in(ana)
    assert browser.post("/sessions/open/", {**opening, "register": "9"}).status_code == 422
    assert Submission.objects.count() == 0
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
    session = CashSession.objects.get()
    assert (session.card_total, session.version) == (1_000, 2)


@pytest.mark.parametrize("token", ["", "x", "\0", "9" * 10_000])
def test_without_a_readable_token_the_rules_alone_decide(ana, opening, token):
    browser = signed_in(ana)
    statuses = [browser.post("/sessions/open/", {**opening, "token": token}).status_code for _ in range(2)]
    assert statuses == [302, 422]

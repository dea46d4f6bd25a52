"""An amount that is far more than usual is asked about once more, in one question."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from pharmacies.models import Pharmacy
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession, Movement
from testing.browser import let_in
from testing.client import signed_in
from testing.database import nothing_written
from testing.factories import ShiftFactory

QUESTION = "Is ₲\u00a0{} right? It is far more than usual here."


@pytest.fixture
def habits(ana: User) -> None:
    """Thirty shifts: 100.000 to begin with, 1.200.000 counted, 1.000.000 billed, a taxi of 15.000."""
    ana.language = "en"
    ana.save()
    for _ in range(30):
        ShiftFactory(
            closed=True,
            cashier=ana,
            initial_cash=100_000,
            billed={"billed_cash": 1_000_000},
            movements=[NewMovement(Kind.EXPENSE, 15_000, "Taxi")],
        )


def _answers(client, path: str, sent: dict[str, str], field: str, shown: str) -> None:
    """Asked about, with what was typed still there; written once it is confirmed."""
    with nothing_written():
        asked = client.post(path, sent)
    assert asked.status_code == 422
    assert QUESTION.format(shown) in asked.text
    assert 'name="confirm_amount"' in asked.text
    assert f'value="{sent[field]}"' in asked.text
    assert client.post(path, {**sent, "confirm_amount": "1"}).status_code == 302


@pytest.mark.django_db
def test_each_form_asks_about_what_is_above_ten_times_the_largest(habits, ana: User, central: Pharmacy) -> None:
    client = signed_in(ana)
    opened = {"pharmacy": str(central.pk), "initial_cash": "1.000.001"}
    _answers(client, "/sessions/open/", opened, "initial_cash", "1.000.001")
    shift = CashSession.objects.get(status="open")
    taxi = {"kind": "expense", "amount": "150.001", "description": "Taxi"}
    _answers(client, f"/sessions/{shift.pk}/movements/", taxi, "amount", "150.001")
    close = f"/sessions/{shift.pk}/close/"
    _answers(client, close, {"final_cash": "12.000.001"}, "final_cash", "12.000.001")


@pytest.mark.django_db
def test_exactly_ten_times_and_a_kind_without_a_largest_are_not_asked_about(habits, ana: User) -> None:
    shift = ShiftFactory(cashier=ana)
    client = signed_in(ana)
    card = {"kind": "card", "amount": "900.000.000"}
    assert client.post(f"/sessions/{shift.pk}/movements/", card).status_code == 302
    sent = {
        "final_cash": "12.000.000",
        "billed_cash": "10.000.000",
        "expense": "150.000",
        "expense_description": "Taxi",
    }
    assert client.post(f"/sessions/{shift.pk}/close/", sent).status_code == 302


@pytest.mark.django_db
def test_the_batch_at_the_close_is_held_against_the_cards_of_whole_shifts(habits, ana: User) -> None:
    """Thirty tickets of 10.000 make no batch of 300.000 doubtful."""
    cards = [NewMovement(Kind.CARD, 10_000) for _ in range(30)]
    ShiftFactory(closed=True, cashier=ana, movements=cards)
    shift, client = ShiftFactory(cashier=ana), signed_in(ana)
    close = f"/sessions/{shift.pk}/close/"
    asked = client.post(close, {"final_cash": "500.000", "card": "3.000.001"})
    assert (asked.status_code, QUESTION.format("3.000.001") in asked.text) == (422, True)
    assert client.post(close, {"final_cash": "500.000", "card": "3.000.000"}).status_code == 302


@pytest.mark.django_db
def test_all_doubts_of_a_close_are_one_question_and_tell_no_largest(habits, ana: User) -> None:
    shift = ShiftFactory(cashier=ana)
    sent = {"count_100000": "3x100", "billed_cash": "99.000.000", "expense": "1.500.000", "expense_description": "Taxi"}
    with nothing_written():
        asked = signed_in(ana).post(f"/sessions/{shift.pk}/close/", sent)
    for shown in ("30.000.000", "99.000.000", "1.500.000"):
        assert QUESTION.format(shown) in asked.text
    for largest in ("1.200.000", "1.000.000", "15.000"):
        assert largest not in asked.text
    with nothing_written():
        doubts = signed_in(ana).post(f"/sessions/{shift.pk}/close/doubts/", sent)
    assert doubts.text.count("data-doubt") == 3


@pytest.mark.django_db
def test_the_same_form_sent_again_is_carried_out_once_though_it_was_asked_about(habits, ana: User) -> None:
    shift, client = ShiftFactory(cashier=ana), signed_in(ana)
    sent = {"final_cash": "12.000.001", "token": "0b0fd4a2-3d5e-4f0e-9d1e-0c8f9a1d2b3c", "confirm_amount": "1"}
    for _ in range(2):
        assert client.post(f"/sessions/{shift.pk}/close/", sent).status_code == 302
    assert client.post(f"/sessions/{shift.pk}/close/", {**sent, "final_cash": "7"}).status_code == 409


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_the_browser_the_last_question_of_the_close_holds_the_doubt(
    page: Page, live_server, habits, ana: User
) -> None:
    shift = ShiftFactory(cashier=ana)
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/close/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/close/") else None)
    question = page.locator("#confirm")
    page.locator("[name=final_cash]").fill("12000001")
    page.keyboard.press("Control+Enter")
    expect(question.locator("[data-doubt]")).to_have_text("Counted cash: " + QUESTION.format("12.000.001"))
    page.keyboard.press("Escape")
    page.locator("[name=final_cash]").fill("1200000")
    page.keyboard.press("Control+Enter")
    expect(question).to_be_visible()
    expect(question.locator("[data-doubt]")).to_have_count(0)
    page.keyboard.press("Escape")
    page.locator("[name=final_cash]").fill("12000001")
    page.keyboard.press("Control+Enter")
    expect(question.locator("[data-doubt]")).to_be_visible()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/sessions/{shift.pk}/")
    shift.refresh_from_db()
    assert (shift.final_cash, len(sent)) == (12_000_001, 1)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_the_browser_a_movement_is_asked_about_once_and_the_answer_is_not_remembered(
    page: Page, live_server, habits, ana: User
) -> None:
    shift = ShiftFactory(cashier=ana)
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/")
    confirm = page.locator("#live [name=confirm_amount]")
    for times in (1, 2):
        page.locator("#live [name=amount]").fill("200000")
        page.locator("#live [name=description]").fill(f"Taxi {times}")
        page.keyboard.press("Control+Enter")
        expect(confirm).not_to_be_checked()
        confirm.check()
        page.keyboard.press("Control+Enter")
        expect(page.locator(".movements")).to_contain_text(f"Taxi {times}")
        expect(confirm).to_have_count(0)
    assert Movement.objects.filter(session=shift).count() == 2

"""Keys of the page of an open shift: what they choose, and what they leave to browsers and scanners."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession, Movement
from testing.browser import await_focus, let_in
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# As a keyboard of another layout, Windows with AltGr, and a scanner that types by the number pad say it.
FRENCH = {"key": "è", "code": "Digit7", "altKey": True}
ALT_GR = {"key": "@", "code": "Digit2", "altKey": True, "ctrlKey": True, "modifierAltGraph": True}
NUMBER_PAD = {"key": "2", "code": "Numpad2", "altKey": True}
DIGIT = {"key": "2", "code": "Digit2"}


@pytest.fixture
def shift(ana: User) -> CashSession:
    known = [(Kind.EXPENSE, "Taxi"), (Kind.EXPENSE, "Hielo para vacunas"), (Kind.ENVELOPE, "Sobre 1317")]
    ShiftFactory(closed=True, cashier=ana, movements=[NewMovement(kind, 1_000, words) for kind, words in known])
    return ShiftFactory(cashier=ana)


def _chosen(page: Page) -> str:
    return page.locator("[name=kind]:checked").get_attribute("value") or ""


def test_alt_and_the_digit_shown_beside_a_kind_choose_it(page: Page, live_server, ana, shift) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/")
    await_focus(page, "amount")
    shown = dict(zip(Kind.values, page.locator(".kinds kbd").all_inner_texts(), strict=True))
    for kind, key in shown.items():
        page.keyboard.press(key)
        assert _chosen(page) == kind
        await_focus(page, "amount")


def test_a_digit_of_another_layout_chooses_and_other_keys_do_not(page: Page, live_server, ana, shift) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/")
    press = "event => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...event}))"
    for event in (ALT_GR, NUMBER_PAD, DIGIT):
        page.evaluate(press, event)
        assert _chosen(page) == "expense"
    page.evaluate(press, FRENCH)
    assert _chosen(page) == "credit_sale"


def test_the_kind_noted_last_stays_chosen(page: Page, live_server, ana, shift) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/")
    await_focus(page, "amount")
    page.keyboard.press("Alt+5")
    page.keyboard.type("7000")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".movements")).to_contain_text("7.000")
    await_focus(page, "amount")
    assert _chosen(page) == "card"


def test_what_begins_like_a_known_description_is_completed_but_no_number(page: Page, live_server, ana, shift) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/")
    await_focus(page, "amount")
    page.keyboard.type("15000")
    page.keyboard.press("Enter")
    page.keyboard.type("t")
    description = page.locator("[name=description]")
    expect(description).to_have_value("Taxi")
    page.keyboard.type("e")
    expect(description).to_have_value("Te")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.type("T")
    expect(description).to_have_value("Taxi")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".movements")).to_contain_text("Taxi")
    assert Movement.objects.latest("pk").description == "Taxi"

    with page.expect_response("**/descriptions/**kind=envelope"):
        page.keyboard.press("Alt+2")
    page.keyboard.type("1000")
    page.keyboard.press("Enter")
    page.keyboard.type("So")
    expect(page.locator("datalist option")).to_have_attribute("value", "Sobre 1317")
    expect(description).to_have_value("So")


def test_a_whole_word_is_not_made_longer(page: Page, live_server, ana, shift) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/")
    await_focus(page, "amount")
    page.keyboard.type("15000")
    page.keyboard.press("Enter")
    description = page.locator("[name=description]")
    page.keyboard.type("hiel")
    expect(description).to_have_value("Hielo para vacunas")
    page.keyboard.type("o")
    expect(description).to_have_value("Hielo")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".movements")).to_contain_text("15.000")
    assert Movement.objects.latest("pk").description == "Hielo"


def test_one_key_leads_to_the_close_and_is_shown_on_it(page: Page, live_server, ana, shift) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/")
    expect(page.get_by_role("link", name="Cerrar turno")).to_contain_text("F9")
    page.keyboard.press("F9")
    page.wait_for_url(f"**/sessions/{shift.pk}/close/")


def test_the_same_key_closes_from_any_field_after_the_question_which_it_does_not_answer(
    page: Page, live_server, ana, shift
) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/close/")
    button, question = page.get_by_role("button", name="Cerrar turno"), page.get_by_role("dialog")
    expect(button).to_contain_text("F9")
    expect(button).to_have_attribute("aria-keyshortcuts", "F9 Control+Enter")
    await_focus(page, "count_100000")
    page.keyboard.type("5")
    page.keyboard.press("F9")
    expect(question).to_be_visible()
    page.keyboard.press("F9")
    expect(question).to_be_visible()
    shift.refresh_from_db()
    assert shift.is_open
    page.keyboard.press("Space")
    page.wait_for_url(f"**/sessions/{shift.pk}/")
    shift.refresh_from_db()
    assert shift.final_cash == 500_000


@pytest.mark.parametrize(("is_held", "sent"), [(False, 1), (True, 0)])
def test_the_key_held_down_on_the_way_to_the_close_sends_nothing(
    page: Page, live_server, ana, shift, is_held, sent
) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/close/")
    press = """repeat => {
        let sent = 0;
        document.addEventListener("submit", () => sent++, true);
        const event = new KeyboardEvent("keydown", {key: "F9", code: "F9", bubbles: true, repeat});
        document.activeElement.dispatchEvent(event);
        return sent;
    }"""
    assert page.evaluate(press, is_held) == sent


def test_the_registers_come_with_the_pharmacy(page: Page, live_server, marta, beto, central, luque) -> None:
    ShiftFactory(cashier=beto, register=1)
    let_in(page, live_server, marta).goto(f"{live_server.url}/sessions/open/")
    registers = page.locator("[name=register]")
    expect(registers).not_to_contain_text("Beto")
    page.locator("[name=pharmacy]").select_option(str(central.pk))
    expect(registers).to_contain_text("Beto Benítez")
    page.locator("[name=initial_cash]").fill("500000")
    page.locator("[name=initial_cash]").press("Control+Enter")
    page.wait_for_url(re.compile("/sessions/[0-9]+/$"))
    assert CashSession.objects.latest("pk").register == 2

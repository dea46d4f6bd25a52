"""Enter moves on and never sends where there is an amount: a barcode scanner types digits and Enter."""

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from pharmacies.models import Pharmacy
from sessions_app.models import CashSession, Day, Movement
from testing.browser import await_focus, let_in
from testing.factories import PASSWORD, ShiftFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOCUSED = "document.activeElement.name || document.activeElement.tagName"

# As fast as two presses can be: what tells that a dialog is closed comes later.
TWICE = """
for (const _press of [1, 2]) {
    const key = { key: "Enter", ctrlKey: true, bubbles: true, cancelable: true };
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", key));
}
"""


def _scan(page: Page, times: int = 50) -> str:
    """What a scanner types, again and again; the name of the field where it ends."""
    for _ in range(times):
        page.keyboard.type("78")
        page.keyboard.press("Enter")
    return page.evaluate(FOCUSED)


def _watch(page: Page) -> list[str]:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    return sent


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("/sessions/open/", "initial_cash", "notes"),
        ("/sessions/{opened}/", "amount", "description"),
        ("/sessions/{opened}/close/", "count_100000", "notes"),
        ("/sessions/{closed}/", "amount", "reason"),
        ("/sessions/{closed}/correct/", "final_cash", "notes"),
        ("/days/{pharmacy}/2026-07-03/", "billed_cash", "cost"),
        ("/admin/pharmacies/pharmacy/{pharmacy}/change/", "cash_tolerance", "alerts_blank_ticket"),
    ],
)
def test_enter_however_often_sends_no_form_with_an_amount(
    page: Page, live_server, central: Pharmacy, ana: User, marta: User, path, first, last
) -> None:
    closed, opened = ShiftFactory(closed=True, cashier=ana), ShiftFactory(cashier=ana)
    place = path.format(opened=opened.pk, closed=closed.pk, pharmacy=central.pk)
    let_in(page, live_server, marta).goto(live_server.url + place)
    sent = _watch(page)
    if path == "/sessions/{closed}/":
        page.get_by_text("Anotar algo que faltó").click()
    page.locator(f"[name={first}]").focus()
    assert _scan(page) == last
    if not path.startswith("/admin/") and last not in ("notes", "reason"):  # where Enter begins a line
        expect(page.locator(f"form:has([name={first}]) .keys--asked")).to_have_text("Ctrl + Enter")
    button = page.locator(f"form:has([name={first}]) [type=submit]")
    button.focus()
    _scan(page, 5)
    expect(button).to_be_focused()
    assert sent == []


def test_only_a_transfer_is_asked_for_its_reference(page: Page, live_server, ana: User) -> None:
    shift = ShiftFactory(cashier=ana)
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/")
    reference = page.locator("[name=reference]")
    expect(reference).to_be_hidden()
    page.locator("[name=kind][value=transfer]").check(force=True)
    expect(reference).to_be_visible()
    page.locator("[name=description]").focus()
    page.keyboard.press("Enter")
    expect(reference).to_be_focused()
    page.locator("[name=kind][value=card]").check(force=True)
    expect(reference).to_be_hidden()


def test_a_key_held_down_in_the_close_reaches_no_button_and_asks_nothing(page: Page, live_server, ana: User) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{ShiftFactory(cashier=ana).pk}/close/")
    sent = _watch(page)
    await_focus(page, "count_100000")
    for _ in range(50):
        page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED) == "notes"
    expect(page.locator("#confirm")).to_be_hidden()
    assert sent == []


def test_the_last_question_is_not_answered_by_enter(page: Page, live_server, ana: User) -> None:
    shift = ShiftFactory(cashier=ana)
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/close/")
    await_focus(page, "count_100000")
    page.keyboard.type("5")
    page.keyboard.press("Control+Enter")
    question = page.locator("#confirm")
    expect(question).to_be_visible()
    _scan(page, 5)
    expect(question).to_be_visible()
    shift.refresh_from_db()
    assert shift.is_open
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/sessions/{shift.pk}/")
    shift.refresh_from_db()
    assert shift.final_cash == 500_000


def test_a_yes_pressed_twice_closes_the_shift_and_asks_no_more(page: Page, live_server, ana: User) -> None:
    shift = ShiftFactory(cashier=ana, initial_cash=0)
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/close/")
    page.locator("[name=final_cash]").fill("5000")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    sent = _watch(page)
    page.evaluate(TWICE)
    expect(page).to_have_url(f"{live_server.url}/sessions/{shift.pk}/")
    assert sent == [f"{live_server.url}/sessions/{shift.pk}/close/"]


def test_control_enter_sends_from_every_field_and_says_so_beside_the_button(
    page: Page, live_server, ana: User, marta: User, central: Pharmacy
) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/open/")
    expect(page.locator("form[data-draft] .keys")).to_have_text("Ctrl + Enter")
    page.locator("[name=notes]").fill("Con vuelto")
    page.locator("[name=notes]").press("Enter")
    page.locator("[name=initial_cash]").fill("500000")
    page.locator("[name=notes]").press("Control+Enter")
    expect(page.locator(".kinds")).to_be_visible()
    assert CashSession.objects.get().notes == "Con vuelto"

    page.locator("[name=amount]").fill("15000")
    page.locator("[name=description]").fill("Taxi")
    page.locator("[name=description]").press("Control+Enter")
    expect(page.locator(".movements")).to_contain_text("Taxi")
    expect(page.locator("#live .keys")).to_have_text("Ctrl + Enter")
    assert Movement.objects.get().amount == 15_000

    let_in(page, live_server, marta).goto(f"{live_server.url}/days/{central.pk}/2026-07-03/")
    page.locator("[name=billed_cash]").fill("1.000")
    page.locator("[name=billed_cash]").press("Control+Enter")
    expect(page.locator(".notice--success")).to_be_visible()
    assert Day.objects.get().billed_cash == 1_000

    page.goto(f"{live_server.url}/admin/pharmacies/pharmacy/{central.pk}/change/")
    expect(page.locator(".keys").first).to_have_text("Ctrl + Enter")
    page.locator("[name=cash_tolerance]").fill("2.000")
    page.locator("[name=cash_tolerance]").press("Control+Enter")
    expect(page.locator(".messagelist")).to_be_visible()
    central.refresh_from_db()
    assert central.cash_tolerance == 2_000


def test_shift_enter_goes_to_the_next_step_and_stays_in_the_last(page: Page, live_server, ana: User) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{ShiftFactory(cashier=ana).pk}/close/")
    seen = []
    await_focus(page, "count_100000")
    for _ in range(3):
        page.keyboard.press("Shift+Enter")
        seen.append(page.evaluate(FOCUSED))
    assert seen == ["envelope", "billed_cash", "billed_cash"]


def test_without_javascript_enter_is_the_browsers_own(browser: Browser, live_server, ana: User) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/?next=/sessions/open/")
    page.locator("[name=username]").fill(ana.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.locator("[name=initial_cash]").fill("500.000")
    expect(page.locator(".keys")).to_have_count(0)
    page.locator("[name=initial_cash]").press("Enter")
    page.wait_for_url("**/sessions/*/")
    assert CashSession.objects.get().initial_cash == 500_000
    context.close()

"""The main job as a cashier does it: with the keyboard alone, and in a browser without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession
from testing.browser import await_focus, let_in, tab_to
from testing.database import update
from testing.factories import PASSWORD, ShiftFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _sign_in(page: Page, url: str, user: User) -> None:
    page.goto(f"{url}/accounts/login/?next=/sessions/open/")
    page.get_by_label("Correo electrónico").fill(user.email)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_label("Contraseña").press("Enter")
    expect(page).to_have_url(f"{url}/sessions/open/")


def _enter(page: Page, *texts: str) -> None:
    """Type each text and press Enter after it, wherever the cursor is."""
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def _send(page: Page, text: str = "") -> None:
    """Type a text, and send the form that it stands in."""
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")


def _note(page: Page, kind: str, amount: str, description: str) -> None:
    """The amount has the focus when the page opens and after each movement; Alt and a digit choose the kind."""
    await_focus(page, "amount")
    page.keyboard.press(f"Alt+{Kind.values.index(kind) + 1}")
    expect(page.locator(f"[name=kind][value={kind}]")).to_be_checked()
    _enter(page, amount)
    _send(page, description)
    expect(page.locator(".movements")).to_contain_text(description)


def test_a_shift_from_opening_to_verdict_and_correction_by_keyboard(watched: Page, live_server, ana: User) -> None:
    page = watched
    _sign_in(page, live_server.url, ana)
    await_focus(page, "initial_cash")
    _send(page, "500000")

    _note(page, "expense", "15000", "Taxi")
    _note(page, "transfer", "40000", "M. Giménez")
    page.keyboard.press("F9")
    page.wait_for_url("**/close/")
    expect(page.locator("h1")).to_contain_text("Cerrar turno")

    await_focus(page, "count_100000")
    _enter(page, "3x1+2", "2")
    expect(page.locator(".so-far [data-sum=counted]")).to_have_text("600.000")
    expect(page.locator("[data-sum=expense]")).to_have_text("15.000")
    page.keyboard.press("Shift+Enter")
    await_focus(page, "envelope")
    page.keyboard.press("Shift+Enter")
    _enter(page, "130000", "", "40000", "", "20452", "")
    await_focus(page, "notes")
    _send(page)
    question = page.locator("#confirm")
    expect(question).to_contain_text("₲ 600.000")
    expect(question).to_contain_text("seiscientos mil guaraníes")
    _send(page)

    verdict = page.get_by_role("region", name="Resultado")
    expect(verdict).to_contain_text("Faltante")
    expect(verdict).to_contain_text("₲ 15.000")
    shift = CashSession.objects.get()
    assert (shift.final_cash, shift.count_sheet) == (600_000, {"100000": 5, "50000": 2})
    assert (shift.billed_cash, shift.billed_card, shift.billed_transfer) == (130_000, None, 40_000)

    tab_to(page, "a[href*='/correct/']")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Corregir")
    tab_to(page, "[name=final_cash]")
    page.keyboard.press("Control+a")
    _enter(page, "615000")
    tab_to(page, "[name=reason]")
    _send(page, "Estaban pegados")
    expect(verdict).to_contain_text("Cuadra")


def test_the_same_shift_without_javascript(browser: Browser, live_server, ana: User) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    _sign_in(page, live_server.url, ana)
    page.get_by_label("Fondo de caja").fill("500.000")
    page.get_by_role("button", name="Abrir turno").click()

    page.get_by_label("Monto").fill("15.000")
    page.get_by_label("Descripción").fill("Taxi")
    page.get_by_role("button", name="Anotar").click()
    page.get_by_text("Anular", exact=False).first.click()
    page.get_by_label("¿Por qué se anula?").fill("Fue otro día")
    page.get_by_role("button", name="Anular el movimiento").click()
    expect(page.locator(".movements")).to_contain_text("Fue otro día")

    page.get_by_role("link", name="Cerrar turno").click()
    page.wait_for_url("**/close/")
    page.get_by_label("Facturado en efectivo").fill("100.000")
    page.get_by_role("button", name="Cerrar turno").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("Efectivo contado").fill("600.000")
    page.get_by_role("button", name="Cerrar turno").click()
    expect(page.get_by_role("region", name="Resultado")).to_contain_text("Cuadra")

    page.goto(f"{page.url}correct/")
    page.get_by_label("Efectivo contado").fill("610.000")
    page.get_by_label("Motivo").fill("Faltaba contar uno")
    page.get_by_role("button", name="Guardar la corrección").click()
    expect(page.get_by_role("region", name="Resultado")).to_contain_text("Sobrante")
    context.close()


@pytest.mark.parametrize("size", [(1333, 768), (390, 844), (667, 384)], ids=["notebook", "phone", "twice as large"])
def test_the_total_is_in_view_at_every_field_and_covers_none(page: Page, live_server, ana: User, size) -> None:
    """The third is the notebook's screen at 200 % zoom."""
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{ShiftFactory(cashier=ana).pk}/close/")
    total = page.locator(".so-far [data-sum=counted]")
    await_focus(page, "count_100000")
    for _ in range(30):
        if page.evaluate("document.activeElement.matches('.so-far button')"):
            break
        expect(total).to_be_in_viewport(ratio=1)
        page.wait_for_function(f"({COVERED})() === null")
        page.keyboard.press("Tab")
    else:
        pytest.fail("Tab does not reach the button that closes")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# What lies over the field that has the focus, if anything does.
COVERED = """() => {
    const field = document.activeElement.getBoundingClientRect();
    const above = [field.top + 1, field.bottom - 1].map((y) => document.elementFromPoint(field.left + 5, y));
    const other = above.find((element) => !element?.closest("form[data-close]") || element.closest(".so-far__total"));
    return other === undefined ? null : String(other?.className ?? "nothing: it is out of view");
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_forms_are_accessible_in_every_state(new_context, live_server, ana: User, theme) -> None:
    """ActionRefused, unreadable, asked about and not sent: the states in which nobody finds a page by its address."""
    page = let_in(new_context(color_scheme=theme, bypass_csp=True).new_page(), live_server, ana)
    form = f"{live_server.url}/sessions/{ShiftFactory(cashier=ana).pk}/close/"

    page.goto(f"{live_server.url}/sessions/open/")
    page.locator("[name=initial_cash]").fill("medio")
    expect(page.locator("#id_initial_cash_hint")).to_be_visible()
    _is_accessible(page)
    page.locator("[name=initial_cash]").press("Control+Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    _is_accessible(page)

    page.goto(form)
    page.locator("[name=final_cash]").fill("21000")
    expect(page.locator("[data-draft-saved]")).to_be_visible()
    page.reload()
    expect(page.locator("[data-draft-back]")).to_be_visible()
    page.locator("form[data-close] [type=submit]").press("Space")
    expect(page.locator("#confirm")).to_be_visible()
    _is_accessible(page)
    page.context.set_offline(True)
    page.keyboard.press("Space")
    expect(page.locator("#unsent button")).to_be_focused()
    _is_accessible(page)


def _is_accessible(page: Page) -> None:
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": rules}).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []


def test_a_count_that_is_off_is_asked_for_once_more_in_place(watched: Page, live_server, ana: User, central) -> None:
    """The second page starts blank, adds up what is typed, and closes without a further question."""
    update([central], recounts_before_verdict=True)
    page, shift = watched, ShiftFactory(cashier=ana)
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{shift.pk}/close/")
    page.locator("[name=final_cash]").fill("1150003")
    page.locator("[name=billed_cash]").fill("700000")
    page.locator("form[data-close] [type=submit]").click()
    page.locator("#confirm button[value=yes]").click()

    again = page.locator("form[data-recount]")
    expect(again.locator("[name=count_100000]")).to_have_value("")
    expect(page.locator("[name=billed_cash]")).to_have_count(0)
    told = page.locator("#main").inner_text()
    assert [figure for figure in ("1.150.003", "700.000", "49.997") if figure in told] == []
    again.locator("[name=count_100000]").fill("12")
    expect(again.locator("[data-sum=counted]")).to_have_text("1.200.000")
    again.locator("[type=submit]").click()

    expect(page.get_by_role("region", name="Resultado")).to_contain_text("Cuadra")
    shift.refresh_from_db()
    assert (shift.first_count, shift.final_cash, shift.first_result) == (1_150_003, 1_200_000, "balanced")

"""The main job as a cashier does it: with the keyboard alone, and in a browser without JavaScript."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from cashpilot.testing import PASSWORD
from sessions_app.models import CashSession

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def watched(page: Page, live_server) -> Iterator[Page]:
    """A page that may write no error to its console (a CSP violation is one) and ask no other host for anything."""
    wrong = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request", lambda request: wrong.append(request.url) if _host(request.url) != _host(live_server.url) else None
    )
    yield page
    assert wrong == []


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"the keyboard does not reach {selector}")


def _type(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        _tab_to(page, f"[name={name}]")
        page.keyboard.type(text)


def _sign_in(page: Page, url: str, user: User) -> None:
    page.goto(f"{url}/accounts/login/?next=/sessions/open/")
    page.get_by_label("Correo electrónico").fill(user.email)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_label("Contraseña").press("Enter")
    expect(page).to_have_url(f"{url}/sessions/open/")


def _note(page: Page, kind: str, amount: str, description: str) -> None:
    """The kinds hold the focus when the page opens and after each movement; arrows choose among them."""
    kinds = page.get_by_role("radio")
    expect(kinds.first).to_be_focused()
    while page.evaluate("document.activeElement.value") != kind:
        page.keyboard.press("ArrowRight")
    _type(page, amount=amount, description=description)
    page.keyboard.press("Enter")
    expect(page.locator(".movements")).to_contain_text(description)


def test_a_shift_from_opening_to_verdict_by_keyboard(watched: Page, live_server, ana: User) -> None:
    page = watched
    _sign_in(page, live_server.url, ana)
    _type(page, initial_cash="500000")
    page.keyboard.press("Enter")

    _note(page, "expense", "15.000", "Taxi")
    _note(page, "transfer", "40000", "M. Giménez")
    _tab_to(page, "a[href$='/close/']")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Cerrar turno")

    _type(page, count_100000="3x1+2")
    page.keyboard.press("Enter")
    page.keyboard.type("2")
    expect(page.locator("[data-sum=counted]")).to_have_text("600.000")
    expect(page.locator("[data-sum=expense]")).to_have_text("15.000")
    _type(page, billed_cash="130.000", billed_transfer="40.000", ticket_number="20452")
    _tab_to(page, "main button.button--main")
    page.keyboard.press("Enter")

    expect(page.get_by_role("region", name="Resultado")).to_contain_text("Faltante")
    expect(page.get_by_role("region", name="Resultado")).to_contain_text("₲ 15.000")
    shift = CashSession.objects.get()
    assert (shift.final_cash, shift.count_sheet) == (600_000, {"100000": 5, "50000": 2})


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
    page.get_by_label("Efectivo contado").fill("600.000")
    page.get_by_label("Facturado en efectivo").fill("100.000")
    page.get_by_role("button", name="Cerrar turno").click()
    expect(page.get_by_role("region", name="Resultado")).to_contain_text("Cuadra")
    context.close()

"""Hiring, resetting and disabling as an administrator does it, with axe on each state; and an empty installation."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from cashpilot.tests.web.test_pages import NOTEBOOK, PHONE, TOO_SMALL, too_wide
from testing.axe import breaches
from testing.browser import let_in
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def english(marta):
    marta.language = "en"
    marta.save()


@pytest.fixture
def office(watched: Page, live_server, marta) -> Page:
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return let_in(watched, live_server, marta)


def seen(page: Page) -> dict[str, list[Any]]:
    """Return what is wrong with the page as it stands, on the notebook, and on the phone in the dark."""
    wrong = {"axe": breaches(page), "too wide": too_wide(page, PHONE), "too small": page.evaluate(TOO_SMALL)}
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    wrong["axe, dark on a phone"] = breaches(page)
    page.set_viewport_size(NOTEBOOK)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return {what: found for what, found in wrong.items() if found}


def test_from_an_empty_installation_to_the_first_shift(office: Page, live_server):
    page = office
    page.goto(live_server.url)
    steps = page.get_by_role("region", name="Three steps to the first shift")
    steps.get_by_role("link", name="Add a pharmacy").click()
    page.get_by_label("Name").fill("Central")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Central")).to_be_visible()

    page.get_by_role("link", name="CashPilot").click()
    expect(steps.get_by_text("✓ Add a pharmacy")).to_be_visible()
    assert seen(page) == {}
    steps.get_by_role("link", name="Add a cashier").click()
    expect(page.get_by_role("checkbox", name="Central")).to_be_checked()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert seen(page) == {}
    page.get_by_label("First name").fill("Nilda")
    page.get_by_label("Last name").fill("Ríos")
    page.get_by_label("E-mail").fill("nilda@example.com")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Password for Nilda Ríos")).to_be_focused()

    page.get_by_role("link", name="CashPilot").click()
    steps.get_by_role("link", name="Open the first shift").click()
    page.get_by_label("Cashier").select_option("Nilda Ríos")
    page.get_by_label("Opening cash").fill("500.000")
    page.get_by_role("button", name="Open shift").click()
    expect(page.get_by_text("is open.").first).to_be_visible()
    page.goto(live_server.url)
    expect(steps).to_have_count(0)


def test_the_password_is_copied_printed_and_gone_after_a_reload(office: Page, live_server, ana):
    page = office
    page.goto(f"{live_server.url}/people/{ana.pk}/")
    page.get_by_text("New password").click()
    assert seen(page) == {}
    page.get_by_role("button", name="End the old one and make a new one").click()
    expect(page.get_by_role("heading", name="Password for Ana Benítez")).to_be_focused()
    password = page.locator("#password").inner_text()
    assert User.objects.get(pk=ana.pk).check_password(password)
    page.get_by_role("button", name="Copy the password").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == password
    assert seen(page) == {}

    page.emulate_media(media="print")
    expect(page.locator(".slip")).to_be_visible()
    for hidden in (".top", ".page__head"):
        expect(page.locator(hidden).first).to_be_hidden()
    page.emulate_media(media="screen")
    page.reload()
    expect(page.locator("#password")).to_have_count(0)


def test_disabling_says_first_what_stays_open(office: Page, live_server, ana):
    shift = ShiftFactory(cashier=ana)
    page = office
    page.goto(f"{live_server.url}/people/")
    page.get_by_role("link", name="Ana Benítez").click()
    page.wait_for_url("**/people/*/")
    page.get_by_text("Disable", exact=True).click()
    panel = page.locator(".ask__panel:visible")
    expect(panel).to_contain_text(f"Shift #{shift.pk} at Central stays open until somebody closes it.")
    expect(panel.get_by_label("Reason")).to_be_focused()
    assert seen(page) == {}
    panel.get_by_role("button").click()
    expect(panel.get_by_role("alert")).to_be_focused()
    panel.get_by_label("Reason").fill("left")
    panel.get_by_role("button").click()
    expect(page.get_by_text("Ana Benítez cannot sign in any more.")).to_be_visible()
    assert not User.objects.get(pk=ana.pk).is_active


def test_hiring_works_without_javascript(browser: Browser, live_server, marta, central):
    context = browser.new_context(java_script_enabled=False)
    page = let_in(context.new_page(), live_server, marta)
    page.goto(f"{live_server.url}/people/new/?pharmacy={central.pk}")
    page.get_by_label("First name").fill("Nilda")
    page.get_by_label("Last name").fill("Ríos")
    page.get_by_label("E-mail").fill("nilda@example.com")
    page.get_by_role("button", name="Add", exact=True).click()
    password = page.locator("#password").inner_text()
    expect(page.get_by_role("button", name="Copy the password")).to_be_hidden()
    assert User.objects.get(email="nilda@example.com").check_password(password)
    context.close()

"""Chromium for the tests: its screen, who is signed in, and what it may not say or ask."""

from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Page, expect

from accounts.models import User
from cashpilot.periods import ASUNCION
from testing.chromium import CHROMIUM, CHROMIUM_ARGS
from testing.client import signed_in
from testing.factories import PASSWORD

# A busy machine answers late; what comes in time costs no waiting.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium of this machine: nothing is downloaded, and it calls nobody."""
    if not CHROMIUM:
        pytest.fail("There is no Chromium here. Get it: sudo apt install chromium.", pytrace=False)
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_ARGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The administrator's notebook."""
    screen = {"width": 1333, "height": 768}
    return {**browser_context_args, "viewport": screen, "locale": "es-PY", "timezone_id": "America/Asuncion"}


@pytest.fixture
def watched(page: Page, live_server: Any) -> Iterator[Page]:
    """A page that may write no error to its console (a CSP violation is one) and ask no other host for anything.

    A form that is refused is no error of the page, though Chromium notes the status.
    """
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    assert [text for text in said if "422 (Unprocessable Entity)" not in text] == []
    assert [url for url in asked if not url.startswith(live_server.url)] == []


@pytest.fixture
def owner(page: Page, live_server: Any, settings: Any) -> Iterator[Page]:
    """The administrator of the demo, in the evening of 2026-11-20."""
    settings.DEBUG = True  # without it there is no demo
    with time_machine.travel(datetime(2026, 11, 20, 22, 45, tzinfo=ASUNCION), tick=False):
        call_command("seed_demo", stdout=StringIO())
        yield let_in(page, live_server, User.objects.get(email="admin@example.com"))


def let_in(page: Page, server: Any, user: User) -> Page:
    """`user` is signed in, in this browser, without a form; nothing is opened yet."""
    cookie = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server.url}])
    return page


def await_focus(page: Page, name: str) -> None:
    """Wait until the cursor is in a field: it comes there after the page has loaded, and keys before that are lost."""
    expect(page.locator(f"[name={name}]")).to_be_focused()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what `selector` names has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"the keyboard does not reach {selector}")


def sign_in(page: Page, url: str, user: User) -> None:
    """As a person does it; `user` ends on the first page."""
    page.goto(f"{url}/accounts/login/")
    page.locator("[name=username]").fill(user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"{url}/")

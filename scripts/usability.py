"""Measure what a typical shift costs at the keyboard, from opening it to its result: make usability

It types a shift into gunicorn with production's settings, in Chromium, with the keyboard alone. Keystrokes are counted
as they are pressed, and waiting is measured. Seconds of a person are the keystroke-level model's (Card, Moran and
Newell, 1980): 0.28 a key for an ordinary typist, and 1.35 to look at the next value before it is typed.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from testing.browser import let_in
from testing.server import Gunicorn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEY, LOOK = 0.28, 1.35
EXPENSES = [("15000", "Taxi"), ("8000", "Bolsas")]
TRANSFERS = [("150000", "M. Gimenez"), ("85000", "R. Ayala"), ("180000", "Farmared")]
COUNTS = ["6", "9", "3x10", "12", "8", "15", "22", "14", "30", "20"]
TICKET = ["2325000", "1925000", "415000", "", "20452"]


@dataclass
class Hands:
    """The keyboard, and what it took so far."""

    page: Page
    values: int = 0
    keys: int = 0
    waited: float = 0.0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += len(key.split("+"))

    def enter(self, *values: str) -> None:
        """Each value that is typed has to be looked at first; Enter alone goes on."""
        for value in values:
            self.page.keyboard.type(value)
            self.keys += len(value)
            self.values += bool(value)
            self.press("Enter")

    def send(self, value: str = "") -> None:
        """The last value of a form, and what sends it."""
        self.page.keyboard.type(value)
        self.keys += len(value)
        self.values += bool(value)
        self.press("Control+Enter")

    def tab_to(self, selector: str) -> None:
        while not self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            self.press("Tab")

    @contextmanager
    def waiting_for(self, place: Locator) -> Iterator[None]:
        started = time.perf_counter()
        yield
        expect(place).to_be_visible()
        self.waited += time.perf_counter() - started

    @property
    def seconds(self) -> float:
        return self.keys * KEY + self.values * LOOK + self.waited


A_MINUTE = 60


def test_a_typical_shift(gunicorn: Gunicorn, page: Page, ana: User) -> None:
    let_in(page, gunicorn, ana).goto(f"{gunicorn.url}/sessions/open/")
    parts = {"open": Hands(page), "note 2 expenses and 3 transfers": Hands(page), "close": Hands(page)}
    opening, noting, closing = parts.values()
    _open(opening)
    _note(noting)
    _close(closing)
    _print(parts)
    if closing.seconds >= A_MINUTE:
        pytest.fail("a shift is no longer closed in under a minute")


def _open(hands: Hands) -> None:
    with hands.waiting_for(hands.page.locator(".movements")):
        hands.send("500000")


def _note(hands: Hands) -> None:
    for number, (amount, description) in enumerate([*EXPENSES, *TRANSFERS]):
        expect(hands.page.get_by_role("radio").first).to_be_focused()
        hands.press(*["ArrowLeft"] * 2 * (number >= len(EXPENSES)), "Enter")  # the second from the end is a transfer
        with hands.waiting_for(hands.page.locator(".movements li", has_text=description)):
            hands.enter(amount)
            hands.send(description)


def _close(hands: Hands) -> None:
    page = hands.page
    expect(page.get_by_role("radio").first).to_be_focused()
    hands.tab_to("a[href$='/close/']")
    with hands.waiting_for(page.locator(".counts")):
        hands.press("Enter")
    hands.enter(*COUNTS, "500000")
    hands.enter("1840000")
    hands.press("Shift+Enter")
    hands.enter(*TICKET[:-1])
    with hands.waiting_for(page.locator("#confirm")):
        hands.send(TICKET[-1])
    with hands.waiting_for(page.locator(".verdict")):
        hands.press("Space")


def _print(parts: dict[str, Hands]) -> None:
    print("\n\n| part | values | keystrokes | typing | looking | waiting | together |")  # noqa: T201
    print("|---|---|---|---|---|---|---|")  # noqa: T201
    for name, hands in parts.items():
        typing, looking = hands.keys * KEY, hands.values * LOOK
        cells = [name, hands.values, hands.keys, *(f"{part:.1f} s" for part in (typing, looking, hands.waited))]
        print("|", " | ".join(map(str, cells)), f"| {hands.seconds:.0f} s |")  # noqa: T201

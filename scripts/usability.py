"""Measure what a shift, and an administrator's morning, cost at the keyboard: make usability

It types them into gunicorn with production's settings, in Chromium, with the keyboard alone. Keystrokes are counted
as they are pressed, and waiting is measured. Seconds of a person are the keystroke-level model's (Card, Moran and
Newell, 1980): 0.28 a key for an ordinary typist, and 1.35 to look at the next value before it is typed.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from cashpilot import periods
from cashpilot.money import DENOMINATIONS
from pharmacies.models import Pharmacy
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from testing.browser import await_focus, let_in
from testing.factories import ShiftFactory
from testing.server import Gunicorn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEY, LOOK = 0.28, 1.35
# Kind, amount and words of what a shift notes; what is known was noted here before, and is completed as it is typed.
MOVEMENTS = [
    ("expense", "15000", "Taxi"),
    ("expense", "8000", "Bolsas"),
    ("transfer", "150000", "Mirta Giménez"),
    ("transfer", "85000", "R. Ayala"),
    ("card", "622500", ""),
    ("envelope", "1000000", "Sobre 1317"),
    ("collection", "120000", "Cuenta de Nilda Bogado"),
    ("credit_sale", "77500", "Cuenta de Sra. Aquino"),
]
KNOWN = ("Taxi", "Bolsas", "Mirta Giménez", "Cuenta de Nilda Bogado", "Cuenta de Sra. Aquino")
COUNTS = ["6", "9", "3x10", "12", "8", "15", "22", "14", "30", "20"]
TICKET = ["2325000", "1925000", "415000", "", "20452"]
# What a usual evening comes to: the notes and one coin, the card batch and no transfer on the ticket.
USUAL_COUNTS = ["6", "9", "4", "8", "5", "12", "7"]
USUAL_TICKET = ["2325000", "840000", "", "", "20452"]


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

    def type(self, value: str) -> None:
        """A value that is typed has to be looked at first."""
        self.page.keyboard.type(value)
        self.keys += len(value)
        self.values += bool(value)

    def enter(self, *values: str) -> None:
        """Enter goes on, alone too."""
        for value in values:
            self.type(value)
            self.press("Enter")

    def send(self, value: str = "") -> None:
        """The last value of a form, and what sends it."""
        self.type(value)
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
# Keys that each part may take at most.
MOST = {
    "note 8 movements": 110,
    "close": 77,
    "close with six denominations": 59,
    "close of a usual evening": 56,
    "yesterday's answer": 0,
    "sign off ten": 12,
    "verify twenty transfers": 24,
    "hire a cashier": 38,
}
OF_A_SHIFT, OF_A_MORNING = list(MOST)[:4], list(MOST)[4:]


def test_a_typical_shift(gunicorn: Gunicorn, page: Page, ana: User) -> None:
    noted = [NewMovement(Kind(kind), 1_000, words) for kind, _amount, words in MOVEMENTS if words in KNOWN]
    ShiftFactory.create(closed=True, cashier=ana, movements=noted)
    let_in(page, gunicorn, ana).goto(f"{gunicorn.url}/sessions/open/")
    parts = {name: Hands(page) for name in ("open", *OF_A_SHIFT)}
    opening, noting, closing, closing_with_six, closing_as_usual = parts.values()
    _open(opening)
    _note(noting)
    _close(closing, COUNTS, "1840000", TICKET)
    page.goto(f"{gunicorn.url}/sessions/{ShiftFactory.create(cashier=ana).pk}/")
    _close(closing_with_six, COUNTS[:6], "1840000", TICKET[:3])
    page.goto(f"{gunicorn.url}/sessions/{ShiftFactory.create(cashier=ana).pk}/")
    _close(closing_as_usual, USUAL_COUNTS, "840000", USUAL_TICKET)
    _print(parts)
    if closing.seconds >= A_MINUTE:
        pytest.fail("a shift is no longer closed in under a minute")


def test_an_administrators_morning(gunicorn: Gunicorn, page: Page, ana: User, marta: User, central: Pharmacy) -> None:
    """Yesterday is read, ten shifts are signed off with a usual note, twenty transfers verified, a cashier is hired."""
    with periods.at(periods.now() - timedelta(days=1)):
        for number in range(10):
            transfers = [NewMovement(Kind.TRANSFER, 1_000 + place, f"Payer {place}") for place in (number, number + 10)]
            ShiftFactory.create(closed=True, cashier=ana, movements=transfers, billed={"billed_cash": 1_000 + number})
    parts = {name: Hands(page) for name in OF_A_MORNING}
    reading, signing, verifying, hiring = parts.values()
    let_in(page, gunicorn, marta)
    with reading.waiting_for(page.get_by_text(re.compile("(Ayer|Yesterday): 10 "))):
        page.goto(f"{gunicorn.url}/")
    page.goto(f"{gunicorn.url}/review/")
    _sign_off_ten(signing)
    page.goto(f"{gunicorn.url}/transfers/")
    _verify_twenty(verifying)
    page.goto(f"{gunicorn.url}/people/new/?pharmacy={central.pk}")
    _hire(hiring)
    _print(parts)


def _sign_off_ten(hands: Hands) -> None:
    page = hands.page
    hands.press("j", "Enter")
    for number in range(10):
        expect(page.locator("tr:not([data-done]) details[open] [data-usual]").first).to_be_enabled()
        expect(page.locator("tr:has(details[open]) :focus")).to_be_visible()
        with hands.waiting_for(page.locator("tr[data-done]").nth(number)):
            hands.press("1")


def _verify_twenty(hands: Hands) -> None:
    hands.press("j")
    hands.press("Space", *["j"] * 19, "Shift+Space")
    with hands.waiting_for(hands.page.locator(".empty")):
        hands.press("v")


def _hire(hands: Hands) -> None:
    hands.tab_to("[name=first_name]")
    hands.type("Nilda")
    hands.press("Tab")
    hands.type("Bogado")
    hands.press("Tab")
    hands.type("nilda.bogado@example.com")
    with hands.waiting_for(hands.page.locator("#password")):
        hands.press("Enter")


def _open(hands: Hands) -> None:
    await_focus(hands.page, "initial_cash")
    with hands.waiting_for(hands.page.locator(".movements")):
        hands.send("500000")


def _note(hands: Hands) -> None:
    page = hands.page
    for number, (kind, amount, words) in enumerate(MOVEMENTS, start=1):
        await_focus(page, "amount")
        if not page.locator(f"[name=kind][value={kind}]").is_checked():
            hands.press(f"Alt+{Kind.values.index(kind) + 1}")
        hands.type(amount)
        if words:
            hands.press("Enter")
            _describe(hands, words)
        with hands.waiting_for(page.locator(f".movements li:nth-child({number})")):
            hands.send()


def _describe(hands: Hands, words: str) -> None:
    """Type a description: one that the pharmacy knows is completed after its first letter."""
    hands.type(words[:1] if words in KNOWN else words)
    expect(hands.page.locator("[name=description]")).to_have_value(words)


def _close(hands: Hands, counts: list[str], cards: str, ticket: list[str]) -> None:
    page = hands.page
    await_focus(page, "amount")
    with hands.waiting_for(page.locator(".counts")):
        hands.press("F9")
    await_focus(page, "count_100000")
    hands.enter(*counts[:-1])
    hands.type(counts[-1])
    hands.press("Enter" if len(counts) == len(DENOMINATIONS) else "Shift+Enter")
    hands.enter("500000")
    hands.type(cards)
    hands.press("Shift+Enter")
    hands.enter(*ticket[:-1])
    hands.type(ticket[-1])
    with hands.waiting_for(page.locator("#confirm")):
        hands.press("F9")
    with hands.waiting_for(page.locator(".verdict")):
        hands.press("Space")


def _print(parts: dict[str, Hands]) -> None:
    """Print a table of the parts. Fails where one takes more keys than it may."""
    print("\n\n| part | values | keystrokes | typing | looking | waiting | together |")  # noqa: T201
    print("|---|---|---|---|---|---|---|")  # noqa: T201
    for name, hands in parts.items():
        typing, looking = hands.keys * KEY, hands.values * LOOK
        cells = [name, hands.values, hands.keys, *(f"{part:.1f} s" for part in (typing, looking, hands.waited))]
        print("|", " | ".join(map(str, cells)), f"| {hands.seconds:.0f} s |")  # noqa: T201
    too_many = {name: hands.keys for name, hands in parts.items() if hands.keys > MOST.get(name, hands.keys)}
    if too_many:
        pytest.fail(f"more keys than before: {too_many}")

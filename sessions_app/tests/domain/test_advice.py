"""A shift that does not balance asks for something, by the method that is off, its age and who reads."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from sessions_app.domain.advice import DRAWER_STANDS, Act, Reader, advise, kinds_of, methods_off
from sessions_app.models import CashSession

LONG_AGO = datetime(2024, 1, 2, 15, tzinfo=UTC)
MINUTES, HOURS, WEEKS = timedelta(minutes=5), timedelta(hours=3), timedelta(weeks=2)
CASHIER = Reader(is_cashier=True, may_correct=True, may_reply=True)
LATE_CASHIER = Reader(is_cashier=True, may_reply=True)
OWNER = Reader(may_correct=True, may_sign_off=True)
OWN_OF_ADMIN = Reader(is_cashier=True, may_correct=True, may_reply=True)
AUDITOR = Reader()

SHORT = {"billed_cash": 1_050_000}
OVER = {"billed_cash": 950_000}
CARD_SHORT = {"billed_card": 50_000}
CARD_FOR_CASH = {"billed_cash": 1_050_000, "card_total": 50_000, "billed_card": 0}
TRANSFER_SHORT = {"billed_transfer": 30_000}
CREDIT_SHORT = {"billed_credit": 30_000}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def shift_with(**figures):
    """A closed shift that took 1.000.000 in cash and nothing else, and balances but for `figures`."""
    figures = {"initial_cash": 0, "final_cash": 1_000_000, "billed_cash": 1_000_000, "tolerance": 2_000} | figures
    return CashSession(status="closed", **figures)


@pytest.mark.parametrize(
    ("figures", "reader", "age", "act", "method"),
    [
        ({}, CASHIER, MINUTES, Act.NOTHING, ""),
        ({"first_result": "short"}, CASHIER, MINUTES, Act.WAIT, ""),
        ({"first_result": "short"}, OWNER, WEEKS, Act.SIGN_OFF, ""),
        ({"first_result": "balanced"}, OWNER, WEEKS, Act.NOTHING, ""),
        ({"billed_cash": None}, CASHIER, MINUTES, Act.TICKET, ""),
        ({"billed_cash": None}, LATE_CASHIER, WEEKS, Act.WAIT, ""),
        ({"final_cash": None}, OWNER, WEEKS, Act.COUNT, "cash"),
        ({"billed_cash": None, "imported_at": LONG_AGO}, OWNER, WEEKS, Act.NOTHING, ""),
        ({"final_cash": None, "imported_at": LONG_AGO}, OWNER, WEEKS, Act.NOTHING, ""),
        ({"billed_cash": None, "imported_at": LONG_AGO, "flagged_at": LONG_AGO}, OWNER, WEEKS, Act.TICKET, ""),
        (SHORT, CASHIER, MINUTES, Act.COUNT, "cash"),
        (SHORT, CASHIER, DRAWER_STANDS, Act.COUNT, "cash"),
        (SHORT, CASHIER, HOURS, Act.LOOK, "cash"),
        (OVER, CASHIER, HOURS, Act.LOOK, "cash"),
        (SHORT, LATE_CASHIER, WEEKS, Act.REPLY, "cash"),
        (SHORT, OWNER, MINUTES, Act.COUNT, "cash"),
        (SHORT, OWNER, HOURS, Act.SIGN_OFF, "cash"),
        (SHORT, OWNER, WEEKS, Act.SIGN_OFF, "cash"),
        (SHORT, OWN_OF_ADMIN, WEEKS, Act.LOOK, "cash"),
        (SHORT, AUDITOR, MINUTES, Act.WAIT, "cash"),
        (CARD_SHORT, CASHIER, MINUTES, Act.BATCH, "card"),
        (CARD_SHORT, CASHIER, HOURS, Act.BATCH, "card"),
        (CARD_SHORT, OWNER, MINUTES, Act.BATCH, "card"),
        (CARD_SHORT, OWNER, WEEKS, Act.SIGN_OFF, "card"),
        (CARD_FOR_CASH, CASHIER, MINUTES, Act.BATCH, "card"),
        (TRANSFER_SHORT, CASHIER, MINUTES, Act.LOOK, "transfer"),
        (CREDIT_SHORT, CASHIER, MINUTES, Act.LOOK, "credit"),
    ],
)
def test_the_main_act_follows_the_method_the_age_and_the_reader(figures, reader, age, act, method):
    advice = advise(shift_with(**figures), reader, age)
    assert (advice.act, advice.method) == (act, method)


def test_what_is_signed_off_asks_for_nothing():
    signed_off = shift_with(**SHORT, signed_off_at="2026-07-03T12:00Z")
    assert advise(signed_off, CASHIER, MINUTES).act == Act.NOTHING


@pytest.mark.parametrize(
    ("figures", "age", "steps"),
    [
        (
            SHORT,
            MINUTES,
            ("Count the drawer again, note by note.", "Look for an expense or an envelope that was not noted."),
        ),
        (
            OVER,
            HOURS,
            (
                "The drawer holds other money by now: counting it again tells nothing.",
                "Look for a debt collected or cash added that was not noted, or change not handed out.",
            ),
        ),
        (
            CARD_SHORT,
            MINUTES,
            ("Print the batch of the card terminal again and compare its total with the cards that are noted.",),
        ),
    ],
)
def test_the_steps_of_a_cashier(figures, age, steps):
    assert advise(shift_with(**figures), CASHIER, age).steps == steps


@pytest.mark.parametrize(
    ("has_reply", "first"),
    [
        (False, "Ask the cashier for a reply: flag the shift with your question."),
        (True, "Read what the cashier replied."),
    ],
)
def test_an_owner_asks_compares_and_signs_off(has_reply, first):
    assert advise(shift_with(**SHORT), OWNER, WEEKS, has_reply=has_reply).steps == (
        first,
        "Compare with the closing ticket, the envelopes and the receipts.",
        "When it is clear, sign it off with a note.",
    )


@pytest.mark.parametrize(
    ("figures", "off"),
    [
        ({}, []),
        ({"billed_cash": 1_002_000}, []),
        ({"billed_cash": None, **CARD_SHORT}, []),
        (SHORT | CARD_SHORT, ["card", "cash"]),
        ({"billed_cash": 1_050_001, **CARD_SHORT}, ["cash", "card"]),
    ],
)
def test_the_methods_that_are_off_stand_with_the_largest_in_front(figures, off):
    assert methods_off(shift_with(**figures)) == off


@pytest.mark.parametrize(
    ("method", "as_cash", "kinds"),
    [
        ("cash", False, ["expense", "envelope", "cash_in", "collection"]),
        ("cash", True, ["expense", "envelope", "cash_in", "collection", "transfer"]),
        ("card", False, ["card"]),
        ("transfer", False, ["transfer"]),
        ("credit", False, ["credit_sale"]),
    ],
)
def test_what_is_noted_for_a_method(method, as_cash, kinds):
    assert kinds_of(method, shift_with(transfers_billed_as_cash=as_cash)) == kinds

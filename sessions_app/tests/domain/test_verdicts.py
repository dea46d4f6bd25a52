"""Verdicts in words, and what shows that no money is missing where methods make up for each other."""

import pytest
from django.utils import translation

from sessions_app.domain.verdicts import at_the_close, if_nothing_is_missing, then_and_now, what_changed
from sessions_app.tests.domain.test_advice import shift_with


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("figures", "was", "is_now"),
    [
        ({"billed_cash": 1_050_000}, "₲\u00a050.000 were missing", "₲\u00a050.000 are missing"),
        ({"billed_cash": 950_000}, "₲\u00a050.000 were over", "₲\u00a050.000 are over"),
        ({}, "it balanced", "it balances"),
        ({"billed_cash": None}, "it was not compared", "it is not compared"),
        (
            {"billed_cash": 1_050_000, "card_total": 50_000, "billed_card": 0},
            "it stood under the wrong method",
            "it stands under the wrong method",
        ),
        # Nothing but the cards is off.
        ({"billed_card": 50_000}, "₲\u00a050.000 were missing", "₲\u00a050.000 are missing"),
    ],
)
def test_a_correction_is_answered_with_both_verdicts(figures, was, is_now):
    other = shift_with(billed_cash=999_000 - 10_000)
    assert then_and_now(shift_with(**figures), other) == (
        f"Before: {was}. Now: ₲\u00a011.000 are over. It is recorded under your name."
    )
    assert then_and_now(other, shift_with(**figures)) == (
        f"Before: ₲\u00a011.000 were over. Now: {is_now}. It is recorded under your name."
    )


def test_the_first_verdict_in_words():
    assert at_the_close("short", -50_000) == "50.000 were missing at the close"
    assert at_the_close("balanced", 300) == "it balanced at the close"


@pytest.mark.parametrize(
    ("figures", "evidence"),
    [
        ({"billed_cash": 1_500_000, "card_total": 500_000, "billed_card": 0}, "the card slips are there"),
        (
            {"billed_cash": 1_500_000, "transfer_total": 500_000, "billed_transfer": 0},
            "the transfers were seen in the bank",
        ),
        ({"billed_cash": 1_500_000, "credit_sale_total": 500_000, "billed_credit": 0}, "the credit slips are signed"),
        ({"billed_cash": 500_000, "billed_card": 500_000}, "the cash was counted well"),
        (
            {
                "billed_cash": 1_500_000,
                "card_total": 200_000,
                "billed_card": 0,
                "transfer_total": 300_000,
                "billed_transfer": 0,
            },
            "the card slips are there and the transfers were seen in the bank",
        ),
        (
            {
                "transfers_billed_as_cash": True,
                "transfer_total": 100_000,
                "billed_cash": 1_000_000,
                "billed_card": 100_000,
            },
            "the cash was counted well and the transfers were seen in the bank",
        ),
        # Over by less than the tolerance in each of the methods that make up for it.
        (
            {
                "billed_cash": 1_004_000,
                "card_total": 2_000,
                "billed_card": 0,
                "credit_sale_total": 2_000,
                "billed_credit": 0,
            },
            "the card slips are there and the credit slips are signed",
        ),
    ],
)
def test_money_under_the_wrong_method_is_there_if_its_evidence_is(figures, evidence):
    assert if_nothing_is_missing(shift_with(**figures)) == (
        f"No money is missing if {evidence}: it was billed under another method."
    )


@pytest.mark.parametrize("figures", [{}, {"billed_cash": 1_050_000}, {"billed_cash": 950_000}, {"billed_cash": None}])
def test_of_any_other_shift_nothing_of_the_kind_is_said(figures):
    assert if_nothing_is_missing(shift_with(**figures)) == ""


def test_the_figures_that_a_correction_changed_are_named_with_both_values():
    before = shift_with(billed_cash=1_050_000, billed_card=None, final_cash=1_150_000)
    now = shift_with(billed_cash=1_000_000, billed_card=40_000, final_cash=1_150_000)
    assert what_changed(before, now) == "Billed in cash 1.050.000 → 1.000.000, billed by card 40.000"
    assert what_changed(now, now) == ""

"""An amount far above those of the pharmacy's closed shifts of 90 days has a zero too many."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.queries.usual_amounts import doubtful_amounts
from testing.factories import ShiftFactory


@pytest.fixture
def close(ana):
    """Open a shift of Ana's some days ago, and close it with these values."""

    def closed(days=1, **values):
        with periods.at(periods.now() - timedelta(days=days)):
            return ShiftFactory(closed=True, cashier=ana, **{"final_cash": 10_000, "initial_cash": 5_000, **values})

    return closed


def doubted(pharmacy, **typed):
    return doubtful_amounts(pharmacy, typed)


def test_thirty_closed_shifts_know_what_is_usual_and_29_do_not(close, central, beto):
    for _ in range(29):
        close()
    ShiftFactory(cashier=beto, register=2)
    assert doubted(central, final_cash=100_001) == []
    close(days=200)
    assert doubted(central, final_cash=100_001) == ["final_cash"]


@pytest.fixture
def used_to(close):
    """Thirty closed shifts, the last of them with these values."""

    def make(days=1, **values):
        for _ in range(29):
            close()
        return close(days=days, **values)

    return make


@pytest.mark.parametrize(
    ("typed", "is_asked"),
    [
        (12_500_001, True),
        (12_500_000, False),  # exactly ten times
        (12_499_999, False),
        (1_250_000, False),
        (0, False),
        (None, False),
    ],
)
def test_an_amount_is_doubted_above_ten_times_the_largest(typed, is_asked, used_to, central):
    used_to(final_cash=1_250_000)
    assert doubted(central, final_cash=typed) == ["final_cash"] * is_asked


@pytest.mark.parametrize("billed", [None, 0])
def test_of_what_there_was_nothing_yet_nothing_is_doubted(billed, used_to, central):
    used_to(billed={"billed_cash": billed})
    assert doubted(central, billed_cash=9_999_999_999, expense=9_999_999_999, card_batch=9_999_999_999) == []


def test_each_name_has_a_largest_of_its_own(used_to, central):
    movements = [NewMovement(Kind.EXPENSE, 700, "Taxi"), NewMovement(Kind.EXPENSE, 600, "Hielo")]
    movements += [NewMovement(Kind.CARD, 20_000), NewMovement(Kind.CARD, 30_000)]
    used_to(final_cash=20_000, billed={"billed_cash": 8_000, "billed_card": 40_000}, movements=movements)
    largest = {"initial_cash": 5_000, "final_cash": 20_000, "billed_cash": 8_000, "billed_card": 40_000}
    largest |= {"expense": 700, "card": 30_000, "card_batch": 50_000}
    assert doubted(central, **{name: 10 * amount for name, amount in largest.items()}) == []
    assert doubted(central, **{name: 10 * amount + 1 for name, amount in largest.items()}) == list(largest)


def test_only_live_rows_of_the_pharmacy_within_90_days_vouch(used_to, close, central, luque, ana, marta):
    movements = [NewMovement(Kind.EXPENSE, 700, "Taxi"), NewMovement(Kind.EXPENSE, 900, "Hielo")]
    one = used_to(days=90, final_cash=20_000, movements=movements)
    dearest = one.movements.get(amount=900)
    movement_actions.void_movement(one.pk, dearest.pk, reason="never paid", by=marta)
    close(days=91, final_cash=999_999)
    gone = close(days=2, final_cash=888_888)
    mark_actions.delete_shift(gone.pk, reason="twice", by=marta)
    ana.assignments.create(pharmacy=luque)
    close(pharmacy=luque, final_cash=777_777)
    assert doubted(central, final_cash=200_000, expense=7_000) == []
    assert doubted(central, final_cash=200_001, expense=7_001) == ["final_cash", "expense"]


def test_one_query_knows_them_all(close, central):
    close()
    with CaptureQueriesContext(connection) as queries:
        doubted(central, final_cash=1, expense=1)
    assert len(queries) == 1

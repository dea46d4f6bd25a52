"""The largest amounts of a pharmacy, from its closed shifts of 90 days."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.queries.usual_amounts import COMPARED, largest_amounts
from testing.factories import ShiftFactory


@pytest.fixture
def close(ana):
    """Open a shift of Ana's some days ago, and close it with these values."""

    def closed(days=1, **values):
        with periods.at(periods.now() - timedelta(days=days)):
            return ShiftFactory(closed=True, cashier=ana, **{"final_cash": 10_000, "initial_cash": 5_000, **values})

    return closed


def test_thirty_closed_shifts_know_what_is_usual_and_29_do_not(close, central, beto):
    for _ in range(29):
        close()
    ShiftFactory(cashier=beto, register=2)
    assert largest_amounts(central) == dict.fromkeys(COMPARED)
    close(days=200)
    assert largest_amounts(central) == {
        **dict.fromkeys(COMPARED),
        "initial_cash": 5_000,
        "final_cash": 10_000,
        "card_batch": 0,
    }


def test_the_largest_of_each_kind_is_of_live_rows_within_90_days(close, central, luque, ana, marta):
    for _ in range(28):
        close()
    movements = [NewMovement(Kind.EXPENSE, 700, "Taxi"), NewMovement(Kind.EXPENSE, 900, "Hielo")]
    movements += [NewMovement(Kind.CARD, 20_000), NewMovement(Kind.CARD, 30_000)]
    one = close(days=90, final_cash=20_000, billed={"billed_cash": 8_000, "billed_card": 40_000}, movements=movements)
    dearest = one.movements.get(amount=900)
    movement_actions.void_movement(one.pk, dearest.pk, reason="never paid", by=marta)
    close(days=91, final_cash=999_999)
    gone = close(days=2, final_cash=888_888)
    mark_actions.delete_shift(gone.pk, reason="twice", by=marta)
    ana.assignments.create(pharmacy=luque)
    close(pharmacy=luque, final_cash=777_777)

    assert largest_amounts(central) == {
        **dict.fromkeys(COMPARED),
        "initial_cash": 5_000,
        "final_cash": 20_000,
        "billed_cash": 8_000,
        "billed_card": 40_000,
        "expense": 700,
        "card": 30_000,
        "card_batch": 50_000,
    }


def test_one_query_knows_them_all(close, central):
    close()
    with CaptureQueriesContext(connection) as queries:
        largest_amounts(central)
    assert len(queries) == 1

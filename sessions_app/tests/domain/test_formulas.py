"""The worked cases of the design, and one arithmetic wherever it is asked: a row, a history row, a form, SQL."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cashpilot.money import MAXIMUM
from sessions_app.domain import formulas
from sessions_app.domain.choices import Kind, Result, Status
from sessions_app.domain.formulas import COLUMNS
from sessions_app.models import FIGURES, MOVEMENT_SUMS, TYPED_AMOUNTS, CashSession

OPENED = datetime(2026, 7, 3, 11, 0, tzinfo=UTC)
BILLED = ["billed_cash", "billed_card", "billed_transfer", "billed_credit"]
NOTHING = {
    "status": Status.CLOSED,
    **dict.fromkeys(TYPED_AMOUNTS),
    **dict.fromkeys(MOVEMENT_SUMS, 0),
    "initial_cash": 500_000,
    "tolerance": 0,
    "transfers_billed_as_cash": False,
}


def figures(row):
    return {name: getattr(formulas, name)(row) for name in [*FIGURES, "misplaced"]}


# What goes in, and what comes out, from section 3 of the design; then one case for each figure that it leaves out.
CASES = {
    "without a ticket nothing is compared": (
        {"final_cash": 1_200_000, "envelope_total": 300_000},
        {"cash_sales": 1_000_000, "total_sales": 1_000_000, "result": Result.NOT_COMPARED},
    ),
    "fifteen thousand short": (
        {"final_cash": 1_200_000, "envelope_total": 300_000, "billed_cash": 1_015_000},
        {
            "cash_sales": 1_000_000,
            "total_sales": 1_000_000,
            "expected_cash": 1_215_000,
            "cash_difference": -15_000,
            "total_difference": -15_000,
            "misplaced": 15_000,
            "result": Result.SHORT,
        },
    ),
    "short beside expenses and debts collected": (
        {
            "final_cash": 1_260_000,
            "envelope_total": 300_000,
            "expense_total": 125_000,
            "collection_total": 200_000,
            "billed_cash": 1_000_000,
        },
        {
            "cash_sales": 985_000,
            "total_sales": 985_000,
            "expected_cash": 1_275_000,
            "cash_difference": -15_000,
            "total_difference": -15_000,
            "misplaced": 15_000,
            "result": Result.SHORT,
        },
    ),
    "a card sale booked as cash": (
        {
            "initial_cash": 300_000,
            "final_cash": 1_250_000,
            "envelope_total": 1_500_000,
            "expense_total": 80_000,
            "collection_total": 120_000,
            "card_total": 1_840_000,
            "billed_card": 1_925_000,
            "billed_cash": 2_325_000,
        },
        {
            "cash_sales": 2_410_000,
            "total_sales": 4_250_000,
            "expected_cash": 1_165_000,
            "cash_difference": 85_000,
            "card_difference": -85_000,
            "total_difference": 0,
            "misplaced": 85_000,
            "result": Result.SWAPPED,
        },
    ),
    "nothing sold, one expense": (
        {"final_cash": 485_000, "expense_total": 15_000, "billed_cash": 0},
        {
            "cash_sales": 0,
            "total_sales": 0,
            "expected_cash": 485_000,
            "cash_difference": 0,
            "total_difference": 0,
            "result": Result.BALANCED,
        },
    ),
    "transfers that the ticket counts as cash": (
        {
            "final_cash": 700_000,
            "transfer_total": 90_000,
            "billed_cash": 290_000,
            "billed_transfer": 1_000,  # of no account: the cash holds them
            "transfers_billed_as_cash": True,
        },
        {
            "cash_sales": 200_000,
            "total_sales": 290_000,
            "expected_cash": 700_000,
            "cash_difference": 0,
            "total_difference": 0,
            "result": Result.BALANCED,
        },
    ),
    "the same, and a transfer that nobody noted": (
        {"final_cash": 700_000, "billed_cash": 290_000, "transfers_billed_as_cash": True},
        {
            "cash_sales": 200_000,
            "total_sales": 200_000,
            "expected_cash": 790_000,
            "cash_difference": -90_000,
            "total_difference": -90_000,
            "misplaced": 90_000,
            "result": Result.SHORT,
        },
    ),
    "open: nothing is known": ({"status": Status.OPEN, "envelope_total": 300_000}, {"result": Result.OPEN}),
    "counted once and to be counted again: still open": (
        {"status": Status.OPEN, "billed_cash": 400_000},
        {"expected_cash": 900_000, "result": Result.OPEN},
    ),
    "closed without a count: the cash is unknown": (
        {"billed_cash": 400_000, "card_total": 50_000, "billed_card": 60_000},
        {"expected_cash": 900_000, "card_difference": -10_000, "misplaced": 10_000, "result": Result.NOT_COMPARED},
    ),
    "every method over, change added to the drawer": (
        {
            "final_cash": 900_000,
            "cash_in_total": 100_000,
            "card_total": 50_000,
            "transfer_total": 60_000,
            "credit_sale_total": 70_000,
            "billed_cash": 299_000,
            "billed_card": 48_000,
            "billed_transfer": 57_000,
            "billed_credit": 66_000,
        },
        {
            "cash_sales": 300_000,
            "total_sales": 480_000,
            "expected_cash": 899_000,
            "cash_difference": 1_000,
            "card_difference": 2_000,
            "transfer_difference": 3_000,
            "credit_difference": 4_000,
            "total_difference": 10_000,
            "misplaced": 10_000,
            "result": Result.OVER,
        },
    ),
}


@pytest.mark.parametrize(("given_", "expected"), CASES.values(), ids=CASES.keys())
def test_a_worked_case_gives_these_figures_and_no_others(given_, expected):
    known = {name: value for name, value in figures(SimpleNamespace(**NOTHING | given_)).items() if value is not None}

    assert known == {"misplaced": 0} | expected


TOLERANCE = [
    # tolerance, difference in cash and on cards -> result: at the limit is within it.
    (5_000, -5_000, 0, Result.BALANCED),
    (5_000, 5_000, -5_000, Result.BALANCED),
    (5_000, -5_001, 0, Result.SHORT),
    (5_000, 5_001, 0, Result.OVER),
    (5_000, 3_000, 3_000, Result.BALANCED),  # each method is within it; their sum need not be
    (5_000, 20_000, -15_000, Result.SWAPPED),
    (5_000, 20_000, -14_999, Result.OVER),
    (0, -1, 1, Result.SWAPPED),
    (None, 0, 0, Result.BALANCED),
    (None, 0, -1, Result.SHORT),
]


@pytest.mark.parametrize(("tolerance", "cash", "card", "expected"), TOLERANCE)
def test_a_difference_within_the_tolerance_still_balances(tolerance, cash, card, expected):
    row = NOTHING | {"final_cash": 700_000, "billed_cash": 200_000 - cash, "tolerance": tolerance}
    row |= {"card_total": 100_000, "billed_card": 100_000 - card}

    assert formulas.result(SimpleNamespace(**row)) == expected


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (None, Result.NOT_COMPARED),
        (0, Result.BALANCED),
        (-500, Result.BALANCED),
        (500, Result.BALANCED),
        (-501, Result.SHORT),
        (501, Result.OVER),
    ],
)
def test_one_method_says_whether_it_is_short_or_over(difference, expected):
    assert formulas.method_result(difference, 500) == expected


def test_what_a_person_is_shown_adds_up_to_the_figure():
    row = SimpleNamespace(**NOTHING | CASES["a card sale booked as cash"][0])

    shown = [
        sum(sign * getattr(row, name) for name, sign in terms.items())
        for terms in (formulas.CASH_SALES, formulas.EXPECTED_CASH)
    ]

    assert shown == [2_410_000, 1_165_000]


# Small amounts meet often, so that every result comes up; the largest show what overflows.
amounts = st.integers(0, 3) | st.integers(0, MAXIMUM) | st.just(MAXIMUM)
maybe = st.none() | amounts
sums = st.fixed_dictionaries(dict.fromkeys([*MOVEMENT_SUMS, "initial_cash"], amounts))
open_rows = st.fixed_dictionaries({"tolerance": maybe})
closed_rows = st.fixed_dictionaries(
    {
        "final_cash": maybe,
        "tolerance": amounts,
        "transfers_billed_as_cash": st.booleans(),
        **dict.fromkeys(BILLED, maybe),
        "closed_at": st.just(OPENED),
    }
)


@pytest.fixture
def shift(ana, central):
    return CashSession.objects.create(
        cashier=ana, pharmacy=central, opened_at=OPENED, business_date=OPENED.date(), initial_cash=0
    )


@pytest.mark.slow
@given(sums=sums, row=open_rows | closed_rows)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(sums=dict.fromkeys([*MOVEMENT_SUMS, "initial_cash"], MAXIMUM), row={"final_cash": 0, "closed_at": OPENED})
@example(
    sums=dict.fromkeys([*MOVEMENT_SUMS, "initial_cash"], MAXIMUM),
    row={"final_cash": 0, "billed_cash": MAXIMUM, "closed_at": OPENED, "transfers_billed_as_cash": True},
)
def test_every_figure_is_the_same_in_python_and_in_sql(shift, sums, row):
    values = {**NOTHING, "closed_at": None, **sums, **row}
    values["status"] = Status.CLOSED if values["closed_at"] else Status.OPEN
    values["uncounted_reason"] = "olvidado" if values["closed_at"] and values["final_cash"] is None else ""
    for name, value in values.items():
        setattr(shift, name, value)
    shift.save()
    shift.refresh_from_db()
    every_figure = [*FIGURES, "misplaced"]

    in_python = figures(SimpleNamespace(**values))
    of_history = shift.history.latest()
    misplaced = CashSession.objects.annotate(excess=formulas.misplaced(COLUMNS)).values_list("excess", flat=True)
    columns = {name: getattr(formulas, name)(COLUMNS) for name in every_figure}
    history_in_sql = shift.history.annotate(**columns).values(*every_figure).latest()

    assert figures(shift) == in_python
    assert {name: getattr(shift, name) for name in FIGURES} | {"misplaced": misplaced.get(pk=shift.pk)} == in_python
    assert figures(of_history) == in_python
    assert history_in_sql == in_python


def test_the_page_reads_the_same_excess_as_the_formula(shift):
    vars(shift).update(NOTHING | CASES["a card sale booked as cash"][0])

    assert shift.misplaced == 85_000


def test_each_kind_of_movement_has_its_sum():
    assert [f"{kind}_total" for kind in Kind.values] == MOVEMENT_SUMS
    assert {column.name for column in CashSession._meta.fields if column.name.endswith("_total")} == set(MOVEMENT_SUMS)


def test_a_figure_is_unknown_while_one_of_its_amounts_is():
    unknown = figures(SimpleNamespace(**NOTHING))

    assert unknown == dict.fromkeys(FIGURES) | {"result": Result.NOT_COMPARED, "misplaced": 0}


@pytest.mark.parametrize(
    ("received", "tolerance", "unverified", "awaits"),
    [
        (0, 0, 0, False),
        (0, 0, 1, True),
        (0, 5_000, 5_000, False),
        (0, 5_000, 5_001, True),
        (3_000, 5_000, 8_000, False),  # even without it, it is within the tolerance
        (-90_000, 0, 90_000, False),  # short already
    ],
)
def test_a_shift_awaits_the_bank_if_it_balances_only_by_unverified_transfers(received, tolerance, unverified, awaits):
    cash = {"final_cash": 700_000 + received, "transfer_total": 90_000, "billed_cash": 290_000, "tolerance": tolerance}
    in_cash = SimpleNamespace(**NOTHING | cash | {"transfers_billed_as_cash": True})
    apart = SimpleNamespace(**NOTHING | cash | {"billed_cash": 200_000, "billed_transfer": 90_000})

    assert formulas.awaits_bank(in_cash, unverified) is awaits
    assert formulas.awaits_bank(apart, unverified) is False


@pytest.mark.parametrize("cash", [-900, 0, 900])
@pytest.mark.parametrize("card", [-1_000, 0, 900])
@pytest.mark.parametrize("unverified", [0, 100, 101, 1_000, 1_001, 1_901])
def test_a_shift_awaits_the_bank_if_without_its_unverified_transfers_it_would_not_balance(cash, card, unverified):
    figures = {"final_cash": 700_000 + cash, "transfer_total": 90_000, "billed_cash": 290_000, "tolerance": 1_000}
    shift = NOTHING | figures | {"card_total": 5_000 + card, "billed_card": 5_000, "transfers_billed_as_cash": True}
    without = shift | {"transfer_total": 90_000 - unverified}

    would_balance = formulas.result(SimpleNamespace(**without)) == Result.BALANCED
    assert formulas.awaits_bank(SimpleNamespace(**shift), unverified) is not would_balance


SOLD = {"billed_cash": 300_000, "billed_card": 200_000, "billed_transfer": 90_000, "billed_credit": 10_000}


@pytest.mark.parametrize(
    ("day", "billed", "margin"),
    [
        (SOLD | {"cost": 450_000}, 600_000, 150_000),
        (SOLD | {"cost": -50_000}, 600_000, 650_000),
        (SOLD | {"cost": 700_000}, 600_000, -100_000),
        (SOLD | {"cost": 450_000, "transfers_billed_as_cash": True}, 510_000, 60_000),
        (SOLD | {"cost": None}, 600_000, None),
        (SOLD | {"billed_card": None, "cost": 0}, 400_000, 400_000),
        (SOLD | {"billed_cash": None, "cost": 0}, None, None),
    ],
)
def test_what_a_day_leaves_once_its_cost_is_paid(day, billed, margin):
    row = SimpleNamespace(**NOTHING | day)

    assert (formulas.billed_total(row), formulas.margin(row)) == (billed, margin)

"""The arithmetic of a shift: the only place that knows it.

Every function takes a row: a CashSession, one of its history rows, an unsaved form's values, or COLUMNS, and then
answers with SQL. Amounts are whole guaraníes. A difference is received minus billed: negative is short, positive
over; unknown in, unknown out (None in Python, NULL in SQL). The rules are those of the design, section 3.
"""

from collections.abc import Callable
from functools import wraps
from operator import attrgetter
from typing import Any, Protocol

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Abs, Coalesce, Greatest
from django.db.models.lookups import LessThan, LessThanOrEqual

from sessions_app.domain.choices import Kind, Result, Status


class _Columns:
    def __getattr__(self, name: str) -> F:
        return F(name)


COLUMNS = _Columns()


class ShiftRow(Protocol):
    """The columns of one shift that formulas read, wherever the row comes from."""

    status: str
    initial_cash: int
    final_cash: int | None
    expense_total: int
    collection_total: int
    cash_in_total: int
    envelope_total: int
    card_total: int
    transfer_total: int
    credit_sale_total: int
    transfers_billed_as_cash: bool
    billed_cash: int | None
    billed_card: int | None
    billed_transfer: int | None
    billed_credit: int | None
    tolerance: int | None


class DayRow(ShiftRow, Protocol):
    """The sums of all shifts of one day, and what their goods cost."""

    cost: int | None


Row = ShiftRow | _Columns
Formula = Callable[[Any], Any]


def needs(*names: str) -> Callable[[Formula], Formula]:
    """Make a figure unknown (None) while one of these is, as NULL makes it in SQL."""

    def decorate(formula: Formula) -> Formula:
        @wraps(formula)
        def figure(row: Row) -> Any:
            return None if any(getattr(row, name) is None for name in names) else formula(row)

        return figure

    return decorate


def _or_zero(value: Any) -> Any:
    if isinstance(value, Combinable):
        return Coalesce(value, Value(0), output_field=models.BigIntegerField())
    return 0 if value is None else value


def _excess(value: Any) -> Any:
    """The part above zero; nothing when unknown."""
    if isinstance(value, Combinable):
        return Greatest(_or_zero(value), Value(0), output_field=models.BigIntegerField())
    return max(_or_zero(value), 0)


# What is added (+1) and taken off (-1), in the order in which a person is shown it.
Terms = dict[str, int]
CASH_SALES: Terms = {
    "final_cash": 1,
    "envelope_total": 1,
    "initial_cash": -1,
    "expense_total": 1,
    "collection_total": -1,
    "cash_in_total": -1,
}
EXPECTED_CASH: Terms = {
    "initial_cash": 1,
    "billed_cash": 1,
    "collection_total": 1,
    "cash_in_total": 1,
    "expense_total": -1,
    "envelope_total": -1,
}


def _sum(row: Row, terms: Terms) -> Any:
    first, *others = terms
    total = getattr(row, first)
    for name in others:
        total = total + getattr(row, name) if terms[name] > 0 else total - getattr(row, name)
    return total


@needs("final_cash")
def cash_sales(row: Row) -> Any:
    return _sum(row, CASH_SALES)


@needs("final_cash")
def total_sales(row: Row) -> Any:
    return cash_sales(row) + row.card_total + row.transfer_total + row.credit_sale_total


def transfers_in_cash(row: Row) -> Any:
    """Transfers that the billing system counts as cash, and that therefore are part of its cash."""
    if isinstance(row, _Columns):
        counted = When(transfers_billed_as_cash=True, then=row.transfer_total)
        return Case(counted, default=Value(0), output_field=models.BigIntegerField())
    return row.transfer_total if row.transfers_billed_as_cash else 0


@needs("final_cash")
def compared_cash(row: Row) -> Any:
    """Return the received amount that is held against the billed cash."""
    return cash_sales(row) + transfers_in_cash(row)


@needs("billed_cash")
def expected_cash(row: Row) -> Any:
    """Return the cash that should be in the drawer; transfers that were billed as cash never were in it."""
    return _sum(row, EXPECTED_CASH) - transfers_in_cash(row)


@needs("final_cash", "billed_cash")
def cash_difference(row: Row) -> Any:
    return compared_cash(row) - row.billed_cash


@needs("billed_card")
def card_difference(row: Row) -> Any:
    return _sum(row, {"card_total": 1, "billed_card": -1})


@needs("billed_transfer")
def transfer_difference(row: Row) -> Any:
    """Unknown where transfers are billed as cash: the cash difference holds them."""
    if isinstance(row, _Columns):
        alone = When(transfers_billed_as_cash=False, then=row.transfer_total - row.billed_transfer)
        return Case(alone, default=Value(None), output_field=models.BigIntegerField())
    return None if row.transfers_billed_as_cash else _sum(row, {"transfer_total": 1, "billed_transfer": -1})


@needs("billed_credit")
def credit_difference(row: Row) -> Any:
    return _sum(row, {"credit_sale_total": 1, "billed_credit": -1})


# Method of payment -> what was received, what was billed, and their difference.
METHODS: dict[str, tuple[Formula, str, Formula]] = {
    "cash": (compared_cash, "billed_cash", cash_difference),
    "card": (attrgetter("card_total"), "billed_card", card_difference),
    "transfer": (attrgetter("transfer_total"), "billed_transfer", transfer_difference),
    "credit": (attrgetter("credit_sale_total"), "billed_credit", credit_difference),
}
# What is noted for each method but cash.
NOTED = {"card": Kind.CARD, "transfer": Kind.TRANSFER, "credit": Kind.CREDIT_SALE}
DIFFERENCES = (cash_difference, card_difference, transfer_difference, credit_difference)


def differences(row: ShiftRow) -> dict[str, int]:
    """Return the difference of each method, as far as it is known."""
    found = {method: difference(row) for method, (_received, _billed, difference) in METHODS.items()}
    return {method: amount for method, amount in found.items() if amount is not None}


@needs("final_cash", "billed_cash")
def total_difference(row: Row) -> Any:
    """Return the sum of the known differences, in guaraníes; unknown (None) while the billed cash is."""
    return cash_difference(row) + sum(_or_zero(difference(row)) for difference in DIFFERENCES[1:])


@needs("billed_cash")
def billed_total(row: ShiftRow) -> Any:
    """Return the sum of the known billed figures, in guaraníes; None while the billed cash is. Transfers count once."""
    amounts = [row.billed_cash, row.billed_card, row.billed_credit]
    amounts += [] if row.transfers_billed_as_cash else [row.billed_transfer]
    return sum(amount or 0 for amount in amounts)


@needs("final_cash", "billed_cash")
def compared_total(row: ShiftRow) -> Any:
    """Return what was received by the methods whose billed amount is known, which are those of both figures here."""
    return billed_total(row) + total_difference(row)


def margin(row: DayRow) -> int | None:
    """Return the sales less their cost; below zero where they cost more."""
    billed = billed_total(row)
    return None if billed is None or row.cost is None else billed - row.cost


def method_result(difference: int | None, tolerance: int | None) -> Result:
    """Return the result that one method's difference gives by itself."""
    if difference is None:
        return Result.NOT_COMPARED
    if abs(difference) <= (tolerance or 0):
        return Result.BALANCED
    return Result.SHORT if difference < 0 else Result.OVER


def misplaced(row: Row) -> Any:
    """Return how much was booked under another method: the larger of all that is over and all that is short."""
    over = sum(_excess(difference(row)) for difference in DIFFERENCES)
    short = sum(_excess(0 - difference(row)) for difference in DIFFERENCES if difference(row) is not None)
    return Greatest(over, short) if isinstance(over, Combinable) else max(over, short)


def result(row: Row) -> Any:
    if isinstance(row, _Columns):
        return _result_column(row)
    if row.status == Status.OPEN:
        return Result.OPEN
    if row.billed_cash is None or row.final_cash is None:
        return Result.NOT_COMPARED
    tolerance = _or_zero(row.tolerance)
    total = total_difference(row)
    if all(abs(_or_zero(difference(row))) <= tolerance for difference in DIFFERENCES):
        return Result.BALANCED
    if abs(total) <= tolerance:
        return Result.SWAPPED
    return Result.SHORT if total < 0 else Result.OVER


def _result_column(columns: _Columns) -> Case:
    """`result`, line by line, as SQL; a property test holds the two equal."""
    tolerance, total = _or_zero(columns.tolerance), total_difference(columns)
    within = [LessThanOrEqual(Abs(_or_zero(difference(columns))), tolerance) for difference in DIFFERENCES]
    return Case(
        When(status=Status.OPEN, then=Value(Result.OPEN)),
        When(Q(billed_cash=None) | Q(final_cash=None), then=Value(Result.NOT_COMPARED)),
        When(Q(*within), then=Value(Result.BALANCED)),
        When(LessThanOrEqual(Abs(total), tolerance), then=Value(Result.SWAPPED)),
        When(LessThan(total, Value(0)), then=Value(Result.SHORT)),
        default=Value(Result.OVER),
    )


@needs("first_initial_cash", "left")
def gap(row: Any) -> Any:
    """Return the opening cash as first typed less what the shift before left (`left`): below zero, it is missing.

    Unknown where no shift before is known to have left anything. It is charged to nobody.
    """
    return row.first_initial_cash - row.left


def awaits_bank(shift: ShiftRow, unverified: int) -> bool:
    """Tell whether a shift balances only through transfers, billed as cash, that nobody has verified.

    `unverified` is their sum in guaraníes. They are part of the cash, so its difference alone says whether it would
    still balance without them: what is over or short by card may hide nothing, and claim nothing.
    """
    if not shift.transfers_billed_as_cash or result(shift) != Result.BALANCED:
        return False
    return bool(unverified > cash_difference(shift) + _or_zero(shift.tolerance))

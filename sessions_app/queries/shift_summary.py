"""The figures of one shift, arranged for reading: verdict, methods, how it was computed, what may be done."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from sessions_app.domain import formulas
from sessions_app.domain.choices import Method, Result
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.domain.rules import replies as reply_rules
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.ledger import first_verdicts, hash_chain
from sessions_app.models import CashSession, Movement

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class MethodLine:
    """One method of payment. Guaraníes; billed and difference are None when unknown."""

    label: str
    received: int | None
    billed: int | None
    difference: int | None
    result: Result


@dataclass(frozen=True)
class Step:
    """One line of a sum: +1 or -1, what it is, how much (guaraníes)."""

    sign: int
    label: str
    amount: int


@dataclass(frozen=True)
class AtClose:
    """The first verdict where it is not the present one, and what changed the difference since. Guaraníes."""

    result: Result
    difference: int
    changes: list[first_verdicts.LaterChange]


@dataclass(frozen=True)
class ShiftSummary:
    """The figures of a closed shift. `amount` is how much is short, over or misplaced, above zero; else None.

    `is_of_the_drawer`: all of it is in cash. `seal` is the short form of its last seal.
    """

    result: Result
    amount: int | None
    is_of_the_drawer: bool
    methods: list[MethodLine]
    cash_sales: list[Step]
    expected_cash: list[Step]
    correction_deadline: datetime
    seal: str
    at_close: "AtClose | None"


def summarize(shift: Any) -> ShiftSummary | None:
    """Return the summary of a shift that carries its seal; None while it is open, because the count is blind."""
    if shift.closed_at is None:
        return None
    return ShiftSummary(
        result=Result(shift.result),
        amount=_amount(shift),
        is_of_the_drawer=shift.cash_difference is not None and shift.cash_difference == shift.total_difference,
        methods=methods(shift),
        cash_sales=_steps(shift, formulas.CASH_SALES),
        expected_cash=_expected_cash(shift),
        correction_deadline=shift_rules.correction_deadline(shift.closed_at),
        seal=hash_chain.short(shift.seal),
        at_close=_at_close(shift),
    )


def _at_close(shift: Any) -> AtClose | None:
    if not shift.verdict_changed:
        return None
    return AtClose(
        Result(shift.first_result), shift.first_difference, first_verdicts.later_changes([shift]).get(shift.pk, [])
    )


def _amount(shift: CashSession) -> int | None:
    if shift.result in (Result.SHORT, Result.OVER):
        difference: int = shift.total_difference
        return abs(difference)
    return shift.misplaced if shift.result == Result.SWAPPED else None


def methods(row: Any) -> list[MethodLine]:
    """Return a line a method, of a shift or a day; transfers that were billed as cash stand in one line with it."""
    labels = {method.value: str(method.label) for method in Method}
    if row.transfers_billed_as_cash:
        labels[Method.CASH] = _("Cash and bank transfers")
        del labels[Method.TRANSFER]
    lines = []
    for name, label in labels.items():
        received, billed, difference_of = formulas.METHODS[name]
        difference = difference_of(row)
        result = formulas.method_result(difference, row.tolerance)
        lines.append(MethodLine(label, received(row), getattr(row, billed), difference, result))
    return lines


def _expected_cash(shift: CashSession) -> list[Step]:
    if shift.billed_cash is None:
        return []
    transfers = {"transfer_total": -1} if shift.transfers_billed_as_cash else {}
    return _steps(shift, formulas.EXPECTED_CASH | transfers)


def _steps(shift: CashSession, terms: formulas.Terms) -> list[Step]:
    labels = {column.name: str(column.verbose_name) for column in shift._meta.fields}
    return [Step(sign, labels[name], getattr(shift, name)) for name, sign in terms.items()]


def why_not(user: "User", shift: CashSession) -> dict[str, str | None]:
    """Action -> None, or the sentence that says why not."""
    return {
        "add_movement": movement_rules.why_not_add_movement(user, shift),
        "close": shift_rules.why_not_close(user, shift),
        "correct": shift_rules.why_not_correct(user, shift),
        "flag": mark_rules.why_not_flag(user, shift),
        "unflag": mark_rules.why_not_unflag(user, shift),
        "sign_off": mark_rules.why_not_sign_off(user, shift),
        "reply": reply_rules.why_not_reply(user, shift),
        "delete": mark_rules.why_not_delete(user, shift),
        "restore": mark_rules.why_not_restore(user, shift, CashSession.objects.in_the_way_of_restoring(shift)),
    }


def movement_lines(user: "User", movements: list[Movement]) -> list[dict[str, Any]]:
    """Return each movement with what may be done to it."""
    return [
        {
            "movement": movement,
            "why_not_void": movement_rules.why_not_void(user, movement),
            "why_not_verify": movement_rules.why_not_verify(user, movement),
        }
        for movement in movements
    ]

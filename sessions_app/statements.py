"""The figures of one shift, arranged for reading: verdict, methods, how it was computed, what may be done."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from sessions_app import actions, formulas, rules, seals
from sessions_app.formulas import Result
from sessions_app.models import CashSession, Movement

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Method:
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
class Statement:
    """What a closed shift shows. `amount` is how much is short, over or misplaced, above zero; else None.

    `is_of_the_drawer`: all of it is in cash. `seal` is the short form of its last seal.
    """

    result: Result
    amount: int | None
    is_of_the_drawer: bool
    methods: list[Method]
    cash_sales: list[Step]
    expected_cash: list[Step]
    correction_deadline: datetime
    seal: str


def statement(session: Any) -> Statement | None:
    """Of a CashSession with its seal. None while it is open: the count is blind, nothing may be computed before it."""
    if session.closed_at is None:
        return None
    return Statement(
        result=Result(session.result),
        amount=_amount(session),
        is_of_the_drawer=session.cash_difference is not None and session.cash_difference == session.total_difference,
        methods=methods(session),
        cash_sales=_steps(session, formulas.CASH_SALES),
        expected_cash=_expected_cash(session),
        correction_deadline=rules.correction_deadline(session.closed_at),
        seal=seals.short(session.seal),
    )


def _amount(session: CashSession) -> int | None:
    if session.result in (Result.SHORT, Result.OVER):
        return abs(session.total_difference)
    return session.misplaced if session.result == Result.SWAPPED else None


def methods(row: Any) -> list[Method]:
    """Of a shift, or of the shifts of a day; transfers that were billed as cash stand in one line with it."""
    labels = {"cash": _("Cash"), "card": _("Card"), "transfer": _("Bank transfer"), "credit": _("Credit sale")}
    if row.transfers_billed_as_cash:
        labels["cash"] = _("Cash and bank transfers")
        del labels["transfer"]
    lines = []
    for name, label in labels.items():
        received, billed, difference_of = formulas.METHODS[name]
        difference = difference_of(row)
        result = formulas.method_result(difference, row.tolerance)
        lines.append(Method(label, received(row), getattr(row, billed), difference, result))
    return lines


def _expected_cash(session: CashSession) -> list[Step]:
    if session.billed_cash is None:
        return []
    transfers = {"transfer_total": -1} if session.transfers_billed_as_cash else {}
    return _steps(session, formulas.EXPECTED_CASH | transfers)


def _steps(session: CashSession, terms: formulas.Terms) -> list[Step]:
    labels = {column.name: str(column.verbose_name) for column in session._meta.fields}
    return [Step(sign, labels[name], getattr(session, name)) for name, sign in terms.items()]


def refusals(user: "User", session: CashSession) -> dict[str, str | None]:
    """Action -> None, or the sentence that says why not."""
    return {
        "note": rules.why_not_note(user, session),
        "close": rules.why_not_close(user, session),
        "correct": rules.why_not_correct(user, session),
        "flag": rules.why_not_flag(user, session),
        "unflag": rules.why_not_unflag(user, session),
        "review": rules.why_not_review(user, session),
        "reply": rules.why_not_reply(user, session),
        "delete": rules.why_not_delete(user, session),
        "restore": rules.why_not_restore(user, session, actions.in_the_way_of_restoring(session)),
    }


def movement_lines(user: "User", movements: list[Movement]) -> list[dict[str, Any]]:
    """Each movement with what may be done to it."""
    return [
        {
            "movement": movement,
            "why_not_void": rules.why_not_void(user, movement),
            "why_not_verify": rules.why_not_verify(user, movement),
        }
        for movement in movements
    ]

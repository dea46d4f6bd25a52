"""The figures of one shift, arranged for reading: verdict, methods, how it was computed, what may be done."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from cashpilot import periods
from sessions_app.domain import formulas
from sessions_app.domain.advice import Advice, Reader, advise
from sessions_app.domain.blind_count import is_blind_to
from sessions_app.domain.choices import AN_AMOUNT, SOURCE_OF, BilledSource, Method, Result
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.domain.rules import replies as reply_rules
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.ledger import hash_chain
from sessions_app.models import MOVEMENT_SUMS, CashSession, Movement
from sessions_app.queries import both_verdicts, sign_off
from sessions_app.queries.audit.wording import Entry
from sessions_app.queries.both_verdicts import AtClose
from sessions_app.queries.contradictions import Contradiction, contradiction_of
from sessions_app.queries.transfers import may_verify_own

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class MethodLine:
    """One method of payment, named as in formulas.METHODS. Guaraníes; billed and difference are None when unknown.

    `source`: where the billed figure comes from, in a word; blank where that is not known.
    """

    method: str
    label: str
    received: int | None
    billed: int | None
    difference: int | None
    result: Result
    source: str = ""


@dataclass(frozen=True)
class Step:
    """One line of a sum: +1 or -1, what it is, how much (guaraníes)."""

    sign: int
    label: str
    amount: int


@dataclass(frozen=True)
class Uncounted:
    """The people who closed a shift without a count and counted it later; the second is blank while nobody did."""

    closed_by: str
    counted_by: str


@dataclass(frozen=True)
class ShiftSummary:
    """The figures of a closed shift. `amount` is how much is short, over or misplaced, above zero; else None.

    Kinds of which nothing was noted are left out of the sums. `is_of_the_drawer`: all of it is in cash. `seal` is the
    short form of its last seal. `cash_sales` is empty where nobody counted, `uncounted` None where it was counted at
    the close, `at_close` None where both verdicts are one. `contradiction`: what arrived and is
    not what a person wrote, None where there is nothing. `is_contradicted`: it balances by what was written, and
    not by what arrived; `by_evidence`: the difference at the close by that, where it is another one.
    """

    result: Result
    amount: int | None
    is_of_the_drawer: bool
    methods: list[MethodLine]
    cash_sales: list[Step]
    expected_cash: list[Step]
    correction_deadline: datetime
    seal: str
    at_close: AtClose | None
    uncounted: Uncounted | None
    contradiction: Contradiction | None
    is_contradicted: bool
    by_evidence: int | None


def summarize(shift: Any, reader: "User") -> ShiftSummary | None:
    """Return the summary of a shift that carries its seal; None while it is open, because the count is blind.

    Without a count it stays blind for its cashier: nothing that was billed is told.
    """
    if shift.closed_at is None:
        return None
    is_blind = is_blind_to(shift, reader)
    contradiction = contradiction_of(shift) if shift.is_spoken_of and not is_blind else None
    return ShiftSummary(
        result=Result(shift.result),
        amount=_amount(shift),
        is_of_the_drawer=shift.cash_difference is not None and shift.cash_difference == shift.total_difference,
        methods=methods(shift, is_blind=is_blind),
        cash_sales=[] if shift.is_uncounted else _steps(shift, formulas.CASH_SALES),
        expected_cash=[] if is_blind else _expected_cash(shift),
        correction_deadline=shift_rules.correction_deadline(shift.closed_at),
        seal=hash_chain.short(shift.seal),
        at_close=both_verdicts.at_close([shift]).get(shift.pk),
        uncounted=_uncounted(shift),
        contradiction=contradiction,
        by_evidence=None if shift.evidence_difference == shift.first_difference else shift.evidence_difference,
        is_contradicted=bool(contradiction) and shift.result == Result.BALANCED and shift.evidence_result in AN_AMOUNT,
    )


def _uncounted(shift: CashSession) -> Uncounted | None:
    if not shift.uncounted_reason:
        return None
    versions = shift.history.filter(closed_at__isnull=False).select_related("history_user").order_by("version")
    counted = next((version for version in versions if version.final_cash is not None), None)
    return Uncounted(str(versions[0].history_user), str(counted.history_user) if counted else "")


def _amount(shift: CashSession) -> int | None:
    if shift.result in (Result.SHORT, Result.OVER):
        difference: int = shift.total_difference
        return abs(difference)
    return shift.misplaced if shift.result == Result.SWAPPED else None


def methods(row: Any, *, is_blind: bool = False) -> list[MethodLine]:
    """Return a line a method, of a shift or a day; transfers that were billed as cash stand in one line with it.

    `is_blind`: what was billed stays unsaid, and the difference with it.
    """
    labels = {method.value: str(method.label) for method in Method}
    if row.transfers_billed_as_cash:
        labels[Method.CASH] = _("Cash and bank transfers")
        del labels[Method.TRANSFER]
    lines = []
    for name, label in labels.items():
        received, billed, difference_of = formulas.METHODS[name]
        difference = None if is_blind else difference_of(row)
        result = formulas.method_result(difference, row.tolerance)
        told = None if is_blind else getattr(row, billed)
        source = getattr(row, SOURCE_OF.get(billed, ""), "") if told is not None else ""
        word = str(BilledSource(source).label) if source else ""
        lines.append(MethodLine(name, label, received(row), told, difference, result, word))
    return lines


def _expected_cash(shift: CashSession) -> list[Step]:
    if shift.billed_cash is None:
        return []
    transfers = {"transfer_total": -1} if shift.transfers_billed_as_cash else {}
    return _steps(shift, formulas.EXPECTED_CASH | transfers)


def _steps(shift: CashSession, terms: formulas.Terms) -> list[Step]:
    amounts = {name: getattr(shift, name) for name in terms}
    told = [name for name in terms if amounts[name] or name not in MOVEMENT_SUMS]
    column: Callable[[str], Any] = shift._meta.get_field
    return [Step(terms[name], str(column(name).verbose_name), amounts[name]) for name in told]


def noted(shift: CashSession) -> list[Step]:
    """Return the sum of each kind of movement that was noted."""
    return _steps(shift, dict.fromkeys(MOVEMENT_SUMS, 1))


def why_not(user: "User", shift: CashSession) -> dict[str, str | None]:
    """Action -> None, or the sentence that says why not."""
    standing = sign_off.standing_of(user, shift)
    taken, works_there = CashSession.objects.in_the_way_of_restoring(shift), CashSession.objects.can_go_on(shift)
    concerned: dict[str, Any] = {"changers": standing.changers, "is_alone": standing.is_alone}
    return {
        "add_movement": movement_rules.why_not_add_movement(user, shift),
        "close": shift_rules.why_not_close(user, shift),
        "close_uncounted": shift_rules.why_not_close_uncounted(user, shift),
        "correct_opening": shift_rules.why_not_correct_opening(user, shift),
        "correct": shift_rules.why_not_correct(user, shift),
        "flag": mark_rules.why_not_flag(user, shift),
        "unflag": mark_rules.why_not_unflag(user, shift),
        "sign_off": mark_rules.why_not_sign_off(user, shift, **concerned),
        "decide": mark_rules.why_not_decide(user, shift, **concerned, is_undecided=sign_off.is_undecided(shift)),
        "reply": reply_rules.why_not_reply(user, shift),
        "delete": mark_rules.why_not_delete(user, shift),
        "restore": mark_rules.why_not_restore(user, shift, taken, works_there=works_there),
    }


def advice_for(user: "User", shift: CashSession, why_not: dict[str, str | None], *, has_reply: bool) -> Advice | None:
    """Return what `user` should do about a closed shift; None while it is open."""
    if shift.closed_at is None:
        return None
    reader = Reader(
        is_cashier=shift.cashier_id == user.pk,
        may_correct=not why_not["correct"],
        may_reply=not why_not["reply"],
        may_sign_off=not why_not["sign_off"],
    )
    return advise(shift, reader, periods.now() - shift.closed_at, has_reply=has_reply)


def movement_lines(
    user: "User", shift: CashSession, movements: list[Movement], history: Iterable[Entry] = ()
) -> list[dict[str, Any]]:
    """Return each movement with what may be done to it, and why it was noted after the close, as `history` tells."""
    # Newest first: the oldest entry of a movement, that of its noting, has the last word.
    why_noted = {entry.movement: entry.why for entry in history}
    may_own = may_verify_own(user, shift)
    return [
        {
            "movement": movement,
            "why_noted": why_noted.get(movement.pk, ""),
            "why_not_void": movement_rules.why_not_void(user, movement),
            "why_not_verify": movement_rules.why_not_verify(user, movement, may_verify_own=may_own),
        }
        for movement in movements
    ]

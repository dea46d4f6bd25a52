"""Advice on a closed shift that does not balance, or did not when it was closed.

It says what to do next, by the method that is off, its age and the reader.

Pure functions. Differences are whole guaraníes, received minus billed.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from sessions_app.domain import formulas
from sessions_app.domain.choices import OFF, Kind, Result

# So long after the close the drawer still holds what was counted.
DRAWER_STANDS = timedelta(hours=1)


class Act(StrEnum):
    """Name the main act: what the page offers first."""

    NOTHING = "nothing"
    TICKET = "ticket"  # enter the closing ticket
    COUNT = "count"  # count the drawer again
    BATCH = "batch"  # look at the card batch
    LOOK = "look"  # look for what was not noted
    REPLY = "reply"  # say what one knows
    SIGN_OFF = "sign_off"  # ask, compare, sign off
    WAIT = "wait"  # nothing that this reader could do


@dataclass(frozen=True)
class Reader:
    """The person who asks, with what the rules let them do with the shift now."""

    is_cashier: bool = False
    may_correct: bool = False
    may_reply: bool = False
    may_sign_off: bool = False


@dataclass(frozen=True)
class Advice:
    """The main act, the method that it is about (blank for none), and the sentences that say how."""

    act: Act
    method: str = ""
    steps: tuple[str, ...] = ()

    @property
    def is_correction(self) -> bool:
        """Whether the main act leads to the page of corrections."""
        return self.act in (Act.TICKET, Act.COUNT, Act.BATCH, Act.LOOK)


def methods_off(shift: Any) -> list[str]:
    """Return the methods that are off, the one to look at first in front; none where the shift balances.

    The largest difference comes first; of equal ones, what is not cash, for a booking is easier to find than a coin.
    """
    if formulas.result(shift) not in (Result.SHORT, Result.OVER, Result.SWAPPED):
        return []
    known = {method: abs(difference) for method, difference in formulas.differences(shift).items()}
    off = [method for method, amount in known.items() if amount > (shift.tolerance or 0)]
    return sorted(off, key=lambda method: (-known[method], method == "cash"))


def kinds_of(method: str, shift: Any) -> list[Kind]:
    """Return the kinds of movement that count for a method of the shift."""
    if method != "cash":
        return [formulas.NOTED[method]]
    in_drawer = [kind for kind in Kind if f"{kind}_total" in formulas.CASH_SALES]
    return [*in_drawer, Kind.TRANSFER] if shift.transfers_billed_as_cash else in_drawer


def advise(shift: Any, reader: Reader, age: timedelta, *, has_reply: bool = False) -> Advice:
    """Return what `reader` should do about a shift that closed `age` ago. `has_reply`: its cashier said something."""
    if shift.signed_off_at:
        return Advice(Act.NOTHING)
    if formulas.result(shift) == Result.NOT_COMPARED:
        return _not_compared(shift, reader)
    off = methods_off(shift)
    if off:
        return _explain(shift, off[0], reader, age, has_reply=has_reply)
    if shift.evidence_result is not None:
        return _contradicted(reader)
    return _balanced_since(reader) if shift.first_result in OFF else Advice(Act.NOTHING)


def _balanced_since(reader: Reader) -> Advice:
    """Return the advice on a shift that balances, did not when it was closed, and waits for its sign-off."""
    if not reader.may_sign_off:
        return Advice(Act.WAIT, "", (_("It did not balance when it was closed, so it is looked at once more."),))
    steps = (
        _("It did not balance when it was closed: look at what was noted or corrected since."),
        _("Compare with the closing ticket, the envelopes and the receipts."),
        _("When it is clear, sign it off with a note."),
    )
    return Advice(Act.SIGN_OFF, "", steps)


def _contradicted(reader: Reader) -> Advice:
    """Return the advice on a shift that balances by what was written, and not by what arrived."""
    if not reader.may_sign_off:
        return Advice(Act.WAIT, "", (_("What arrived says another amount, so it is looked at once more."),))
    steps = (
        _("What arrived says another amount than was written: compare both with the closing ticket."),
        _("Decide which one counts, and say why."),
        _("When it is clear, sign it off with a note."),
    )
    return Advice(Act.SIGN_OFF, "", steps)


def _explain(shift: Any, method: str, reader: Reader, age: timedelta, *, has_reply: bool) -> Advice:
    """Return the advice on a difference: whoever is near it looks for it, an owner later on asks about it."""
    if reader.may_correct and (reader.is_cashier or age <= DRAWER_STANDS):
        return _correct(shift, method, age)
    if reader.may_sign_off:
        return Advice(Act.SIGN_OFF, method, _steps_of_sign_off(has_reply=has_reply))
    if reader.may_reply:
        return Advice(Act.REPLY, method, (_("Write what you know of it: it stays with the shift."),))
    return Advice(Act.WAIT, method, (_("Compare with the closing ticket, the envelopes and the receipts."),))


def _not_compared(shift: Any, reader: Reader) -> Advice:
    if shift.imported_at and not shift.flagged_at:
        return Advice(Act.NOTHING)
    if not reader.may_correct:
        return Advice(Act.WAIT, "", (_("Compare with the closing ticket, the envelopes and the receipts."),))
    if shift.final_cash is None:
        return Advice(
            Act.COUNT, "cash", (_("Count the cash of this shift if it is still apart, and enter the count."),)
        )
    return Advice(Act.TICKET, "", (_("Print the closing ticket of the billing system and enter its totals."),))


def _correct(shift: Any, method: str, age: timedelta) -> Advice:
    if method == "cash" and age <= DRAWER_STANDS:
        return Advice(Act.COUNT, method, (_("Count the drawer again, note by note."), _what_is_not_noted(shift)))
    if method == "cash":
        moved_on = _("The drawer holds other money by now: counting it again tells nothing.")
        return Advice(Act.LOOK, method, (moved_on, _what_is_not_noted(shift)))
    if method == "card":
        sentence = _("Print the batch of the card terminal again and compare its total with the cards that are noted.")
        return Advice(Act.BATCH, method, (sentence,))
    if method == "transfer":
        return Advice(Act.LOOK, method, (_("Compare the transfers that are noted with those that reached the bank."),))
    return Advice(Act.LOOK, method, (_("Compare the credit sales that are noted with the slips that were signed."),))


def _what_is_not_noted(shift: Any) -> str:
    if formulas.cash_difference(shift) < 0:
        return _("Look for an expense or an envelope that was not noted.")
    return _("Look for a debt collected or cash added that was not noted, or change not handed out.")


def _steps_of_sign_off(*, has_reply: bool) -> tuple[str, ...]:
    ask = _("Ask the cashier for a reply: flag the shift with your question.")
    return (
        _("Read what the cashier replied.") if has_reply else ask,
        _("Compare with the closing ticket, the envelopes and the receipts."),
        _("When it is clear, sign it off with a note."),
    )

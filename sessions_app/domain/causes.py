"""Possible causes of a closed shift that does not balance, for whoever looks for one; never conclusions.

Pure functions over a shift and its movements. Each finds a change of one thing (an entry, a typed figure, a count)
after which a method of payment would balance exactly. Amounts are whole guaraníes, differences received minus billed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cashpilot.money import DENOMINATIONS, group
from sessions_app.domain.choices import Kind, Method, Result
from sessions_app.domain.formulas import CASH_SALES, NOTED, differences, result

MOST = 5
# What an entry may have been if the money went the other way.
OPPOSITE = {
    Kind.EXPENSE: Kind.CASH_IN,
    Kind.ENVELOPE: Kind.CASH_IN,
    Kind.CASH_IN: Kind.EXPENSE,
    Kind.COLLECTION: Kind.EXPENSE,
}
BUNDLES = (10, 100)


@dataclass(frozen=True)
class Cause:
    """`subject`: what it is about; `sentence`: what may be. `movement`: the entry's primary key, None for a figure."""

    subject: str
    sentence: str
    movement: int | None = None


@dataclass(frozen=True)
class _Off:
    """A method that is off by `difference`; what was noted for it and what was typed, each with its sign in it."""

    method: str
    difference: int
    shift: Any
    movements: list[Any]

    def sign(self, movement: Any) -> int:
        if self.method == "cash":
            as_cash = movement.kind == Kind.TRANSFER and self.shift.transfers_billed_as_cash
            return 1 if as_cash else CASH_SALES.get(f"{movement.kind}_total", 0)
        return int(movement.kind == NOTED[self.method])

    def entries(self, *, voided: bool = False) -> Iterator[tuple[Any, int]]:
        """Return the latest of each kind and amount that count for this method."""
        latest = {(movement.kind, movement.amount): movement for movement in self._of(voided=voided)}
        yield from ((movement, self.sign(movement)) for movement in latest.values())

    def _of(self, *, voided: bool) -> list[Any]:
        return [one for one in self.movements if self.sign(one) and (one.voided_at is not None) == voided]

    def times(self, movement: Any) -> int:
        key = (movement.kind, movement.amount)
        return sum((one.kind, one.amount) == key for one in self._of(voided=False))

    def typed(self) -> Iterator[tuple[str, int, int]]:
        """Column, amount and sign of each figure that somebody typed; a count by pieces is no such figure."""
        signs = {f"billed_{self.method}": -1}
        if self.method == "cash":
            signs |= {"initial_cash": -1} | ({} if self.shift.count_sheet else {"final_cash": 1})
        yield from ((column, getattr(self.shift, column), sign) for column, sign in signs.items())


def causes(shift: Any, movements: Iterable[Any]) -> list[Cause]:
    """Return at most MOST causes, the most specific first; none for a shift that is open, not compared, or balances."""
    return every(shift, movements)[:MOST]


def every(shift: Any, movements: Iterable[Any]) -> list[Cause]:
    if result(shift) not in (Result.SHORT, Result.OVER, Result.SWAPPED):
        return []
    noted = sorted(movements, key=lambda movement: movement.pk)
    off = {
        method: _Off(method, difference, shift, noted)
        for method, difference in differences(shift).items()
        if abs(difference) > (shift.tolerance or 0)
    }
    found = list(_between_methods(off))
    for search in SEARCHES:
        for one in off.values():
            found += search(one)
    return list(dict.fromkeys(found))


# --- One method against another ---------------------------------------------------------------------------------------


def _between_methods(off: dict[str, _Off]) -> Iterator[Cause]:
    """Pairs that cancel out are explained by that, and are not looked at any further."""
    for over, short in [(one, other) for one in off.values() for other in off.values()]:
        if (
            over.difference > 0
            and over.difference + short.difference == 0
            and {over.method, short.method} <= off.keys()
        ):
            del off[over.method], off[short.method]
            facts = {"received": _method(over.method), "billed": _method(short.method)}
            sentence = _("perhaps it was received as %(received)s and billed as %(billed)s.") % facts
            same = [movement for movement, _sign in over.entries() if movement.amount == over.difference]
            yield _of_entry(same[0], sentence) if same else Cause(group(over.difference), sentence)


def _billed_as_another(off: _Off) -> Iterator[Cause]:
    """An entry of a method that nobody compared, of exactly what is short here."""
    for method, kind in NOTED.items():
        if method == off.method or getattr(off.shift, f"billed_{method}") is not None:
            continue
        for movement in off.movements:
            counts_here = movement.kind != kind or off.sign(movement)
            if not counts_here and movement.voided_at is None and movement.amount == -off.difference:
                yield _of_entry(movement, _("perhaps it was billed as %(method)s.") % {"method": _method(off.method)})


# --- Entries ----------------------------------------------------------------------------------------------------------


def _noted_twice(off: _Off) -> Iterator[Cause]:
    for movement, sign in off.entries():
        if sign * movement.amount == off.difference and off.times(movement) > 1:
            yield _of_entry(movement, _("the same amount is noted more than once. Perhaps it happened once."))


def _voided(off: _Off) -> Iterator[Cause]:
    for movement, sign in off.entries(voided=True):
        if sign * movement.amount == -off.difference:
            yield _of_entry(movement, _("this movement is voided, and with it the shift would balance."))


def _noted_once(off: _Off) -> Iterator[Cause]:
    for movement, sign in off.entries():
        if sign * movement.amount == -off.difference:
            yield _of_entry(movement, _("it is exactly the difference. Perhaps it happened twice and is noted once."))


def _one_too_many(off: _Off) -> Iterator[Cause]:
    for movement, sign in off.entries():
        if sign * movement.amount == off.difference and off.times(movement) == 1:
            yield _of_entry(movement, _("it is exactly the difference. Perhaps it belongs to another shift."))


def _the_other_way(off: _Off) -> Iterator[Cause]:
    for movement, sign in off.entries():
        if 2 * sign * movement.amount == off.difference and movement.kind in OPPOSITE:
            other = OPPOSITE[movement.kind].label.lower()
            yield _of_entry(movement, _("the difference is twice this. Perhaps it was: %(other)s.") % {"other": other})


# --- Figures ----------------------------------------------------------------------------------------------------------


def _mistyped(off: _Off, wrong: Callable[[int], Iterable[int]], sentence: str) -> Iterator[Cause]:
    """Figures and entries that, had they been one of what `wrong` says, would make the method balance."""
    for movement, sign in off.entries():
        for other in wrong(movement.amount):
            if sign * (movement.amount - other) == off.difference:
                yield _of_entry(movement, sentence % {"other": group(other)})
    for column, amount, sign in off.typed():
        for other in wrong(amount):
            if sign * (amount - other) == off.difference:
                label = capfirst(str(off.shift._meta.get_field(column).verbose_name))
                yield Cause(f"{label} {group(amount)}", sentence % {"other": group(other)})


def _digits_swapped(off: _Off) -> Iterator[Cause]:
    if off.difference % 9 == 0:
        sentence = _("perhaps two digits are swapped: with %(other)s it would balance.")
        yield from _mistyped(off, neighbours_swapped, sentence)


def _zeros(off: _Off) -> Iterator[Cause]:
    sentence = _("perhaps a zero is missing or too many: with %(other)s it would balance.")
    yield from _mistyped(off, zero_more_or_less, sentence)


def neighbours_swapped(amount: int) -> Iterator[int]:
    """1.250.000 -> 2.150.000, 1.520.000; what would begin with a zero was never typed."""
    digits = str(amount)
    for place in range(len(digits) - 1):
        swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
        if swapped != digits and swapped[0] != "0":
            yield int(swapped)


def zero_more_or_less(amount: int) -> Iterator[int]:
    if amount > 0:
        yield amount * 10
        if amount % 10 == 0:
            yield amount // 10


# --- The count --------------------------------------------------------------------------------------------------------


def _miscounted(off: _Off) -> Iterator[Cause]:
    """One piece of a denomination that was counted, or one bundle of one of which there are many."""
    if off.method != "cash" or not off.shift.count_sheet:
        return
    for pieces in (1, *BUNDLES):
        for denomination in DENOMINATIONS:
            counted = off.shift.count_sheet.get(str(denomination), 0)
            least = pieces if off.difference > 0 else min(pieces, BUNDLES[0])
            if pieces * denomination == abs(off.difference) and counted >= least:
                facts = {"denomination": group(denomination), "pieces": pieces, "counted": counted}
                yield Cause(
                    _("%(counted)s of %(denomination)s counted") % facts,
                    _("the difference is exactly one of these.")
                    if pieces == 1
                    else _("the difference is exactly one bundle of %(pieces)s.") % facts,
                )


SEARCHES: tuple[Callable[[_Off], Iterable[Cause]], ...] = (
    _noted_twice,
    _voided,
    _noted_once,
    _billed_as_another,
    _one_too_many,
    _the_other_way,
    _digits_swapped,
    _zeros,
    _miscounted,
)


# --- Words ------------------------------------------------------------------------------------------------------------


def _of_entry(movement: Any, sentence: str) -> Cause:
    said = f"«{movement.description}», " if movement.description else ""
    noted = f"{said}{date_format(timezone.localtime(movement.created_at), 'H:i')}"
    subject = f"{Kind(movement.kind).label} {group(movement.amount)} ({noted})"
    return Cause(subject, sentence, movement.pk)


def _method(name: str) -> str:
    return str(Method(name).label).lower()

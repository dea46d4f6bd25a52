"""Open, close and correct a shift.

Each action is one unit of work (unit_of_work.py). Amounts are whole guaraníes; instants come from `periods.now()`, in
UTC. Raises ActionRefused with the sentence to show, and DoesNotExist for what `by` may not see.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.models import User
from cashpilot import periods
from cashpilot.exceptions import ActionRefused, require, require_reason
from pharmacies.models import Pharmacy
from sessions_app.actions.unit_of_work import NewMovement, changing_shift, opening_shift
from sessions_app.domain import formulas
from sessions_app.domain.billed import set_billed
from sessions_app.domain.choices import BILLED, SOURCE_OF, BilledSource, Kind, Status
from sessions_app.domain.first_verdict import AS_CLOSED
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.domain.rules.common import require_version, why_other_settings
from sessions_app.ledger import evidence
from sessions_app.models import CashSession, Movement

CORRECTABLE = (
    "initial_cash",
    "final_cash",
    "count_sheet",
    "billed_cash",
    "billed_card",
    "billed_transfer",
    "billed_credit",
    "ticket_number",
    "ticket_count",
    "notes",
)


def open_shift(
    *,
    pharmacy: Pharmacy,
    register: int,
    cashier: User,
    initial_cash: int,
    by: User,
    notes: str = "",
    movements: Iterable[NewMovement] = (),
) -> CashSession:
    """Open a shift. The unique indexes decide between two who do so at once; the refusal names who was first."""
    place: dict[str, Any] = {"cashier": cashier, "pharmacy": pharmacy, "register": register}
    shift = CashSession(**place, initial_cash=initial_cash, notes=notes)
    with refusing_the_second(by=by, **place), opening_shift(shift, by=by) as change:
        _require_free(by=by, **place)
        shift.opened_at = periods.now()
        shift.business_date = periods.local_date(shift.opened_at)
        for new in movements:
            change.add(new)
        change.event = "shift opened"
    return shift


def _require_free(*, pharmacy: Pharmacy, register: int, cashier: User, by: User) -> None:
    pharmacy = Pharmacy.objects.visible_to(by).get(pk=pharmacy.pk)
    # Whoever ends the assignment meanwhile waits, as accounts.actions holds the person too.
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=cashier.pk)
    works_there = Pharmacy.objects.openable_by(cashier).filter(pk=pharmacy.pk).exists()
    require(shift_rules.why_not_open(by, pharmacy, register, cashier, works_there=works_there))
    taken = CashSession.objects.in_the_way_of(cashier=cashier, pharmacy=pharmacy, register=register).first()
    if taken:
        raise ActionRefused(shift_rules.why_taken(taken, cashier), shift=taken)


@contextmanager
def refusing_the_second(*, pharmacy: Pharmacy, register: int, cashier: User, by: User) -> Iterator[None]:
    """Turn the refusal of a unique index into the sentence that says who came first, if that is what happened."""
    try:
        yield
    except IntegrityError:
        taken = CashSession.objects.in_the_way_of(cashier=cashier, pharmacy=pharmacy, register=register).first()
        if taken is None:
            raise
        raise ActionRefused(shift_rules.why_taken(taken, cashier), shift=taken, conflict=True) from None


def close_shift(
    pk: int,
    *,
    final_cash: int,
    by: User,
    billed: dict[str, int | None] | None = None,
    count_sheet: dict[str, int] | None = None,
    movements: Iterable[NewMovement] = (),
    card_batch: int | None = None,
    version: int | None = None,
    transfers_billed_as_cash: bool | None = None,
    **ticket: Any,
) -> CashSession:
    """Close a shift with its count, held against `billed` (billed_cash, billed_card ...; None is unknown, not zero).

    `count_sheet` (denomination -> pieces) must add up to `final_cash`. `card_batch` is the total of the terminal's
    batch: what of it is not noted yet becomes a movement. `ticket`: ticket_number, ticket_count, notes.
    `transfers_billed_as_cash` is the setting under which `billed` was asked for, where that is known.
    Where the pharmacy counts again before the verdict and the cash is off, all of it is stored as the first count, and
    the shift stays open for `recount_shift`.
    """
    with changing_shift(pk, by=by) as change:
        shift = change.shift
        require(shift_rules.why_not_close(by, shift), shift=shift, conflict=not shift.is_open)
        if version is not None:
            require_version(shift, version)
        require(shift_rules.why_not_before_recount(shift), shift=shift, conflict=True)
        as_cash = shift.pharmacy.transfers_billed_as_cash
        require(why_other_settings(as_cash=as_cash, drawn_as_cash=transfers_billed_as_cash), shift=shift, conflict=True)
        _require_pieces_add_up(count_sheet, final_cash)
        for new in (*movements, *_rest_of_batch(shift, card_batch)):
            change.add(new)
        shift.final_cash, shift.count_sheet = final_cash, count_sheet or None
        _assign(shift, {**(billed or {}), **ticket}, by)
        _keep_settings(shift)
        if shift.pharmacy.recounts_before_verdict and _is_off(shift, change.movements):
            shift.first_count, shift.final_cash = final_cash, None
            change.event = "shift to be counted again"
        else:
            _end(shift)
            change.event = "shift closed"
    return shift


def _is_off(shift: CashSession, noted: Iterable[Movement]) -> bool:
    """Tell whether the cash is off beyond the tolerance, with movements that the sums do not hold yet."""
    row = SimpleNamespace(**{name: getattr(shift, name) for name in (*AS_CLOSED, *BILLED)})
    for movement in noted:
        total = f"{movement.kind}_total"
        setattr(row, total, getattr(row, total) + movement.amount)
    difference = formulas.cash_difference(row)
    return difference is not None and abs(difference) > row.tolerance


def recount_shift(
    pk: int,
    *,
    final_cash: int,
    by: User,
    count_sheet: dict[str, int] | None = None,
    version: int | None = None,
    notes: str | None = None,
) -> CashSession:
    """Close a shift with its second count, whatever it says, under the settings of the first. Nothing else changes."""
    with changing_shift(pk, by=by) as change:
        shift = change.shift
        require(shift_rules.why_not_recount(by, shift), shift=shift, conflict=not shift.is_open)
        if version is not None:
            require_version(shift, version)
        _require_pieces_add_up(count_sheet, final_cash)
        shift.final_cash, shift.count_sheet = final_cash, count_sheet or None
        shift.notes = shift.notes if notes is None else notes
        _end(shift)
        change.event = "shift closed"
    return shift


def _rest_of_batch(shift: CashSession, batch: int | None) -> list[NewMovement]:
    """Return the movement that brings what is noted by card to the total of the batch, if one is needed."""
    if batch is None:
        return []
    require(shift_rules.why_not_card_batch(batch, shift.card_total), shift=shift)
    rest = batch - shift.card_total
    return [NewMovement(Kind.CARD, rest)] if rest else []


def _require_pieces_add_up(count_sheet: dict[str, int] | None, final_cash: int | None) -> None:
    if count_sheet and sum(int(value) * pieces for value, pieces in count_sheet.items()) != final_cash:
        raise ActionRefused(_("The pieces do not add up to the counted cash."))


def close_uncounted_shift(pk: int, *, reason: str, by: User) -> CashSession:
    """Close a shift that nobody counted: its cash sales stay unknown, the register and the cashier are free."""
    with changing_shift(pk, by=by) as change:
        shift = change.shift
        require(shift_rules.why_not_close_uncounted(by, shift), shift=shift, conflict=not shift.is_open)
        change.reason = shift.uncounted_reason = require_reason(reason)
        if not shift.awaits_recount:
            _keep_settings(shift)
        _end(shift)
        change.event = "shift closed without a count"
    return shift


def _end(shift: CashSession) -> None:
    """One that was open when it was imported is of the present from now on: it was counted, or not, here."""
    shift.status, shift.closed_at = Status.CLOSED, max(periods.now(), shift.opened_at)
    shift.imported_at = None


def _keep_settings(shift: CashSession) -> None:
    """Copy the settings of the pharmacy that the shift is judged by for good."""
    shift.tolerance = shift.pharmacy.cash_tolerance
    shift.transfers_billed_as_cash = shift.pharmacy.transfers_billed_as_cash


def correct_opening(pk: int, *, initial_cash: int, notes: str, version: int, reason: str, by: User) -> CashSession:
    """Set the opening cash and the notes of an open shift, as decided on its `version`. Nobody is mailed."""
    with changing_shift(pk, by=by) as change:
        shift = change.shift
        is_late = shift.deleted_at is not None or not shift.is_open
        require(shift_rules.why_not_correct_opening(by, shift), shift=shift, conflict=is_late)
        require_version(shift, version)
        change.reason = require_reason(reason)
        if (initial_cash, notes) == (shift.initial_cash, shift.notes):
            raise ActionRefused(_nothing_is_different())
        shift.initial_cash, shift.notes = initial_cash, notes
        change.event = "opening corrected"
    return shift


def _nothing_is_different() -> str:
    return _("Nothing is different from what the shift already says.")


def correct_shift(pk: int, *, version: int, reason: str, by: User, **changes: Any) -> CashSession:
    """Set some of CORRECTABLE on a closed shift, as decided on its `version`.

    A new count brings its pieces as `count_sheet`, and drops the old ones if it comes without.
    """
    with changing_shift(pk, by=by) as change:
        shift = change.shift
        require(shift_rules.why_not_correct(by, shift), shift=shift, conflict=shift.deleted_at is not None)
        require_version(shift, version)
        change.reason = require_reason(reason)
        before = {name: getattr(shift, name) for name in CORRECTABLE}
        _assign(shift, changes, by)
        if shift.final_cash is None and before["final_cash"] is not None:
            raise ActionRefused(_("A count that was given is not taken back. Write another one."))
        if any(change.had_arrived[name] and getattr(shift, name) is None for name in SOURCE_OF):
            raise ActionRefused(_("This figure was imported: write another one, or undo the import."))
        if before == {name: getattr(shift, name) for name in CORRECTABLE}:
            raise ActionRefused(_nothing_is_different())
        if shift.final_cash != before["final_cash"] and "count_sheet" not in changes:
            shift.count_sheet = None
        _require_pieces_add_up(shift.count_sheet, shift.final_cash)
        if not change.was_counted or any(before[name] != getattr(shift, name) for name in SOURCE_OF):
            evidence.follow(shift, is_corrected=True)
        change.unmark("signed_off")
        change.event = "shift corrected"
    return shift


def _assign(shift: CashSession, values: dict[str, Any], by: User) -> None:
    if unknown := values.keys() - set(CORRECTABLE):
        raise TypeError(f"not part of closing or correcting: {', '.join(sorted(unknown))}")
    typed = BilledSource.CASHIER if by == shift.cashier else BilledSource.ADMINISTRATOR
    set_billed(shift, {name: values[name] for name in SOURCE_OF if name in values}, typed)
    for name in values.keys() - SOURCE_OF.keys():
        setattr(shift, name, values[name])

"""Open, close and correct a shift.

Each action is one unit of work (unit_of_work.py). Amounts are whole guaraníes; instants come from `periods.now()`, in
UTC. Raises ActionRefused with the sentence to show, and DoesNotExist for what `by` may not see.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.exceptions import ActionRefused, require, require_reason
from pharmacies.models import Pharmacy
from sessions_app.actions.unit_of_work import NewMovement, changing_shift, opening_shift
from sessions_app.domain.choices import Status
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.domain.rules.common import require_version
from sessions_app.models import CashSession

if TYPE_CHECKING:
    from accounts.models import User

CORRECTABLE = (
    "initial_cash",
    "final_cash",
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
    cashier: "User",
    initial_cash: int,
    by: "User",
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


def _require_free(*, pharmacy: Pharmacy, register: int, cashier: "User", by: "User") -> None:
    pharmacy = Pharmacy.objects.visible_to(by).get(pk=pharmacy.pk)
    works_there = Pharmacy.objects.openable_by(cashier).filter(pk=pharmacy.pk).exists()
    require(shift_rules.why_not_open(by, pharmacy, register, cashier, works_there=works_there))
    taken = CashSession.objects.in_the_way_of(cashier=cashier, pharmacy=pharmacy, register=register).first()
    if taken:
        raise ActionRefused(shift_rules.why_taken(taken, cashier), shift=taken)


@contextmanager
def refusing_the_second(*, pharmacy: Pharmacy, register: int, cashier: "User", by: "User") -> Iterator[None]:
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
    by: "User",
    billed: dict[str, int | None] | None = None,
    count_sheet: dict[str, int] | None = None,
    movements: Iterable[NewMovement] = (),
    version: int | None = None,
    **ticket: Any,
) -> CashSession:
    """Close a shift with its count, held against `billed` (billed_cash, billed_card ...; None is unknown, not zero).

    `count_sheet` (denomination -> pieces) must add up to `final_cash`. `ticket`: ticket_number, ticket_count, notes.
    """
    with changing_shift(pk, by=by) as change:
        shift = change.shift
        require(shift_rules.why_not_close(by, shift), shift=shift, conflict=not shift.is_open)
        if version is not None:
            require_version(shift, version)
        _require_pieces_add_up(count_sheet, final_cash)
        for new in movements:
            change.add(new)
        shift.final_cash, shift.count_sheet = final_cash, count_sheet or None
        _assign(shift, {**(billed or {}), **ticket})
        _end(shift)
        change.event = "shift closed"
    return shift


def _require_pieces_add_up(count_sheet: dict[str, int] | None, final_cash: int) -> None:
    if count_sheet and sum(int(value) * pieces for value, pieces in count_sheet.items()) != final_cash:
        raise ActionRefused(_("The pieces do not add up to the counted cash."))


def _end(shift: CashSession) -> None:
    """Set the instant of the closing, and the settings of the pharmacy that the shift is judged by for good."""
    shift.status, shift.closed_at = Status.CLOSED, max(periods.now(), shift.opened_at)
    shift.tolerance = shift.pharmacy.cash_tolerance
    shift.transfers_billed_as_cash = shift.pharmacy.transfers_billed_as_cash


def correct_shift(pk: int, *, version: int, reason: str, by: "User", **changes: Any) -> CashSession:
    """Set some of CORRECTABLE on a closed shift, as decided on its `version`. A new count drops the pieces."""
    with changing_shift(pk, by=by) as change:
        shift = change.shift
        require(shift_rules.why_not_correct(by, shift), shift=shift, conflict=shift.deleted_at is not None)
        require_version(shift, version)
        change.reason = require_reason(reason)
        before = {name: getattr(shift, name) for name in CORRECTABLE}
        _assign(shift, changes)
        if before == {name: getattr(shift, name) for name in CORRECTABLE}:
            raise ActionRefused(_("Nothing is different from what the shift already says."))
        if shift.final_cash != before["final_cash"]:
            shift.count_sheet = None
        change.unmark("signed_off")
        change.event = "shift corrected"
    return shift


def _assign(shift: CashSession, values: dict[str, Any]) -> None:
    if unknown := values.keys() - set(CORRECTABLE):
        raise TypeError(f"not part of closing or correcting: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(shift, name, value)

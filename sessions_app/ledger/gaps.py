"""The gap of each shift: what it opened with less what the shift before left in the drawer. NULL where that is unknown.

It is kept by the actions, as the running totals are. Whoever changes what a shift leaves holds its row, and whoever
opens holds the row of the shift whose count it takes: so of two at once the later one sees the earlier one.
Amounts are whole guaraníes.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from django.db import models
from django.db.models import Case, F, When
from django.db.models.functions import Coalesce

from cashpilot import periods
from cashpilot.db.lookups import Same
from sessions_app.domain import formulas
from sessions_app.models import CashSession
from sessions_app.querysets.shifts import IS_OURS, LEFT_FOR, CashSessionQuerySet

# Of a shift that has what was `left`; of an imported one nothing is known.
DUE = Case(When(IS_OURS, then=formulas.gap(formulas.COLUMNS)), output_field=models.BigIntegerField())
Leaving = tuple[datetime, int | None] | None


def leaving_of(shift: CashSession) -> Leaving:
    """Return when a shift left its drawer to the next one, and how much, where it was counted; None: it did not."""
    if shift.closed_at is None or shift.deleted_at or shift.imported_at:
        return None
    return shift.closed_at, shift.final_cash


def set_gap(shift: Any) -> None:
    """Set the gap in a shift of ours that is about to be saved; what it takes the count of is held until the end."""
    if shift.first_initial_cash is None:
        shift.first_initial_cash = shift.initial_cash
    shift.left = _left_for(shift)
    shift.gap = formulas.gap(shift)


def _left_for(shift: CashSession) -> int | None:
    """Ask again if what was held has just been deleted by somebody else: then another one closed last."""
    held: list[CashSession] = []
    found = _hold(shift)
    while not (live := [row for row in found if row.deleted_at is None]) and found != held:
        held, found = found, _hold(shift)
    return max(live, key=lambda row: (row.closed_at, row.pk)).final_cash if live else None


def _hold(shift: CashSession) -> list[CashSession]:
    """Hold the shift that closed last before `shift`, and those after it that are deleted: one may be restored."""
    before = CashSession.objects.closed_before(
        pharmacy=shift.pharmacy_id, register=shift.register, opened_at=shift.opened_at
    )
    last = before.live().order_by("-closed_at").values("closed_at")[:1]
    since = Coalesce(last, shift.opened_at - LEFT_FOR, output_field=models.DateTimeField())
    held = before.filter(closed_at__gte=since).order_by("pk").select_for_update(no_key=True)
    return list(held.only("closed_at", "deleted_at", "final_cash"))


def follow(shift: CashSession) -> None:
    """Set anew the gaps of those that may have taken the count of a closed shift, which this transaction holds."""
    closed_at = cast(datetime, shift.closed_at)
    span = closed_at, closed_at + LEFT_FOR
    followers = CashSession.objects.filter(pharmacy=shift.pharmacy_id, register=shift.register, opened_at__range=span)
    _put_right(followers.filter(business_date__range=map(periods.local_date, span)))


def rebuild() -> None:
    """After shifts were written past the actions. Nothing else may write meanwhile."""
    _put_right(CashSession.objects.all())


def _put_right(shifts: CashSessionQuerySet) -> None:
    _told_wrongly(shifts).update(gap=F("due"))


def _told_wrongly(shifts: CashSessionQuerySet) -> Any:
    """Select those whose gap is not the one that is `due`."""
    return shifts.with_what_was_left().annotate(due=DUE).exclude(Same(F("gap"), F("due")))


def drift() -> Iterator[str]:
    """Yield a sentence for each shift whose gap is another one than what the shift before left makes."""
    for pk, gap, due in _told_wrongly(CashSession.objects.all()).values_list("pk", "gap", "due"):
        yield f"{CashSession._meta.db_table} {pk}: gap is {gap}, what the shift before left makes it {due}"

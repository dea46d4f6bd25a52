"""The control lines of cashiers, so that no page works them out: one row each, made of first verdicts alone.

Where evidence says another difference at the close, that one counts.

A first verdict marks the line of its cashier as stale, in its own transaction, and so holds it until the end. A verdict
that is off computes it there and then; after one that balances, or evidence, it waits for `compute_stale`, which
`send_alerts` calls, so that the close of a balanced shift costs one statement more. A deleted shift stays in the line:
it was counted.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction

from cashpilot import periods
from sessions_app.domain import cusum
from sessions_app.domain.choices import OFF, Result, Status
from sessions_app.models import CashSession, ControlLine
from sessions_app.querysets.shifts import DIFFERENCE_AT_CLOSE, IS_OURS

# A steady loss is seen after about 37 shifts; one that has ended is forgotten after some 50.
WINDOW = 100  # shifts


def follow_verdict(shift: CashSession) -> None:
    """Follow the first verdict that this shift, which is stored, was just given; an imported one is in no line."""
    if shift.imported_at:
        return
    _mark_stale([shift.cashier_id])
    if shift.first_result in OFF:
        _store(shift.cashier_id)


def follow_evidence(shift: CashSession) -> None:
    """Follow a difference by the evidence that came, changed or went: `compute_stale` computes the line."""
    if not shift.imported_at:
        _mark_stale([shift.cashier_id])


def compute_stale() -> None:
    """Compute the lines to which a verdict came since they were computed, each under its lock."""
    for pk in ControlLine.objects.filter(is_stale=True).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            _store(ControlLine.objects.select_for_update().get(pk=pk).cashier_id)


def rebuild() -> None:
    """After shifts were written past the actions."""
    _mark_stale(_judged().order_by().values_list("cashier", flat=True).distinct())
    compute_stale()


def _mark_stale(cashiers: Iterable[int]) -> None:
    """On PostgreSQL this waits for whoever else has a verdict of the same cashier under way."""
    ControlLine.objects.bulk_create(
        [ControlLine(cashier_id=cashier, is_stale=True) for cashier in cashiers],
        update_conflicts=True,
        unique_fields=["cashier"],
        update_fields=["is_stale"],
    )


def _store(cashier: int) -> None:
    """Compute the line of a cashier, which is held."""
    computed = _computed(cashier)
    ControlLine.objects.filter(cashier=cashier).update(**computed, is_stale=False, computed_at=periods.now())


def _judged() -> Any:
    return CashSession.objects.filter(IS_OURS, status=Status.CLOSED, first_difference__isnull=False)


def _computed(cashier: int) -> dict[str, Any]:
    """Return what the line of a cashier says, from their last shifts with a first verdict, in the order of time."""
    last = _judged().filter(cashier=cashier).newest().values_list("pk", "business_date", DIFFERENCE_AT_CLOSE)
    shifts = list(last[:WINDOW])[::-1]
    differences = [difference for _pk, _day, difference in shifts]
    loss, surplus = cusum.loss(differences), cusum.surplus(differences)
    days = [day.isoformat() for _pk, day, _difference in shifts]
    computed = {
        "compared": len(shifts),
        "spread": cusum.spread(differences),
        "limit": loss.limit,
        "points": [list(point) for point in zip(days, loss.values, surplus.values, strict=True)],
        "direction": "",
        "since": None,
        "crossed_by_id": None,
    }
    for direction, climb in ((Result.SHORT, loss), (Result.OVER, surplus)):
        if len(shifts) >= cusum.CONCLUSIVE and climb.signal is not None and climb.since is not None:
            since, crossed_by = shifts[climb.since][1], shifts[climb.signal][0]
            return computed | {"direction": direction.value, "since": since, "crossed_by_id": crossed_by}
    return computed


def drift() -> Iterator[str]:
    """Yield a sentence for each line that is not the one that the first verdicts make, and for each that is missing.

    A stale one is not computed yet. People may work meanwhile.
    """
    table = ControlLine._meta.db_table
    for line in ControlLine.objects.select_related("cashier").order_by("pk").iterator():
        if not line.is_stale and _is_other(line) and not _has_moved(line):
            yield f"{table} {line.pk}: the control line of {line.cashier} is not the one that the first verdicts make"
    without = _judged().filter(cashier__control_line=None).order_by("cashier").values_list("cashier", flat=True)
    for cashier in without.distinct():
        yield f"{table}: the cashier {cashier} has first verdicts and no control line"


def _is_other(line: ControlLine) -> bool:
    return any(getattr(line, name) != value for name, value in _computed(line.cashier_id).items())


def _has_moved(line: ControlLine) -> bool:
    """Say whether a verdict came while the line was held against the shifts."""
    return not ControlLine.objects.filter(pk=line.pk, is_stale=False, computed_at=line.computed_at).exists()

"""The worklist of the morning, over every shift that a person sees: its figures and the worst shifts.

Each figure is the sum of exactly the rows that it leads to. Amounts are whole guaraníes, above zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Aggregate, Count, Max, Q, QuerySet, Subquery, Sum

from cashpilot import periods
from sessions_app.domain.choices import OFF, Result, Status
from sessions_app.models import CashSession, ControlLine, DayVerdict, RunningTotal
from sessions_app.queries.between import Between, between_of

if TYPE_CHECKING:
    from accounts.models import User

# So many fit on the first screen of a notebook.
MOST_SHOWN = 6

UNSIGNED = Q(is_signed_off=False)
LIVE = Q(is_deleted=False)
# Conditions on running totals that say what the querysets of shifts say: missing, corrected, to_settle.
IS_SHORT = UNSIGNED & Q(result=Result.SHORT)
IS_CORRECTED = UNSIGNED & Q(first_result=Result.SHORT) & ~Q(result=Result.SHORT)
DESERVES_A_LOOK = Q(is_flagged=True) | Q(awaits_bank=True)
IS_TO_SETTLE = (
    UNSIGNED
    & ~Q(result=Result.OPEN)
    & (Q(result__in=OFF) | Q(first_result__in=OFF) | Q(is_deleted=False) & DESERVES_A_LOOK)
)


@dataclass(frozen=True)
class Figures:
    """The figures of who sees every shift, on the front page and above the queue of what is to review.

    `missing`: short now and not signed off, shifts (deleted ones too) and days as a whole, `missing_rows` of them;
    `corrected`: short at first and not now; `settle`: the rows that wait; `alone`: shifts that were signed off by the
    same person lately; `between`: what is missing between shifts lately, whatever was signed off.
    """

    missing: int
    missing_rows: int
    corrected: int
    settle: int
    alone: int
    between: Between


@dataclass(frozen=True)
class Worklist:
    """Counts of live shifts beside the figures; `overdue` is open since an earlier day."""

    figures: Figures
    still_open: int
    overdue: int
    not_compared: int
    unverified_transfers: int
    unverified_amount: int
    # The worst of those to settle, by pharmacy; the pharmacy of the worst comes first.
    worst: list[list[CashSession]]
    # Those beyond their limit, by name.
    lines: list[ControlLine]


def worklist_of(user: "User") -> Worklist:
    """Return what waits for `user`, counted by the running totals."""
    shifts = CashSession.objects.visible_to(user)
    overdue = shifts.live().filter(status=Status.OPEN, business_date__lt=periods.today())
    worst = shifts.to_settle().select_related("pharmacy", "cashier", "deleted_by")[:MOST_SHOWN]
    others: dict[str, Aggregate] = {
        "still_open": Sum("shifts", filter=LIVE & Q(result=Result.OPEN), default=0),
        "not_compared": Sum("shifts", filter=LIVE & UNSIGNED & Q(result=Result.NOT_COMPARED), default=0),
        "unverified_transfers": Sum("unverified_transfers", filter=LIVE, default=0),
        "unverified_amount": Sum("unverified_amount", filter=LIVE, default=0),
    }
    lines = ControlLine.objects.told_to(user)
    said = _aggregate(user, others | {"lines": _beside(lines, "cashier__is_active", Count("pk"))})
    counts = {name: said[name] for name in others}
    return Worklist(
        _figures(user, said),
        **counts,
        overdue=overdue.count() if counts["still_open"] else 0,
        worst=_by_pharmacy(worst),
        lines=sorted(lines.select_related("cashier").defer("points"), key=str) if said["lines"] else [],
    )


def figures_of(user: "User") -> Figures:
    return _figures(user, _aggregate(user, {}))


def _aggregate(user: "User", others: Mapping[str, Aggregate]) -> dict[str, int]:
    """Ask the running totals, and beside them the few days and shifts of which these do not know, in one query."""
    shifts, days = CashSession.objects.visible_to(user), DayVerdict.objects.visible_to(user)
    asked = {
        "short": Sum("total_difference", filter=IS_SHORT, default=0),
        "short_rows": Sum("shifts", filter=IS_SHORT, default=0),
        "first_short": Sum("first_difference", filter=IS_CORRECTED, default=0),
        "to_settle": Sum("shifts", filter=IS_TO_SETTLE, default=0),
        "in_days": _beside(shifts.missing_in_days(), "result", Sum("total_difference")),
        "in_days_rows": _beside(shifts.missing_in_days(), "result", Count("pk")),
        "days": _beside(days.missing(), "result", Sum("difference")),
        "days_rows": _beside(days.missing(), "result", Count("pk")),
        "days_to_settle": _beside(days.to_settle(), "is_signed_off", Count("pk")),
        "alone": _beside(shifts.signed_off_alone_lately(), "signed_off_alone", Count("pk")),
    }
    return RunningTotal.objects.visible_to(user).aggregate(**asked, **others)


def _beside(rows: QuerySet[Any], alike: str, figure: Aggregate) -> Max:
    """Return `figure` of other rows, which agree in the column `alike`, as one of the aggregates of a query."""
    return Max(Subquery(rows.order_by().values(alike).annotate(figure=figure).values("figure")), default=0)


def _figures(user: "User", said: dict[str, int]) -> Figures:
    return Figures(
        missing=said["in_days"] - said["short"] - said["days"],
        missing_rows=said["short_rows"] - said["in_days_rows"] + said["days_rows"],
        corrected=-said["first_short"],
        settle=said["to_settle"] + said["days_to_settle"],
        alone=said["alone"],
        between=between_of(user),
    )


def _by_pharmacy(shifts: Iterable[CashSession]) -> list[list[CashSession]]:
    groups: dict[int, list[CashSession]] = {}
    for shift in shifts:
        groups.setdefault(shift.pharmacy_id, []).append(shift)
    return list(groups.values())

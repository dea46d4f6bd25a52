"""The worklist of the morning, over every shift that a person sees: four figures and the worst shifts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from cashpilot import periods
from sessions_app.domain.choices import OFF, Result, Status
from sessions_app.models import CashSession, RunningTotal

if TYPE_CHECKING:
    from accounts.models import User

# So many fit on the first screen of a notebook.
MOST_SHOWN = 6


@dataclass(frozen=True)
class Worklist:
    """Counts of live shifts, but for `missing` and `unverified_amount`: guaraníes, above zero."""

    missing: int
    short: int
    still_open: int
    overdue: int
    not_compared: int
    unverified_transfers: int
    unverified_amount: int
    to_review: int
    # The worst of those to review, by pharmacy; the pharmacy of the worst comes first.
    worst: list[list[CashSession]]


def worklist_of(user: "User") -> Worklist:
    """Return what waits for `user`, counted by the running totals; `overdue` is open since an earlier day."""
    shifts = CashSession.objects.visible_to(user)
    overdue = shifts.live().filter(status=Status.OPEN, business_date__lt=periods.today())
    worst = shifts.to_review().select_related("pharmacy", "cashier")[:MOST_SHOWN]
    figures = _figures(user)
    return Worklist(**figures, overdue=overdue.count() if figures["still_open"] else 0, worst=_by_pharmacy(worst))


def _figures(user: "User") -> dict[str, int]:
    short, not_compared = (Q(result=result, is_signed_off=False) for result in (Result.SHORT, Result.NOT_COMPARED))
    to_review = Q(is_signed_off=False) & (Q(result__in=OFF) | Q(is_flagged=True)) & ~Q(result=Result.OPEN)
    asked = {
        "missing": Sum("total_difference", filter=short, default=0),
        "short": Sum("shifts", filter=short, default=0),
        "still_open": Sum("shifts", filter=Q(result=Result.OPEN), default=0),
        "not_compared": Sum("shifts", filter=not_compared, default=0),
        "unverified_transfers": Sum("unverified_transfers", default=0),
        "unverified_amount": Sum("unverified_amount", default=0),
        "to_review": Sum("shifts", filter=to_review, default=0),
    }
    figures = RunningTotal.objects.visible_to(user).live().aggregate(**asked)
    return {**figures, "missing": -figures["missing"]}


def _by_pharmacy(shifts: Iterable[CashSession]) -> list[list[CashSession]]:
    groups: dict[int, list[CashSession]] = {}
    for shift in shifts:
        groups.setdefault(shift.pharmacy_id, []).append(shift)
    return list(groups.values())

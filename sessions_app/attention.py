"""What waits for somebody this morning, over every shift that a person sees: four figures and the worst shifts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from cashpilot import periods
from sessions_app.formulas import Result
from sessions_app.models import CashSession, Tally
from sessions_app.querysets import OFF
from sessions_app.states import Status

if TYPE_CHECKING:
    from accounts.models import User

# So many fit on the first screen of a notebook.
MOST_SHOWN = 6


@dataclass(frozen=True)
class Attention:
    """Counts of shifts, but for `missing` and `unseen_amount`: guaraníes, above zero. Deleted shifts count nowhere."""

    missing: int
    short: int
    still_open: int
    overdue: int
    unverified: int
    unseen_transfers: int
    unseen_amount: int
    to_review: int
    # The worst of those to review, by pharmacy; the pharmacy of the worst comes first.
    worst: list[list[CashSession]]


def attention(user: "User") -> Attention:
    """`overdue`: open since an earlier day. Sums and counts come from the tallies, however many shifts there are."""
    shifts = CashSession.objects.visible_to(user)
    overdue = shifts.live().filter(status=Status.OPEN, business_date__lt=periods.today())
    worst = shifts.to_review().select_related("pharmacy", "cashier")[:MOST_SHOWN]
    figures = _figures(user)
    return Attention(**figures, overdue=overdue.count() if figures["still_open"] else 0, worst=_by_pharmacy(worst))


def _figures(user: "User") -> dict[str, int]:
    short, unverified = (Q(result=result, is_reviewed=False) for result in (Result.SHORT, Result.UNVERIFIED))
    to_review = Q(is_reviewed=False) & (Q(result__in=OFF) | Q(is_flagged=True)) & ~Q(result=Result.OPEN)
    asked = {
        "missing": Sum("total_difference", filter=short, default=0),
        "short": Sum("shifts", filter=short, default=0),
        "still_open": Sum("shifts", filter=Q(result=Result.OPEN), default=0),
        "unverified": Sum("shifts", filter=unverified, default=0),
        "unseen_transfers": Sum("unseen_transfers", default=0),
        "unseen_amount": Sum("unseen_amount", default=0),
        "to_review": Sum("shifts", filter=to_review, default=0),
    }
    figures = Tally.objects.visible_to(user).aggregate(**asked)
    return {**figures, "missing": -figures["missing"]}


def _by_pharmacy(shifts: Iterable[CashSession]) -> list[list[CashSession]]:
    groups: dict[int, list[CashSession]] = {}
    for shift in shifts:
        groups.setdefault(shift.pharmacy_id, []).append(shift)
    return list(groups.values())

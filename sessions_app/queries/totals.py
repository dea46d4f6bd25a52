"""Sums of the lists of shifts and of transfers."""

from typing import Any

from django.db.models import Aggregate, Count, Q, QuerySet, Sum

from sessions_app.domain.choices import Result
from sessions_app.querysets.ledger import RunningTotalQuerySet
from sessions_app.querysets.movements import MovementQuerySet
from sessions_app.querysets.shifts import UNCOUNTED, CashSessionQuerySet

# What the totals call it -> the column that is summed.
TOTALS = {
    "sales": "total_sales",
    "cash": "cash_sales",
    "card": "card_total",
    "transfer": "transfer_total",
    "credit": "credit_sale_total",
    "expenses": "expense_total",
    "envelopes": "envelope_total",
}


def sum_shifts(shifts: CashSessionQuerySet) -> dict[str, int]:
    """Return the sums of the shifts, in guaraníes. Short and over are kept apart: one must not hide the other.

    The cash of those that nobody counted, `uncounted`, is in no sum.
    """
    return _totals(shifts, Count("pk"), Count("pk", filter=UNCOUNTED))


def sum_running_totals(rows: RunningTotalQuerySet) -> dict[str, int]:
    """Return the same for every live shift that the running totals stand for."""
    return _totals(rows, Sum("shifts", default=0), Sum("uncounted", default=0))


def sum_transfers(transfers: MovementQuerySet, missing: MovementQuerySet) -> dict[str, int]:
    """Return how many transfers are pending, verified against the bank, and `missing` there, and guaraníes of each."""
    pending, verified, absent = Q(verified_at=None), Q(verified_at__isnull=False), Q(pk__in=missing.values("pk"))
    return transfers.order_by().aggregate(
        pending=Count("pk", filter=pending),
        pending_amount=Sum("amount", filter=pending, default=0),
        verified=Count("pk", filter=verified),
        verified_amount=Sum("amount", filter=verified, default=0),
        missing=Count("pk", filter=absent),
        missing_amount=Sum("amount", filter=absent, default=0),
    )


def _totals(rows: QuerySet[Any], count: Aggregate, uncounted: Aggregate) -> dict[str, int]:
    sums: dict[str, Aggregate] = {name: Sum(column, default=0) for name, column in TOTALS.items()}
    sums |= {"count": count, "uncounted": uncounted, "gap": Sum("total_difference", default=0)}
    of_results = rows.order_by().values("result").annotate(**sums)
    by_result = {row["result"]: row for row in of_results}

    def said(name: str, *results: Result) -> int:
        return sum(row[name] for result, row in by_result.items() if not results or result in results)

    return {
        **{name: said(name) for name in ("count", "uncounted", *TOTALS)},
        "short": said("gap", Result.SHORT),
        "over": said("gap", Result.OVER),
        "not_compared": said("count", Result.NOT_COMPARED),
        "still_open": said("count", Result.OPEN),
    }

"""Sums of the lists of shifts and of transfers."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Aggregate, Count, Q, QuerySet, Sum

from sessions_app.domain.choices import Result
from sessions_app.querysets.ledger import RunningTotalQuerySet
from sessions_app.querysets.movements import MovementQuerySet
from sessions_app.querysets.shifts import UNCOUNTED, CashSessionQuerySet

Sums = dict[str, Any]
# What the totals call it -> the column that is summed.
COLUMNS = {
    "sales": "total_sales",
    "cash": "cash_sales",
    "card": "card_total",
    "transfer": "transfer_total",
    "credit": "credit_sale_total",
    "expenses": "expense_total",
    "envelopes": "envelope_total",
}
SALES_ALONE, BY_METHOD = ("sales",), tuple(COLUMNS)


def sum_shifts(shifts: CashSessionQuerySet) -> dict[str, int]:
    """Return the sums of the shifts, in guaraníes. Short and over are kept apart: one must not hide the other.

    The cash of those that nobody counted, `uncounted`, is in no sum.
    """
    return add_up(sums_of_shifts(shifts, BY_METHOD), BY_METHOD)


def sums_of_shifts(shifts: CashSessionQuerySet, names: Iterable[str]) -> QuerySet[Any, Sums]:
    """Ask the counts of shifts and these sums, by result, for `add_up`."""
    return _by_result(shifts, names, Count("pk"), Count("pk", filter=UNCOUNTED))


def sums_of_running_totals(rows: RunningTotalQuerySet, names: Iterable[str]) -> QuerySet[Any, Sums]:
    """Ask the same of every live shift that the running totals stand for."""
    return _by_result(rows, names, Sum("shifts", default=0), Sum("uncounted", default=0))


def sum_transfers_of(rows: RunningTotalQuerySet) -> dict[str, int]:
    """Return how many transfers are pending and verified in every shift that the running totals stand for, and sums."""
    names = ("transfers", "transfer_total", "unverified_transfers", "unverified_amount")
    sums = rows.aggregate(**{f"every_{name}": Sum(name, default=0) for name in names})
    every, amount, pending, pending_amount = sums.values()
    verified = {"verified": every - pending, "verified_amount": amount - pending_amount}
    return {"pending": pending, "pending_amount": pending_amount, **verified}


def sum_missing(missing: MovementQuerySet) -> dict[str, int]:
    return missing.order_by().aggregate(missing=Count("pk"), missing_amount=Sum("amount", default=0))


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


def _by_result(
    rows: QuerySet[Any], names: Iterable[str], count: Aggregate, uncounted: Aggregate
) -> QuerySet[Any, Sums]:
    sums: dict[str, Aggregate] = {name: Sum(COLUMNS[name], default=0) for name in names}
    sums |= {"count": count, "uncounted": uncounted, "gap": Sum("total_difference", default=0)}
    by_result: QuerySet[Any, Sums] = rows.order_by().values("result").annotate(**sums)
    return by_result


def add_up(sums: Iterable[Sums], names: Iterable[str]) -> dict[str, int]:
    """Return the totals of what was asked by result, with the sums of these names."""
    by_result = {row["result"]: row for row in sums}

    def said(name: str, *results: Result) -> int:
        return sum(row[name] for result, row in by_result.items() if not results or result in results)

    return {
        **{name: said(name) for name in ("count", "uncounted", *names)},
        "short": said("gap", Result.SHORT),
        "over": said("gap", Result.OVER),
        "not_compared": said("count", Result.NOT_COMPARED),
        "still_open": said("count", Result.OPEN),
    }

"""Sums of the lists of shifts and of transfers."""

from collections.abc import Callable, Iterable

from django.db.models import Aggregate, Count, F, Q, Sum

from sessions_app.domain.choices import Result
from sessions_app.querysets.movements import MovementQuerySet
from sessions_app.querysets.shifts import UNCOUNTED, CashSessionQuerySet

Asked = dict[str, Aggregate]
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
# As sum_transfers has them, of every live shift that running totals stand for; what is missing they do not know.
TRANSFERS_OF_RUNNING_TOTALS: Asked = {
    "pending": Sum("unverified_transfers", default=0),
    "pending_amount": Sum("unverified_amount", default=0),
    "verified": Sum(F("transfers") - F("unverified_transfers"), default=0),
    "verified_amount": Sum(F("transfer_total") - F("unverified_amount"), default=0),
}
# Without the bank's lists, nobody knows of any.
NONE_MISSING = {"missing": 0, "missing_amount": 0}


def sum_shifts(shifts: CashSessionQuerySet) -> dict[str, int]:
    """Return the counts and sums of the shifts, in guaraníes, sales by method too."""
    return shifts.order_by().aggregate(**totals_of_shifts(BY_METHOD))


def totals_of_shifts(names: Iterable[str]) -> Asked:
    """Return what counts shifts and sums them up, with the sums of these names.

    Short and over are kept apart: one must not hide the other. The cash of those that nobody counted, `uncounted`, is
    in no sum.
    """
    return _totals(names, lambda alike: Count("pk", filter=alike), Count("pk", filter=UNCOUNTED))


def totals_of_running_totals(names: Iterable[str]) -> Asked:
    """Return the same of every live shift that running totals stand for."""
    return _totals(names, lambda alike: Sum("shifts", filter=alike, default=0), Sum("uncounted", default=0))


def _totals(names: Iterable[str], count: Callable[[Q], Aggregate], uncounted: Aggregate) -> Asked:
    # One row of sums: grouped by result, PostgreSQL takes a fifth longer.
    return {
        "count": count(Q()),
        "uncounted": uncounted,
        **{name: Sum(COLUMNS[name], default=0) for name in names},
        "short": Sum("total_difference", filter=Q(result=Result.SHORT), default=0),
        "over": Sum("total_difference", filter=Q(result=Result.OVER), default=0),
        "not_compared": count(Q(result=Result.NOT_COMPARED)),
        "still_open": count(Q(result=Result.OPEN)),
    }


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

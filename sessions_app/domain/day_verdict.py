"""The verdict of a day as a whole: all that its live shifts received, against what was billed on that day.

It is given where its shifts alone do not tell: each is closed and counted, and at least one is not compared. Amounts
are whole guaraníes; the difference is received minus billed.
"""

from types import SimpleNamespace
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum

from sessions_app.domain import formulas
from sessions_app.domain.choices import BILLED, Result, Status
from sessions_app.domain.first_verdict import MOVEMENT_SUMS

UNCOUNTED = Q(status=Status.CLOSED, final_cash=None)
NOT_COMPARED = Q(result=Result.NOT_COMPARED)
# Operand of the formulas -> the column of a shift that is summed up for it. A sum of cash sales is what would be
# counted in one drawer that began empty and that nothing left.
RECEIVED = {
    "final_cash": "cash_sales",
    "card_total": "card_total",
    "transfer_total": "transfer_total",
    "credit_sale_total": "credit_sale_total",
}
FIGURES = {
    "of_open": Count("pk", filter=Q(status=Status.OPEN)),
    "of_uncounted": Count("pk", filter=UNCOUNTED),
    "of_not_compared": Count("pk", filter=NOT_COMPARED),
    **{f"of_{name}": Sum(column, default=0) for name, column in RECEIVED.items()},
}


class DayJudged(NamedTuple):
    result: str
    difference: int
    is_signed_off: bool
    contradicted_by: int | None = None


def with_shifts(days: QuerySet[Any], shifts: QuerySet[Any], besides: Q | Exists | None = None) -> QuerySet[Any]:
    """Return the days that may be judged as a whole, each with FIGURES of its shifts among the live ones of `shifts`.

    And those that `besides` lets through.
    """
    here = shifts.filter(pharmacy=OuterRef("pharmacy"), business_date=OuterRef("date"), deleted_at=None).order_by()
    figures = {
        name: Subquery(here.values("pharmacy").annotate(figure=figure).values("figure"))
        for name, figure in FIGURES.items()
    }
    asked = Q(Exists(here.filter(NOT_COMPARED)), billed_cash__isnull=False)
    known: QuerySet[Any] = days.filter(asked | besides if besides else asked).annotate(**figures)
    return known


def verdict_of(day: Any, contradicted_by: int | None) -> DayJudged | None:
    """Return what is stored of a day of `with_shifts`; of one that is contradicted alone, that it is not compared."""
    judged = judge_day(day)
    if judged is None and contradicted_by is not None:
        judged = DayJudged(str(Result.NOT_COMPARED), 0, day.signed_off_at is not None)
    return judged._replace(contradicted_by=contradicted_by) if judged else None


def judge_day(day: Any) -> DayJudged | None:
    """Judge a day of `with_shifts`.

    None while nothing is billed, or a shift is open or was not counted, and where each of them is compared.
    """
    if day.billed_cash is None or day.of_open or day.of_uncounted or not day.of_not_compared:
        return None
    row = SimpleNamespace(
        **dict.fromkeys(("initial_cash", *MOVEMENT_SUMS), 0) | {name: getattr(day, f"of_{name}") for name in RECEIVED},
        **{name: getattr(day, name) for name in (*BILLED, "tolerance", "transfers_billed_as_cash")},
        status=Status.CLOSED,
    )
    return DayJudged(str(formulas.result(row)), formulas.total_difference(row), day.signed_off_at is not None)

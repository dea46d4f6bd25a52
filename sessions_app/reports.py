"""One report is one function and one query over rows that are already scoped."""

from typing import Any

from django.db.models import Count, Q, Sum

from sessions_app.formulas import Result
from sessions_app.querysets import CashSessionQuerySet


def totals(sessions: CashSessionQuerySet) -> dict[str, Any]:
    """What the list says in sum, in guaraníes. Short and over are kept apart: one must not hide the other."""
    return sessions.aggregate(
        count=Count("pk"),
        sales=Sum("total_sales", default=0),
        cash=Sum("cash_sales", default=0),
        card=Sum("card_total", default=0),
        transfer=Sum("transfer_total", default=0),
        credit=Sum("credit_sale_total", default=0),
        expenses=Sum("expense_total", default=0),
        envelopes=Sum("envelope_total", default=0),
        short=Sum("total_difference", filter=Q(result=Result.SHORT), default=0),
        over=Sum("total_difference", filter=Q(result=Result.OVER), default=0),
        unverified=Count("pk", filter=Q(result=Result.UNVERIFIED)),
        still_open=Count("pk", filter=Q(result=Result.OPEN)),
    )

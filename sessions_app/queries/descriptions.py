"""The descriptions that a pharmacy uses most, to be offered where one is typed."""

from datetime import timedelta

from django.db.models import Count

from cashpilot import periods
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Kind
from sessions_app.models import Movement

# Transfers, debts and credit sales name customers.
OFFERED = (Kind.EXPENSE, Kind.ENVELOPE, Kind.CASH_IN)
LOOKED_BACK_DAYS = 90
MOST = 10


def most_used(pharmacy: Pharmacy, kind: str) -> list[str]:
    """Return at most ten descriptions of live movements in 90 days, the most used first; of personal ones none."""
    if kind not in OFFERED:
        return []
    since = periods.today() - timedelta(days=LOOKED_BACK_DAYS)
    of_pharmacy = {"session__pharmacy": pharmacy, "session__deleted_at": None, "session__business_date__gte": since}
    described = Movement.objects.live().filter(kind=kind, **of_pharmacy).exclude(description="")
    counted = described.order_by().values("description").annotate(times=Count("pk"))
    return list(counted.order_by("-times", "description").values_list("description", flat=True)[:MOST])

"""The descriptions that a pharmacy uses most, to be offered where one is typed."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count

from cashpilot import periods
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Kind
from sessions_app.models import Movement

if TYPE_CHECKING:
    from accounts.models import User

# They name customers: a reader is offered only the names that their own shifts hold.
PERSONAL = (Kind.TRANSFER, Kind.COLLECTION, Kind.CREDIT_SALE)
LOOKED_BACK_DAYS = 90
MOST = 10


def most_used(pharmacy: Pharmacy, kind: str, reader: "User") -> list[str]:
    """Return at most ten descriptions of live movements in 90 days, the most used first.

    Of kinds that name customers those that `reader` can see anyway, of the others all of the pharmacy.
    """
    since = periods.today() - timedelta(days=LOOKED_BACK_DAYS)
    of_pharmacy = {"session__pharmacy": pharmacy, "session__deleted_at": None, "session__business_date__gte": since}
    movements = Movement.objects.visible_to(reader) if kind in PERSONAL else Movement.objects.all()
    described = movements.live().filter(kind=kind, **of_pharmacy).exclude(description="")
    counted = described.order_by().values("description").annotate(times=Count("pk"))
    return list(counted.order_by("-times", "description").values_list("description", flat=True)[:MOST])

"""The largest amounts of a pharmacy's closed shifts."""

from datetime import timedelta

from django.db.models import Exists, Max, Q

from cashpilot import periods
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Kind, Status
from sessions_app.domain.usual_amounts import ENOUGH_SHIFTS, LOOKED_BACK_DAYS
from sessions_app.models import TYPED_AMOUNTS, CashSession

# The batch is the cards of a whole shift.
COMPARED = (*TYPED_AMOUNTS, *Kind.values, "card_batch")


def largest_amounts(pharmacy: Pharmacy) -> dict[str, int | None]:
    """Return the largest of each of COMPARED in 90 days, in guaraníes; of nothing and before 30 shifts None.

    One query, along the index `shift_of_pharmacy`.
    """
    closed = CashSession.objects.live().filter(pharmacy=pharmacy, status=Status.CLOSED)
    since = periods.today() - timedelta(days=LOOKED_BACK_DAYS)
    enough = Exists(closed.order_by()[ENOUGH_SHIFTS - 1 : ENOUGH_SHIFTS])
    kept = closed.filter(enough, business_date__gte=since)
    live = Q(movements__voided_at=None)
    found = kept.aggregate(
        **{f"of_{name}": Max(name) for name in TYPED_AMOUNTS},
        of_card_batch=Max("card_total"),
        **{f"of_{kind}": Max("movements__amount", filter=live & Q(movements__kind=kind)) for kind in Kind.values},
    )
    return {name: found[f"of_{name}"] for name in COMPARED}

"""The pharmacies where somebody may open a shift, with what they usually open with, and the registers that are held."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Subquery

from cashpilot import periods
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Status
from sessions_app.models import CashSession

if TYPE_CHECKING:
    from accounts.models import User

LOOKED_BACK_DAYS = 30
# Fewer openings say nothing of what is usual.
ENOUGH = 5


def usual_opening(pharmacy: Pharmacy) -> int | None:
    """Return the opening cash (guaraníes) that at least half of a pharmacy's recent shifts had; None where none did.

    Of amounts that are equally frequent it is the smallest. One query.
    """
    since = periods.today() - timedelta(days=LOOKED_BACK_DAYS)
    recent = CashSession.objects.live().filter(pharmacy=pharmacy, business_date__gte=since).order_by()
    by_amount = recent.values("first_initial_cash").annotate(times=Count("pk"))
    every = recent.values("pharmacy").annotate(openings=Count("pk")).values("openings")
    amounts = by_amount.annotate(openings=Subquery(every)).order_by("-times", "first_initial_cash")
    for amount, times, openings in amounts.values_list("first_initial_cash", "times", "openings")[:1]:
        return amount if openings >= ENOUGH and times * 2 >= openings else None
    return None


def held_registers(reader: "User") -> list[CashSession]:
    """Return the open shifts of the pharmacies where `reader` is, with their people, newest first: one query."""
    places = Pharmacy.objects.visible_to(reader)
    shifts = CashSession.objects.live().filter(status=Status.OPEN, pharmacy__in=places)
    return list(shifts.select_related("pharmacy", "cashier").newest())


def register_choices(pharmacies: Iterable[Any], chosen: Any, held: list[CashSession]) -> dict[int, CashSession | None]:
    """Return each register of the chosen pharmacy with the shift that holds it.

    While none is chosen those that any of them has, and nobody.
    """
    if chosen is None:
        return dict.fromkeys(range(1, max((one.registers for one in pharmacies), default=1) + 1))
    holders = {shift.register: shift for shift in held if shift.pharmacy_id == chosen.pk}
    return {register: holders.get(register) for register in range(1, chosen.registers + 1)}

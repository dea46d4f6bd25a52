"""Amounts that are far above what a pharmacy's closed shifts had lately."""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.db.models import DateField, Exists, OuterRef, Q

from cashpilot import periods
from cashpilot.db.written_once import Given, Rows
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Kind, Status
from sessions_app.domain.usual_amounts import ENOUGH_SHIFTS, LOOKED_BACK_DAYS, least_usual
from sessions_app.models import CashSession, Movement


def doubtful_amounts(pharmacy: Pharmacy, typed: Mapping[str, int | None]) -> list[str]:
    """Return the names of the amounts that are far above the largest of their name in 90 days.

    Before 30 shifts none is, nor one of a name of which there was nothing yet. Names are those of the typed amounts of
    a shift, of the kinds of movement, and card_batch, which is the cards of a whole shift. One query: it looks for an
    amount beside which the typed one is usual, and ends at the first.
    """
    asked = {name: amount for name, amount in typed.items() if amount}
    if not asked:
        return []
    least = {f"least_{name}": least_usual(amount) for name, amount in asked.items()}
    since = periods.today() - timedelta(days=LOOKED_BACK_DAYS)
    ((has_enough, *doubts),) = _doubts(tuple(asked)).ask(pharmacy=pharmacy.pk, since=since, **least)
    return [name for name, is_doubtful in zip(asked, doubts, strict=True) if has_enough and is_doubtful]


@lru_cache(maxsize=64)
def _doubts(names: tuple[str, ...]) -> Rows[Any]:
    """Write whether there are enough shifts; and of each name whether there is something, and nothing vouches."""
    has_enough = Exists(_closed().order_by()[ENOUGH_SHIFTS - 1 : ENOUGH_SHIFTS])
    doubts = {f"of_{name}": Q(~_is_any(name, Given(f"least_{name}"))) & Q(_is_any(name, 1)) for name in names}
    rows = Pharmacy.objects.filter(pk=Given("pharmacy")).annotate(has_enough=has_enough, **doubts)
    return Rows(rows.values_list("has_enough", *doubts))


def _is_any(name: str, least: Any) -> Exists:
    """Write whether a shift has an amount of that name of at least so much, lately."""
    lately = _closed().filter(business_date__gte=Given("since", DateField()))
    if name not in Kind.values:
        return Exists(lately.filter(**{f"{'card_total' if name == 'card_batch' else name}__gte": least}))
    noted = Movement.objects.live().filter(session=OuterRef("pk"), kind=name, amount__gte=least)
    # No movement is more than the sum of its kind, which tells most shifts apart.
    return Exists(lately.filter(Exists(noted), **{f"{name}_total__gte": least}))


def _closed() -> Any:
    return CashSession.objects.live().filter(pharmacy=OuterRef("pk"), status=Status.CLOSED)

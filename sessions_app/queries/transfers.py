"""Transfers that are like another one, perhaps the same, noted twice; and who may verify one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import DateTimeField, Q, TextField

from accounts.models import User
from cashpilot.db.written_once import Given, Rows, places, told
from cashpilot.normalize import folded
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.models import CashSession, Movement

APART = timedelta(days=30)


def may_verify_own(by: User, shift: CashSession) -> bool:
    """Tell whether a shift is the own one of `by`, whose transfers nobody else could look for in the bank."""
    is_own = shift.cashier_id == by.pk and by.has_perm(movement_rules.VERIFIES)
    return is_own and User.objects.are_only(by, movement_rules.VERIFIES)


class Noted(NamedTuple):
    """A live transfer: as much of it as says whether another one is like it, and as is told of it beside that one."""

    pk: int
    amount: int
    search: str
    reference: str
    created_at: datetime
    shift: int
    pharmacy: str


def likes_of(transfers: Sequence[Movement]) -> dict[int, Noted]:
    """Return for the key of each transfer that is like others the one of them that was noted nearest in time.

    Like are live transfers of the same amount with the same reference or the same words, noted at most APART from each
    other, in any pharmacy: who asks says which of it a person may be told.
    """
    if not transfers:
        return {}
    alike = defaultdict(list)
    for other in _around(transfers):
        for trait in _traits(other):
            alike[trait].append(other)
    nearest = {transfer.pk: _nearest(transfer, alike) for transfer in transfers}
    return {pk: other for pk, other in nearest.items() if other}


def _around(transfers: Sequence[Movement]) -> Iterable[Noted]:
    """Read those that one of these may be like: a reference is compared as people read it, which no column holds."""
    noted = [transfer.created_at for transfer in transfers]
    span = {"since": min(noted) - APART, "until": max(noted) + APART}
    words = {f"words_{place}": transfer.search for place, transfer in enumerate(transfers)}
    amounts = told(transfer.amount for transfer in transfers)
    return map(Noted._make, _asked(len(transfers)).ask(**span, **words, **amounts))


# As many as a page has.
@lru_cache(maxsize=64)
def _asked(count: int) -> Rows[Any]:
    """Ask for the live transfers of the amounts of so many others, with the words of one of them or a reference."""
    words = [Given(f"words_{place}", TextField()) for place in range(count)]
    amounts: Any = places(count)
    span = (Given("since", DateTimeField()), Given("until", DateTimeField()))
    around = Movement.objects.transfers().filter(
        Q(search__in=words) | ~Q(reference=""), amount__in=amounts, created_at__range=span
    )
    columns = ("pk", "amount", "search", "reference", "created_at", "session", "session__pharmacy__name")
    # Amounts in a list are looked up while their values are known, and compared one by one in a plan for all.
    return Rows(around.values_list(*columns), plans_anew=True)


def _traits(transfer: Movement | Noted) -> Iterator[tuple[int, str, str]]:
    """Tell what two transfers need one of in common to be like: the amount with the words, or with the reference."""
    if transfer.search:
        yield transfer.amount, "words", transfer.search
    if reference := transfer.reference and folded(transfer.reference):
        yield transfer.amount, "reference", reference


def _nearest(transfer: Movement, alike: Mapping[tuple[int, str, str], Sequence[Noted]]) -> Noted | None:
    """Return the nearest one of those noted at most APART from it; of two as near, the older row."""
    others = (other for trait in _traits(transfer) for other in alike.get(trait, ()) if other.pk != transfer.pk)
    near = ((abs(other.created_at - transfer.created_at), other.pk, other) for other in others)
    apart, _pk, nearest = min(near, default=(APART, 0, None))
    return nearest if apart <= APART else None

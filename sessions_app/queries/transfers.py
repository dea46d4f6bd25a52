"""Transfers that are like another one, perhaps the same, noted twice; and who may verify one."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q

from accounts.models import User
from cashpilot.normalize import folded
from sessions_app.domain.rules import movements as movement_rules
from sessions_app.models import CashSession, Movement

APART = timedelta(days=30)


def may_verify_own(by: User, shift: CashSession) -> bool:
    """Tell whether a shift is the own one of `by`, whose transfers nobody else could look for in the bank."""
    is_own = shift.cashier_id == by.pk and by.has_perm(movement_rules.VERIFIES)
    return is_own and User.objects.are_only(by, movement_rules.VERIFIES)


def likes_of(transfers: Sequence[Movement]) -> dict[int, Movement]:
    """Return for the key of each transfer that is like others the one of them that was noted nearest in time.

    Like are live transfers of the same amount with the same reference or the same words, noted at most APART from each
    other, in any pharmacy: who asks says which of it a person may be told.
    """
    if not transfers:
        return {}
    noted = [transfer.created_at for transfer in transfers]
    around = Movement.objects.transfers().filter(
        Q(search__in={transfer.search for transfer in transfers}) | ~Q(reference=""),
        amount__in={transfer.amount for transfer in transfers},
        created_at__range=(min(noted) - APART, max(noted) + APART),
    )
    by_amount = defaultdict(list)
    for other in around.select_related("session__pharmacy").order_by("id"):
        by_amount[other.amount].append(other)
    nearest = {transfer.pk: _nearest(transfer, by_amount[transfer.amount]) for transfer in transfers}
    return {pk: other for pk, other in nearest.items() if other}


def _nearest(transfer: Movement, others: list[Movement]) -> Movement | None:
    like = [other for other in others if other.pk != transfer.pk and _is_like(transfer, other)]
    return min(like, key=lambda other: _apart(transfer, other), default=None)


def _is_like(one: Movement, other: Movement) -> bool:
    """Both have the same amount."""
    same_words = one.search and one.search == other.search
    same_reference = folded(one.reference) and folded(one.reference) == folded(other.reference)
    return bool(same_words or same_reference) and _apart(one, other) <= APART


def _apart(one: Movement, other: Movement) -> timedelta:
    return abs(one.created_at - other.created_at)

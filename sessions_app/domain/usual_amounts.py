"""Amounts that are far from what a pharmacy is used to: a zero too many. Guaraníes."""

from collections.abc import Mapping

# Before that many closed shifts nobody knows what is usual.
ENOUGH_SHIFTS = 30
LOOKED_BACK_DAYS = 90
TIMES = 10


def doubtful(typed: Mapping[str, int | None], largest: Mapping[str, int | None]) -> list[str]:
    """Return the names of the amounts above ten times the largest of their name. Without a largest, none is."""
    return [name for name, amount in typed.items() if amount and _is_far_above(amount, largest.get(name))]


def _is_far_above(amount: int, largest: int | None) -> bool:
    return bool(largest) and amount > TIMES * (largest or 0)

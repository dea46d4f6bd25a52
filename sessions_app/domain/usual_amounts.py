"""Amounts that are far from what a pharmacy is used to: a zero too many. Guaraníes."""

# Before that many closed shifts nobody knows what is usual.
ENOUGH_SHIFTS = 30
LOOKED_BACK_DAYS = 90
TIMES = 10


def least_usual(amount: int) -> int:
    """Return the smallest amount that makes another one usual: one is doubted above ten times the largest."""
    return -(-amount // TIMES)

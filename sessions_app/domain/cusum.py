"""Is a loss chance or steady? The statistics of one cashier's differences, whole guaraníes, in the order of time.

The control line is a CUSUM (E. S. Page, Continuous Inspection Schemes, Biometrika 41, 1954; NIST/SEMATECH e-Handbook of
Statistical Methods, 6.3.2.3). It adds up what each shift is short beyond the slack and never goes below zero; when
it passes the limit, the loss is steady. A second line adds up what is over. With the spread s as unit:

- slack s/4, limit 10 s: the fastest scheme for a steady shift of s/2. By Siegmund's approximation (Sequential
  Analysis, 1985) it signals after about 37 shifts of such a loss, where a fixed limit of 3 s takes about 160, and is
  wrong about once in 2.000 fair shifts;
- one large difference counts as 3 s at most (Lucas and Crosier, Robust CUSUM, Communications in Statistics 11, 1982):
  such a one stands in the list, and says nothing of a steady loss;
- the spread itself counts nothing as further than 3 s from the middle, so that two miscounts do not hide a small steady
  loss (Huber, Robust Estimation of a Location Parameter, Annals of Mathematical Statistics 35, 1964; ISO 13528,
  algorithm A). A median of distances will not do: it is zero where most counts agree to the guaraní, and then any
  honest miscount looks like a loss;
- below 20 compared shifts the spread itself is not known well enough to say anything.

The spread is at least 1.000, or who is always right would be signalled for a coin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

CONCLUSIVE = 20  # compared shifts
LEAST_SPREAD = 1_000
SLACK = (1, 4)  # of the spread
LIMIT = 10  # spreads
MOST_OF_ONE = 3  # spreads
ROUNDS = 20  # with a miscount in every tenth shift the spread changes no more


@dataclass(frozen=True)
class Climb:
    """A line: its height after each shift, and where it passed the limit, if it is beyond it at the end.

    `since` is the first shift of the climb that passed it: when the loss began, as far as can be known.
    """

    values: list[int]
    limit: int
    signal: int | None
    since: int | None


def rounded_mean(total: int, count: int) -> int:
    """Return the mean of at least one difference, whose sum is `total`, rounded, halves away from zero."""
    size = (2 * abs(total) + count) // (2 * count)
    return -size if total < 0 else size


SMALLEST_SAMPLE = 2


def spread(differences: Sequence[int]) -> int | None:
    """Return the standard deviation of differences, none counted as further than MOST_OF_ONE of it from their middle.

    In whole guaraníes, rounded down; None (unknown) of fewer than two.
    """
    if len(differences) < SMALLEST_SAMPLE:
        return None
    middle, within = sorted(differences)[len(differences) // 2], _deviation(differences)
    for _round in range(ROUNDS):
        low, high = middle - MOST_OF_ONE * within, middle + MOST_OF_ONE * within
        within = _deviation([max(low, min(high, difference)) for difference in differences])
    return within


def _deviation(differences: Sequence[int]) -> int:
    count = len(differences)
    squares = count * sum(value * value for value in differences) - sum(differences) ** 2
    return isqrt(squares // (count * (count - 1)))


def loss(differences: Sequence[int]) -> Climb:
    """Return the control line of the amounts that are short, of differences in guaraníes and in the order of time."""
    unit = max(spread(differences) or 0, LEAST_SPREAD)
    slack, limit, most = unit * SLACK[0] // SLACK[1], LIMIT * unit, MOST_OF_ONE * unit
    height, began, signal = 0, 0, None
    values = []
    for place, difference in enumerate(differences):
        if height == 0:
            began = place
        height = max(0, height - max(-most, min(most, difference)) - slack)
        values.append(height)
        if height <= limit:
            signal = None
        elif signal is None:
            signal = place
    return Climb(values, limit, signal, None if signal is None else began)


def surplus(differences: Sequence[int]) -> Climb:
    """Return the control line of the amounts that are over, as `loss` does of those that are short."""
    return loss([-difference for difference in differences])

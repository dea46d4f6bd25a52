"""The statistics of a cashier: by hand, and on made-up cashiers whose habits are known."""

from random import Random
from statistics import stdev

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sessions_app.domain import cusum

SPREAD = 10_000
LOSS = 5_000
YEAR = 300  # shifts


def shifts(seed, count=YEAR, mean=0):
    """Differences of a cashier who is off by chance, in steps of 50, and by `mean` on average."""
    rng = Random(seed)
    return [round((rng.gauss(0, SPREAD) + mean) / 50) * 50 for _ in range(count)]


def fixed_limit(differences):
    """The first shift that is short by more than three spreads: what a limit on each shift alone would see."""
    limit = -3 * cusum.spread(differences)
    return next((place for place, difference in enumerate(differences) if difference < limit), None)


def passed(line):
    """The first shift at which the line is beyond its limit."""
    return next((place for place, value in enumerate(line.values) if value > line.limit), None)


def test_a_steady_loss_of_5000_is_seen_long_before_a_fixed_limit_sees_it():
    """Tried with a hundred cashiers who lose half a spread at each shift."""
    seen, limited = [], []
    for seed in range(100):
        differences = shifts(seed, mean=-LOSS)
        seen.append(passed(cusum.loss(differences)))
        limited.append(fixed_limit(differences) or YEAR)

    assert None not in seen
    assert sorted(seen)[50] < 45
    assert sorted(limited)[50] > 2 * sorted(seen)[50]


def test_of_a_hundred_fair_cashiers_with_the_same_spread_few_are_alarmed_about_in_a_year():
    """Once in about 2.000 shifts: some 14 in 100 x 300. A limit of 3 spreads alarms once in 741, about some 33."""
    alarmed = [seed for seed in range(100) if passed(cusum.loss(shifts(seed))) is not None]
    limited = [seed for seed in range(100) if fixed_limit(shifts(seed)) is not None]
    assert len(alarmed) <= 18 < len(limited)


def with_miscounts(differences, *places):
    return [value - 300_000 if place in places else value for place, value in enumerate(differences)]


def test_a_small_steady_loss_is_seen_behind_two_large_miscounts():
    """3.000 a shift, give or take 2.000, of a hundred cashiers; a hundred fair ones miscount as much."""
    seen, alarmed = 0, 0
    for seed in range(100):
        rng = Random(seed)
        noise = [round(rng.gauss(0, 2_000)) for _ in range(30)]
        places = rng.sample(range(30), 2)
        seen += cusum.loss(with_miscounts([value - 3_000 for value in noise], *places)).signal is not None
        alarmed += passed(cusum.loss(with_miscounts(noise, *places))) is not None
    assert seen == 100
    assert alarmed <= 2


def test_who_is_right_most_of_the_time_is_seldom_alarmed_about():
    """Nine counts of ten to the guaraní, so that half of all distances from the middle are zero."""
    alarmed = 0
    for seed in range(100):
        rng = Random(seed)
        fair = [round(rng.gauss(0, SPREAD)) if rng.random() < 0.1 else 0 for _ in range(100)]
        alarmed += passed(cusum.loss(fair)) is not None
    assert alarmed <= 4


def test_two_large_miscounts_change_the_spread_little():
    fair = shifts(1, 30)
    assert cusum.spread(with_miscounts(fair, 7, 21)) < 2 * cusum.spread(fair)


def test_a_loss_that_began_midway_is_dated():
    differences = shifts(1, 100) + shifts(2, 100, mean=-LOSS)
    line = cusum.loss(differences)
    assert 100 <= line.signal < 160
    assert 70 <= line.since < 125


def test_who_is_fair_and_who_is_over_has_no_loss():
    assert cusum.loss(shifts(1)).signal is None
    over = shifts(1, mean=LOSS)
    assert cusum.loss(over).signal is None
    assert cusum.surplus(over).signal < 60


def test_one_large_difference_is_no_steady_loss():
    differences = [0] * 30 + [-900_000] + [0] * 30
    assert cusum.loss(differences).signal is None


def test_one_large_surplus_does_not_hide_a_steady_loss():
    """It takes off three spreads at most, and the slack."""
    differences = [-6_000] * 50 + [100_000] + [-6_000] * 49
    unit = cusum.LEAST_SPREAD
    values = cusum.loss(differences).values
    assert values[49] - values[50] == 3 * unit + unit // 4


def test_the_line_by_hand():
    """Up by what is short beyond the slack of a quarter spread, down by what is over, never below zero."""
    differences = [-2_000, 2_000] * 2
    assert cusum.spread(differences) == 2_309
    line = cusum.loss(differences)
    assert line.limit == 23_090
    assert line.values == [2_000 - 577, 0, 2_000 - 577, 0]


def test_who_always_lacks_the_same_has_no_spread_and_is_seen():
    """With the least spread: slack 250, limit 10.000, and 5.000 counts as 3.000 at most."""
    line = cusum.loss([-5_000] * 20)
    assert line.values[:4] == [2_750, 5_500, 8_250, 11_000]
    assert (line.signal, line.since) == (3, 0)


def test_the_limit_itself_is_not_passed_yet():
    """1.250 less the slack of 250, ten times."""
    assert cusum.loss([-1_250] * 10).values[-1] == cusum.loss([-1_250] * 10).limit
    assert cusum.loss([-1_250] * 20).signal == 10


@pytest.mark.parametrize(
    ("differences", "mean", "spread"),
    [([5], 5, None), ([-1, -2], -2, 0), ([1, 2], 2, 0), ([-10, 10], 0, 14), ([0, 0, 0], 0, 0)],
)
def test_mean_and_spread_are_whole(differences, mean, spread):
    assert (cusum.rounded_mean(sum(differences), len(differences)), cusum.spread(differences)) == (mean, spread)


@given(st.lists(st.integers(-(10**10), 10**10), min_size=2, max_size=50))
def test_the_spread_is_the_standard_deviation_rounded_down(differences):
    """No difference is further from the middle than three of it."""
    middle = sorted(differences)[len(differences) // 2]
    assume(all(abs(value - middle) <= cusum.MOST_OF_ONE * int(stdev(differences)) for value in differences))
    assert abs(cusum.spread(differences) - stdev(differences)) <= 1 + stdev(differences) * 1e-9


def test_a_climb_begins_at_the_first_guarani_beyond_the_slack():
    """251 less the slack of 250: the line is at 1, and the loss began there."""
    line = cusum.loss([-251] + [-1_250] * 20)
    assert line.values[:3] == [1, 1_001, 2_001]
    assert (line.signal, line.since) == (10, 0)
    assert cusum.loss([-250] + [-1_250] * 20).since == 1


def test_a_loss_that_has_ended_is_told_no_longer():
    """With the least spread: up to 15.000 in twelve shifts, then down by the slack of 250 a shift, to the limit."""
    climbed = [-1_500] * 12
    assert (cusum.loss(climbed + [0] * 19).signal, cusum.loss(climbed + [0] * 19).since) == (8, 0)
    assert (cusum.loss(climbed + [0] * 20).signal, cusum.loss(climbed + [0] * 20).since) == (None, None)


def test_a_second_loss_is_dated_by_its_own_climb():
    """The line is at zero again after sixty fair shifts."""
    line = cusum.loss([-1_500] * 12 + [0] * 60 + [-1_500] * 9)
    assert (line.signal, line.since) == (80, 72)

"""Bars one below the other, in percent of the width."""

import pytest

from cashpilot.charts.bars import Bars
from cashpilot.charts.base import Series
from cashpilot.tests.charts.drawings import chart


def test_bars_go_left_and_right_of_zero_beside_their_names():
    drawn = chart("bars", [-30, 0], [10, None])
    assert drawn.zero == 75.0
    assert [row.label for row in drawn.rows] == ["day 0", "day 1"]
    assert [row.figures for row in drawn.rows] == ["−30 / 10", "0 / —"]
    bars = [[(bar.number, bar.x, bar.width) for bar in row.bars] for row in drawn.rows]
    assert bars == [[(1, 0.0, 75.0), (2, 75.0, 25.0)], []]


@pytest.mark.parametrize(
    ("values", "ends", "zero"), [([-30, -10], (-30, 0), 100.0), ([10, 30], (0, 30), 0.0), ([0], (0, 1), 0.0)]
)
def test_bars_all_of_one_side_take_the_whole_width(values, ends, zero):
    drawn = chart("bars", values)
    assert (drawn.ends, drawn.zero) == (ends, zero)


def test_a_difference_has_its_sign_and_a_row_leads_to_what_is_behind_it():
    series = [Series("short", [-30_000, 0], ["/sessions/?pharmacy=1", ""]), Series("over", [2_000, None])]
    rows = Bars("Differences", "", ["Central", "Luque"], series, is_difference=True).rows
    assert [row.figures for row in rows] == ["−\u00a030.000 / +\u00a02.000", "0 / —"]
    assert [row.link for row in rows] == ["/sessions/?pharmacy=1", ""]

"""The scale and the names of a drawing 220 high."""

import pytest

from cashpilot.charts.over_time import short, tick
from cashpilot.tests.charts.drawings import chart


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [(0, 40, 10), (0, 41, 10), (0, 100, 50), (-30, 30, 20), (0, 0, 1), (0, 3_999_999, 1_000_000)],
)
def test_the_scale_has_round_steps(low, high, step):
    assert tick(low, high) == step


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [(12_000_000, 1_000_000, "12 M"), (1_500_000, 500_000, "1.500 k"), (0, 1_000_000, "0"), (-50, 50, "−50")],
)
def test_the_scale_says_it_short(value, step, text, settings):
    settings.LANGUAGE_CODE = "en"
    assert short(value, step) == text


def test_the_limit_is_in_sight():
    drawn = chart("lines", [1, 2], limit=("limit", 100))
    assert drawn.limit_line.y == 20.0


def test_few_names_stand_under_many_columns():
    names = chart("columns", [1] * 366).names
    assert len(names) == 8
    assert [name.is_extra for name in names] == [False, True] * 4

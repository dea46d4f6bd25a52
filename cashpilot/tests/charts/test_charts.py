"""Places in a drawing of 720 by 260: a scale from 0 at y 226 to the greatest at y 16, times from x 84 on."""

import pytest

from cashpilot.charts.bars import Bars
from cashpilot.charts.base import Series
from cashpilot.charts.columns import Columns
from cashpilot.charts.lines import Lines
from cashpilot.charts.over_time import MOST_POINTS, short, tick

KINDS = {"columns": Columns, "lines": Lines, "bars": Bars}


def chart(kind, *values, **more):
    series = [Series(f"series {number}", of) for number, of in enumerate(values, 1)]
    return KINDS[kind]("Sales", "", [f"day {place}" for place in range(len(values[0]))], series, **more)


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


def test_columns_grow_from_zero_and_a_gap_has_none():
    drawn = chart("columns", [40, None, 10, 0])
    assert [(shape.y, shape.height) for shape in drawn.rectangles] == [(16.0, 210.0), (173.5, 52.5), (226.0, 1)]
    assert [shape.x for shape in drawn.rectangles] == [138.0, 450.0, 606.0]


def test_what_is_below_zero_hangs_from_it():
    drawn = chart("columns", [-40, 40])
    assert drawn.zero_line == "M84 121.0H720"
    assert [(shape.y, shape.height) for shape in drawn.rectangles] == [(121.0, 105.0), (16.0, 105.0)]


def test_only_the_last_column_is_partial():
    drawn = chart("columns", [1, 2, 3], is_last_partial=True)
    assert [shape.is_partial for shape in drawn.rectangles] == [False, False, True]


def test_a_line_breaks_at_a_gap_and_a_single_point_is_seen():
    drawn = chart("lines", [0, 40, None, 40])
    assert [line.points for line in drawn.lines] == ["162.0,226.0 318.0,16.0", "630.0,16.0 633.0,16.0"]


def test_a_long_line_is_thinned_and_ends_where_it_ends():
    drawn = chart("lines", list(range(5_000)))
    points = drawn.lines[0].points.split()
    assert MOST_POINTS // 2 < len(points) <= MOST_POINTS + 1
    assert points[-1].startswith("707.9")


def test_bars_go_left_and_right_of_zero_under_their_names():
    drawn = chart("bars", [-30, 0], [10, None])
    assert (drawn.height, drawn.zero_line) == (112, "M540.0 0V112")
    assert [(shape.number, shape.x, shape.width) for shape in drawn.rectangles] == [(1, 0.0, 540.0), (2, 540.0, 180.0)]
    assert [text.text for text in drawn.names] == ["day 0", "day 1"]
    assert [text.text for text in drawn.figures] == ["−30 / 10", "0 / —"]


def test_the_limit_is_in_sight():
    drawn = chart("lines", [1, 2], limit=("limit", 100))
    assert drawn.limit_line.y == 16.0


@pytest.mark.parametrize("kind", ["columns", "lines", "bars"])
@pytest.mark.parametrize("values", [[0], [None], [0, None, 0], [-5]])
def test_nothing_but_zeros_and_gaps_is_drawn_too(kind, values):
    drawn = chart(kind, values)
    assert all(shape.width >= 0 and shape.height >= 0 for shape in drawn.rectangles)
    assert drawn.grid or kind == "bars"


def test_the_legend_tells_lines_from_areas_and_is_left_out_for_one():
    assert chart("columns", [1]).legend == []
    assert [is_line for _number, _label, is_line in chart("columns", [1], [2]).legend] == [False, True]
    assert [is_line for _number, _label, is_line in chart("lines", [1], [2]).legend] == [True, True]
    assert [is_line for _number, _label, is_line in chart("bars", [1], [2]).legend] == [False, False]


def test_few_names_stand_under_many_columns():
    assert len(chart("columns", [1] * 366).names) <= 6


@pytest.mark.parametrize(
    ("values", "ends", "zero"), [([-30, -10], (-30, 0), "720.0"), ([10, 30], (0, 30), "0.0"), ([0], (0, 1), "0.0")]
)
def test_bars_all_of_one_side_take_the_whole_width(values, ends, zero):
    drawn = chart("bars", values)
    assert (drawn.ends, drawn.zero_line.split()[0]) == (ends, f"M{zero}")


def test_the_scale_takes_in_a_limit_on_either_side():
    assert chart("lines", [1, 2], limit=("limit", 100)).ends == (0, 100)
    assert chart("lines", [1, 2], limit=("limit", -100)).ends == (-100, 50)

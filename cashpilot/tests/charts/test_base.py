"""Every kind of chart draws anything, and has a legend."""

import pytest

from cashpilot.tests.charts.drawings import chart


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

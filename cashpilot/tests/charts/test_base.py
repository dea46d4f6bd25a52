"""Every kind of chart draws anything, and has a legend."""

import pytest

from cashpilot.charts.base import compact
from cashpilot.tests.charts.drawings import chart


@pytest.mark.parametrize("kind", ["columns", "lines", "bars"])
@pytest.mark.parametrize("values", [[0], [None], [0, None, 0], [-5]])
def test_nothing_but_zeros_and_gaps_is_drawn_too(kind, values):
    drawn = chart(kind, values)
    if kind == "bars":
        assert [row.label for row in drawn.rows] == list(drawn.labels)
    else:
        assert all(shape.width >= 0 and shape.height >= 0 for shape in drawn.rectangles)
        assert drawn.grid


def test_the_legend_tells_lines_from_areas_and_is_left_out_for_one():
    assert chart("columns", [1]).legend == []
    assert [is_line for _number, _label, is_line in chart("columns", [1], [2]).legend] == [False, True]
    assert [is_line for _number, _label, is_line in chart("lines", [1], [2]).legend] == [True, True]
    assert [is_line for _number, _label, is_line in chart("bars", [1], [2]).legend] == [False, False]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (31_639_000, "31,6 M"),
        (12_000_000, "12 M"),
        (1_049_999, "1 M"),
        (999_400, "999 k"),
        (250_400, "250 k"),
        (10_000, "10 k"),
        (9_999, "9.999"),
        (0, "0"),
        (-43_500, "−43,5 k"),
        (123_456_789, "123 M"),
    ],
)
def test_a_value_over_its_column_is_short(value, text, settings):
    settings.LANGUAGE_CODE = "en"
    assert compact(value).replace(".", ",") == text.replace(".", ",")

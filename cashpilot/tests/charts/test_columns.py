"""Columns in a drawing of 720 by 260: a scale from 0 at y 226 to the greatest at y 16, times from x 84 on."""

from cashpilot.tests.charts.drawings import chart


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

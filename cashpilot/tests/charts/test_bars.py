"""Bars in a drawing 720 wide, one below the other."""

from cashpilot.tests.charts.drawings import chart


def test_bars_go_left_and_right_of_zero_under_their_names():
    drawn = chart("bars", [-30, 0], [10, None])
    assert (drawn.height, drawn.zero_line) == (112, "M540.0 0V112")
    assert [(shape.number, shape.x, shape.width) for shape in drawn.rectangles] == [(1, 0.0, 540.0), (2, 540.0, 180.0)]
    assert [text.text for text in drawn.names] == ["day 0", "day 1"]
    assert [text.text for text in drawn.figures] == ["−30 / 10", "0 / —"]

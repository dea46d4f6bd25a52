"""Columns in a drawing 220 high: a scale from 0 at y 192 to the greatest at y 20, and percent across."""

from cashpilot.charts.base import Series
from cashpilot.charts.columns import MOST_FIGURES, Columns
from cashpilot.tests.charts.drawings import chart


def test_columns_grow_from_zero_and_a_gap_has_none():
    drawn = chart("columns", [40, None, 10, 0])
    assert [(shape.y, shape.height) for shape in drawn.rectangles] == [(20.0, 172.0), (149.0, 43.0), (192.0, 1)]
    assert [(shape.x, shape.width) for shape in drawn.rectangles] == [(8.5, 8), (58.5, 8), (83.5, 8)]


def test_what_is_below_zero_hangs_from_it():
    drawn = chart("columns", [-40, 40])
    assert drawn.zero == 106.0
    assert [(shape.y, shape.height) for shape in drawn.rectangles] == [(106.0, 86.0), (20.0, 86.0)]


def test_only_the_last_column_is_partial():
    drawn = chart("columns", [1, 2, 3], is_last_partial=True)
    assert [shape.is_partial for shape in drawn.rectangles] == [False, False, True]


def test_each_column_carries_its_value_where_there_is_room():
    few = chart("columns", [40, None, 10]).figures
    assert [(text.x, text.y, text.text, text.is_extra) for text in few] == [
        (16.67, 14.0, "40", False),
        (83.33, 143.0, "10", False),
    ]
    assert all(text.is_extra for text in chart("columns", [1] * MOST_FIGURES).figures)
    assert chart("columns", [1] * (MOST_FIGURES + 1)).figures == []


def test_a_column_leads_to_what_is_behind_it():
    drawn = Columns("Sales", "", ["mon", "tue"], [Series("Sales", [1, 2], ["/a/", ""])])
    assert [(shape.link, shape.label) for shape in drawn.rectangles] == [("/a/", "mon: 1"), ("", "tue: 2")]

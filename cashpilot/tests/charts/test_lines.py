"""Lines in a drawing 220 high: a scale from 0 at y 192 to the greatest at y 20, and percent across."""

from cashpilot.charts.over_time import MOST_POINTS
from cashpilot.tests.charts.drawings import chart


def test_a_line_breaks_at_a_gap_and_a_single_point_is_seen():
    drawn = chart("lines", [0, 40, None, 40])
    assert [line.points for line in drawn.lines] == ["12.5,192.0 37.5,20.0", "87.5,20.0 88.5,20.0"]


def test_a_long_line_is_thinned_and_ends_where_it_ends():
    drawn = chart("lines", list(range(5_000)))
    points = drawn.lines[0].points.split()
    assert MOST_POINTS // 2 < len(points) <= MOST_POINTS + 1
    assert points[-1].startswith("99.99,")


def test_the_scale_takes_in_a_limit_on_either_side():
    assert chart("lines", [1, 2], limit=("limit", 100)).ends == (0, 100)
    assert chart("lines", [1, 2], limit=("limit", -100)).ends == (-100, 50)


def test_the_last_value_stands_at_the_end_of_its_line_but_not_on_another():
    apart = chart("lines", [0, 40], [40, 0])
    assert [(text.x, text.y, text.text) for text in apart.figures] == [(100, 14.0, "40"), (100, 186.0, "0")]
    assert [text.text for text in chart("lines", [0, 40], [0, 39]).figures] == ["40"]
    assert [text.text for text in chart("lines", [7, None]).figures] == ["7"]

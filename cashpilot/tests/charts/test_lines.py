"""Lines in a drawing of 720 by 260: a scale from 0 at y 226 to the greatest at y 16, times from x 84 on."""

from cashpilot.charts.over_time import MOST_POINTS
from cashpilot.tests.charts.drawings import chart


def test_a_line_breaks_at_a_gap_and_a_single_point_is_seen():
    drawn = chart("lines", [0, 40, None, 40])
    assert [line.points for line in drawn.lines] == ["162.0,226.0 318.0,16.0", "630.0,16.0 633.0,16.0"]


def test_a_long_line_is_thinned_and_ends_where_it_ends():
    drawn = chart("lines", list(range(5_000)))
    points = drawn.lines[0].points.split()
    assert MOST_POINTS // 2 < len(points) <= MOST_POINTS + 1
    assert points[-1].startswith("707.9")

"""Columns over time; further series are lines above them."""

from dataclasses import dataclass

from cashpilot.charts.base import LEFT, RIGHT, WIDTH, Shape
from cashpilot.charts.over_time import ChartOverTime

MOST_WIDTH = 48


@dataclass(frozen=True)
class Columns(ChartOverTime):
    is_last_partial: bool = False

    @property
    def rectangles(self) -> list[Shape]:
        known = [(place, value) for place, value in enumerate(self.series[0].values) if value is not None]
        return [self._column(place, value) for place, value in known]

    def _column(self, place: int, value: int) -> Shape:
        width = min(0.7 * (WIDTH - LEFT - RIGHT) / len(self.labels), MOST_WIDTH)
        top, bottom = sorted((self._y(value), self._y(0)))
        height = max(round(bottom - top, 1), 1)  # A zero still shows that it is known.
        is_partial = self.is_last_partial and place == len(self.labels) - 1
        return Shape(1, round(self._x(place) - width / 2, 1), top, round(width, 1), height, is_partial=is_partial)

    @property
    def lines(self) -> list[Shape]:
        return self._lines(self.series[1:], 2)

    def _is_line(self, number: int) -> bool:
        return number > 1

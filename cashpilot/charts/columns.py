"""Columns over time, each under its value; further series are lines above them."""

from dataclasses import dataclass

from cashpilot.charts.base import Shape, Text, compact
from cashpilot.charts.over_time import ChartOverTime

MOST_WIDTH = 8  # percent
# So many values have room side by side.
MOST_FIGURES, MOST_FIGURES_ON_A_PHONE = 22, 6
ABOVE = 6  # pixels, of a value over its column


@dataclass(frozen=True)
class Columns(ChartOverTime):
    is_last_partial: bool = False

    @property
    def rectangles(self) -> list[Shape]:
        return [self._column(place, value) for place, value in self._known]

    @property
    def figures(self) -> list[Text]:
        if len(self.labels) > MOST_FIGURES:
            return []
        is_extra = len(self.labels) > MOST_FIGURES_ON_A_PHONE
        return [
            Text(self._x(place), self._y(max(value, 0)) - ABOVE, compact(value), is_extra=is_extra)
            for place, value in self._known
        ]

    @property
    def _known(self) -> list[tuple[int, int]]:
        return [(place, value) for place, value in enumerate(self.series[0].values) if value is not None]

    def _column(self, place: int, value: int) -> Shape:
        width = min(70 / len(self.labels), MOST_WIDTH)
        top, bottom = sorted((self._y(value), self._y(0)))
        height = max(round(bottom - top, 1), 1)  # A zero still shows that it is known.
        is_partial = self.is_last_partial and place == len(self.labels) - 1
        left, label = round(self._x(place) - width / 2, 2), f"{self.labels[place]}: {compact(value)}"
        link = self.series[0].link(place)
        return Shape(1, left, top, round(width, 2), height, is_partial=is_partial, link=link, label=label)

    @property
    def lines(self) -> list[Shape]:
        return self._lines(self.series[1:], 2)

    def _is_line(self, number: int) -> bool:
        return number > 1

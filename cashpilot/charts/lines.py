"""Lines over time, with a limit if there is one."""

from dataclasses import dataclass
from functools import cached_property

from cashpilot.charts.base import RIGHT, WIDTH, Shape, Text
from cashpilot.charts.over_time import ChartOverTime

MOST_LINES = 6


@dataclass(frozen=True)
class Lines(ChartOverTime):
    limit: tuple[str, int] | None = None

    @cached_property
    def _extremes(self) -> tuple[int, int]:
        low, high = super()._extremes
        return (min(low, self.limit[1]), max(high, self.limit[1])) if self.limit else (low, high)

    @property
    def limit_line(self) -> Text | None:
        return Text(WIDTH - RIGHT, self._y(self.limit[1]), self.limit[0], "end") if self.limit else None

    @property
    def lines(self) -> list[Shape]:
        return self._lines(self.series, 1)

    def _is_line(self, number: int) -> bool:
        return True

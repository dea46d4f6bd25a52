"""Lines over time, with a limit if there is one."""

from dataclasses import dataclass
from functools import cached_property

from cashpilot.charts.base import Shape, Text, compact
from cashpilot.charts.over_time import ChartOverTime

MOST_LINES = 6
LINE_HEIGHT = 18  # pixels: two values that are nearer would lie on each other


@dataclass(frozen=True)
class Lines(ChartOverTime):
    limit: tuple[str, int] | None = None

    @cached_property
    def _extremes(self) -> tuple[int, int]:
        low, high = super()._extremes
        return (min(low, self.limit[1]), max(high, self.limit[1])) if self.limit else (low, high)

    @property
    def limit_line(self) -> Text | None:
        return Text(0, self._y(self.limit[1]), self.limit[0], "start") if self.limit else None

    @property
    def figures(self) -> list[Text]:
        """Return the last value of each line at its end, the greatest first; what would lie on another is left out."""
        last = [next((value for value in reversed(one.values) if value is not None), None) for one in self.series]
        texts: list[Text] = []
        for value in sorted((value for value in last if value is not None), reverse=True):
            y = self._y(value) - 6
            if not texts or y - texts[-1].y >= LINE_HEIGHT:
                texts.append(Text(100, y, compact(value), "end"))
        return texts

    @property
    def lines(self) -> list[Shape]:
        return self._lines(self.series, 1)

    def _is_line(self, number: int) -> bool:
        return True

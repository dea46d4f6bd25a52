"""Horizontal bars, one label under the other, each with its values."""

from dataclasses import dataclass
from functools import cached_property

from cashpilot import formatting
from cashpilot.charts.base import Chart, Shape

LEAST_WIDTH = 0.2  # percent: the smallest value is seen too


@dataclass(frozen=True)
class BarRow:
    """A label, its values in words, and a bar for each that is known and not zero."""

    label: str
    figures: str
    link: str
    bars: list[Shape]


@dataclass(frozen=True)
class Bars(Chart):
    @cached_property
    def ends(self) -> tuple[int, int]:
        low, high = self._extremes
        return low, high or (0 if low else 1)

    def _x(self, value: int) -> float:
        low, high = self.ends
        return round(100 * (value - low) / (high - low), 1)

    @property
    def zero(self) -> float:
        return self._x(0)

    @property
    def rows(self) -> list[BarRow]:
        return [self._row(place, label) for place, label in enumerate(self.labels)]

    def _row(self, place: int, label: str) -> BarRow:
        values = [one.values[place] for one in self.series]
        say = formatting.signed if self.is_difference else formatting.amount
        bars = [self._bar(number, value) for number, value in enumerate(values, 1) if value]
        return BarRow(label, " / ".join(say(value) for value in values), self.series[0].link(place), bars)

    def _bar(self, number: int, value: int) -> Shape:
        left, right = sorted((self._x(value), self.zero))
        return Shape(number, left, width=max(round(right - left, 1), LEAST_WIDTH))

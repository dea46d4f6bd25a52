"""Horizontal bars, one label under the other."""

from dataclasses import dataclass
from functools import cached_property

from cashpilot.charts.base import TOP, WIDTH, Chart, Shape, Text
from cashpilot.money import group

BAR, BAR_STEP = 16, 48  # thickness, and from one to the next
INSET = 4  # of the texts over them


@dataclass(frozen=True)
class Bars(Chart):
    @property
    def height(self) -> int:
        return BAR_STEP * len(self.labels) + TOP

    @cached_property
    def ends(self) -> tuple[int, int]:
        low, high = self._extremes
        return low, high or (0 if low else 1)

    def _x(self, value: int) -> float:
        low, high = self.ends
        return round(WIDTH * (value - low) / (high - low), 1)

    @property
    def zero_line(self) -> str:
        return f"M{self._x(0)} 0V{self.height}"

    @property
    def names(self) -> list[Text]:
        return [Text(INSET, BAR_STEP * place + TOP + 2, label, "start") for place, label in enumerate(self.labels)]

    @property
    def figures(self) -> list[Text]:
        """Return the values of each label, at the right end of its line."""
        values = zip(*(one.values for one in self.series), strict=True)
        texts = [" / ".join("—" if value is None else group(value) for value in of) for of in values]
        return [Text(WIDTH - INSET, BAR_STEP * place + TOP + 2, text, "end") for place, text in enumerate(texts)]

    @property
    def rectangles(self) -> list[Shape]:
        numbered = enumerate(self.series, 1)
        values = [(number, place, value) for number, one in numbered for place, value in enumerate(one.values)]
        return [self._bar(number, place, value) for number, place, value in values if value]

    def _bar(self, number: int, place: int, value: int) -> Shape:
        left, right = sorted((self._x(value), self._x(0)))
        return Shape(number, left, BAR_STEP * place + TOP + 9, max(round(right - left, 1), 1), BAR)

"""Charts whose labels are days, weeks or months from left to right: their scale, grid and lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import ClassVar

from django.utils.translation import gettext as _

from cashpilot.charts.base import Chart, Series, Shape, Text
from cashpilot.money import group

HEIGHT, TOP, BOTTOM = 220, 20, 28
MOST_LABELS, MOST_ON_A_PHONE = 8, 4
MOST_POINTS = 180
TICKS = 4


@dataclass(frozen=True)
class ChartOverTime(Chart):
    """A chart with time to the right and the value upwards."""

    is_over_time: ClassVar[bool] = True
    height: ClassVar[int] = HEIGHT

    @cached_property
    def ends(self) -> tuple[int, int]:
        low, high = self._extremes
        step = tick(low, high)
        return low // step * step, -(-high // step) * step or step

    def _y(self, value: int) -> float:
        low, high = self.ends
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low), 1)

    def _x(self, place: int) -> float:
        """Return the middle of a place in time."""
        return round(100 * (place + 0.5) / len(self.labels), 2)

    @property
    def zero(self) -> float:
        return self._y(0)

    @cached_property
    def grid(self) -> list[Text]:
        low, high = self.ends
        step = tick(low, high)
        return [Text(0, self._y(value), short(value, step), "end") for value in range(low, high + 1, step)]

    @property
    def names(self) -> list[Text]:
        """Return so few labels that they have room side by side."""
        every = -(-len(self.labels) // MOST_LABELS)
        places = range(0, len(self.labels), every)
        on_a_phone = -(-len(places) // MOST_ON_A_PHONE)
        return [
            Text(self._x(place), HEIGHT - 8, self.labels[place], is_extra=number % on_a_phone != 0)
            for number, place in enumerate(places)
        ]

    @property
    def limit_line(self) -> Text | None:
        return None

    @property
    def figures(self) -> list[Text]:
        return []

    @property
    def rectangles(self) -> list[Shape]:
        return []

    @property
    def lines(self) -> list[Shape]:
        return []

    def _lines(self, series: Sequence[Series], first: int) -> list[Shape]:
        """Return the lines of these series, numbered from `first`."""
        numbered = enumerate(series, first)
        return [Shape(number, points=points) for number, one in numbered for points in self._polylines(one.values)]

    def _polylines(self, values: Sequence[int | None]) -> list[str]:
        """Return a line for each stretch without a gap; many points are thinned, the last one stays."""
        every = -(-len(values) // MOST_POINTS)
        kept = [place for place in range(len(values)) if place % every == 0 or place == len(values) - 1]
        known = groupby(kept, lambda place: values[place] is not None)
        return [self._points(list(places), values) for is_known, places in known if is_known]

    def _points(self, places: list[int], values: Sequence[int | None]) -> str:
        points = [f"{self._x(place)},{self._y(values[place] or 0)}" for place in places]
        if len(points) == 1:  # A line of one point would not be seen.
            points.append(f"{self._x(places[0]) + 1},{points[0].split(',')[1]}")
        return " ".join(points)


def tick(low: int, high: int) -> int:
    """Return the round distance (1, 2 or 5 times a power of ten) of about TICKS lines between `low` and `high`."""
    wanted = max((high - low) // TICKS, 1)
    power: int = 10 ** (len(str(wanted)) - 1)
    return next(power * size for size in (1, 2, 5, 10) if power * size >= wanted)


def short(value: int, step: int) -> str:
    """Return the value as `12 M` or `250 k`: as short as the step allows."""
    if step % 1_000_000 == 0:
        return _("%(number)s M") % {"number": group(value // 1_000_000)} if value else "0"
    if step % 1_000 == 0:
        return _("%(number)s k") % {"number": group(value // 1_000)} if value else "0"
    return group(value)

"""Charts as SVG, drawn by templates/components/chart.html: this says what stands where.

No colour says anything alone: series differ in pattern, dash and mark as well, and the table of the same figures
stands beside every chart. Values are whole guaraníes or counts; None is a gap. Lengths are in units of the view box.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from cashpilot.money import group

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WIDTH = 720
HEIGHT = 260  # of columns and lines
TOP, RIGHT, BOTTOM, LEFT = 16, 12, 34, 84
BAR, BAR_STEP = 16, 48  # of horizontal bars: thickness, and from one to the next
INSET = 4  # of what is written over them
MOST_LABELS = 6
MOST_LINES = 6
MOST_POINTS = 180
TICKS = 4


@dataclass(frozen=True)
class Series:
    label: "StrOrPromise"
    values: Sequence[int | None]


@dataclass(frozen=True)
class Shape:
    """A rectangle, or the points of a line; `number` is that of its series, which gives colour, pattern and dash."""

    number: int
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    points: str = ""
    is_partial: bool = False


@dataclass(frozen=True)
class Text:
    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Chart:
    """`kind`: columns over time, with a second series as a line; lines over time; bars, one under the other."""

    kind: str
    title: "StrOrPromise"
    about: str
    labels: Sequence[str]
    series: Sequence[Series]
    limit: tuple[str, int] | None = None
    is_last_partial: bool = False
    is_difference: bool = False  # short and over have their colours

    width = WIDTH
    left = LEFT

    @cached_property
    def height(self) -> int:
        return BAR_STEP * len(self.labels) + TOP if self.kind == "bars" else HEIGHT

    @property
    def legend(self) -> list[tuple[int, "StrOrPromise", bool]]:
        """Number and name of each series, and whether it is a line; needless for one alone."""
        lines = {"bars": 0, "columns": len(self.series) - 1, "lines": len(self.series)}[self.kind]
        drawn = [(number, one.label, number > len(self.series) - lines) for number, one in enumerate(self.series, 1)]
        return drawn if len(drawn) > 1 else []

    @cached_property
    def ends(self) -> tuple[int, int]:
        """The least and the greatest of the scale, zero between them."""
        known = [value for one in self.series for value in one.values if value is not None]
        if self.limit:
            known.append(self.limit[1])
        low, high = min([0, *known]), max([0, *known])
        if self.kind == "bars":
            return low, high or (0 if low else 1)
        step = tick(low, high)
        return low // step * step, -(-high // step) * step or step

    # --- Over time: columns and lines ---

    def _y(self, value: int) -> float:
        low, high = self.ends
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low), 1)

    def _x(self, place: int) -> float:
        """The middle of a place in time."""
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (place + 0.5) / len(self.labels), 1)

    @cached_property
    def grid(self) -> list[Text]:
        if self.kind == "bars":
            return []
        low, high = self.ends
        step = tick(low, high)
        return [Text(LEFT, self._y(value), short(value, step), "end") for value in range(low, high + 1, step)]

    @property
    def names(self) -> list[Text]:
        """What stands under some of the columns, or over each bar."""
        if self.kind == "bars":
            return [Text(INSET, BAR_STEP * place + TOP + 2, label, "start") for place, label in enumerate(self.labels)]
        every = -(-len(self.labels) // MOST_LABELS)
        return [Text(self._x(place), HEIGHT - 10, self.labels[place]) for place in range(0, len(self.labels), every)]

    @property
    def figures(self) -> list[Text]:
        """What a bar says, at the right end of its line."""
        if self.kind != "bars":
            return []
        told = [" / ".join(said(value) for value in values) for values in zip(*self._values, strict=True)]
        return [Text(WIDTH - INSET, BAR_STEP * place + TOP + 2, text, "end") for place, text in enumerate(told)]

    @property
    def _values(self) -> list[Sequence[int | None]]:
        return [one.values for one in self.series]

    @property
    def zero(self) -> float:
        return self._y(0) if self.kind != "bars" else self._bar_x(0)

    @property
    def limit_line(self) -> Text | None:
        return Text(WIDTH - RIGHT, self._y(self.limit[1]), self.limit[0], "end") if self.limit else None

    @property
    def rectangles(self) -> list[Shape]:
        if self.kind == "columns":
            return self._columns()
        return self._bars() if self.kind == "bars" else []

    def _columns(self) -> list[Shape]:
        slot = (WIDTH - LEFT - RIGHT) / len(self.labels)
        width, last = min(0.7 * slot, 48), len(self.labels) - 1
        shapes = []
        for place, value in enumerate(self.series[0].values):
            if value is not None:
                top, bottom = sorted((self._y(value), self._y(0)))
                partial = self.is_last_partial and place == last
                x = round(self._x(place) - width / 2, 1)
                # What was nothing still shows that it was known.
                shapes.append(Shape(1, x, top, round(width, 1), max(round(bottom - top, 1), 1), is_partial=partial))
        return shapes

    @property
    def lines(self) -> list[Shape]:
        series = {"lines": self.series, "columns": self.series[1:], "bars": []}[self.kind]
        first = 1 + (self.kind == "columns")
        return [
            Shape(number, points=points)
            for number, one in enumerate(series, first)
            for points in self._polylines(one.values)
        ]

    def _polylines(self, values: Sequence[int | None]) -> list[str]:
        """A line for each stretch without a gap; many points are thinned, the last one stays."""
        every = -(-len(values) // MOST_POINTS)
        kept = [place for place in range(len(values)) if place % every == 0 or place == len(values) - 1]
        known = groupby(kept, lambda place: values[place] is not None)
        return [self._points(list(places), values) for is_known, places in known if is_known]

    def _points(self, places: list[int], values: Sequence[int | None]) -> str:
        points = [f"{self._x(place)},{self._y(values[place] or 0)}" for place in places]
        # A line of one point would not be seen.
        return " ".join(
            points if len(points) > 1 else [points[0], f"{self._x(places[0]) + 3},{points[0].split(',')[1]}"]
        )

    # --- One under the other ---

    def _bar_x(self, value: int) -> float:
        low, high = self.ends
        return round(WIDTH * (value - low) / (high - low), 1)

    def _bars(self) -> list[Shape]:
        shapes = []
        for number, values in enumerate(self._values, 1):
            for place, value in enumerate(values):
                if value:
                    left, right = sorted((self._bar_x(value), self._bar_x(0)))
                    y = BAR_STEP * place + TOP + 9
                    shapes.append(Shape(number, left, y, max(round(right - left, 1), 1), BAR))
        return shapes


def tick(low: int, high: int) -> int:
    """The round distance (1, 2 or 5 times a power of ten) of about TICKS lines between `low` and `high`."""
    wanted = max((high - low) // TICKS, 1)
    power = 10 ** (len(str(wanted)) - 1)
    return next(power * size for size in (1, 2, 5, 10) if power * size >= wanted)


def short(value: int, step: int) -> str:
    """`12 M`, `250 k`: as short as the step allows."""
    if step % 1_000_000 == 0:
        return _("%(number)s M") % {"number": group(value // 1_000_000)} if value else "0"
    if step % 1_000 == 0:
        return _("%(number)s k") % {"number": group(value // 1_000)} if value else "0"
    return group(value)


def said(value: int | None) -> str:
    return "—" if value is None else group(value)

"""Charts as SVG, drawn by templates/components/chart.html: these classes compute the coordinates.

No colour says anything alone: series differ in pattern, dash and mark as well, and the table of the same figures
stands beside every chart. Values are whole guaraníes or counts; None is a gap. Lengths are in units of the view box.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WIDTH = 720
TOP, RIGHT, BOTTOM, LEFT = 16, 12, 34, 84


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
class Chart(ABC):
    """The parts of every chart: its texts and series, a scale with zero in it, and nothing drawn yet."""

    title: "StrOrPromise"
    about: str
    labels: Sequence[str]
    series: Sequence[Series]
    is_difference: bool = False  # short and over have their colours

    width = WIDTH
    left = LEFT

    @property
    @abstractmethod
    def height(self) -> int: ...

    @property
    @abstractmethod
    def ends(self) -> tuple[int, int]:
        """Return the least and the greatest value of the scale, zero between them."""

    @property
    @abstractmethod
    def zero_line(self) -> str:
        """Return the SVG path that marks zero."""

    @property
    @abstractmethod
    def names(self) -> list[Text]:
        """Return the labels that are written beside the shapes."""

    @property
    def grid(self) -> list[Text]:
        return []

    @property
    def figures(self) -> list[Text]:
        return []

    @property
    def limit_line(self) -> Text | None:
        return None

    @property
    def rectangles(self) -> list[Shape]:
        return []

    @property
    def lines(self) -> list[Shape]:
        return []

    @property
    def legend(self) -> list[tuple[int, "StrOrPromise", bool]]:
        """Return number and label of each series, and whether it is a line; nothing for a single series."""
        drawn = [(number, one.label, self._is_line(number)) for number, one in enumerate(self.series, 1)]
        return drawn if len(drawn) > 1 else []

    def _is_line(self, number: int) -> bool:
        return False

    @cached_property
    def _extremes(self) -> tuple[int, int]:
        """Return the least and the greatest known value, or zero where it lies beyond them."""
        known = [0, *(value for one in self.series for value in one.values if value is not None)]
        return min(known), max(known)

"""Charts, drawn by templates/components/chart.html: these classes compute the coordinates.

No colour says anything alone: series differ in pattern, dash and mark as well, and the table of the same figures
stands beside every chart. Values are whole guaraníes or counts; None is a gap. What lies from left to right is in
percent of the width, so that a chart fills its card and its texts keep their size; what lies downwards is in pixels.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from cashpilot.money import group

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Series:
    """The values of the labels, in their order; `links` lead to what is behind each, "" where nothing is."""

    label: "StrOrPromise"
    values: Sequence[int | None]
    links: Sequence[str] = ()

    def link(self, place: int) -> str:
        return self.links[place] if self.links else ""


@dataclass(frozen=True)
class Shape:
    """A rectangle, or the points of a line; `number` is that of its series, which gives colour, pattern and dash.

    `label` says in words what it is, where it leads somewhere.
    """

    number: int
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    points: str = ""
    is_partial: bool = False
    link: str = ""
    label: str = ""


@dataclass(frozen=True)
class Text:
    """`is_extra` is one that a narrow window has no room for."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    is_extra: bool = False


@dataclass(frozen=True)
class Chart(ABC):
    """The parts of every chart: its texts and series, and a scale with zero in it."""

    title: "StrOrPromise"
    about: str
    labels: Sequence[str]
    series: Sequence[Series]
    is_difference: bool = False  # short and over have their colours

    is_over_time: ClassVar[bool] = False

    @property
    @abstractmethod
    def ends(self) -> tuple[int, int]:
        """Return the least and the greatest value of the scale, zero between them."""

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


def compact(value: int) -> str:
    """Return the value in millions or thousands, as `12,5 M` or `250 k`; below 10,000 it is whole."""
    for unit, text in ((1_000_000, _("%(number)s M")), (1_000, _("%(number)s k"))):
        if abs(value) >= max(unit, 10_000):
            places = 1 if abs(value) < 100 * unit else 0
            number = number_format(f"{abs(value) / unit:.{places}f}".removesuffix(".0"), force_grouping=True)
            return text % {"number": ("−" if value < 0 else "") + number}
    return group(value)

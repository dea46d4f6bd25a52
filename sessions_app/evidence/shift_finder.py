"""Shifts as the caller gives them, and the one that was open at a point (or register) at an instant."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Shift:
    """`point` names its register, as documents or rows name it. `closed_at` None: still open. `key` is the caller's."""

    key: Hashable
    point: str
    opened_at: datetime
    closed_at: datetime | None


class ShiftFinder:
    """The closing instant belongs to the next shift, or to none."""

    def __init__(self, shifts: Iterable[Shift]) -> None:
        self.by_point: dict[str, list[Shift]] = defaultdict(list)
        for shift in sorted(shifts, key=lambda shift: shift.opened_at):
            self.by_point[shift.point].append(shift)
        self.openings = {point: [shift.opened_at for shift in there] for point, there in self.by_point.items()}

    def find(self, point: str, instant: datetime) -> Shift | None:
        """Return the shift of the point that was open at the instant (aware)."""
        place = bisect_right(self.openings.get(point, []), instant) - 1
        if place < 0:
            return None
        shift = self.by_point[point][place]
        return shift if shift.closed_at is None or instant < shift.closed_at else None

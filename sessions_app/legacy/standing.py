"""How the rows of the source stand to those of an earlier run: new, the same, or changed there since."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from cashpilot.db import bulk
from sessions_app.legacy.plan import DayPlan, Known, Origin, Place, ShiftPlan
from sessions_app.models import CashSession, Imported

Key = tuple[str, str]
SHIFTS = "cash_sessions"


class Standing(Enum):
    NEW = auto()
    SAME = auto()
    CHANGED = auto()


@dataclass(frozen=True)
class Stored:
    """A row of the source as it was imported; both numbers are 0 where it became nothing."""

    digest: str
    target_id: int
    version: int


class Kept:
    """The rows of `Imported` that were kept of these origins."""

    def __init__(self, origins: Iterable[Origin]) -> None:
        wanted: dict[str, list[str]] = defaultdict(list)
        for origin in origins:
            wanted[origin.table].append(origin.id)
        self._rows: dict[Key, Stored] = {}
        for table, ids in wanted.items():
            found = Imported.objects.filter(source_table=table, source_id__in=ids)
            for pk, digest, target, version in found.values_list("source_id", "digest", "target_id", "version"):
                self._rows[table, pk] = Stored(digest, target or 0, version or 0)

    def of(self, origin: Origin) -> Stored | None:
        return self._rows.get((origin.table, origin.id))

    def known(self, origin: Origin) -> Stored:
        """Return the facts that were kept of a row that is not new."""
        return self._rows[origin.table, origin.id]

    def standing(self, main: Origin, others: Iterable[Origin] = ()) -> Standing:
        """How a row stands with all that belongs to it: new if it is itself, changed if any of them is."""
        if self.of(main) is None:
            return Standing.NEW
        rows = ((self.of(origin), origin) for origin in (main, *others))
        is_same = all(stored is not None and stored.digest == origin.digest for stored, origin in rows)
        return Standing.SAME if is_same else Standing.CHANGED


def origins_of_shift(plan: ShiftPlan) -> list[Origin]:
    """All rows of the source that make the shift, its own first."""
    items = [movement.origin for movement in plan.movements if movement.origin]
    return [plan.origin, *items, *plan.told_by, *plan.left_out]


def origins_of_day(plan: DayPlan) -> list[Origin]:
    """All rows of the source that make the day; the one that counts first."""
    return [*reversed(plan.origins), *plan.told_by]


def keep(origin: Origin, target: str, row: int | None, version: int | None, *, at: datetime, by: int) -> Imported:
    """Return the row that keeps `origin`, not stored yet; without a target it became nothing."""
    kept: Imported = bulk.new(
        Imported,
        source_table=origin.table,
        source_id=origin.id,
        target=target,
        target_id=row,
        version=version,
        digest=origin.digest,
        row=origin.kept,
        imported_at=at,
        imported_by_id=by,
    )
    return kept


def known_shifts() -> Known:
    """Return where earlier runs put the shifts of the source."""
    kept = Imported.objects.filter(source_table=SHIFTS, target=Imported.Target.SHIFT)
    registers = dict(CashSession.objects.filter(pk__in=kept.values("target_id")).values_list("pk", "register"))
    places = kept.filter(target_id__isnull=False).values_list("source_id", "target_id")
    return {row: Place(number, registers[number]) for row, number in places if number}


def others_than(known: Known) -> list[int]:
    """The numbers of the shifts that are not of the source."""
    ours = {place.number for place in known.values()}
    return [pk for pk in CashSession.objects.values_list("pk", flat=True) if pk not in ours]

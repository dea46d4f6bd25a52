"""One pass over all shifts before the first is written, and the numbers and registers given out from it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sessions_app.legacy.codes import Code
from sessions_app.legacy.findings import Told
from sessions_app.legacy.hours import closing, is_open, opening
from sessions_app.legacy.plan import Known
from sessions_app.legacy.rows import Shift

FOREVER = datetime.max.replace(tzinfo=UTC)
DayKey = tuple[str, date]


class Numbers:
    """The old number is ours, so that #123 on paper stays #123, unless another shift has it or it is below 1."""

    def __init__(self, highest: int, known: Known, *, taken: Collection[int] = (), is_new: bool = False) -> None:
        """`highest` is the highest number of all shifts, `taken` are those of others; `is_new`: no old one counts."""
        self._known, self._is_new = known, is_new
        self._taken = {*taken, *(place.number for place in known.values())}
        self._next = max(highest, *self._taken, 0) + 1

    def take(self, row: Shift, told: Told) -> int:
        if place := self._known.get(row.id):
            return place.number
        if row.number is None or self._is_new:
            return self._following()
        if row.number < 1 or row.number in self._taken:
            number = self._following()
            told(Code.NUMBER_TAKEN, field="session_number", was=row.number, now=number)
            return number
        self._taken.add(row.number)
        return row.number

    def _following(self) -> int:
        self._next += 1
        return self._next - 1


class Registers:
    """The lowest register that is free when a shift opens. To be asked for all shifts in the order of opening.

    A deleted shift holds none. An open one holds its register until its cashier opens the next one there.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._busy: dict[str, list[datetime]] = {}
        self._open: dict[tuple[str, str], int] = {}

    def take(self, row: Shift, opened_at: datetime, closed_at: datetime | None) -> int:
        state, place = row.state, self._known.get(row.id)
        if state.is_deleted:
            return place.register if place else 1
        busy = self._busy.setdefault(state.business_id, [])
        cashier = (state.business_id, state.cashier_id)
        if closed_at is None and (held := self._open.get(cashier)):
            busy[held - 1] = opened_at
        free = (number for number, until in enumerate(busy, 1) if until <= opened_at)
        register = place.register if place else next(free, len(busy) + 1)
        busy += [opened_at] * (register - len(busy))
        busy[register - 1] = max(closed_at or FOREVER, busy[register - 1])
        if closed_at is None:
            self._open[cashier] = register
        return register


@dataclass
class Survey:
    """The findings of that pass.

    `next_opened`: an open shift -> when its cashier opened the next one there, which ends it. `registers`: how many a
    business needs. `worked`: the days without business on which there was a shift all the same.
    """

    highest: int = 0
    newest: datetime | None = None
    next_opened: dict[str, datetime] = field(default_factory=dict)
    registers: dict[str, int] = field(default_factory=dict)
    worked: set[DayKey] = field(default_factory=set)


def survey(rows: Iterable[Shift], *, closed_days: Collection[DayKey] = (), known: Known) -> Survey:
    """Look at all shifts, oldest first."""
    found, registers, unheard = Survey(), Registers(known), Told("", "")
    open_shifts: dict[tuple[str, str], str] = {}
    for row in rows:
        state = row.state
        opened_at = opening(state, unheard)
        closed_at = None if is_open(state) else closing(row, opened_at, unheard)
        unheard.findings.clear()
        found.highest = max(found.highest, row.number or 0)
        found.newest = max(found.newest or opened_at, opened_at)
        register = registers.take(row, opened_at, closed_at)
        found.registers[state.business_id] = max(found.registers.get(state.business_id, 1), register)
        if state.is_deleted:
            continue
        if (day := (state.business_id, state.session_date)) in closed_days:
            found.worked.add(day)
        if closed_at is None:
            cashier = (state.business_id, state.cashier_id)
            if before := open_shifts.get(cashier):
                found.next_opened[before] = opened_at
            open_shifts[cashier] = row.id
    return found

"""Rows of a billing table with an hour each (invoices), summed per shift: `sum_entries(entries, shifts, point_of)`.

Pure, and by the same rule as electronic invoices: a row belongs to the shift that was open at its instant.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sessions_app.evidence.billing_types import Entry, add
from sessions_app.evidence.shift_finder import Shift, ShiftFinder
from sessions_app.evidence.titles import METHODS, Field

NUMBER_AT_END = re.compile(r"0*([0-9]{1,2})\D*$", re.ASCII)


@dataclass
class EntrySum:
    """`amounts` of a method that no row of the shift says anything of are None."""

    shift: Shift
    entries: list[Entry] = field(default_factory=list)

    @property
    def amounts(self) -> dict[Field, int | None]:
        return {method: add(entry.amounts.get(method) for entry in self.entries) for method in METHODS}

    @property
    def invoices(self) -> int | None:
        return add(entry.invoices for entry in self.entries)


def sum_entries(
    entries: Iterable[Entry], shifts: Iterable[Shift], point_of: Callable[[str], str]
) -> tuple[list[EntrySum], list[Entry]]:
    """Return a sum for every shift, in their order, and the rows outside all of them or without an hour.

    `point_of` turns the register that a row names into the point of a shift.
    """
    sums = {shift.key: EntrySum(shift) for shift in shifts}
    finder = ShiftFinder(total.shift for total in sums.values())
    outside = []
    for entry in entries:
        shift = finder.find(point_of(entry.register), entry.issued_at) if entry.issued_at else None
        if shift is None:
            outside.append(entry)
        else:
            sums[shift.key].entries.append(entry)
    return list(sums.values()), outside


def register_number(text: str) -> int | None:
    """Return the number of a register from how a table names it: `2`, `Caja 2`, `001-002`; None if it has none."""
    match = NUMBER_AT_END.search(text)
    return int(match[1]) if match and int(match[1]) else None

"""The audit of the old system, read backwards from the row as it stands.

The audit lists untouched amounts as changed, writes zero as null, and misses what somebody wrote over. So an edit's
old values, put into the row that comes after it, give the row that was there before; where its new values are not
what comes next, something changed without a trace in between.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic

from cashpilot.money import MAXIMUM
from sessions_app.legacy.plan import Change, Origin
from sessions_app.legacy.rows import (
    CARD_PARTS,
    COST_BEFORE,
    DAY_READERS,
    SHIFT_READERS,
    Edit,
    Reader,
    ShiftState,
    State,
    amount,
)

# What the old system wrote beside the change itself, or worked out from it.
BESIDE = {"total_sales", "last_modified_at", "last_modified_by", "flagged_by", "deleted_at", "deleted_by"}
RENAMED = {COST_BEFORE: "daily_cost_total"}


@dataclass(frozen=True)
class Step(Generic[State]):
    """A change from one state to the next; `edit` is None where it left no trace, `at` is then the edit before it."""

    at: datetime
    edit: Edit | None
    before: State
    after: State
    changes: tuple[Change, ...]

    def sets(self, mark: str) -> bool:
        return bool(not getattr(self.before, mark) and getattr(self.after, mark))

    def clears(self, mark: str) -> bool:
        return bool(getattr(self.before, mark) and not getattr(self.after, mark))


@dataclass(frozen=True)
class Past(Generic[State]):
    """The state at the beginning, each step since, oldest first, and the edits that changed nothing."""

    first: State
    steps: list[Step[State]]
    idle: list[Edit]


def read_backwards(state: State, edits: Iterable[Edit]) -> Past[State]:
    readers = SHIFT_READERS if isinstance(state, ShiftState) else DAY_READERS
    steps: list[Step[State]] = []
    idle = []
    for edit in sorted(edits, key=_place, reverse=True):
        old, new = _read(edit.old, readers), _read(edit.new, readers)
        after = _with(state, {name: value for name, value in new.items() if name in old})
        if changes := _differences(after, state):
            steps.append(Step(edit.at, None, after, state, changes))
        before = _with_parts_of_card(_with(after, {name: value for name, value in old.items() if name in new}), edit)
        changes = _differences(before, after) + _elsewhere(edit, readers)
        if changes:
            steps.append(Step(edit.at, edit, before, after, changes))
        else:
            idle.append(edit)
        state = before
    return Past(state, steps[::-1], idle[::-1])


def origins(edits: Iterable[Edit]) -> tuple[Origin, ...]:
    return tuple(edit.origin for edit in edits if edit.origin)


def _place(edit: Edit) -> tuple[datetime, str]:
    return edit.at, edit.origin.id if edit.origin else ""


def _read(values: Any, readers: dict[str, Reader]) -> dict[str, Any]:
    """The values that have a place in the state; one that cannot be read has none."""
    found = {}
    for name, value in values.items():
        name = RENAMED.get(name, name)
        if name in readers:
            try:
                read = readers[name](value)
            except ValueError:
                continue
            if not isinstance(read, Decimal) or abs(read) <= MAXIMUM:
                found[name] = read
    return found


def _with(state: State, values: dict[str, Any]) -> State:
    """The state with these values, but for those that are the same in other words: null is zero."""
    other = {name: value for name, value in values.items() if not _is_same(value, getattr(state, name))}
    return replace(state, **other)


def _is_same(one: Any, other: Any) -> bool:
    return one == other or {one, other} == {None, Decimal(0)}


def _differences(before: State, after: State) -> tuple[Change, ...]:
    pairs = [(field.name, getattr(before, field.name), getattr(after, field.name)) for field in fields(before)]
    return tuple(Change(name, old, new) for name, old, new in pairs if old != new)


def _with_parts_of_card(state: State, edit: Edit) -> State:
    """Before there was one column for cards there were two: what they changed by, the sum changed by."""
    parts = [name for name in CARD_PARTS if name in edit.old and name in edit.new]
    try:
        change = sum((amount(edit.new[part]) - amount(edit.old[part]) for part in parts), Decimal(0))
    except ValueError:
        return state
    other: dict[str, Any] = {"card_total": getattr(state, "card_total", Decimal(0)) - change} if parts else {}
    return replace(state, **other)


def _elsewhere(edit: Edit, readers: dict[str, Reader]) -> tuple[Change, ...]:
    """Changes of columns that have no place in the state; as the edit says them."""
    names = (edit.old.keys() & edit.new.keys()) - readers.keys() - BESIDE - RENAMED.keys() - set(CARD_PARTS)
    return tuple(
        Change(name, edit.old[name], edit.new[name])
        for name in sorted(names)
        if not _says_the_same(edit.old[name], edit.new[name])
    )


def _says_the_same(one: Any, other: Any) -> bool:
    try:
        return one == other or amount(one or None) == amount(other or None)
    except ValueError:
        return False

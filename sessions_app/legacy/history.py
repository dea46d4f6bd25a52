"""The history of a shift: opened, closed, and what its audit tells, each with the row as it stood then."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sessions_app.domain.choices import Status
from sessions_app.legacy import wording
from sessions_app.legacy.audit import Step
from sessions_app.legacy.movements import sums
from sessions_app.legacy.plan import Change, Event, Mark, MovementPlan, PersonId, ShiftValues, ShiftVersion
from sessions_app.legacy.rows import ShiftState
from sessions_app.legacy.values import rounded

OPENED, CLOSED, EDITED, DELETED, RESTORED = "opened", "closed", "edited", "deleted", "restored"
FLAGGED, UNFLAGGED, UNTRACED = "flagged", "unflagged", "changed without trace"
WORDS = {("is_deleted", True): DELETED, ("is_deleted", False): RESTORED}
WORDS |= {("flagged", True): FLAGGED, ("flagged", False): UNFLAGGED}


@dataclass(frozen=True)
class Line:
    """A line of the history; `state` is the source row after it."""

    event: Event
    state: ShiftState
    is_closed: bool = False


def event_of(step: Step[Any], by: PersonId, reason: str) -> Event:
    """Nobody has said why of a change without a trace; `deleted` and `restored` say themselves what changed."""
    changes = tuple(
        Change(change.field, _ours(change.before), _ours(change.after))
        for change in step.changes
        if change.field != "is_deleted"
    )
    if step.edit is None:
        return Event(step.at, None, UNTRACED, changes=changes)
    return Event(step.at, by, _word(step), reason, changes)


def _word(step: Step[Any]) -> str:
    found = (WORDS.get((change.field, bool(change.after))) for change in step.changes)
    return next(filter(None, found), EDITED)


def _ours(value: Any) -> Any:
    return rounded(value) if isinstance(value, Decimal) else value


def lines(
    first: ShiftState, last: ShiftValues, opener: PersonId, told: Sequence[tuple[Event, ShiftState]]
) -> Iterator[Line]:
    """The lines in order. `first` is the row at the beginning; `told` is what the audit tells, oldest first."""
    yield Line(Event(last.opened_at, opener, OPENED), first)
    closed_at, state = last.closed_at, first
    for event, after in told:
        if closed_at and event.at >= closed_at:
            yield Line(Event(closed_at, None, CLOSED), state, is_closed=True)
            closed_at = None
        state = after
        yield Line(event, state, is_closed=not closed_at and last.closed_at is not None)
    if closed_at:
        yield Line(Event(closed_at, None, CLOSED), state, is_closed=True)


def versions(
    found: Sequence[Line],
    last: ShiftValues,
    movements: Sequence[MovementPlan],
    read: Callable[[ShiftState], dict[str, Any]],
) -> Iterator[ShiftVersion]:
    """Each line with the row as it stood then, `read` from its state; the last is the row as it stands."""
    flagged, deleted = None, None
    for line in found:
        event, state = line.event, line.state
        flagged = _mark(flagged, event, state.flagged, state.flag_reason or wording.NO_REASON)
        deleted = _mark(deleted, event, state.is_deleted, event.reason or wording.DELETED)
        values = last
        if line is not found[-1]:
            columns: dict[str, Any] = {**read(state), **sums(_noted(movements, event))}
            values = replace(last, **columns, flagged=flagged, deleted=deleted)
            values = values if line.is_closed else _open(values)
        yield ShiftVersion(event.at, event.by, event.event, event.reason, event.changes, values)


def _mark(mark: Mark | None, event: Event, is_set: bool, reason: str) -> Mark | None:
    if not is_set or event.event == OPENED:
        return None
    return mark or Mark(event.at, event.by, reason)


def _noted(movements: Sequence[MovementPlan], event: Event) -> list[MovementPlan]:
    return [] if event.event == OPENED else [movement for movement in movements if movement.counts_at(event.at)]


def _open(values: ShiftValues) -> ShiftValues:
    """Return the values before the shift was closed: what comes with the closing is not known yet."""
    return replace(
        values,
        status=Status.OPEN,
        closed_at=None,
        final_cash=None,
        uncounted_reason="",
        ticket_number="",
        tolerance=None,
    )

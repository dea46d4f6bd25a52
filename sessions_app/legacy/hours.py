"""Map a typed date and two typed hours to the instants at which a shift opened and closed."""

from datetime import datetime, timedelta

from sessions_app.legacy.codes import Code
from sessions_app.legacy.findings import Told
from sessions_app.legacy.rows import Shift, ShiftState
from sessions_app.legacy.values import LAST_SECOND, closing_day, read_clock, told_clock

LONG = timedelta(hours=16)
DAY = timedelta(days=1)
OPEN, CLOSED = "OPEN", "CLOSED"


def is_open(state: ShiftState) -> bool:
    """By the word; where that is none of ours, a count or a closing hour says that it was closed."""
    word = state.status.strip().upper()
    if word in (OPEN, CLOSED):
        return word == OPEN
    return state.final_cash is None and state.closed_time is None


def tell_status(state: ShiftState, told: Told) -> None:
    if state.status.strip().upper() not in (OPEN, CLOSED):
        told(Code.UNKNOWN_STATUS, field="status", was=state.status, now=OPEN if is_open(state) else CLOSED)


def opening(state: ShiftState, told: Told) -> datetime:
    return told_clock(state.session_date, state.opened_time, told, "opened_time")


def closing(row: Shift, opened_at: datetime, told: Told) -> datetime:
    """The end of a closed shift, never before its beginning.

    Without a closing hour: when the row was last written, if that was within a day, else the last second of its day.
    """
    state = row.state
    if state.closed_time is None:
        closed_at = _last_written(row, opened_at) or read_clock(state.session_date, LAST_SECOND).instant
        told(Code.CLOSING_TIME_UNKNOWN, field="closed_time", now=closed_at)
        return max(closed_at, opened_at)
    day = closing_day(state.session_date, state.opened_time, state.closed_time)
    closed_at = max(told_clock(day, state.closed_time, told, "closed_time"), opened_at)
    if closed_at - opened_at > LONG:
        told(Code.LONG_SHIFT, field="closed_time", now=round((closed_at - opened_at) / timedelta(hours=1), 2))
    return closed_at


def _last_written(row: Shift, opened_at: datetime) -> datetime | None:
    at = row.last_modified_at
    return at if at and opened_at <= at <= opened_at + DAY else None


def evidence(row: Shift, since: datetime) -> datetime:
    """The nearest instant known of something that happened to the row at `since` or later."""
    return max(row.last_modified_at or since, since)

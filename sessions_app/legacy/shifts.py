"""A shift of the old system with everything that belongs to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cashpilot.exceptions import REASON_LENGTH
from cashpilot.money import MAXIMUM
from sessions_app.domain.choices import Status
from sessions_app.legacy import wording
from sessions_app.legacy.audit import Past, Step, origins, read_backwards
from sessions_app.legacy.codes import Code
from sessions_app.legacy.findings import Told
from sessions_app.legacy.history import event_of, lines, versions
from sessions_app.legacy.hours import LONG, closing, evidence, is_open, opening, tell_status
from sessions_app.legacy.movements import Deed, Movements
from sessions_app.legacy.names import Names
from sessions_app.legacy.plan import Event, Mark, ShiftPlan, ShiftValues
from sessions_app.legacy.rows import Edit, Item, Shift, ShiftState
from sessions_app.legacy.survey import Numbers, Registers, Survey
from sessions_app.legacy.values import bounded, fitted, unescaped, width
from sessions_app.models import CashSession


@dataclass(frozen=True)
class Options:
    """`day_tolerance` is that of days; a shift keeps the tolerance of its pharmacy, which is none."""

    transfers_in_cash: bool = True
    day_tolerance: int = 20_000


@dataclass
class ShiftReader:
    """Makes plans of shifts, in the order of opening: numbers and registers are given out as they come."""

    names: Names
    survey: Survey
    numbers: Numbers
    registers: Registers
    options: Options

    def plan(self, row: Shift, items: Iterable[Item] = (), edits: Iterable[Edit] = ()) -> ShiftPlan:
        return _Reading(self, row, list(items), list(edits)).plan()


class _Reading:
    """One shift, as it is being read."""

    def __init__(self, reader: ShiftReader, row: Shift, items: list[Item], edits: list[Edit]) -> None:
        self.reader, self.row, self.state, self.items, self.edits = reader, row, row.state, items, edits
        self.names = reader.names
        self.told = Told("cash_sessions", row.id)
        self.number = reader.numbers.take(row, self.told)
        self.told.ours = str(self.number)
        self.opened_at = opening(self.state, self.told)
        tell_status(self.state, self.told)
        self.is_open = is_open(self.state)
        typed_end = None if self.is_open else closing(row, self.opened_at, self.told)
        self.register = reader.registers.take(row, self.opened_at, typed_end)
        # An open one ends where its cashier opened the next.
        self.closed_at = reader.survey.next_opened.get(row.id) if self.is_open else typed_end

    def plan(self) -> ShiftPlan:
        past = read_backwards(self.state, [*self.edits, *self._deletion()])
        self._tell_of(past)
        told = [(self._event(step), step) for step in past.steps]
        deeds = [_deed(event, step) for event, step in told]
        movements = Movements(self.row, self.opened_at, self.closed_at or self.opened_at, deeds, self.names, self.told)
        movements.make(self.items)
        last = self._values(movements.totals(), deeds)
        found = list(lines(past.first, last, self._opener(), [(event, step.after) for event, step in told]))
        return ShiftPlan(
            origin=self.row.origin,
            number=self.number,
            values=last,
            movements=tuple(movements.made),
            history=tuple(versions(found, last, movements.made, self._silently)),
            told_by=origins(self.edits),
            left_out=tuple(movements.left_out),
            findings=self.told.all(),
        )

    # --- What its audit tells ---

    def _deletion(self) -> Iterator[Edit]:
        """The deletion that only the row itself tells of; also one that was taken back, for its instant stayed."""
        is_audited = any(edit.new.get("is_deleted") in (True, "true") for edit in self.edits)
        if not is_audited and (self.state.is_deleted or self.row.deleted_at):
            at = self.row.deleted_at or evidence(self.row, self.closed_at or self.opened_at)
            yield Edit(None, at, self.row.deleted_by, "", {"is_deleted": False}, {"is_deleted": True})
            if not self.row.deleted_at:
                self.told(Code.DELETION_UNDATED, field="deleted_at", now=at)

    def _tell_of(self, past: Past[ShiftState]) -> None:
        for edit in past.idle:
            self._told_of(edit)(Code.EDIT_WITHOUT_CHANGE, was=edit.at)
        for step in past.steps:
            for change in step.changes if step.edit is None else ():
                self.told(Code.CHANGE_WITHOUT_TRACE, field=change.field, was=change.before, now=change.after)

    def _event(self, step: Step[ShiftState]) -> Event:
        if step.edit is None:
            return event_of(step, None, "")
        is_deletion = step.after.is_deleted and not step.before.is_deleted
        reason = step.edit.reason.strip() or (wording.DELETED if is_deletion else wording.NO_REASON)
        told, field = self._told_of(step.edit), "changed_by" if step.edit.origin else "deleted_by"
        by, reason = self.names.attribute(step.edit.by, reason, told, field)
        return event_of(step, by, fitted(reason, REASON_LENGTH, told, "reason"))

    def _told_of(self, edit: Edit) -> Told:
        return self.told.about(edit.origin.table, edit.origin.id) if edit.origin else self.told

    def _opener(self) -> str | None:
        opener = self.names.known(self.row.created_by)
        if not opener:
            self.told(Code.OPENER_UNKNOWN, field="created_by", was=self.row.created_by)
        return opener

    # --- The row as it stands ---

    def _values(self, totals: dict[str, int], deeds: list[Deed]) -> ShiftValues:
        typed = self._typed(self.state, self.told)
        final_cash = typed.pop("final_cash")
        self._tell_place(totals)
        if self.is_open:
            typed["notes"] = self._counted_while_open(typed["notes"], final_cash)
            final_cash = None
            self._tell_open()
        elif final_cash is None:
            self.told(Code.CLOSED_WITHOUT_COUNT, field="final_cash")
        columns: dict[str, Any] = {**typed, **totals}
        return ShiftValues(
            **columns,
            register=self.register,
            closed_at=self.closed_at,
            status=Status.CLOSED if self.closed_at else Status.OPEN,
            final_cash=final_cash,
            uncounted_reason=wording.UNCOUNTED if self.closed_at and final_cash is None else "",
            tolerance=0 if self.closed_at else None,
            transfers_billed_as_cash=self.reader.options.transfers_in_cash,
            flagged=self._flag(deeds),
            deleted=_last_mark(deeds, "is_deleted") if self.state.is_deleted else None,
        )

    def _typed(self, state: ShiftState, told: Told) -> dict[str, Any]:
        """The columns that people typed."""
        return {
            "pharmacy": state.business_id,
            "cashier": self.names.known(state.cashier_id),
            "business_date": state.session_date,
            "opened_at": opening(state, Told("", "")),
            "initial_cash": bounded(state.initial_cash, told, "initial_cash"),
            "final_cash": None if state.final_cash is None else bounded(state.final_cash, told, "final_cash"),
            "ticket_number": fitted(state.closing_ticket, width(CashSession, "ticket_number"), told, "closing_ticket"),
            "notes": fitted(state.notes, width(CashSession, "notes"), told, "notes"),
        }

    def _silently(self, state: ShiftState) -> dict[str, Any]:
        return self._typed(state, Told("", ""))

    def _tell_place(self, totals: dict[str, int]) -> None:
        if not self.names.known(self.state.cashier_id):
            self.told(Code.CASHIER_UNKNOWN, field="cashier_id", was=self.state.cashier_id)
        if self.register > 1:
            self.told(Code.SECOND_REGISTER, field="register", now=self.register)
        for name, amount in totals.items():
            if amount > MAXIMUM:
                self.told(Code.ABOVE_THE_LIMIT, field=name, was=amount)

    def _counted_while_open(self, notes: str, counted: int | None) -> str:
        if counted is None:
            return notes
        self.told(Code.OPEN_WITH_COUNT, field="final_cash", was=counted)
        line = wording.COUNTED_OPEN.format(counted)
        limit = width(CashSession, "notes")
        return f"{notes[: limit - len(line) - 1]}\n{line}" if notes else line

    def _tell_open(self) -> None:
        if self.state.is_deleted:
            return
        if self.closed_at:
            self.told(Code.ANOTHER_OPEN_SINCE, field="closed_time", now=self.closed_at)
        elif (self.reader.survey.newest or self.opened_at) - self.opened_at > LONG:
            self.told(Code.STALE_OPEN, field="session_date", was=self.state.session_date)

    def _flag(self, deeds: list[Deed]) -> Mark | None:
        if not self.state.flagged:
            if self.state.flag_reason:
                self.told(Code.FLAG_LEFT_OVER, field="flag_reason", was=self.state.flag_reason)
            return None
        dated = _last_mark(deeds, "flagged")
        at = dated.at if dated else evidence(self.row, self.closed_at or self.opened_at)
        if not dated:
            self.told(Code.FLAG_UNDATED, field="flagged", now=at)
        reason = unescaped(self.state.flag_reason).strip() or wording.NO_REASON
        by, reason = self.names.attribute(self.row.flagged_by, reason, self.told, "flagged_by")
        if dated and not self.row.flagged_by.strip():
            by = dated.by
        return Mark(at, by, fitted(reason, REASON_LENGTH, self.told, "flag_reason"))


def _deed(event: Event, step: Step[ShiftState]) -> Deed:
    mark = Mark(event.at, event.by, event.reason or wording.OVERWRITTEN)
    return Deed(mark, step.before, step.after)


def _last_mark(deeds: list[Deed], name: str) -> Mark | None:
    """By whom, when and why it was set, for the last time."""
    setting = (deed.mark for deed in reversed(deeds) if getattr(deed.after, name) and not getattr(deed.before, name))
    return next(setting, None)

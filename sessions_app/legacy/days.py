"""Map the days of the old system: billed figures and cost. A day may have several rows there; here it has one."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cashpilot.exceptions import REASON_LENGTH
from cashpilot.money import MAXIMUM
from sessions_app.legacy import wording
from sessions_app.legacy.audit import Step, origins, read_backwards
from sessions_app.legacy.codes import Code
from sessions_app.legacy.findings import Told
from sessions_app.legacy.history import event_of
from sessions_app.legacy.names import Names
from sessions_app.legacy.plan import Change, DayPlan, DayValues, DayVersion, Event
from sessions_app.legacy.rows import Day, DayState, Edit
from sessions_app.legacy.shifts import Options
from sessions_app.legacy.survey import DayKey
from sessions_app.legacy.values import fitted, guaranies, rounded

# Column of the source -> ours.
BILLED = {"cash_sales": "billed_cash", "card_sales": "billed_card", "credit_sales": "billed_credit"}
COLUMNS = {**BILLED, "invoice_count": "invoices", "daily_cost_total": "cost"}
WRITTEN, NO_BUSINESS = "written", "no business"


@dataclass
class DayReader:
    """`worked` are the days without business on which there was a shift all the same."""

    names: Names
    pharmacies: Mapping[str, str]
    worked: Collection[DayKey]
    options: Options

    def plan(self, rows: Iterable[Day], edits: Mapping[str, list[Edit]]) -> DayPlan:
        """Make one day of all its rows; `edits` are the lines of the audit by row.

        The live row that was touched last counts; if all were deleted, nothing is known of the day.
        """
        ordered = sorted(rows, key=lambda row: (not row.state.is_deleted, row.touched_at, row.id))
        last = ordered[-1]
        told = Told("daily_reconciliations", last.id, f"{self.pharmacies[last.business_id]} {last.date}")
        _tell_rows(ordered, told)
        values = self._values(last, told)
        history = [
            version for row in ordered for version in self._history(row, edits.get(row.id, []), _of_row(row, told))
        ]
        history.sort(key=lambda version: version.at)
        history[-1] = replace(history[-1], values=values)
        return DayPlan(
            origins=tuple(row.origin for row in ordered),
            pharmacy=last.business_id,
            date=last.date,
            values=values,
            history=tuple(history),
            told_by=origins(edit for row in ordered for edit in edits.get(row.id, [])),
            findings=told.all(),
        )

    def _is_worked(self, row: Day) -> bool:
        return (row.business_id, row.date) in self.worked

    def _values(self, row: Day, told: Told) -> DayValues:
        """The day as it stands, from the row that counts."""
        if row.state.is_deleted:
            return self._unknown()
        if row.state.is_closed and not self._is_worked(row):
            if _has_figures(row.state):
                told(Code.CLOSED_DAY_WITH_FIGURES, field="is_closed", was=True, now="history")
            return replace(self._unknown(), is_closed=True)
        if row.state.is_closed:
            told(Code.CLOSED_DAY_WITH_SHIFTS, field="is_closed", was=True, now=False)
        _tell_total(row, told)
        return self._known(row.state, told)

    def _unknown(self) -> DayValues:
        return DayValues(
            is_closed=False,
            billed_cash=None,
            billed_card=None,
            billed_credit=None,
            invoices=None,
            cost=None,
            tolerance=self.options.day_tolerance,
            transfers_billed_as_cash=self.options.transfers_in_cash,
        )

    def _known(self, state: DayState, told: Told) -> DayValues:
        """Its figures: unknown stays unknown, and zero is known."""
        figures: dict[str, Any] = {
            ours: _figure(getattr(state, theirs), theirs, told) for theirs, ours in COLUMNS.items()
        }
        return replace(self._unknown(), **figures)

    # --- History ---

    def _history(self, row: Day, edits: list[Edit], told: Told) -> Iterator[DayVersion]:
        past = read_backwards(row.state, [*edits, *_deletion(row, edits)])
        for edit in past.idle:
            told(Code.EDIT_WITHOUT_CHANGE, was=edit.at)
        writer = self.names.known(row.admin_id)
        if not writer:
            told(Code.DAY_WRITER_UNKNOWN, field="admin_id", was=row.admin_id)
        last = self._version(Event(row.created_at, writer, WRITTEN), past.first, row)
        yield last
        for step in past.steps:
            last = self._version(self._event(step, told), step.after, row)
            yield last
        if row.state.is_closed and _has_figures(row.state) and not self._is_worked(row) and not row.state.is_deleted:
            closed = replace(self._unknown(), is_closed=True)
            yield DayVersion(last.at, last.by, NO_BUSINESS, values=closed)

    def _version(self, event: Event, state: DayState, row: Day) -> DayVersion:
        values = self._unknown() if state.is_deleted else self._known(state, Told("", ""))
        if state.is_closed and not _has_figures(state) and not self._is_worked(row):
            values = replace(values, is_closed=True)
        changes = tuple(
            Change(COLUMNS.get(change.field, change.field), change.before, change.after) for change in event.changes
        )
        return DayVersion(event.at, event.by, event.event, event.reason, changes, values)

    def _event(self, step: Step[DayState], told: Told) -> Event:
        if step.edit is None:
            for change in step.changes:
                told(Code.CHANGE_WITHOUT_TRACE, field=change.field, was=change.before, now=change.after)
            return event_of(step, None, "")
        is_deletion = step.after.is_deleted and not step.before.is_deleted
        reason = step.edit.reason.strip() or (wording.DELETED if is_deletion else wording.NO_REASON)
        by, reason = self.names.attribute(step.edit.by, reason, told, "changed_by")
        return event_of(step, by, fitted(reason, REASON_LENGTH, told, "reason"))


def _of_row(row: Day, told: Told) -> Told:
    return told.about(row.origin.table, row.origin.id)


def _deletion(row: Day, edits: list[Edit]) -> Iterator[Edit]:
    """The deletion that only the row itself tells of."""
    if row.deleted_at and not any(edit.new.get("is_deleted") is True for edit in edits):
        yield Edit(None, row.deleted_at, row.deleted_by, "", {"is_deleted": False}, {"is_deleted": True})


def _tell_rows(rows: list[Day], told: Told) -> None:
    live = [row for row in rows if not row.state.is_deleted]
    if not live:
        told(Code.DAY_DELETED, field="deleted_at", was=rows[-1].deleted_at)
    if len(live) > 1:
        told(Code.DAY_TWICE, was=len(live), now=1)


def _tell_total(row: Day, told: Told) -> None:
    parts = [getattr(row.state, name) for name in BILLED]
    if row.total_sales is None:
        return
    if all(part is None for part in parts):
        told(Code.TOTAL_ONLY, field="total_sales", was=row.total_sales)
    elif (total := sum((part or Decimal(0) for part in parts), Decimal(0))) != row.total_sales:
        told(Code.TOTAL_IS_NOT_THE_SUM, field="total_sales", was=row.total_sales, now=total)


def _figure(amount: Decimal | None, name: str, told: Told) -> int | None:
    """Guaraníes, or how many; the cost alone may be below zero, for goods are sent back."""
    if amount is None:
        return None
    if amount < 0 and name != "daily_cost_total":
        told(Code.NEGATIVE, field=name, was=amount)
        return None
    if abs(rounded(amount)) > MAXIMUM:
        told(Code.ABOVE_THE_LIMIT, field=name, was=amount)
    return guaranies(amount, told, name)


def _has_figures(state: DayState) -> bool:
    return any(getattr(state, name) for name in COLUMNS)

"""Everything that the old database holds, as plans, in the order in which they are to be written.

People, pharmacies and assignments are few and held; shifts and days are streamed, in chunks. What is read is counted
into the report and the control totals as it passes.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, groupby, islice
from typing import TypeVar

from sessions_app.legacy import rows
from sessions_app.legacy.codes import Code, Severity
from sessions_app.legacy.control_totals import ControlTotals
from sessions_app.legacy.days import DayReader
from sessions_app.legacy.findings import Told
from sessions_app.legacy.names import Names
from sessions_app.legacy.people import plan_people
from sessions_app.legacy.pharmacies import orphan, plan_assignments, plan_pharmacies
from sessions_app.legacy.plan import (
    AssignmentPlan,
    DayPlan,
    Known,
    LeftOut,
    Origin,
    PersonPlan,
    PharmacyPlan,
    ShiftPlan,
)
from sessions_app.legacy.readable import Sieve
from sessions_app.legacy.report import Report
from sessions_app.legacy.shifts import Options, ShiftReader
from sessions_app.legacy.source import BELONGS, WITHOUT_PLACE, Source
from sessions_app.legacy.survey import Numbers, Registers, survey

CHUNK = 500
SHIFT_AUDIT, DAY_AUDIT = "cash_session_audit_logs", "daily_reconciliation_audit_logs"
Row = TypeVar("Row")


@dataclass(frozen=True)
class Choices:
    """The choices of the person who imports.

    `since`: only shifts and days of that date and later. `above`: no old number counts, the first is the next above
    this one. `taken`: numbers of shifts here that are not of the source. `hashers` and `admins` as in
    people.plan_people.
    """

    options: Options = field(default_factory=Options)
    since: date | None = None
    above: int | None = None
    taken: Collection[int] = ()
    hashers: Collection[str] = ()
    admins: Collection[str] = ()


class Reading:
    """One reading of a source. `days` and `shifts` are to be read once each, and `left_out` after both."""

    def __init__(self, source: Source, choices: Choices, known: Known, report: Report) -> None:
        self._source, self._choices, self._known, self._report = source, choices, known, report
        self.totals = ControlTotals()
        self._readable, unheard = Sieve(source, report), Sieve(source)
        users = [rows.user(raw) for raw in self._few("users")]
        self.names = Names(users)
        self.survey = survey(self._shift_rows(unheard), closed_days=self._closed_days(unheard), known=known)
        self.people = plan_people(users, hashers=choices.hashers, admins=choices.admins)
        self.pharmacies = plan_pharmacies(
            map(rows.business, self._few("businesses")),
            registers=self.survey.registers,
            transfers_in_cash=choices.options.transfers_in_cash,
        )
        self.pharmacy_names = {plan.origin.id: plan.name for plan in self.pharmacies}
        emails = {plan.origin.id: plan.email for plan in self.people}
        assigned = map(rows.assignment, self._few("user_businesses"))
        self.assignments, self._lost = plan_assignments(assigned, people=emails, pharmacies=self.pharmacy_names)
        few: list[PersonPlan | PharmacyPlan | AssignmentPlan] = [*self.people, *self.pharmacies, *self.assignments]
        for plan in few:
            report.add(plan.findings)

    def _few(self, table: str) -> Iterator[rows.Raw]:
        return self._readable.rows(table, self._source.rows(table))

    def _shift_rows(self, readable: Sieve) -> Iterator[rows.Shift]:
        raws = self._source.rows("cash_sessions", self._choices.since)
        return map(rows.shift, readable.rows("cash_sessions", raws))

    def _day_rows(self, readable: Sieve) -> Iterator[rows.Day]:
        raws = self._source.rows("daily_reconciliations", self._choices.since)
        return map(rows.reconciliation, readable.rows("daily_reconciliations", raws))

    def _closed_days(self, readable: Sieve) -> set[tuple[str, date]]:
        return {(row.business_id, row.date) for row in self._day_rows(readable) if row.state.is_closed}

    def _belonging(self, table: str, owners: list[rows.Raw]) -> dict[str, list[rows.Raw]]:
        found = self._source.belonging(table, owners)
        return {owner: list(self._readable.rows(table, raws)) for owner, raws in found.items()}

    # --- Shifts ---

    def shifts(self) -> Iterator[list[ShiftPlan]]:
        """Oldest first, so that numbers and registers are given out as they were needed."""
        above = self._choices.above
        highest = self.survey.highest if above is None else above
        numbers = Numbers(highest, self._known, taken=self._choices.taken, is_new=above is not None)
        reader = ShiftReader(self.names, self.survey, numbers, Registers(self._known), self._choices.options)
        for chunk in _chunks(self._shift_rows(self._readable)):
            plans = list(self._shift_plans(reader, chunk))
            self._report_all(plans)
            yield plans

    def _shift_plans(self, reader: ShiftReader, chunk: list[rows.Shift]) -> Iterator[ShiftPlan]:
        raws = [row.origin.row for row in chunk]
        items = {table: self._belonging(table, raws) for table in rows.ITEM_KINDS}
        audit = self._belonging(SHIFT_AUDIT, raws)
        for row in chunk:
            if row.state.business_id not in self.pharmacy_names:
                self._lost.append(orphan(row.origin, Severity.BLOCKER))
                continue
            of_shift = [rows.item(table, raw) for table, found in items.items() for raw in found.get(row.id, [])]
            plan = reader.plan(row, of_shift, [rows.edit(SHIFT_AUDIT, raw) for raw in audit.get(row.id, [])])
            if not plan.is_blocked:
                self.totals.add(row, plan)
            yield plan

    # --- Days ---

    def days(self) -> Iterator[list[DayPlan]]:
        reader = DayReader(self.names, self.pharmacy_names, self.survey.worked, self._choices.options)
        days = groupby(self._day_rows(self._readable), key=lambda row: (row.business_id, row.date))
        for chunk in _chunks([*found] for _day, found in days):
            plans = list(self._day_plans(reader, chunk))
            self._report_all(plans)
            yield plans

    def _day_plans(self, reader: DayReader, chunk: list[list[rows.Day]]) -> Iterator[DayPlan]:
        audit = self._belonging(DAY_AUDIT, [row.origin.row for of_day in chunk for row in of_day])
        edits = {day: [rows.edit(DAY_AUDIT, raw) for raw in found] for day, found in audit.items()}
        for of_day in chunk:
            if of_day[0].business_id in self.pharmacy_names:
                yield reader.plan(of_day, edits)
            else:
                self._lost += [orphan(row.origin, Severity.BLOCKER) for row in of_day]

    # --- What has no place ---

    def left_out(self) -> Iterator[LeftOut]:
        """Rows that belong to nothing, and tables that have no place here."""
        for lost in chain(self._lost, self._orphans(), self._without_place()):
            self._report.add(lost.findings)
            yield lost

    def _orphans(self) -> Iterator[LeftOut]:
        for table in BELONGS:
            raws = self._readable.rows(table, self._source.orphans(table))
            yield from (orphan(Origin(table, str(raw["id"]), raw)) for raw in raws)

    def _without_place(self) -> Iterator[LeftOut]:
        for table in WITHOUT_PLACE:
            for raw in self._source.rows(table):
                told = Told(table, str(raw["id"]))
                told(Code.TABLE_KEPT)
                yield LeftOut(Origin(table, told.row, raw), told.all())

    def _report_all(self, plans: Iterable[ShiftPlan | DayPlan]) -> None:
        for plan in plans:
            self._report.add(plan.findings)


def _chunks(found: Iterable[Row]) -> Iterator[list[Row]]:
    rest = iter(found)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk

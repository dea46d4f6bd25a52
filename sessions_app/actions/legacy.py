"""Bring the years of the old system along: people, pharmacies, assignments, days and shifts, with their history.

What is new is written past the other actions, in chunks, each in one transaction with the rows that keep its source; it
queues no mail. What changed there since an earlier run, and not here, is brought up to date like any correction. So an
import that was cut off goes on where it stopped, and one that is run again writes nothing.

Amounts are whole guaraníes, instants those of the source.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.management.color import no_style
from django.db import connection, reset_queries, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import actions as people
from accounts.models import User
from cashpilot import periods
from cashpilot.db import bulk
from cashpilot.web import logs
from pharmacies import actions as pharmacies
from pharmacies.models import Assignment, Pharmacy
from sessions_app.actions import legacy_corrections as corrections
from sessions_app.domain.choices import Status
from sessions_app.ledger import day_verdicts, hash_chain, running_totals
from sessions_app.legacy import building, standing
from sessions_app.legacy.codes import Code
from sessions_app.legacy.findings import Told, is_blocked
from sessions_app.legacy.people import LONG_AGO, UNKNOWN_EMAIL, UNKNOWN_NAMES
from sessions_app.legacy.plan import AssignmentPlan, DayPlan, LeftOut, Origin, PersonPlan, PharmacyPlan, ShiftPlan
from sessions_app.legacy.reading import Reading
from sessions_app.legacy.report import Report
from sessions_app.legacy.standing import Kept, Standing
from sessions_app.models import CashSession, Day, Imported

if TYPE_CHECKING:
    from sessions_app.legacy.plan import Known

Target = Imported.Target
Progress = Callable[[int], None]


@dataclass
class Outcome:
    """How many people, pharmacies, assignments, days and shifts were added, brought up to date, or left alone."""

    new: int = 0
    changed: int = 0
    left: int = 0


@dataclass
class Importer:
    """One import. `by` answers for it; without one, as in a dry run, the unknown person does."""

    reading: Reading
    report: Report
    by: User | None = None
    outcome: Outcome = field(default_factory=Outcome)

    def __post_init__(self) -> None:
        self.at = periods.now()

    def run(self, progress: Progress = lambda done: None) -> Outcome:
        """Write everything; `progress` hears how many days and shifts were looked at. Raises ActionRefused."""
        self._write_people_and_places()
        for days in filter(None, self.reading.days()):
            self._write(days, self._write_days)
            progress(sum(len(day.origins) for day in days))
        for shifts in filter(None, self.reading.shifts()):
            self._write(shifts, self._write_shifts)
            progress(len(shifts))
        with transaction.atomic():
            self._keep_left_out(list(self.reading.left_out()))
        logs.action("old system imported", user=self.actor.pk, **vars(self.outcome))
        return self.outcome

    # --- People, pharmacies, assignments ---

    @transaction.atomic
    def _write_people_and_places(self) -> None:
        unknown = self._unknown()
        self.actor = self.by or unknown
        self.reason = str(_("Brought along from the old system."))
        people_of = {plan.origin.id: self._person(plan) for plan in self.reading.people}
        pharmacies_of = {plan.origin.id: self._pharmacy(plan) for plan in self.reading.pharmacies}
        for plan in self.reading.assignments:
            self._assignment(plan, people_of[plan.person], pharmacies_of[plan.pharmacy])
        self.keys = building.Keys(
            {row: person.pk for row, person in people_of.items()},
            {row: pharmacy.pk for row, pharmacy in pharmacies_of.items()},
            unknown.pk,
        )

    def _unknown(self) -> User:
        found: User | None = User.objects.filter(email=UNKNOWN_EMAIL).first()
        first, last = UNKNOWN_NAMES
        facts: dict[str, Any] = {"email": UNKNOWN_EMAIL, "first_name": first, "last_name": last, "role": ""}
        if found:
            return found
        return people.bring_person(**facts, is_active=False, password=None, by=self.by, reason="")

    def _person(self, plan: PersonPlan) -> User:
        kept = Kept([plan.origin])
        if stored := kept.of(plan.origin):
            person: User = User.objects.get(pk=stored.target_id)
            if kept.standing(plan.origin) is Standing.CHANGED:
                self._correct(plan, lambda: corrections.correct_person(plan, person, stored, self.actor))
            return person
        person = User.objects.filter(email=plan.email).first() or self._new_person(plan)
        self._keep_new(plan.origin, Target.PERSON, person.pk, person.history.count())
        return person

    def _new_person(self, plan: PersonPlan) -> User:
        with periods.at(self._instant(plan.date_joined)):
            return people.bring_person(
                email=plan.email,
                first_name=plan.first_name,
                last_name=plan.last_name,
                role=plan.role,
                is_active=plan.is_active,
                password=plan.password,
                by=self.actor,
                reason=self.reason,
            )

    def _pharmacy(self, plan: PharmacyPlan) -> Pharmacy:
        kept = Kept([plan.origin])
        if stored := kept.of(plan.origin):
            pharmacy = Pharmacy.objects.get(pk=stored.target_id)
            if kept.standing(plan.origin) is Standing.CHANGED:
                self._correct(plan, lambda: corrections.correct_pharmacy(plan, pharmacy, stored, self.actor))
        else:
            pharmacy = Pharmacy.objects.filter(name=plan.name).first() or self._new_pharmacy(plan)
            self._keep_new(plan.origin, Target.PHARMACY, pharmacy.pk, pharmacy.history.count())
        return self._with_registers(pharmacy, plan.registers)

    def _new_pharmacy(self, plan: PharmacyPlan) -> Pharmacy:
        with periods.at(self._instant(plan.created_at)):
            return pharmacies.bring_pharmacy(
                name=plan.name,
                address=plan.address,
                phone=plan.phone,
                registers=plan.registers,
                transfers_billed_as_cash=plan.transfers_billed_as_cash,
                is_active=plan.is_active,
                by=self.actor,
                reason=self.reason,
            )

    def _with_registers(self, pharmacy: Pharmacy, needed: int) -> Pharmacy:
        """Return the pharmacy with as many registers as its shifts need; the imported row stands as untouched."""
        if pharmacy.registers >= needed:
            return pharmacy
        before = pharmacy.history.count()
        pharmacy = pharmacies.bring_pharmacy_up_to_date(
            pharmacy.pk, is_active=pharmacy.is_active, registers=needed, by=self.actor, reason=self.reason
        )
        kept = Imported.objects.filter(target=Target.PHARMACY, target_id=pharmacy.pk, version=before)
        kept.update(version=before + 1)
        return pharmacy

    def _assignment(self, plan: AssignmentPlan, person: User, pharmacy: Pharmacy) -> None:
        if (stored := Kept([plan.origin]).of(plan.origin)) and stored.target_id:
            return
        with periods.at(self._instant(plan.assigned_at)):
            made: Assignment = people.bring_assignment(person, pharmacy, by=self.actor, reason=self.reason)
        corrections.keep_again([plan.origin], Target.ASSIGNMENT, made.pk, 1, self.actor)
        corrections.keep_again(plan.left_out, "", None, None, self.actor)
        self.outcome.new += 1

    def _instant(self, at: datetime) -> datetime:
        """An instant of the source; where it has none, that of the import."""
        return at if at > LONG_AGO else self.at

    # --- Days ---

    def _write(self, plans: Sequence[Any], write: Callable[[list[Any]], None]) -> None:
        """Write those that are new, and bring up to date those that changed, in one transaction."""
        origins_of = standing.origins_of_shift if isinstance(plans[0], ShiftPlan) else standing.origins_of_day
        reset_queries()  # where DEBUG is on, they are kept
        with transaction.atomic():
            rows = {id(plan): origins_of(plan) for plan in plans}
            kept = Kept(origin for origins in rows.values() for origin in origins)
            new = []
            for plan in plans:
                main, *others = rows[id(plan)]
                how = kept.standing(main, others)
                if how is Standing.NEW and not plan.is_blocked:
                    new.append(plan)
                elif how is Standing.CHANGED and not plan.is_blocked:
                    self._bring_up_to_date(plan, kept)
            write(new)

    def _write_days(self, plans: list[DayPlan]) -> None:
        here = set(Day.objects.filter(date__in={plan.date for plan in plans}).values_list("pharmacy", "date"))
        plans = [plan for plan in plans if not self._is_written_here(plan, here)]
        days = [building.build_day(plan, self.keys, self.at) for plan in plans]
        _give_keys(days)
        bulk.insert(days)
        pairs = list(zip(plans, days, strict=True))
        bulk.insert(version for plan, day in pairs for version in building.build_versions_of_day(plan, day, self.keys))
        self._store(
            self._kept(origin, Target.DAY, day.pk, day.version)
            for plan, day in pairs
            for origin in standing.origins_of_day(plan)
        )
        self.outcome.new += len(days)

    def _is_written_here(self, plan: DayPlan, here: set[tuple[int, date]]) -> bool:
        """Say whether somebody wrote that day here, and tell it: the day stays as it is."""
        is_here = (self.keys.pharmacies[plan.pharmacy], plan.date) in here
        if is_here:
            self._leave(plan.origins[-1], f"{self.reading.pharmacy_names[plan.pharmacy]} {plan.date}")
        return is_here

    # --- Shifts ---

    def _write_shifts(self, plans: list[ShiftPlan]) -> None:
        plans = [plan for plan in plans if not self._is_taken(plan)]
        rows = [building.build_shift(plan, self.keys, self.at) for plan in plans]
        for row in rows:
            running_totals.follow_transfers(row.shift, row.transfers)
        versions = [version for row in rows for version in row.versions]
        movements = [movement for row in rows for movement in row.movements]
        _give_keys(versions)
        _give_keys(movements)
        bulk.insert(row.shift for row in rows)
        bulk.insert(versions)
        bulk.insert(movements)
        bulk.insert(version for row in rows for version in row.movement_versions(self.keys))
        hash_chain.append_written((row.shift, [*row.movements, *row.versions]) for row in rows)
        running_totals.add_written((row.shift, row.transfers) for row in rows)
        self._judge_days_of(rows)
        self._store(kept for row in rows for kept in self._kept_of(row))
        self.outcome.new += len(rows)

    def _kept_of(self, row: building.ShiftRows) -> Iterable[Imported]:
        number, version = row.shift.pk, row.shift.version
        yield from (
            self._kept(origin, Target.SHIFT, number, version) for origin in (row.plan.origin, *row.plan.told_by)
        )
        for planned, movement in zip(row.plan.movements, row.movements, strict=True):
            if planned.origin:
                yield self._kept(planned.origin, Target.MOVEMENT, movement.pk, version)
        yield from (self._kept(origin) for origin in row.plan.left_out)

    def _is_taken(self, plan: ShiftPlan) -> bool:
        """Say whether an open shift finds its register or its cashier taken here, and tell it: it is not written."""
        values = plan.values
        if values.status != Status.OPEN or values.deleted:
            return False
        register, cashier = Q(register=values.register), Q(cashier=self.keys.person(values.cashier))
        live = CashSession.objects.live().filter(pharmacy=self.keys.pharmacies[values.pharmacy], status=Status.OPEN)
        is_taken: bool = live.filter(register | cashier).exists()
        if is_taken:
            self._tell(Code.TAKEN_HERE, plan.origin, str(plan.number))
        return is_taken

    def _judge_days_of(self, rows: list[building.ShiftRows]) -> None:
        """Judge the days that were written here anew: they have shifts more."""
        places = {(row.shift.pharmacy_id, row.shift.business_date) for row in rows}
        written = Day.objects.ours().filter(date__in={of for _pharmacy, of in places}, billed_cash__isnull=False)
        for day in written:
            if (day.pharmacy_id, day.date) in places:
                day_verdicts.keep(day)

    # --- What changed since, and what has no place ---

    def _bring_up_to_date(self, plan: Any, kept: Kept) -> None:
        correct = corrections.correct_shift if isinstance(plan, ShiftPlan) else corrections.correct_day
        self._correct(plan, lambda: correct(plan, kept, self.keys, self.actor))

    def _correct(self, plan: Any, correct: Callable[[], bool]) -> None:
        if correct():
            self.outcome.changed += 1
        else:
            origin = plan.origins[-1] if isinstance(plan, DayPlan) else plan.origin
            self._leave(origin, str(getattr(plan, "number", "")))

    def _leave(self, origin: Origin, ours: str) -> None:
        self.outcome.left += 1
        self._tell(Code.CHANGED_HERE_TOO, origin, ours)

    def _tell(self, code: Code, origin: Origin, ours: str) -> None:
        told = Told(origin.table, origin.id, ours)
        told(code)
        self.report.add(told.all())

    def _keep_left_out(self, lost: list[LeftOut]) -> None:
        """Keep what has no place. What must be decided first is not kept: once it is, it is new."""
        lost = [one for one in lost if not is_blocked(one.findings)]
        kept = Kept(one.origin for one in lost)
        self._store(self._kept(one.origin) for one in lost if kept.of(one.origin) is None)

    # --- What is kept ---

    def _kept(self, origin: Origin, target: str = "", row: int | None = None, version: int | None = None) -> Imported:
        return standing.keep(origin, target, row, version, at=self.at, by=self.actor.pk)

    def _keep_new(self, origin: Origin, target: str, row: int, version: int) -> None:
        self._store([self._kept(origin, target, row, version)])
        self.outcome.new += 1

    def _store(self, kept: Iterable[Imported]) -> None:
        bulk.insert(kept)


def _give_keys(rows: Sequence[Any]) -> None:
    if rows:
        for row, key in zip(rows, bulk.reserve_keys(type(rows[0]), len(rows)), strict=True):
            row.pk = key


def set_sequences() -> None:
    """Let the next shift take the number above the highest. PostgreSQL does not take this back with a transaction."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [CashSession]):
            cursor.execute(statement)


def holds_other_shifts(known: "Known") -> bool:
    """Say whether shifts are here and none of them was imported: another business's, or a trial's."""
    return not known and CashSession.objects.exists()

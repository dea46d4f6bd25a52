"""Pharmacies of the old system, and who works where."""

from collections.abc import Collection, Iterable, Mapping

from pharmacies.models import Pharmacy
from sessions_app.legacy.codes import Code, Severity
from sessions_app.legacy.findings import Told
from sessions_app.legacy.people import LONG_AGO
from sessions_app.legacy.plan import AssignmentPlan, LeftOut, Origin, PharmacyPlan
from sessions_app.legacy.rows import Assignment, Business
from sessions_app.legacy.values import fitted, width


def plan_pharmacies(
    rows: Iterable[Business], *, registers: Mapping[str, int], transfers_in_cash: bool
) -> list[PharmacyPlan]:
    """Return each pharmacy. Of several with one name the active and older one keeps it.

    `registers` says how many the shifts of a business need.
    """
    taken: set[str] = set()
    plans = []
    for row in sorted(rows, key=lambda row: (not row.is_active, row.created_at or LONG_AGO, row.id)):
        told = Told("businesses", row.id)
        name = told.ours = _name(row, taken, told)
        taken.add(name)
        address = fitted(row.address, width(Pharmacy, "address"), told, "address")
        phone = fitted(row.phone, width(Pharmacy, "phone"), told, "phone")
        plans.append(
            PharmacyPlan(
                origin=row.origin,
                name=name,
                address=address,
                phone=phone,
                is_active=row.is_active,
                registers=registers.get(row.id, 1),
                transfers_billed_as_cash=transfers_in_cash,
                created_at=row.created_at or LONG_AGO,
                findings=told.all(),
            )
        )
    return plans


def _name(row: Business, taken: Collection[str], told: Told) -> str:
    """Return the name, or the id where there is none; where another one has it, with ` (2)` or the next free number."""
    limit = width(Pharmacy, "name")
    name = free = fitted(row.name, limit, told, "name") if row.name.strip() else row.id[:limit]
    if not row.name.strip():
        told(Code.PLACE_NAME_MISSING, field="name", was=row.name, now=name)
    number = 2
    while free in taken:
        behind = f" ({number})"
        free = name[: limit - len(behind)] + behind
        number += 1
    if free != name:
        told(Code.NAME_TAKEN, field="name", was=name, now=free)
    return free


def plan_assignments(
    rows: Iterable[Assignment], *, people: Mapping[str, str], pharmacies: Mapping[str, str]
) -> tuple[list[AssignmentPlan], list[LeftOut]]:
    """Return each pair of a person and a pharmacy once, and the rows that name somebody or somewhere unknown.

    `people` and `pharmacies` are the known ids, each with our name for it.
    """
    pairs: dict[tuple[str, str], list[Assignment]] = {}
    lost = []
    for row in sorted(rows, key=lambda row: (row.assigned_at or LONG_AGO, row.origin.id)):
        if row.user_id in people and row.business_id in pharmacies:
            pairs.setdefault((row.user_id, row.business_id), []).append(row)
        else:
            lost.append(orphan(row.origin))
    return [_assignment(found, f"{people[pair[0]]} @ {pharmacies[pair[1]]}") for pair, found in pairs.items()], lost


def _assignment(rows: list[Assignment], ours: str) -> AssignmentPlan:
    first, *others = rows
    told = Told("user_businesses", first.origin.id, ours)
    if others:
        told(Code.ASSIGNMENT_TWICE, was=len(rows), now=1)
    return AssignmentPlan(
        origin=first.origin,
        person=first.user_id,
        pharmacy=first.business_id,
        assigned_at=first.assigned_at or LONG_AGO,
        left_out=tuple(row.origin for row in others),
        findings=told.all(),
    )


def orphan(origin: Origin, severity: Severity = Severity.WARNING) -> LeftOut:
    """A row that names something that is not in the source."""
    told = Told(origin.table, origin.id)
    told(Code.ORPHAN, severity=severity)
    return LeftOut(origin, told.all())

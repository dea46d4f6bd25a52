"""Bring a row that was imported up to date with the old system, unless somebody changed it here as well.

Each answers whether it did; where both sides changed, nothing is written.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import actions as people
from accounts.models import User
from cashpilot import periods
from pharmacies import actions as pharmacies
from pharmacies.models import Pharmacy
from sessions_app.actions.days import write_imported_day
from sessions_app.actions.unit_of_work import ShiftChange, changing_shift
from sessions_app.legacy import standing
from sessions_app.legacy.building import Keys, day_columns, movement_columns, shift_columns
from sessions_app.legacy.plan import DayPlan, Origin, PersonPlan, PharmacyPlan, ShiftPlan
from sessions_app.legacy.standing import Kept, Stored
from sessions_app.models import CashSession, Day, Imported, Movement

Target = Imported.Target
# A transfer that was verified here stays so.
KEPT_HERE = ("verified_at", "verified_by_id")


def _reason() -> str:
    return str(_("Changed in the old system since it was imported."))


def correct_person(plan: PersonPlan, person: User, stored: Stored, by: User) -> bool:
    """The password follows while it is still the one that was imported."""
    if person.history.count() != stored.version:
        return False
    was = Imported.objects.get(source_table=plan.origin.table, source_id=plan.origin.id).row["hashed_password"]
    is_untouched = bool(was) and person.password.endswith(was)
    names = {"first_name": plan.first_name, "last_name": plan.last_name, "is_active": plan.is_active}
    password = plan.password if is_untouched else None
    people.bring_person_up_to_date(person.pk, **names, password=password, by=by, reason=_reason())
    keep_again([plan.origin], Target.PERSON, person.pk, person.history.count(), by)
    return True


def correct_pharmacy(plan: PharmacyPlan, pharmacy: Pharmacy, stored: Stored, by: User) -> bool:
    if pharmacy.history.count() != stored.version:
        return False
    values: dict[str, Any] = {"name": plan.name, "address": plan.address, "phone": plan.phone}
    values["is_active"] = plan.is_active
    pharmacies.bring_pharmacy_up_to_date(pharmacy.pk, **values, by=by, reason=_reason())
    keep_again([plan.origin], Target.PHARMACY, pharmacy.pk, pharmacy.history.count(), by)
    return True


def correct_day(plan: DayPlan, kept: Kept, keys: Keys, by: User) -> bool:
    origins = standing.origins_of_day(plan)
    stored = kept.known(origins[0])
    day = Day.objects.select_related("pharmacy").get(pk=stored.target_id)
    if day.version != stored.version:
        return False
    day = write_imported_day(day, day_columns(plan.values), by=by, reason=_reason())
    keep_again(origins, Target.DAY, day.pk, day.version, by)
    return True


# --- Shifts -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def correct_shift(plan: ShiftPlan, kept: Kept, keys: Keys, by: User) -> bool:
    """Write the shift and its movements as one correction: seal, totals and its day follow as ever."""
    stored = kept.known(plan.origin)
    number = stored.target_id
    with changing_shift(number, by=by) as change:
        if change.shift.version != stored.version:
            return False
        for name, value in shift_columns(plan.values, keys.pharmacies[plan.values.pharmacy], keys).items():
            setattr(change.shift, name, value)
        change.movements = list(_movements(change, plan, keys))
        change.event, change.reason = "shift brought up to date", _reason()
    _keep_shift(plan, change.shift, by)
    return True


def _movements(change: ShiftChange, plan: ShiftPlan, keys: Keys) -> Iterable[Movement]:
    """Yield the movements that are new, other than before, or not there any more; those are voided."""
    here = {movement.token: movement for movement in change.shift.movements.all()}
    for planned in plan.movements:
        movement = here.pop(planned.token, None)
        columns = movement_columns(planned, keys)
        if movement is None:
            yield Movement(session=change.shift, **columns, imported_at=change.shift.imported_at)
        elif _update(movement, columns):
            yield movement
    for movement in here.values():
        if movement.voided_at is None:
            movement.voided_at, movement.voided_by, movement.void_reason = periods.now(), change.by, _reason()
            yield movement


def _update(movement: Movement, columns: dict[str, Any]) -> bool:
    """Set what differs, and say whether anything did."""
    if movement.verified_at and not columns["verified_at"]:
        columns = {name: value for name, value in columns.items() if name not in KEPT_HERE}
    other = {name: value for name, value in columns.items() if getattr(movement, name) != value}
    for name, value in other.items():
        setattr(movement, name, value)
    return bool(other)


def _keep_shift(plan: ShiftPlan, shift: CashSession, by: User) -> None:
    keep_again([plan.origin, *plan.told_by], Target.SHIFT, shift.pk, shift.version, by)
    keys = dict(shift.movements.values_list("token", "pk"))
    for planned in plan.movements:
        if planned.origin:
            keep_again([planned.origin], Target.MOVEMENT, keys[planned.token], shift.version, by)
    keep_again(plan.left_out, "", None, None, by)


def keep_again(origins: Iterable[Origin], target: str, row: int | None, version: int | None, by: User) -> None:
    """Keep the rows of the source as they are now, also those that were not there before."""
    kept = [standing.keep(origin, target, row, version, at=periods.now(), by=by.pk) for origin in origins]
    Imported.objects.bulk_create(
        kept,
        update_conflicts=True,
        unique_fields=["source_table", "source_id"],
        update_fields=["target", "target_id", "version", "digest", "row", "imported_at", "imported_by"],
    )

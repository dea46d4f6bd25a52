"""Plans as rows of ours that are not stored yet, each with its history. Keys of people and pharmacies are given."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from cashpilot.db import bulk
from cashpilot.normalize import folded
from sessions_app.domain.choices import MARKS, Kind
from sessions_app.legacy.plan import DayPlan, DayValues, Mark, MovementPlan, PersonId, ShiftPlan, ShiftValues
from sessions_app.models import CashSession, Day, Movement

# Columns of ShiftValues that are none of ours under that name.
OTHERWISE = {"pharmacy", "cashier", "flagged", "deleted"}
AS_THEY_ARE = [column.name for column in fields(ShiftValues) if column.name not in OTHERWISE]
OF_DAY = [column.name for column in fields(DayValues)]
ADDED, CHANGED = "+", "~"


@dataclass
class Keys:
    """Our keys by the ids of the source; `unknown` is that of the person who stands for everybody unknown."""

    people: dict[str, int]
    pharmacies: dict[str, int]
    unknown: int

    def person(self, known: PersonId) -> int:
        return self.people[known] if known else self.unknown


@dataclass
class ShiftRows:
    """A shift, its movements, and the history of both; that of a movement waits for the movement's key."""

    plan: ShiftPlan
    shift: CashSession
    versions: list[Any]
    movements: list[Movement]

    @property
    def transfers(self) -> tuple[int, int, int]:
        """How many transfers it has; of those that nobody has seen in the bank yet how many, and guaraníes."""
        every = [one for one in self.plan.movements if one.kind == Kind.TRANSFER and one.voided is None]
        pending = [one.amount for one in every if one.verified is None]
        return len(every), len(pending), sum(pending)

    def movement_versions(self, keys: Keys) -> list[Any]:
        """The histories of its movements, which are stored, each beginning where the one before ends."""
        pairs = zip(self.plan.movements, self.movements, strict=True)
        return [version for planned, movement in pairs for version in _versions_of_movement(planned, movement, keys)]


# --- Shifts -----------------------------------------------------------------------------------------------------------


def build_shift(plan: ShiftPlan, keys: Keys, imported_at: datetime) -> ShiftRows:
    imported = {"imported_at": imported_at}
    first = plan.history[0].values or plan.values
    shift = bulk.new(
        CashSession,
        id=plan.number,
        **shift_columns(plan.values, keys.pharmacies[plan.values.pharmacy], keys),
        **imported,
        first_initial_cash=first.initial_cash,
        version=len(plan.history),
    )
    versions = list(_versions_of_shift(plan, keys, imported))
    movements = [
        bulk.new(Movement, session_id=plan.number, **movement_columns(one, keys), **imported) for one in plan.movements
    ]
    return ShiftRows(plan, shift, versions, movements)


def shift_columns(values: ShiftValues, pharmacy: int, keys: Keys) -> dict[str, Any]:
    """The columns of a shift of that pharmacy which the source knows, by their names in the database."""
    return {
        **{name: getattr(values, name) for name in AS_THEY_ARE},
        "pharmacy_id": pharmacy,
        "cashier_id": keys.person(values.cashier),
        **_mark("flagged", values.flagged, keys),
        **_mark("deleted", values.deleted, keys),
    }


def _mark(name: str, mark: Mark | None, keys: Keys) -> dict[str, Any]:
    if mark is None:
        return {f"{name}_at": None, f"{name}_by_id": None, MARKS[name]: ""}
    return {f"{name}_at": mark.at, f"{name}_by_id": keys.person(mark.by), MARKS[name]: mark.reason}


def _versions_of_shift(plan: ShiftPlan, keys: Keys, imported: dict[str, Any]) -> Iterator[Any]:
    present = keys.pharmacies[plan.values.pharmacy]
    for number, version in enumerate(plan.history, 1):
        values = version.values or plan.values
        yield bulk.new(
            _history(CashSession),
            # One of a pharmacy that is nowhere is told under the present one.
            **shift_columns(values, keys.pharmacies.get(values.pharmacy, present), keys),
            **imported,
            id=plan.number,
            version=number,
            **_told(number, version.at, keys.person(version.by), version.reason),
        )


@cache
def _history(model: Any) -> Any:
    """The model of a history; simple-history makes a manager each time that it is asked for."""
    return model.history.model


def _told(number: int, at: datetime, by: int, reason: str = "") -> dict[str, Any]:
    """The columns of a history, of its first row or a later one."""
    kind = ADDED if number == 1 else CHANGED
    return {"history_date": at, "history_user_id": by, "history_change_reason": reason, "history_type": kind}


# --- Movements --------------------------------------------------------------------------------------------------------


def movement_columns(plan: MovementPlan, keys: Keys) -> dict[str, Any]:
    """The columns of a movement that the source knows, by their names in the database."""
    return {
        "kind": plan.kind,
        "amount": plan.amount,
        "description": plan.description,
        "search": folded(plan.description),
        "token": plan.token,
        "created_at": plan.created_at,
        "created_by_id": keys.person(plan.created_by),
        **_voided(plan.voided, keys),
        **_verified(plan.verified, keys),
    }


def _voided(mark: Mark | None, keys: Keys) -> dict[str, Any]:
    if mark is None:
        return {"voided_at": None, "voided_by_id": None, "void_reason": ""}
    return {"voided_at": mark.at, "voided_by_id": keys.person(mark.by), "void_reason": mark.reason}


def _verified(mark: Mark | None, keys: Keys) -> dict[str, Any]:
    return {"verified_at": mark and mark.at, "verified_by_id": keys.person(mark.by) if mark else None}


def _versions_of_movement(plan: MovementPlan, movement: Movement, keys: Keys) -> Iterator[Any]:
    """Noted, then verified and voided in the order in which that happened."""
    noted = Mark(plan.created_at, plan.created_by)
    marks = sorted(filter(None, (plan.verified, plan.voided)), key=lambda mark: mark.at)
    columns = {name: getattr(movement, name) for name in _of_history()} | _voided(None, keys) | _verified(None, keys)
    for number, mark in enumerate([noted, *marks], 1):
        if mark is plan.verified:
            columns |= _verified(mark, keys)
        if mark is plan.voided:
            columns |= _voided(mark, keys)
        reason = mark.reason if mark is plan.voided else ""
        yield bulk.new(_history(Movement), **columns, **_told(number, mark.at, keys.person(mark.by), reason))


@cache
def _of_history() -> list[str]:
    return [column.attname for column in _history(Movement).tracked_fields]


# --- Days -------------------------------------------------------------------------------------------------------------


def build_day(plan: DayPlan, keys: Keys, imported_at: datetime) -> Day:
    row: Day = bulk.new(
        Day,
        pharmacy_id=keys.pharmacies[plan.pharmacy],
        date=plan.date,
        **day_columns(plan.values),
        imported_at=imported_at,
        version=len(plan.history),
    )
    return row


def day_columns(values: DayValues) -> dict[str, Any]:
    return {name: getattr(values, name) for name in OF_DAY}


def build_versions_of_day(plan: DayPlan, day: Day, keys: Keys) -> Iterator[Any]:
    """The history of a day that is stored."""
    for number, version in enumerate(plan.history, 1):
        yield bulk.new(
            _history(Day),
            id=day.pk,
            pharmacy_id=day.pharmacy_id,
            date=day.date,
            **day_columns(version.values or plan.values),
            imported_at=day.imported_at,
            version=number,
            **_told(number, version.at, keys.person(version.by), version.reason),
        )

"""The rows of the old system, of whatever age its tables are: a column that is not there reads as empty."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from sessions_app.domain.choices import Kind
from sessions_app.legacy.plan import Origin

Raw = Mapping[str, Any]
LARGEST_NUMBER = 2**31 - 1
ITEM_KINDS = {"transfer_items": Kind.TRANSFER, "expense_items": Kind.EXPENSE}


# --- Values -----------------------------------------------------------------------------------------------------------


def text(value: Any) -> str:
    return "" if value is None else str(value)


def key(value: Any) -> str | None:
    return None if value is None else str(value)


def flag(value: Any) -> bool:
    return value is True or text(value).lower() in ("true", "t", "1")


def known_amount(value: Any) -> Decimal | None:
    return None if value is None else amount(value)


def amount(value: Any) -> Decimal:
    """As the old system's audit means it, which writes zero as null. Raises ValueError for what is no number."""
    try:
        number = Decimal(0) if value is None else Decimal(str(value))
    except InvalidOperation:
        raise ValueError(value) from None
    if not number.is_finite():
        raise ValueError(value)
    return number


def whole(value: Any) -> int | None:
    """Return the number of a shift. Raises ValueError for what is none, or beyond an integer column."""
    number = known_amount(value)
    if number is None:
        return None
    if number != int(number) or abs(number) > LARGEST_NUMBER:
        raise ValueError(value)
    return int(number)


def identity(value: Any) -> str:
    """Return what a row is told from all others by. Raises ValueError where there is nothing."""
    if not text(value):
        raise ValueError(value)
    return text(value)


def instant(value: Any) -> datetime | None:
    """An instant in UTC; one without a zone is UTC."""
    if value is None:
        return None
    read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def day(value: Any) -> date:
    """Return a day of which every hour is an instant in UTC. Raises ValueError."""
    read = value if isinstance(value, date) else date.fromisoformat(str(value))
    if not date.min.year < read.year < date.max.year:
        raise ValueError(value)
    return read


def hour(value: Any) -> time | None:
    """Return an hour by the clock on the wall. Raises ValueError for one of another zone."""
    if value is None:
        return None
    read = value if isinstance(value, time) else time.fromisoformat(str(value))
    if read.tzinfo:
        raise ValueError(value)
    return read


def opening_hour(value: Any) -> time:
    return hour(value) or time()


# --- What an audit may have changed -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShiftState:
    """A shift's columns as people typed them, under the names of the newest schema."""

    business_id: str
    cashier_id: str
    session_date: date
    opened_time: time
    closed_time: time | None
    status: str
    initial_cash: Decimal
    final_cash: Decimal | None
    envelope_amount: Decimal
    card_total: Decimal
    bank_transfer_total: Decimal
    expenses: Decimal
    credit_sales_total: Decimal
    credit_payments_collected: Decimal
    closing_ticket: str
    notes: str
    flagged: bool
    flag_reason: str
    is_deleted: bool


@dataclass(frozen=True)
class DayState:
    is_closed: bool
    cash_sales: Decimal | None
    card_sales: Decimal | None
    credit_sales: Decimal | None
    invoice_count: Decimal | None
    daily_cost_total: Decimal | None
    is_deleted: bool


Reader = Callable[[Any], Any]
SHIFT_READERS: dict[str, Reader] = {
    "business_id": text,
    "cashier_id": text,
    "session_date": day,
    "opened_time": opening_hour,
    "closed_time": hour,
    "status": text,
    "initial_cash": amount,
    "final_cash": known_amount,
    "envelope_amount": amount,
    "card_total": amount,
    "bank_transfer_total": amount,
    "expenses": amount,
    "credit_sales_total": amount,
    "credit_payments_collected": amount,
    "closing_ticket": text,
    "notes": text,
    "flagged": flag,
    "flag_reason": text,
    "is_deleted": flag,
}
DAY_READERS: dict[str, Reader] = {
    "is_closed": flag,
    **dict.fromkeys(("cash_sales", "card_sales", "credit_sales", "invoice_count", "daily_cost_total"), known_amount),
    "is_deleted": flag,
}
# The one column of today that was two.
CARD_PARTS = ("credit_card_total", "debit_card_total")
COST_BEFORE = "purchases_total"

State = TypeVar("State", ShiftState, DayState)


def _state(kind: type[State], readers: dict[str, Reader], raw: Raw) -> State:
    return kind(**{field.name: readers[field.name](raw.get(field.name)) for field in fields(kind)})


def shift_state(raw: Raw) -> ShiftState:
    if "card_total" not in raw:
        raw = {**raw, "card_total": sum(amount(raw.get(part)) for part in CARD_PARTS)}
    return _state(ShiftState, SHIFT_READERS, raw)


def day_state(raw: Raw) -> DayState:
    """A day has no column that says it is deleted: one that says when has to do."""
    raw = {"daily_cost_total": raw.get(COST_BEFORE), "is_deleted": raw.get("deleted_at") is not None, **raw}
    return _state(DayState, DAY_READERS, raw)


# --- Rows -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class User:
    origin: Origin
    id: str
    email: str
    hashed_password: str
    first_name: str
    last_name: str
    role: str | None
    is_active: bool
    created_at: datetime | None


def user(raw: Raw) -> User:
    """`role` is None where the schema has no such column."""
    return User(
        origin=Origin("users", text(raw["id"]), raw),
        id=text(raw["id"]),
        email=text(raw.get("email")),
        hashed_password=text(raw.get("hashed_password")),
        first_name=text(raw.get("first_name")),
        last_name=text(raw.get("last_name")),
        role=text(raw["role"]) if "role" in raw else None,
        is_active=flag(raw.get("is_active", True)),
        created_at=instant(raw.get("created_at")),
    )


@dataclass(frozen=True)
class Business:
    origin: Origin
    id: str
    name: str
    address: str
    phone: str
    is_active: bool
    created_at: datetime | None


def business(raw: Raw) -> Business:
    return Business(
        origin=Origin("businesses", text(raw["id"]), raw),
        id=text(raw["id"]),
        name=text(raw.get("name")),
        address=text(raw.get("address")),
        phone=text(raw.get("phone")),
        is_active=flag(raw.get("is_active", True)),
        created_at=instant(raw.get("created_at")),
    )


@dataclass(frozen=True)
class Assignment:
    origin: Origin
    user_id: str
    business_id: str
    assigned_at: datetime | None


def assignment(raw: Raw) -> Assignment:
    person, place = text(raw.get("user_id")), text(raw.get("business_id"))
    return Assignment(
        origin=Origin("user_businesses", text(raw.get("id") or f"{person}/{place}"), raw),
        user_id=person,
        business_id=place,
        assigned_at=instant(raw.get("assigned_at")),
    )


@dataclass(frozen=True)
class Shift:
    origin: Origin
    id: str
    number: int | None
    state: ShiftState
    created_by: str | None
    flagged_by: str
    deleted_at: datetime | None
    deleted_by: str
    last_modified_at: datetime | None


def shift(raw: Raw) -> Shift:
    return Shift(
        origin=Origin("cash_sessions", text(raw["id"]), raw),
        id=text(raw["id"]),
        number=whole(raw.get("session_number")),
        state=shift_state(raw),
        created_by=key(raw.get("created_by")),
        flagged_by=text(raw.get("flagged_by")),
        deleted_at=instant(raw.get("deleted_at")),
        deleted_by=text(raw.get("deleted_by")),
        last_modified_at=instant(raw.get("last_modified_at")),
    )


@dataclass(frozen=True)
class Item:
    origin: Origin
    kind: Kind
    session_id: str
    description: str
    amount: Decimal
    created_at: datetime | None
    is_deleted: bool
    is_verified: bool
    verified_by: str | None
    verified_at: datetime | None


def item(table: str, raw: Raw) -> Item:
    return Item(
        origin=Origin(table, text(raw["id"]), raw),
        kind=ITEM_KINDS[table],
        session_id=text(raw.get("session_id")),
        description=text(raw.get("description")),
        amount=amount(raw.get("amount")),
        created_at=instant(raw.get("created_at")),
        is_deleted=flag(raw.get("is_deleted")),
        is_verified=flag(raw.get("is_verified")),
        verified_by=key(raw.get("verified_by")),
        verified_at=instant(raw.get("verified_at")),
    )


@dataclass(frozen=True)
class Day:
    origin: Origin
    id: str
    business_id: str
    date: date
    state: DayState
    total_sales: Decimal | None
    admin_id: str | None
    created_at: datetime
    deleted_at: datetime | None
    deleted_by: str
    last_modified_at: datetime | None

    @property
    def touched_at(self) -> datetime:
        return max(filter(None, (self.created_at, self.last_modified_at, self.deleted_at)))


def reconciliation(raw: Raw) -> Day:
    of = day(raw["date"])
    return Day(
        origin=Origin("daily_reconciliations", text(raw["id"]), raw),
        id=text(raw["id"]),
        business_id=text(raw.get("business_id")),
        date=of,
        state=day_state(raw),
        total_sales=known_amount(raw.get("total_sales")),
        admin_id=key(raw.get("admin_id")),
        created_at=instant(raw.get("created_at")) or datetime.combine(of, time(), UTC),
        deleted_at=instant(raw.get("deleted_at")),
        deleted_by=text(raw.get("deleted_by")),
        last_modified_at=instant(raw.get("last_modified_at")),
    )


@dataclass(frozen=True)
class Edit:
    """A line of an audit: what it says was there before and after, as it says it. `origin` is None where we made it."""

    origin: Origin | None
    at: datetime
    by: str
    reason: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]


def edit(table: str, raw: Raw) -> Edit:
    """Deleting and restoring may be told by their name alone."""
    old, new = mapping(raw.get("old_values")), mapping(raw.get("new_values"))
    for action, deleted in (("DELETE", True), ("RESTORE", False)):
        if text(raw.get("action")).upper().startswith(action) and "is_deleted" not in new:
            old, new = {**old, "is_deleted": not deleted}, {**new, "is_deleted": deleted}
    return Edit(
        origin=Origin(table, text(raw["id"]), raw),
        at=instant(raw.get("changed_at")) or datetime.min.replace(tzinfo=UTC),
        by=text(raw.get("changed_by")),
        reason=text(raw.get("reason")),
        old=old,
        new=new,
    )


def mapping(value: Any) -> Mapping[str, Any]:
    """Return the object in a JSON column, also where the column is a text; an empty one where there is none."""
    read = json_or_nothing(value) if isinstance(value, str) else value
    return read if isinstance(read, Mapping) else {}


def json_or_nothing(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return None

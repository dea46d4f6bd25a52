"""Rows of the old system, as its newest schema has them; a test says what is special about its own."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

from sessions_app.legacy import rows
from sessions_app.legacy.names import Names
from sessions_app.legacy.shifts import Options, ShiftReader
from sessions_app.legacy.survey import Numbers, Registers, survey

DAY = date(2026, 3, 10)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def user(key="ana", **columns):
    return rows.user(
        {
            "id": key,
            "email": f"{key}@example.com",
            "hashed_password": "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
            "is_active": True,
            "created_at": utc(2025, 1, 1),
            "first_name": key.capitalize(),
            "last_name": "Sosa",
            "role": "CASHIER",
            **columns,
        }
    )


def business(key="centro", **columns):
    return rows.business(
        {
            "id": key,
            "name": f"Farmacia {key.capitalize()}",
            "address": None,
            "phone": None,
            "is_active": True,
            "created_at": utc(2025, 1, 1),
            **columns,
        }
    )


def assignment(person="ana", place="centro", key="1", **columns):
    return rows.assignment(
        {"id": key, "user_id": person, "business_id": place, "assigned_at": utc(2025, 1, 2), **columns}
    )


def shift(key="s1", **columns):
    """Closed and counted, from 7 to 15 hours; opening cash 100.000, counted 400.000."""
    return rows.shift(
        {
            "id": key,
            "session_number": None,
            "business_id": "centro",
            "cashier_id": "ana",
            "created_by": "ana",
            "session_date": DAY,
            "opened_time": time(7),
            "closed_time": time(15),
            "status": "CLOSED",
            "initial_cash": Decimal("100000.00"),
            "final_cash": Decimal("400000.00"),
            "envelope_amount": Decimal("0.00"),
            "card_total": Decimal("0.00"),
            "bank_transfer_total": Decimal("0.00"),
            "expenses": Decimal("0.00"),
            "credit_sales_total": Decimal("0.00"),
            "credit_payments_collected": Decimal("0.00"),
            "closing_ticket": None,
            "notes": None,
            "flagged": False,
            "flag_reason": None,
            "flagged_by": None,
            "is_deleted": False,
            "deleted_at": None,
            "deleted_by": None,
            "last_modified_at": None,
            "last_modified_by": None,
            **columns,
        }
    )


def open_shift(key="s1", **columns):
    return shift(key, **{"status": "OPEN", "closed_time": None, "final_cash": None, **columns})


def item(table, key, amount, **columns):
    return rows.item(
        table,
        {
            "id": key,
            "session_id": "s1",
            "description": "SIPAP" if table == "transfer_items" else "Hielo",
            "amount": Decimal(amount),
            "created_at": utc(2026, 3, 10, 12),
            "is_deleted": False,
            **columns,
        },
    )


def transfer(key, amount, **columns):
    verified = {"is_verified": False, "verified_by": None, "verified_at": None}
    return item("transfer_items", key, amount, **{**verified, **columns})


def expense(key, amount, **columns):
    return item("expense_items", key, amount, **columns)


def edit(at, old, new, *, by="ana@example.com", reason="Estaba mal", action="edit_closed", key=None):
    """A line of the audit of shifts."""
    table = "cash_session_audit_logs"
    columns = {"changed_at": at, "changed_by": by, "reason": reason, "action": action}
    return rows.edit(table, {"id": key or f"{at}", **columns, "old_values": old, "new_values": new})


def day(key="d1", **columns):
    """All paid in cash: 500.000."""
    return rows.reconciliation(
        {
            "id": key,
            "business_id": "centro",
            "date": DAY,
            "cash_sales": Decimal("500000.00"),
            "card_sales": Decimal("0.00"),
            "credit_sales": Decimal("0.00"),
            "total_sales": Decimal("500000.00"),
            "is_closed": False,
            "admin_id": "marta",
            "created_at": utc(2026, 3, 10, 23),
            "deleted_at": None,
            "deleted_by": None,
            "invoice_count": None,
            "daily_cost_total": None,
            "last_modified_at": None,
            **columns,
        }
    )


PEOPLE = [user("ana"), user("beto"), user("marta", role="ADMIN"), user("otra", first_name="Marta")]


def reader(*shifts, known=None, closed_days=(), options=None):
    """The reader of these shifts, once it has looked at all of them."""
    found = survey(shifts, closed_days=closed_days, known=known or {})
    numbers = Numbers(found.highest, known or {})
    return ShiftReader(Names(PEOPLE), found, numbers, Registers(known or {}), options or Options())


def plan(row, items=(), edits=()):
    return reader(row).plan(row, items, edits)


def plans(*shifts, **choices):
    reading = reader(*shifts, **choices)
    return [reading.plan(row) for row in shifts]


def codes(planned):
    """The codes of its findings, in alphabetical order."""
    return sorted(finding.code.value for finding in planned.findings)


def facts(planned, code):
    """Field, was and now of the findings with that code."""
    return [(finding.field, finding.was, finding.now) for finding in planned.findings if finding.code == code]

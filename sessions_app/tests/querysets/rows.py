"""Shifts as they stand at 20:30, and their names."""

from datetime import UTC, datetime, timedelta

from accounts.models import User
from sessions_app.domain.choices import MARKS, Status
from sessions_app.models import CashSession

NOW = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)
HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)


def shift(cashier, pharmacy, *marks, closed=None, register=1):
    """A row as it stands `closed` (a span) after its closing, or open, with marks of Marta."""
    marta = User.objects.get(first_name="Marta")
    values = {"opened_at": NOW - timedelta(days=2), "business_date": NOW.date(), "initial_cash": 0}
    if closed is not None:
        values |= {"status": Status.CLOSED, "closed_at": NOW - closed, "final_cash": 0, "tolerance": 0}
    for mark in marks:
        values |= {f"{mark}_at": NOW, f"{mark}_by": marta, MARKS[mark]: "because"}
    return CashSession.objects.create(cashier=cashier, pharmacy=pharmacy, register=register, **values)


def named(rows, names):
    """The names of rows."""
    keys = {row.pk: name for name, row in names.items()}
    return {keys[row.pk] for row in rows}

"""Whole databases, read."""

from datetime import date
from decimal import Decimal

import pytest

from sessions_app.legacy import reading
from sessions_app.legacy.plan import Place
from sessions_app.legacy.reading import Choices, Reading
from sessions_app.legacy.report import Report
from sessions_app.legacy.source import open_source
from sessions_app.tests.legacy.old_rows import utc
from sessions_app.tests.legacy.old_schema import FIRST, NEWEST, business, identity, insert, named, session, user

ANA, MARTA = named(1, "Ana"), named(2, "Marta", role="ADMIN")
CENTRO, LUQUE = business(11, "Centro"), business(12, "Luque")
ASSIGNED = insert(
    "user_businesses", id=identity(21), user_id=identity(1), business_id=identity(11), assigned_at="2025-01-02"
)


class Read:
    """Everything that a reading answers, at once."""

    def __init__(self, url, known=None, **choices):
        self.report = Report()
        with open_source(url) as source:
            read = Reading(source, Choices(hashers={"argon2"}, **choices), known or {}, self.report)
            self.chunks = list(read.shifts())
            self.days = [plan for chunk in read.days() for plan in chunk]
            self.left_out = list(read.left_out())
        self.people, self.pharmacies, self.assignments = read.people, read.pharmacies, read.assignments
        self.shifts = [plan for chunk in self.chunks for plan in chunk]
        self.totals = read.totals
        self.codes = {code.value: number for code, number in self.report.counts.items()}


def item(table, number, of, amount, **columns):
    basics = {"session_id": identity(of), "description": "Algo", "created_at": "2026-03-10 12:00+00"}
    return insert(table, id=identity(number), amount=amount, **{**basics, **columns})


def audit(number, of, old, new, table="cash_session_audit_logs", owner="session_id", **columns):
    basics = {"changed_by": "Marta Sosa", "changed_at": "2026-03-11 12:00+00", "action": "EDIT", "changed_fields": "[]"}
    values = {"old_values": old, "new_values": new, "reason": "Recuento"}
    return insert(table, id=identity(number), **{owner: identity(of)}, **values, **{**basics, **columns})


def day(number, of, **columns):
    basics = {"business_id": identity(of), "date": "2026-03-10", "is_closed": False, "admin_id": identity(2)}
    return insert(
        "daily_reconciliations", id=identity(number), created_at="2026-03-10 23:00+00", **{**basics, **columns}
    )


@pytest.fixture
def newest(old_database):
    return old_database(
        NEWEST,
        ANA,
        MARTA,
        CENTRO,
        LUQUE,
        ASSIGNED,
        session(101, session_number=8, expenses="3000.00", bank_transfer_total="5000.00"),
        session(102, session_number=7, session_date="2026-03-09", envelope_amount="2500.50"),
        session(103, session_number=9, business_id=identity(12), is_deleted=True),
        item("transfer_items", 201, 101, "5000.00"),
        item("expense_items", 202, 101, "3000.00"),
        item("expense_items", 203, 199, "1.00"),
        audit(301, 101, '{"final_cash": "390000.00"}', '{"final_cash": "400000"}'),
        day(401, 11, cash_sales="500000.00", last_modified_at="2026-03-11 12:00+00"),
        day(402, 11, date="2026-03-09", is_closed=True),
        day(403, 12, is_closed=True),
        audit(
            501,
            401,
            '{"cash_sales": "1.00"}',
            '{"cash_sales": "500000"}',
            table="daily_reconciliation_audit_logs",
            owner="reconciliation_id",
        ),
    )


def test_everything_of_the_newest_schema_is_read(newest):
    read = Read(newest)
    assert [plan.email for plan in read.people] == ["ana@example.com", "marta@example.com"]
    assert [(plan.name, plan.registers) for plan in read.pharmacies] == [("Centro", 1), ("Luque", 1)]
    assert [(plan.person, plan.pharmacy) for plan in read.assignments] == [(identity(1), identity(11))]
    assert [plan.number for plan in read.shifts] == [7, 8, 9]
    assert [movement.amount for movement in read.shifts[1].movements] == [5_000, 3_000]
    assert [(event.event, event.by) for event in read.shifts[1].history][2:] == [("edited", identity(2))]
    assert [(plan.pharmacy, plan.date, plan.values.is_closed) for plan in read.days] == [
        (identity(11), date(2026, 3, 9), False),
        (identity(11), date(2026, 3, 10), False),
        (identity(12), date(2026, 3, 10), True),
    ]
    assert [event.values.billed_cash for event in read.days[1].history] == [1, 500_000]


def test_what_was_found_is_counted_and_the_sums_are_explained(newest):
    read = Read(newest)
    assert read.codes == {
        "decimals": 1,
        "deletion_undated": 1,
        "closed_day_with_shifts": 1,
        "opener_unknown": 3,
        "orphan": 1,
    }
    assert [(lost.origin.table, lost.origin.id) for lost in read.left_out] == [("expense_items", identity(203))]
    place = (identity(11), "2026-03", "envelope_amount")
    [envelopes] = [line for line in read.totals.lines({place: 2_501}) if line.column == "envelope_amount"]
    assert (envelopes.legacy, envelopes.imported, envelopes.explained) == (Decimal("2500.50"), 2_501, Decimal("0.50"))
    assert envelopes.is_explained


def test_the_same_database_is_read_the_same_again(newest):
    first, again = Read(newest), Read(newest)
    assert (first.people, first.pharmacies, first.shifts, first.days) == (
        again.people,
        again.pharmacies,
        again.shifts,
        again.days,
    )


def test_only_shifts_and_days_since_a_date(newest):
    read = Read(newest, since=date(2026, 3, 10))
    assert ([plan.number for plan in read.shifts], len(read.days)) == ([8, 9], 2)


def test_no_old_number_counts_above_those_that_are_here(newest):
    assert [plan.number for plan in Read(newest, above=500).shifts] == [501, 502, 503]


def test_what_is_here_already_keeps_its_place(newest):
    read = Read(newest, known={identity(102): Place(70, 4)})
    assert [(plan.number, plan.values.register) for plan in read.shifts] == [(70, 4), (8, 1), (9, 1)]
    assert read.pharmacies[0].registers == 4


def test_shifts_come_in_chunks(newest, monkeypatch):
    monkeypatch.setattr(reading, "CHUNK", 2)
    assert [len(chunk) for chunk in Read(newest).chunks] == [2, 1]


def test_a_shift_or_a_day_of_no_pharmacy_has_to_be_decided_first(old_database):
    read = Read(old_database(NEWEST, ANA, session(101, session_number=1), day(401, 12)))
    assert (read.shifts, read.days, read.report.is_blocked) == ([], [], True)
    assert [lost.origin.table for lost in read.left_out] == ["cash_sessions", "daily_reconciliations"]


def test_tables_without_a_place_are_kept(old_database):
    deposits = (
        "CREATE TABLE envelope_deposit_events (id int, amount int); INSERT INTO envelope_deposit_events VALUES (7, 5)"
    )
    (kept,) = Read(old_database(NEWEST, ANA, CENTRO, deposits)).left_out
    assert (kept.origin.table, kept.origin.id, kept.origin.row) == (
        "envelope_deposit_events",
        "7",
        {"id": 7, "amount": 5},
    )


def test_the_first_schema_of_five_tables_is_read(old_database):
    totals = {"envelope_amount": 0, "credit_card_total": "30000.00", "debit_card_total": "12000.00"}
    url = old_database(
        FIRST,
        user(1, "ana@example.com"),
        user(2, "marta@example.com"),
        CENTRO,
        insert("user_businesses", id=identity(21), user_id=identity(1), business_id=identity(11)),
        session(101, **totals, bank_transfer_total="9000.00"),
        session(102, **totals, bank_transfer_total=0, opened_time="16:00", closed_time="22:00"),
        audit(
            301,
            101,
            '{"debit_card_total": null}',
            '{"debit_card_total": "12000"}',
            changed_at="2026-03-11 12:00",
            changed_by="marta@example.com",
        ),
    )
    read = Read(url, admins=["marta@example.com"])
    assert [(plan.email, plan.role, plan.first_name) for plan in read.people] == [
        ("ana@example.com", "Cashier", "ana"),
        ("marta@example.com", "Admin", "marta"),
    ]
    first, second = read.shifts
    assert (first.number, second.number) == (1, 2)
    assert [(one.kind, one.amount, one.created_at) for one in first.movements] == [
        ("transfer", 9_000, utc(2026, 3, 10, 18)),
        ("card", 30_000, utc(2026, 3, 10, 18)),
        ("card", 42_000, utc(2026, 3, 11, 12)),
    ]
    assert [event.by for event in first.history] == [None, None, identity(2)]
    assert (first.values.card_total, second.values.card_total, read.days) == (42_000, 42_000, [])

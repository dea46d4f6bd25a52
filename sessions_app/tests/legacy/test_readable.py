"""Rows of the source that cannot be read, and ids that two rows have: told, left out, and the others come."""

import pytest
from django.utils import translation

from sessions_app.legacy.source import SourceError
from sessions_app.tests.legacy.old_schema import NEWEST, identity, insert, session
from sessions_app.tests.legacy.test_reading import ANA, CENTRO, MARTA, Read, audit, day, item

TABLES = ("users", "cash_sessions", "transfer_items", "cash_session_audit_logs", "daily_reconciliations")
# As in databases that were copied by hand: ids that are missing or double are let in.
LOOSE = "".join(
    f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey; ALTER TABLE {table} ALTER id DROP NOT NULL;" for table in TABLES
)
SHIFT = session(101, session_number=1, bank_transfer_total="5000.00")
OTHER = session(102, session_number=2, session_date="2026-03-11")
TRANSFER = item("transfer_items", 201, 101, "5000.00")
DAY = day(401, 11, cash_sales="500000.00")


@pytest.fixture
def read_with(old_database):
    """Reads two shifts, a transfer and a day, once these statements changed them."""

    def read(*changes):
        return Read(old_database(NEWEST, LOOSE, ANA, MARTA, CENTRO, SHIFT, OTHER, TRANSFER, DAY, *changes))

    return read


def set_shift(column, value):
    return f"UPDATE cash_sessions SET {column} = {value} WHERE id = '{identity(101)}'"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("final_cash", "'NaN'"),
        ("envelope_amount", "'NaN'"),
        ("session_date", "'infinity'"),
        ("session_date", "'0044-03-15 BC'"),
        ("session_date", "'9999-12-31'"),
        ("closed_time", "'24:00'"),
        ("last_modified_at", "'infinity'"),
        ("deleted_at", "'-infinity'"),
        ("id", "NULL"),
    ],
)
def test_a_shift_with_a_value_that_is_none_has_to_be_decided_first_and_the_other_comes(read_with, column, value):
    read = read_with(set_shift(column, value))
    assert [plan.number for plan in read.shifts] == [2]
    assert (read.codes["unreadable"], read.report.is_blocked) == (1, True)


def test_so_has_one_without_a_day(read_with):
    read = read_with("ALTER TABLE cash_sessions ALTER session_date DROP NOT NULL;", set_shift("session_date", "NULL"))
    assert ([plan.number for plan in read.shifts], read.codes["unreadable"]) == ([2], 1)


def test_so_has_one_whose_hours_are_those_of_another_zone(read_with):
    read = read_with("ALTER TABLE cash_sessions ALTER opened_time TYPE timetz USING (opened_time || '+05')::timetz")
    assert (read.shifts, read.codes["unreadable"]) == ([], 2)


@pytest.mark.parametrize("number", ["9223372036854775807", "1.5", "'T-1'"])
def test_so_has_one_whose_number_is_none(read_with, number):
    kind = "text" if "T" in number else "numeric"
    read = read_with(
        f"ALTER TABLE cash_sessions ALTER session_number TYPE {kind};", set_shift("session_number", number)
    )
    assert ([plan.number for plan in read.shifts], read.codes["unreadable"]) == ([2], 1)


def test_a_number_with_noughts_behind_it_is_a_number(read_with):
    read = read_with("ALTER TABLE cash_sessions ALTER session_number TYPE numeric(10, 2)")
    assert [repr(plan.number) for plan in read.shifts] == ["1", "2"]


def test_of_an_item_that_cannot_be_read_the_shift_says_the_total(read_with):
    read = read_with("UPDATE transfer_items SET amount = 'NaN'")
    assert [(one.amount, one.origin) for one in read.shifts[0].movements] == [(5_000, None)]
    assert (read.codes["unreadable"], read.report.is_blocked) == (1, True)


def test_a_day_that_cannot_be_read_has_to_be_decided_first(read_with):
    read = read_with("UPDATE daily_reconciliations SET cash_sales = 'NaN'")
    assert (read.days, read.codes["unreadable"], read.report.is_blocked) == ([], 1, True)


def test_a_row_that_is_stored_twice_counts_once(read_with):
    read = read_with(SHIFT, TRANSFER, DAY, ANA)
    assert ([plan.number for plan in read.shifts], len(read.days), len(read.people)) == ([1, 2], 1, 2)
    assert [one.amount for one in read.shifts[0].movements] == [5_000]
    assert (read.codes["id_twice"], read.report.is_blocked) == (4, False)


def test_one_that_says_something_else_under_the_same_id_has_to_be_decided_first(read_with):
    read = read_with(session(101, session_number=3, session_date="2026-03-12"))
    assert [plan.number for plan in read.shifts] == [1, 2]
    assert (read.codes["id_twice"], read.report.is_blocked) == (1, True)


def test_lines_of_the_audit_that_are_stored_twice_count_once(read_with):
    log = audit(301, 101, '{"final_cash": "390000.00"}', '{"final_cash": "400000"}')
    read = read_with(log, log)
    assert [event.event for event in read.shifts[0].history] == ["opened", "closed", "edited"]
    assert read.codes["id_twice"] == 1


def test_rows_without_an_id_that_belong_to_nothing_are_told_and_not_kept(read_with):
    lost = insert("transfer_items", session_id=identity(199), description="x", amount=1, created_at="2026-03-10 12:00")
    read = read_with(lost, lost)
    assert (read.left_out, read.codes["unreadable"]) == ([], 2)


def test_without_a_person_that_cannot_be_read_what_they_did_would_be_nobodys(read_with):
    with translation.override("en"), pytest.raises(SourceError) as refusal:
        read_with(f"UPDATE users SET created_at = 'infinity' WHERE id = '{identity(1)}'")
    assert str(refusal.value) == f"The old database cannot be read: users {identity(1)}, created_at: infinity"

"""Any change behind the actions' back is found, and named with its table and row."""

import copy
from contextlib import suppress
from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pharmacies.models import Assignment
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain import formulas
from sessions_app.domain.choices import Kind
from sessions_app.ledger import integrity
from testing.cast import everybody
from testing.database import tamper
from testing.factories import ShiftFactory

SHIFT, MOVEMENT, HISTORY = "sessions_app_cashsession", "sessions_app_movement", "sessions_app_historicalcashsession"


def verify():
    """The output of the command; one that finds something refuses, with exit code 1."""
    told = StringIO()
    with suppress(CommandError):
        call_command("verify_integrity", stdout=told, stderr=StringIO())
        assert "Everything agrees" in told.getvalue()
    return told.getvalue()


def drop_condition(table, name):
    if connection.vendor == "postgresql":
        tamper(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


@pytest.fixture(scope="module")
def written(module_db):
    """The people, and a shift of Ana's: closed with pieces, movements of two kinds, a voided one: five versions."""
    world = everybody()
    shift = ShiftFactory(cashier=world.ana)
    movement_actions.add_movement(shift.pk, new=NewMovement("expense", 2_000, "Hielo"), by=world.ana)
    voided = movement_actions.add_movement(shift.pk, new=NewMovement("card", 7_000), by=world.ana)
    movement_actions.void_movement(shift.pk, voided.pk, reason="Dos veces", by=world.ana)
    shift_actions.close_shift(
        shift.pk, final_cash=600_000, count_sheet={"100000": 6}, billed={"billed_cash": 102_000}, by=world.ana
    )
    world.shift = shift
    return world


@pytest.fixture
def world(written, db):
    return copy.deepcopy(written)


@pytest.fixture
def shift(world):
    return world.shift


@pytest.fixture
def ana(world):
    return world.ana


def test_what_the_actions_write_agrees(shift, world):
    ana, marta = world.ana, world.marta
    shift_actions.correct_shift(shift.pk, version=5, final_cash=590_000, reason="Conté mal", by=ana)
    mark_actions.flag_shift(shift.pk, reason="Mirar", by=marta)
    mark_actions.delete_shift(shift.pk, reason="Duplicado", by=marta)
    ShiftFactory(cashier=world.beto, register=2)
    assert "Everything agrees: 2 shifts, 2 movements" in verify()


def test_an_assignment_may_have_been_ended(world):
    world.beto.assignments.get().delete()
    assert "Everything agrees" in verify()


@pytest.mark.parametrize("kind", Kind.values)
def test_a_sum_that_its_movements_do_not_make(shift, kind):
    due = 2_000 if kind == "expense" else 0
    tamper(f"UPDATE {SHIFT} SET {kind}_total = 5 WHERE id = {shift.pk}")
    assert f"{SHIFT} {shift.pk}: {kind}_total is 5, its movements make {due}\n" in verify()


def test_a_movement_that_was_changed(shift):
    pk = shift.movements.get(kind="expense").pk
    tamper(f"UPDATE {MOVEMENT} SET amount = 3000 WHERE id = {pk}")
    told = verify()
    assert f"{SHIFT} {shift.pk}: expense_total is 2000, its movements make 3000\n" in told
    assert f"{MOVEMENT} {pk}: amount is 3000, its history says 2000\n" in told
    assert (
        f"{SHIFT} {shift.pk}: the shift, its movements, its replies or its history are not as they were sealed\n"
        in told
    )


def test_a_figure_that_its_formula_does_not_give(shift, monkeypatch):
    """As after a change of the formula whose migration is missing."""
    right = formulas.cash_sales(type(shift).objects.get(pk=shift.pk))
    monkeypatch.setattr(formulas, "cash_sales", lambda row: row.initial_cash)
    assert f"{SHIFT} {shift.pk}: cash_sales is {right}, the formula says 500000\n" in verify()


@pytest.mark.parametrize("sheet", ['{"100000": 5}', '{"100000": "six"}', "[6]", "5"])
def test_a_count_sheet_that_does_not_make_the_counted_cash(shift, sheet):
    tamper(f"UPDATE {SHIFT} SET count_sheet = '{sheet}' WHERE id = {shift.pk}")
    assert f"{SHIFT} {shift.pk}: count_sheet makes" in verify()


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("initial_cash", "-1", "shift_amounts_are_within_limits"),
        ("closed_at", "NULL", "closed_shift_is_dated_and_counted_or_says_why_not"),
        ("delete_reason", "'x'", "deleted_shift_says_when_who_and_why_together"),
    ],
)
def test_a_row_against_a_condition(shift, column, value, constraint):
    drop_condition(SHIFT, constraint)
    tamper(f"UPDATE {SHIFT} SET {column} = {value} WHERE id = {shift.pk}")
    assert f"{SHIFT} {shift.pk}: breaks {constraint}\n" in verify()


def test_what_is_found_is_counted_and_is_exit_code_1(shift):
    tamper(f"UPDATE {SHIFT} SET notes = 'x' WHERE id = {shift.pk}")
    with pytest.raises(CommandError, match=r"^2 found that should not be") as raised:
        call_command("verify_integrity", stdout=StringIO(), stderr=StringIO())
    assert raised.value.returncode == 1


def test_a_constraint_that_is_gone(db):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX register_has_one_open_shift")
    assert f"{SHIFT} register_has_one_open_shift: this constraint is not in the database\n" in verify()


def test_a_reference_that_leads_nowhere(shift):
    pk = shift.movements.get(kind="expense").pk
    tamper(f"UPDATE {MOVEMENT} SET created_by_id = 987654 WHERE id = {pk}")
    assert f"{MOVEMENT} {pk}: created_by_id is 987654, which is nowhere\n" in verify()
    tamper(f"UPDATE {MOVEMENT} SET created_by_id = {shift.cashier_id} WHERE id = {pk}")


def test_a_row_that_its_history_does_not_tell(shift):
    tamper(f"UPDATE {SHIFT} SET notes = 'x' WHERE id = {shift.pk}")
    assert f"{SHIFT} {shift.pk}: notes is 'x', its history says ''\n" in verify()


def test_a_row_without_history(shift):
    tamper(f"DELETE FROM {HISTORY} WHERE id = {shift.pk}")
    assert f"{SHIFT} {shift.pk}: has no history\n" in verify()


def test_a_role_that_its_history_does_not_tell(ana):
    through = type(ana).groups.through._meta.db_table
    admin = Group.objects.get(name="Admin").pk
    tamper(f"INSERT INTO {through} (user_id, group_id) VALUES ({ana.pk}, {admin})")
    assert f"accounts_user {ana.pk}: has a role that its history does not tell of\n" in verify()


def test_a_row_that_is_gone(ana):
    pk = Assignment.objects.get(user=ana).pk
    tamper(f"DELETE FROM pharmacies_assignment WHERE id = {pk}")
    assert f"pharmacies_assignment {pk}: is gone, though it has a history\n" in verify()


def test_a_gap_in_the_versions(shift):
    row = shift.history.get(version=3)
    tamper(f"DELETE FROM {HISTORY} WHERE history_id = {row.pk}")
    follower = shift.history.get(version=4).pk
    assert f"{HISTORY} {follower}: version 4 of shift {shift.pk} stands where 3 is due\n" in verify()


def test_a_seal_that_does_not_follow(ana):
    ShiftFactory(closed=True, cashier=ana)
    tamper(f"UPDATE sessions_app_seal SET seal = '{'a' * 64}'")
    assert "does not follow from the seal before it" in verify()


def test_a_guard_that_is_gone(db):
    name = "history_is_append_only" if connection.vendor == "postgresql" else f"{HISTORY}_no_delete"
    with connection.cursor() as cursor:
        on = f" ON {HISTORY}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER {name}{on}")
    assert f"{HISTORY} {name}: this guard of the history is missing, altered or switched off\n" in verify()


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite cannot switch a trigger off")
def test_a_guard_that_is_switched_off(db):
    tamper(f"ALTER TABLE {HISTORY} DISABLE TRIGGER history_is_append_only")
    assert f"{HISTORY} history_is_append_only: this guard of the history is missing" in verify()


def test_a_role_with_other_permissions(db):
    cashier = Group.objects.get(name="Cashier")
    cashier.permissions.add(Permission.objects.get(codename="delete_cashsession"))
    cashier.permissions.remove(Permission.objects.get(codename="close_cashsession"))
    told = verify()
    assert "auth_group Cashier: may sessions_app.delete_cashsession, which accounts/roles.py does not give it" in told
    assert "auth_group Cashier: lacks sessions_app.close_cashsession, which accounts/roles.py gives it" in told


def test_the_queries_do_not_grow_with_the_rows(ana):
    def queries():
        with CaptureQueriesContext(connection) as counted:
            verify()
        return len(counted)

    ShiftFactory(closed=True, cashier=ana)
    one = queries()
    for _ in range(3):
        ShiftFactory(
            closed=True, cashier=ana, movements=[NewMovement("card", 1_000), NewMovement("expense", 500, "Hielo")]
        )
    assert queries() == one


def test_every_check_is_run():
    """Every function that answers with drifts stands in CHECKS."""
    made = {
        function
        for function in vars(integrity).values()
        if callable(function) and "Drift]" in str(getattr(function, "__annotations__", {}).get("return", ""))
    }
    assert made <= set(integrity.CHECKS.values())


def test_versions_that_were_written_in_another_order(shift):
    """None is missing, but the third was written after the fourth."""
    third, fourth = (shift.history.get(version=version).pk for version in (3, 4))
    tamper(
        f"UPDATE {HISTORY} SET version = 4 WHERE history_id = {third}",
        f"UPDATE {HISTORY} SET version = 3 WHERE history_id = {fourth}",
    )
    assert [str(one) for one in integrity.versions_have_no_gap()] == [
        f"{HISTORY} {third}: version 4 of shift {shift.pk} stands where 3 is due",
        f"{HISTORY} {fourth}: version 3 of shift {shift.pk} stands where 4 is due",
    ]

"""The database itself refuses what would leave a change untold, whoever asks it."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import User
from cashpilot.db import triggers
from cashpilot.db.history import Tracked
from pharmacies.models import Assignment, Pharmacy
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.models import CashSession, Day, Movement, Reply
from testing.factories import PharmacyFactory, ShiftFactory

on_postgresql = pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite judges no commit")
HISTORY = "pharmacies_historicalpharmacy"


@pytest.fixture
def history(central):
    """The key of the one row of a history, of a pharmacy."""
    return central.history.get().pk


def refused(statement):
    with pytest.raises(DatabaseError, match=triggers.REFUSAL), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# --- History is append-only -------------------------------------------------------------------------------------------


def test_history_refuses_an_update(history):
    refused(f"UPDATE {HISTORY} SET name = 'Another' WHERE history_id = {history}")
    assert Pharmacy.history.get(pk=history).name == "Central"


def test_history_refuses_a_delete(history):
    refused(f"DELETE FROM {HISTORY} WHERE history_id = {history}")
    assert Pharmacy.history.filter(pk=history).exists()


@on_postgresql
def test_history_refuses_to_be_emptied(history):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    refused(f"TRUNCATE {HISTORY}")
    assert Pharmacy.history.filter(pk=history).exists()


def test_history_refuses_a_row_in_place_of_another(history):
    """PostgreSQL's way is ON CONFLICT DO UPDATE, SQLite's INSERT OR REPLACE, which fires no trigger of UPDATE."""
    columns = ", ".join(field.column for field in Pharmacy.history.model._meta.fields)
    verb, end = (
        ("INSERT OR REPLACE", "")
        if connection.vendor == "sqlite"
        else ("INSERT", "ON CONFLICT (history_id) DO UPDATE SET name = 'Another'")
    )
    refused(f"{verb} INTO {HISTORY} ({columns}) SELECT {columns} FROM {HISTORY} WHERE history_id = {history} {end}")
    assert Pharmacy.history.get(pk=history).name == "Central"


def test_history_takes_a_new_row(central):
    central.name = "Central Renovada"
    central.save()
    assert [row.name for row in central.history.all()] == ["Central Renovada", "Central"]


# --- No commit without its history, on PostgreSQL ---------------------------------------------------------------------


def commit(*statements):
    """Say it to the database, and have it judged as it will be at the end of the transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def untold(table, row, *statements):
    with pytest.raises(IntegrityError, match=f"^{table}(?: of)? {row} was changed without history"):
        commit(*statements)


@on_postgresql
@pytest.mark.parametrize(
    ("model", "change"),
    [
        (CashSession, "final_cash = final_cash + 1"),
        (CashSession, "notes = 'x'"),
        (CashSession, "version = version + 1"),
        (CashSession, "deleted_at = closed_at, deleted_by_id = cashier_id, delete_reason = 'x'"),
        (Movement, "amount = amount + 1"),
        (Movement, "voided_at = created_at, voided_by_id = created_by_id, void_reason = 'x'"),
        (Pharmacy, "cash_tolerance = 1"),
        (Pharmacy, "id = id + 1000"),
        (User, "email = 'other@example.com'"),
        (User, "is_superuser = true"),
        (User, "is_active = false"),
    ],
)
def test_an_update_without_history_is_refused(model, change, ana, luque):
    ShiftFactory(closed=True, cashier=ana, movements=[NewMovement("card", 1_000)])
    row = Pharmacy.objects.get(pk=luque.pk) if model is Pharmacy else model.objects.get()
    table = model._meta.db_table
    untold(table, row.pk, f"UPDATE {table} SET {change} WHERE id = {row.pk}")


@on_postgresql
def test_a_delete_without_history_is_refused(ana):
    shift = ShiftFactory(cashier=ana)
    note = movement_actions.add_movement(shift.pk, new=NewMovement("card", 1_000), by=ana)
    assignment = ana.assignments.get()
    untold("sessions_app_movement", note.pk, f"DELETE FROM sessions_app_movement WHERE id = {note.pk}")
    untold("pharmacies_assignment", assignment.pk, f"DELETE FROM pharmacies_assignment WHERE id = {assignment.pk}")


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_an_insert_without_history_is_refused():
    with pytest.raises(IntegrityError, match="was changed without history"):
        Pharmacy.objects.bulk_create([Pharmacy(name="Sin papeles")])
    assert not Pharmacy.objects.exists()


@on_postgresql
def test_a_role_without_history_is_refused(ana):
    roles = User.groups.through._meta.db_table
    admin, cashier = Group.objects.get(name="Admin").pk, Group.objects.get(name="Cashier").pk
    untold(roles, ana.pk, f"INSERT INTO {roles} (user_id, group_id) VALUES ({ana.pk}, {admin})")
    untold(roles, ana.pk, f"UPDATE {roles} SET group_id = {admin} WHERE user_id = {ana.pk}")
    untold(roles, ana.pk, f"DELETE FROM {roles} WHERE user_id = {ana.pk} AND group_id = {cashier}")


@on_postgresql
def test_a_history_that_tells_something_else_is_refused(central):
    columns = ", ".join(field.column for field in Pharmacy.history.model._meta.fields if not field.primary_key)
    untold(
        "pharmacies_pharmacy",
        central.pk,
        "UPDATE pharmacies_pharmacy SET name = 'Another'",
        f"INSERT INTO {HISTORY} ({columns}) SELECT {columns} FROM {HISTORY}",
    )


@on_postgresql
def test_a_temporary_table_does_not_stand_in_for_a_history(central):
    untold(
        "pharmacies_pharmacy",
        central.pk,
        f"CREATE TEMPORARY TABLE {HISTORY} ON COMMIT DROP AS SELECT * FROM {HISTORY}",
        f"UPDATE pg_temp.{HISTORY} SET name = 'Another'",
        "UPDATE pharmacies_pharmacy SET name = 'Another'",
    )


@on_postgresql
def test_a_password_may_change_without_history(ana):
    """A history leaves it out; and some rows only Django itself writes."""
    commit("UPDATE accounts_user SET password = 'x'")
    assert User.objects.get(pk=ana.pk).password == "x"


@pytest.mark.django_db(transaction=True)
def test_a_row_whose_history_fails_is_not_stored(central, monkeypatch):
    """Outside of any transaction, on both engines."""

    def fail(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Pharmacy.history.model, "save", fail)
    central.name = "Another"
    with pytest.raises(RuntimeError):
        central.save()
    with pytest.raises(RuntimeError):
        central.delete()
    assert Pharmacy.objects.get().name == "Central"


# --- Every table has its guards ---------------------------------------------------------------------------------------


def test_every_table_is_guarded(db):
    """Named here once, so that a model whose history is forgotten is missed."""
    assert {model._meta.db_table for model in triggers.append_only_models()} == {
        "accounts_historicaluser",
        "accounts_historicaluser_groups",
        "accounts_signin",
        "sessions_app_anchor",
        "pharmacies_historicalpharmacy",
        "pharmacies_historicalassignment",
        "sessions_app_historicalcashsession",
        "sessions_app_historicalday",
        "sessions_app_historicalmovement",
        "sessions_app_historicalreply",
        "sessions_app_reply",
        "sessions_app_seal",
    }
    assert set(triggers.tracked_models()) == {User, Pharmacy, Assignment, CashSession, Movement, Reply, Day}
    assert {model for model in apps.get_models() if issubclass(model, Tracked)} == set(triggers.tracked_models())
    assert triggers.missing() == []


def test_each_guard_is_missed_and_put_back(db):
    for guard in triggers._wanted("default"):
        triggers.remove(triggers=[guard])
        assert triggers.missing() == [guard]
        triggers.install()
        assert triggers.missing() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_the_guards_outlive_the_emptying_of_the_tables(time):
    """After each of these two tests the tables are emptied; both find the guards in place and nothing in the tables."""
    assert not Pharmacy.history.exists()
    PharmacyFactory(name="Central")
    refused(f"DELETE FROM {HISTORY}")

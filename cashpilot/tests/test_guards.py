"""History refuses to be rewritten, by the database itself."""

import pytest
from django.db import DatabaseError, connection, transaction

from cashpilot import guards
from pharmacies.models import Pharmacy

ROW = "Central, as it was"


@pytest.fixture
def history(central):
    """The table and the one row of a history, of a pharmacy."""
    row = central.history.get()
    return f'"{Pharmacy.history.model._meta.db_table}"', row.pk


def refused(statement):
    with pytest.raises(DatabaseError, match=guards.REFUSAL), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_history_refuses_an_update(history):
    table, pk = history
    refused(f"UPDATE {table} SET name = 'Another' WHERE history_id = {pk}")
    assert Pharmacy.history.get(pk=pk).name == "Central"


def test_history_refuses_a_delete(history):
    table, pk = history
    refused(f"DELETE FROM {table} WHERE history_id = {pk}")
    assert Pharmacy.history.filter(pk=pk).exists()


def test_history_refuses_a_row_in_place_of_another(history):
    """PostgreSQL's way is ON CONFLICT DO UPDATE, SQLite's INSERT OR REPLACE, which fires no trigger of UPDATE."""
    table, pk = history
    columns = ", ".join(field.column for field in Pharmacy.history.model._meta.fields)
    verb, end = (
        ("INSERT OR REPLACE", "")
        if connection.vendor == "sqlite"
        else ("INSERT", "ON CONFLICT (history_id) DO UPDATE SET name = 'Another'")
    )
    refused(f"{verb} INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE history_id = {pk} {end}")
    assert Pharmacy.history.get(pk=pk).name == "Central"


def test_history_takes_a_new_row(central):
    central.name = "Central Renovada"
    central.save()
    assert [row.name for row in central.history.all()] == ["Central Renovada", "Central"]


def test_every_append_only_table_is_guarded(db):
    """Named here once, so that a model whose history is forgotten is missed."""
    tables = {model._meta.db_table for model in guards.append_only_models()}
    assert tables == {
        "accounts_historicaluser",
        "accounts_historicaluser_groups",
        "pharmacies_historicalpharmacy",
        "pharmacies_historicalassignment",
        "sessions_app_historicalcashsession",
        "sessions_app_historicalday",
        "sessions_app_historicalmovement",
        "sessions_app_historicalreply",
        "sessions_app_reply",
        "sessions_app_seal",
    }
    assert guarded_tables() == tables


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_the_guards_outlive_the_emptying_of_the_tables(time):
    """After each of these two tests the tables are emptied; both find the guards in place and nothing in the tables."""
    assert not Pharmacy.history.exists()
    Pharmacy.objects.create(name="Central")
    refused(f'DELETE FROM "{Pharmacy.history.model._meta.db_table}"')


def guarded_tables():
    """The tables that have every trigger that this engine needs."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' GROUP BY 1 HAVING COUNT(*) = 3")
        else:
            cursor.execute(
                "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'history_is_append_only'"
            )
        return {table for (table,) in cursor.fetchall()}

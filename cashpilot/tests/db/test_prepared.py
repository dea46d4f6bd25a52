"""SQL that is carried out again is planned once for a connection of PostgreSQL."""

from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from cashpilot.db.kept import Kept
from cashpilot.db.postgresql import prepared
from cashpilot.db.written_once import Given, Rows
from pharmacies.models import Pharmacy
from testing.factories import PharmacyFactory

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")


@pytest.fixture(autouse=True)
def _no_plans(db):
    _forget()


def _forget():
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    prepared.prepare_on(connection.connection)


def plans():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements ORDER BY name")
        return [statement for (statement,) in cursor.fetchall()]


def ask(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(Kept(sql), values or None)
        return cursor.fetchone()[0]


def test_what_is_asked_twice_is_planned_once_and_what_is_asked_once_is_not():
    assert [ask("SELECT %s::bigint + 1", number) for number in (1, 2, 3)] == [2, 3, 4]
    assert ask("SELECT 5") == 5
    assert plans() == ["PREPARE kept_0 AS SELECT $1::bigint + 1"]


def test_sql_that_is_not_kept_is_never_prepared():
    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    assert plans() == []


def test_signs_of_per_cent_are_those_of_the_text():
    named = [PharmacyFactory(name="100 %s, 5 %% ''"), PharmacyFactory(name="Central")]
    told = Concat(F("name"), Value("%s %%"))
    given = Rows(Pharmacy.objects.filter(pk=Given("pk"), name=named[0].name).annotate(told=told))
    same = Rows(Pharmacy.objects.filter(name=named[0].name).annotate(told=told))
    for _ in range(3):
        assert [row.told for row in given.ask(pk=named[0].pk)] == ["100 %s, 5 %% ''%s %%"]
        assert given.ask(pk=named[1].pk) == []
        assert [row.told for row in same.ask()] == ["100 %s, 5 %% ''%s %%"]
    assert len(plans()) == 2


def test_a_connection_keeps_so_many_plans_and_begins_anew():
    for number in range(prepared.MOST):
        assert [ask(f"SELECT {number}") for _ in range(2)] == [number, number]
    assert len(plans()) == prepared.MOST
    assert [ask("SELECT -1") for _ in range(2)] == [-1, -1]
    assert plans() == ["PREPARE kept_0 AS SELECT -1"]


def test_names_that_a_failed_transaction_keeps_are_not_given_again():
    for number in range(prepared.MOST):
        assert [ask(f"SELECT {number}") for _ in range(2)] == [number, number]
    with suppress(DatabaseError), transaction.atomic():
        with connection.cursor() as cursor, suppress(DatabaseError):
            cursor.execute("SELECT 1 / 0")
        ask("SELECT -1")
    assert [ask("SELECT -2") for _ in range(3)] == [-2, -2, -2]


LONGER = "ALTER TABLE pharmacies_pharmacy ALTER COLUMN phone TYPE varchar({})"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["DEALLOCATE ALL", LONGER.format(51)])
def test_what_the_server_forgot_or_planned_on_another_table_is_asked_anew(change):
    _forget()
    sql = "SELECT phone FROM pharmacies_pharmacy"
    PharmacyFactory(phone="0981")
    assert [ask(sql) for _ in range(2)] == ["0981", "0981"]
    with connection.cursor() as cursor:
        cursor.execute(change)
        assert ask(sql) == "0981"
        cursor.execute(LONGER.format(50))

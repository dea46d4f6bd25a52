"""The old database, read and never written."""

from datetime import date

import psycopg
import pytest
from django.utils import translation

from sessions_app.legacy.source import NoValue, SourceError, open_source
from sessions_app.tests.legacy.old_schema import FIRST, NEWEST, business, identity, insert, named, session, user


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def ids(raws):
    """The numbers of `identity`."""
    return [int(str(raw["id"])[-12:]) for raw in raws]


def item(number, of, created_at, table="transfer_items"):
    return insert(table, id=identity(number), session_id=identity(of), description="x", amount=1, created_at=created_at)


def refused(url):
    with pytest.raises(SourceError) as error, open_source(url):
        pass
    return str(error.value)


def test_rows_come_whole_and_in_their_order(old_database):
    url = old_database(
        NEWEST,
        session(1, session_number=3, opened_time="15:00"),
        session(2, session_number=2, session_date="2026-03-09", notes="Ñandutí"),
        session(3, session_number=1),
    )
    with open_source(url) as source:
        found = list(source.rows("cash_sessions"))
        assert (ids(found), source.count("cash_sessions")) == ([2, 3, 1], 3)
    assert (found[0]["notes"], found[0]["session_date"], len(found[0])) == ("Ñandutí", date(2026, 3, 9), 27)


def test_only_what_is_of_a_date_or_later(old_database):
    url = old_database(NEWEST, session(1, session_number=1), session(2, session_number=2, session_date="2026-03-09"))
    with open_source(url) as source:
        assert ids(source.rows("cash_sessions", date(2026, 3, 10))) == [1]
        assert (source.count("cash_sessions", date(2026, 3, 10)), source.count("users", date(2026, 3, 10))) == (1, 0)


def test_a_table_that_is_not_there_is_empty(old_database):
    with open_source(old_database(FIRST)) as source:
        assert list(source.rows("transfer_items")) == list(source.orphans("transfer_items")) == []
        assert (source.count("daily_reconciliations"), source.belonging("expense_items", [{"id": 1}])) == (0, {})


def test_rows_are_streamed_not_held(old_database):
    url = old_database(NEWEST, *(named(number, f"P{number}") for number in range(3)))
    with open_source(url) as source:
        next(rows := source.rows("users"))
        cursors = source._connection.execute("SELECT name FROM pg_cursors").fetchall()
        assert (cursors, len(list(rows))) == ([{"name": "all_users"}], 2)


def test_what_belongs_to_some_shifts_comes_by_shift_in_its_order(old_database):
    url = old_database(
        NEWEST,
        session(1, session_number=1),
        session(2, session_number=2),
        session(3, session_number=3),
        item(21, 1, "2026-03-10 13:00"),
        item(22, 1, "2026-03-10 12:00"),
        item(23, 2, "2026-03-10 12:00"),
        item(24, 3, "2026-03-10 12:00"),
    )
    with open_source(url) as source:
        some = list(source.rows("cash_sessions"))[:2]
        found = source.belonging("transfer_items", some)
    assert {int(owner[-12:]): ids(raws) for owner, raws in found.items()} == {1: [22, 21], 2: [23]}


def test_what_belongs_to_nothing_is_found(old_database):
    url = old_database(NEWEST, session(1, session_number=1), item(21, 1, "2026-03-10"), item(22, 9, "2026-03-10"))
    with open_source(url) as source:
        assert ids(source.orphans("transfer_items")) == [22]
        assert ids(source.orphans("expense_items")) == []


# --- Never written, and as of one instant -----------------------------------------------------------------------------


def test_nothing_can_be_written(old_database):
    url = old_database(NEWEST, named(1, "Ana"))
    with pytest.raises(SourceError, match="read-only transaction"), open_source(url) as source:
        source._connection.execute("DELETE FROM users")


def test_what_is_written_meanwhile_is_not_seen(old_database):
    url = old_database(NEWEST, named(1, "Ana"))
    with open_source(url) as source:
        with psycopg.connect(url) as other:
            other.execute(named(2, "Beto"))
        assert ids(source.rows("users")) == [1]


def test_a_role_that_may_only_select_suffices(old_database):
    reader = "CREATE ROLE reads LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reads;"
    with open_source(old_database(NEWEST, named(1, "Ana"), reader, role="reads")) as source:
        assert ids(source.rows("users")) == [1]


def test_a_table_that_may_not_be_read_is_no_empty_table(old_database):
    url = old_database(NEWEST, "CREATE ROLE blind LOGIN; GRANT SELECT ON users, businesses TO blind;", role="blind")
    with pytest.raises(SourceError, match="permission denied for table cash_sessions"), open_source(url) as source:
        list(source.rows("cash_sessions"))


# --- Addresses --------------------------------------------------------------------------------------------------------


def test_an_address_may_name_a_driver(old_database):
    url = old_database(NEWEST, business(11, "Centro")).replace("postgresql:", "postgresql+asyncpg:")
    with open_source(url) as source:
        assert ids(source.rows("businesses")) == [11]


def test_instants_are_utc_whatever_zone_the_server_is_in(old_database):
    url = old_database(FIRST, user(1, "a@example.com")).replace("?", "?options=-ctimezone%3DAsia/Tokyo&")
    with open_source(url) as source:
        assert source._connection.execute("SHOW timezone").fetchone() == {"TimeZone": "UTC"}


def test_another_database_is_none_of_the_old_systems(old_database):
    message = refused(old_database("CREATE TABLE users (id int)"))
    assert message == "This is no database of the old system: it has no businesses, cash_sessions."


@pytest.mark.parametrize("address", ["s3creto", "postgresql://[s3creto", "host=x s3creto"])
def test_an_address_that_is_none_is_not_repeated(address):
    assert refused(address) == "Write the address like this: postgresql://user:password@host:5432/name"


def test_what_the_server_answers_is_told_without_the_address(old_server):
    message = refused(f"postgresql://intrusa:s3creto@/vieja?host={old_server}")
    assert message.startswith("The old database cannot be read: ")
    assert 'role "…" does not exist' in message
    assert not any(part in message for part in ("intrusa", "s3creto", "vieja", str(old_server)))


def test_text_of_a_database_without_an_encoding_is_text_and_what_is_none_is_kept(old_database):
    url = old_database(NEWEST, session(1, session_number=1), encoding="SQL_ASCII")
    with psycopg.connect(url) as connection:
        connection.execute(b"UPDATE cash_sessions SET notes = '" + "Ñandutí".encode() + b"', closing_ticket = '\xd1'")
    with open_source(url) as source:
        (row,) = source.rows("cash_sessions")
    assert (row["notes"], row["status"], row["closing_ticket"]) == ("Ñandutí", "CLOSED", NoValue(b"\xd1"))

"""The database of the old system, read and never written, all of it as of one instant.

It is asked what tables and columns it has: a table that is not there is empty, whatever is there is read whole. Rows
are streamed, so that memory stays flat however many there are. The address holds a password, and is in no message.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, cast

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg.types.datetime import DateLoader, TimeLoader, TimestampLoader, TimestamptzLoader
from psycopg.types.json import JsonbLoader, JsonLoader
from psycopg.types.string import TextLoader

from sessions_app.legacy.rows import Raw

AT_ONCE = 500
NEEDED = ("users", "businesses", "cash_sessions")
# Tables that some backups have and that have no place here.
WITHOUT_PLACE = ("envelope_deposit_batches", "envelope_deposit_events")
# In which order the rows of a table come, as far as it has these columns.
ORDER = {
    "cash_sessions": ("session_date", "opened_time", "session_number", "id"),
    "daily_reconciliations": ("business_id", "date", "created_at", "id"),
    "cash_session_audit_logs": ("changed_at", "id"),
    "daily_reconciliation_audit_logs": ("changed_at", "id"),
}
DATES = {"cash_sessions": "session_date", "daily_reconciliations": "date"}
# What belongs to a row of another table: by which column, and to which table.
BELONGS = {
    "transfer_items": ("session_id", "cash_sessions"),
    "expense_items": ("session_id", "cash_sessions"),
    "cash_session_audit_logs": ("session_id", "cash_sessions"),
    "daily_reconciliation_audit_logs": ("reconciliation_id", "daily_reconciliations"),
}
COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


class NoValue(bytes):
    """A value as the server sent it that cannot be read."""

    def __str__(self) -> str:
        return self.decode(errors="backslashreplace")


OTHER_TYPE = 0  # an enumeration, for one
# The types of columns, each with how it is read.
LOADERS: dict[str | int, type[Loader]] = {
    "date": DateLoader,
    "time": TimeLoader,
    "timestamp": TimestampLoader,
    "timestamptz": TimestamptzLoader,
    **dict.fromkeys(("text", "varchar", "bpchar", OTHER_TYPE), TextLoader),
    "json": JsonLoader,
    "jsonb": JsonbLoader,
}


class SourceError(Exception):
    """The old database cannot be read; the message says why, and nothing of its address."""


@contextmanager
def open_source(url: str) -> Iterator["Source"]:
    """Read that database until the end of the block. Raises SourceError."""
    facts = _facts(url)
    try:
        with psycopg.connect(**facts, row_factory=dict_row) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute("SET TIME ZONE 'UTC'")
            for kind, loader in LOADERS.items():
                connection.adapters.register_loader(kind, _read_or_keep(loader))
            yield Source(connection)
    except psycopg.Error as error:
        reason = _("The old database cannot be read: %(why)s") % {"why": _without(facts, error)}
        raise SourceError(reason) from None


def _read_or_keep(loader: type[Loader]) -> type[Loader]:
    """Return the loader, but for what Python has no value for: `infinity`, `24:00:00`.

    A database without an encoding (SQL_ASCII) hands out text as bytes: UTF-8, or nobody knows.
    """

    class ReadOrKeep(loader):  # type: ignore[misc, valid-type]
        def load(self, data: Any) -> Any:
            try:
                read = super().load(data)
                return read.decode() if isinstance(read, bytes) else read
            except (psycopg.DataError, ValueError):
                return NoValue(data)

    return ReadOrKeep


def _facts(url: str) -> dict[str, Any]:
    """Return the parts of an address; it may name a driver, as the old system's setting does: `postgresql+asyncpg:`."""
    try:
        facts = conninfo_to_dict(re.sub(r"^(postgres(?:ql)?)\+\w+:", r"\1:", url))
    except psycopg.ProgrammingError:
        # Not from the error: it quotes the address.
        raise SourceError(_("Write the address like this: postgresql://user:password@host:5432/name")) from None
    return cast(dict[str, Any], facts)


def _without(facts: dict[str, Any], error: psycopg.Error) -> str:
    """Return the message of the server or the network, with every part of the address taken out."""
    message = str(error).strip()
    for value in sorted(map(str, filter(None, facts.values())), key=len, reverse=True):
        message = message.replace(value, "…")
    return message


class Source:
    """The tables of the old database. Raises SourceError where it is none of the old system's."""

    def __init__(self, connection: psycopg.Connection[DictRow]) -> None:
        self._connection = connection
        tables = (*NEEDED, "user_businesses", "daily_reconciliations", *BELONGS, *WITHOUT_PLACE)
        self._columns = {table: self._ask_columns(table) for table in tables}
        if missing := [table for table in NEEDED if not self._columns[table]]:
            message = _("This is no database of the old system: it has no %(tables)s.")
            raise SourceError(message % {"tables": ", ".join(missing)})

    def _ask_columns(self, table: str) -> list[str]:
        return [row["attname"] for row in self._connection.execute(COLUMNS, [table])]

    def has(self, table: str) -> bool:
        return bool(self._columns[table])

    def count(self, table: str, since: date | None = None) -> int:
        if not self.has(table):
            return 0
        query = sql.SQL("SELECT count(*) AS number FROM {}{}").format(sql.Identifier(table), _since(table, since))
        row = self._connection.execute(query).fetchone()
        return int(row["number"]) if row else 0

    def ids_twice(self, table: str) -> set[str]:
        """Return the ids that more than one row has."""
        if "id" not in self._columns[table]:
            return set()
        query = sql.SQL("SELECT id FROM {} WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1")
        return {str(row["id"]) for row in self._connection.execute(query.format(sql.Identifier(table)))}

    def rows(self, table: str, since: date | None = None) -> Iterator[Raw]:
        """All rows in their order, or those of `since` and later; nothing of a table that is not there."""
        if self.has(table):
            query = sql.SQL("SELECT * FROM {}{}{}")
            yield from self._stream(
                f"all_{table}", query.format(sql.Identifier(table), _since(table, since), self._order(table))
            )

    def belonging(self, table: str, owners: Sequence[Raw]) -> dict[str, list[Raw]]:
        """The rows that belong to each of these rows, by their id, in their order."""
        found: dict[str, list[Raw]] = defaultdict(list)
        if self.has(table):
            column = BELONGS[table][0]
            names = (sql.Identifier(table), sql.Identifier(column), self._order(table))
            query = sql.SQL("SELECT * FROM {} WHERE {} = ANY(%s){}").format(*names)
            for row in self._connection.execute(query, [[owner["id"] for owner in owners]]):
                found[str(row[column])].append(row)
        return found

    def orphans(self, table: str) -> Iterator[Raw]:
        """The rows that belong to nothing that is there."""
        column, owner = BELONGS[table]
        if self.has(table) and self.has(owner):
            query = sql.SQL(
                "SELECT * FROM {} AS lost WHERE NOT EXISTS (SELECT FROM {} AS owner WHERE owner.id = lost.{})"
            )
            names = (sql.Identifier(name) for name in (table, owner, column))
            yield from self._stream(f"orphans_{table}", query.format(*names))
        else:
            yield from self.rows(table)

    def _stream(self, name: str, query: sql.Composed) -> Iterator[Raw]:
        with self._connection.cursor(name) as cursor:
            cursor.itersize = AT_ONCE
            yield from cursor.execute(query)

    def _order(self, table: str) -> sql.Composable:
        names = [name for name in ORDER.get(table, ("created_at", "id")) if name in self._columns[table]]
        order = sql.SQL(", ").join(map(sql.Identifier, names))
        return sql.SQL(" ORDER BY {}").format(order) if names else sql.SQL("")


def _since(table: str, since: date | None) -> sql.Composable:
    if since is None or table not in DATES:
        return sql.SQL("")
    return sql.SQL(" WHERE {} >= {}").format(sql.Identifier(DATES[table]), since)

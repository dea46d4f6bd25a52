"""A backup of one engine becomes a database of the other: every row of every table, and the numbers that come next."""

import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.utils import load_backend
from psycopg import sql

from cashpilot.db import client_programs, rows, triggers
from cashpilot.db.engines import BackupError, PostgreSQL, Settings, SQLite, Tables, engine, require_same
from cashpilot.db.progress import Progress, Share
from cashpilot.db.rows import Row, Sum, Table

# Table -> the last number that the database gave there.
Numbers = dict[str, int]


class Source(Protocol):
    """A backup's copy of the database; `numbers` are complete once all parts have been read."""

    numbers: Numbers

    def parts(self, tables: list[Table]) -> Iterator[tuple[Table, Iterator[Row]]]: ...


class Target(Protocol):
    """A scratch database with CashPilot's tables."""

    def empty(self, tables: list[Table]) -> None: ...
    def write(self, table: Table, found: Iterator[Row]) -> None: ...
    def begin_after(self, table: Table, last: int) -> None:
        """Let the database give numbers above `last`."""

    def finish(self) -> None:
        """Raises BackupError unless every row that is referred to is there."""

    def read(self, table: Table) -> Iterator[Row]: ...
    def last(self, table: Table) -> int | None: ...


@contextmanager
def moved(
    settings: Settings, payload: Path, was: Tables, server: str, progress: Progress
) -> Iterator[Callable[[], str]]:
    """Yield what puts the scratch database, made of another engine's `payload` and found equal to it, in place.

    `was`: the tables that the backup names; `server`: the version of the engine that it is of. Raises BackupError.
    """
    ours = engine(settings)
    total = sum(count for count, _checksum in was.values())
    with ours.scratch() as (name, swap):
        progress("making the tables")
        with _tables_made(settings, name) as tables, _ends(ours, name, payload, server) as (source, target):
            require_same({name: [] for name in was}, {table.name: [] for table in tables})
            wanted = _write(source, target, tables, progress.of("writing", total))
            require_same({name: [count] for name, (count, _) in was.items()}, {n: v[:1] for n, v in wanted.items()})
            require_same(wanted, _read_back(target, tables, progress.of("comparing", total)))
        yield swap


def _write(source: Source, target: Target, tables: list[Table], share: Share) -> Tables:
    sums = {table.name: Sum() for table in tables}
    target.empty(tables)
    for table, found in source.parts(tables):
        target.write(table, share.over(sums[table.name].add(found)))
    for table in tables:
        if last := source.numbers.get(table.name):
            target.begin_after(table, last)
    target.finish()
    return {name: summed.told(source.numbers.get(name)) for name, summed in sums.items()}


def _read_back(target: Target, tables: list[Table], share: Share) -> Tables:
    found = {}
    for table in tables:
        summed = Sum()
        for _row in share.over(summed.add(target.read(table))):
            pass
        found[table.name] = summed.told(target.last(table))
    return found


@contextmanager
def _tables_made(settings: Settings, name: str) -> Iterator[list[Table]]:
    """Yield the tables that migrate makes in that database. Their guards are off within the block."""
    ours = connections[DEFAULT_DB_ALIAS]
    ours.close()
    wrapper = load_backend(settings["ENGINE"]).DatabaseWrapper
    connections[DEFAULT_DB_ALIAS] = wrapper({**settings, "NAME": name}, DEFAULT_DB_ALIAS)
    try:
        call_command("migrate", verbosity=0, interactive=False)
        triggers.remove()
        connection.close()
        yield rows.tables()
        triggers.install()
    finally:
        connection.close()
        connections[DEFAULT_DB_ALIAS] = ours
        ContentType.objects.clear_cache()


@contextmanager
def _ends(ours: Any, name: str, payload: Path, server: str) -> Iterator[tuple[Source, Target]]:
    if isinstance(ours, PostgreSQL):
        with closing(sqlite3.connect(payload)) as source, ours.connect(name) as target, target.transaction():
            yield OfSQLite(source), IntoPostgreSQL(target)
    else:
        with closing(SQLite.connect(Path(name))) as scratch, _script(payload, server) as lines:
            yield OfScript(lines), IntoSQLite(scratch)


# --- From SQLite to PostgreSQL ----------------------------------------------------------------------------------------


class OfSQLite:
    def __init__(self, source: sqlite3.Connection) -> None:
        self.source = source
        self.numbers = dict(source.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0"))

    def parts(self, tables: list[Table]) -> Iterator[tuple[Table, Iterator[Row]]]:
        for table in tables:
            yield table, rows.changed(_sqlite_rows(self.source, table), table, rows.OF_SQLITE)


def _sqlite_rows(source: sqlite3.Connection, table: Table) -> sqlite3.Cursor:
    names = ", ".join(f'"{name}"' for name in table.columns)
    return source.execute(f'SELECT {names} FROM "{table.name}"')  # noqa: S608 - names of our own tables


class IntoPostgreSQL:
    def __init__(self, target: psycopg.Connection) -> None:
        self.target = target

    def empty(self, tables: list[Table]) -> None:
        names = sql.SQL(", ").join(sql.Identifier(table.name) for table in tables)
        self.target.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))

    def write(self, table: Table, found: Iterator[Row]) -> None:
        with self.target.cursor() as cursor, cursor.copy(_copy(table, "FROM STDIN")) as copy:
            for row in found:
                copy.write_row(row)

    def begin_after(self, table: Table, last: int) -> None:
        self.target.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table.name, table.numbered, last])

    def finish(self) -> None:
        try:
            self.target.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except psycopg.errors.IntegrityError as error:
            raise BackupError(f"The backup does not agree with itself: {error}") from error

    def read(self, table: Table) -> Iterator[Row]:
        with self.target.cursor() as cursor, cursor.copy(_copy(table, "TO STDOUT")) as copy:
            yield from rows.changed(copy.rows(), table, rows.OF_POSTGRESQL)

    def last(self, table: Table) -> int | None:
        if not table.numbered:
            return None
        query = "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s))"
        last: int | None
        (last,) = self.target.execute(query, [table.name, table.numbered]).fetchone() or (None,)
        return last


def _copy(table: Table, end: str) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    return sql.SQL("COPY {} ({}) " + end).format(sql.Identifier(table.name), columns)


# --- From PostgreSQL to SQLite ----------------------------------------------------------------------------------------

HEAD = re.compile(r"COPY (?:\w+\.)?\"?(\w+)\"? \((.*)\) FROM stdin;\n")
IDENTITY = re.compile(r"ALTER TABLE (?:\w+\.)?\"?(\w+)\"? ALTER COLUMN \w+ ADD GENERATED BY DEFAULT AS IDENTITY \(\n")
SEQUENCE = re.compile(r" +SEQUENCE NAME (?:\w+\.)?\"?(\w+)\"?\n")
NUMBERED = re.compile(r"SELECT pg_catalog\.setval\('(?:\w+\.)?\"?(\w+)\"?', (\d+), true\);\n")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
MEANT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


@contextmanager
def _script(payload: Path, server: str) -> Iterator[Iterator[str]]:
    """Yield the lines of the copy as SQL. It needs pg_restore of that version or a newer one, and no server."""
    major, _, _minor = server.partition(".")
    program = client_programs.find_from("pg_restore", major)
    if not program:
        raise BackupError(client_programs.missing("pg_restore", major))
    command = [program, "--no-owner", "--no-privileges", "--file=-", str(payload)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:  # noqa: S603
        yield iter(process.stdout or ())
    if process.returncode:
        raise BackupError("pg_restore could not read the copy.")


class OfScript:
    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.numbers: Numbers = {}

    def parts(self, tables: list[Table]) -> Iterator[tuple[Table, Iterator[Row]]]:
        named = {table.name: table for table in tables}
        # A sequence keeps the name that it got with its table, whose own name may have changed since.
        owner, owners = "", {}
        for line in self.lines:
            if head := HEAD.fullmatch(line):
                table = named[head[1]]
                columns = head[2].replace('"', "").split(", ")
                order = [columns.index(name) for name in table.columns]
                found = ([row[place] for place in order] for row in self._copied())
                yield table, rows.changed(found, table, rows.OF_POSTGRESQL)
            elif identity := IDENTITY.fullmatch(line):
                owner = identity[1]
            elif sequence := SEQUENCE.fullmatch(line):
                owners[sequence[1]] = owner
            elif number := NUMBERED.fullmatch(line):
                self.numbers[owners[number[1]]] = int(number[2])

    def _copied(self) -> Iterator[Row]:
        for line in self.lines:
            if line == "\\.\n":
                return
            yield list(map(_unescaped, line[:-1].split("\t")))


def _unescaped(text: str) -> str | None:
    if "\\" not in text:
        return text
    return None if text == "\\N" else ESCAPED.sub(lambda found: MEANT.get(found[1], found[1]), text)


class IntoSQLite:
    def __init__(self, target: sqlite3.Connection) -> None:
        self.target = target
        target.execute("PRAGMA synchronous = OFF")
        target.execute("BEGIN")

    def empty(self, tables: list[Table]) -> None:
        for table in tables:
            self.target.execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - names of our own tables
        self.target.execute("DELETE FROM sqlite_sequence")

    def write(self, table: Table, found: Iterator[Row]) -> None:
        names = ", ".join(f'"{name}"' for name in table.columns)
        marks = ", ".join("?" * len(table.columns))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608 - names of our own tables
        self.target.executemany(statement, rows.changed(found, table, rows.TO_SQLITE))

    def begin_after(self, table: Table, last: int) -> None:
        self.target.execute("DELETE FROM sqlite_sequence WHERE name = ?", [table.name])
        self.target.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [table.name, last])

    def finish(self) -> None:
        self.target.execute("COMMIT")
        if broken := self.target.execute("PRAGMA foreign_key_check").fetchone():
            raise BackupError(f"The backup does not agree with itself: {broken[0]} refers to rows that are not there.")

    def read(self, table: Table) -> Iterator[Row]:
        return rows.changed(_sqlite_rows(self.target, table), table, rows.OF_SQLITE)

    def last(self, table: Table) -> int | None:
        query = "SELECT seq FROM sqlite_sequence WHERE name = ? AND seq > 0"
        return (self.target.execute(query, [table.name]).fetchone() or (None,))[0]

"""A database of PostgreSQL as a whole, by the programs that come with it."""

import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from cashpilot.db import client_programs
from cashpilot.db.engines.base import CHECKSUMS, IN_USE, BackupError, Settings, Swap, Tables, kept_name
from cashpilot.db.limits import POOLED
from cashpilot.db.progress import Progress, Share

BLOCK = 1 << 20
# Seconds. The server counts a connection that was closed for a moment longer.
LEAVES_WITHIN, LOOK_AGAIN = 1.0, 0.05


class PostgreSQL:
    """Scratch and restored databases are made on the same server: the role needs CREATEDB."""

    name = "PostgreSQL"
    # A page must answer soon; this may take long. The rest fixes how a row is written, for its checksum.
    options = (
        "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
        " -c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c extra_float_digits=1"
    )

    def __init__(self, settings: Settings) -> None:
        if settings.get("POOLED"):
            raise BackupError(POOLED)
        names = {"host": "HOST", "port": "PORT", "user": "USER"}
        self.database: str = settings["NAME"]
        # Where to stand while databases are made, renamed and dropped.
        self.lobby = "postgres" if self.database != "postgres" else "template1"
        self.password: str = settings.get("PASSWORD") or ""
        self.parameters = {name: settings[key] for name, key in names.items() if settings.get(key)} | {
            name: value
            for name, value in settings.get("OPTIONS", {}).items()
            if name.startswith("ssl") or name in ("service", "passfile")
        }

    def server(self) -> str:
        with self.connect(self.database) as connection:
            return ".".join(map(str, divmod(connection.info.server_version, 10000)))

    def dump(self, payload: Path, progress: Progress) -> tuple[Tables, list[list[str]]]:
        """pg_dump and the checksums see the same exported snapshot, whatever is written meanwhile."""
        with self.connect(self.database) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ()
            options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
            self._run("pg_dump", *options, f"--file={payload}", database=self.database)
            tables = self._tables(connection, progress)
            rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
            return tables, [list(row) for row in rows]

    def require_free(self) -> None:
        with self.connect(self.lobby) as connection:
            self._require_owner(connection)
            self.require_maker()
            until = monotonic() + LEAVES_WITHIN
            while (others := self._others(connection)) and monotonic() < until:
                sleep(LOOK_AGAIN)
        if others:
            one = " ".join(filter(None, others[0]))
            raise BackupError(f"{IN_USE} (Connections: {len(others)}, one by {one}.)")

    def _others(self, lobby: psycopg.Connection) -> list[Any]:
        """Return whose the connections to the database are, and what they call themselves.

        Of others' sessions an ordinary role sees no more than that. Autovacuum is nobody's: it comes and goes by
        itself, and makes way for a rename.
        """
        query = "SELECT usename, application_name FROM pg_stat_activity WHERE datname = %s AND usename IS NOT NULL"
        return lobby.execute(query, [self.database]).fetchall()

    def _require_owner(self, lobby: psycopg.Connection) -> None:
        query = """SELECT current_user, pg_get_userbyid(datdba) FROM pg_database
                   WHERE datname = %s AND NOT pg_has_role(datdba, 'USAGE')"""
        if found := lobby.execute(query, [self.database]).fetchone():
            raise BackupError(
                f"The role {found[0]} does not own the database {self.database}: restore as {found[1]}, who does."
            )

    def require_reader(self) -> None:
        """The role that serves may not read all there is, on purpose."""
        query = """SELECT current_user, pg_get_userbyid(relowner) FROM pg_class
                   WHERE relkind IN ('r', 'S') AND relnamespace = current_schema()::regnamespace
                   AND NOT CASE relkind WHEN 'S' THEN has_sequence_privilege(oid, 'SELECT')
                           ELSE has_table_privilege(oid, 'SELECT') END"""
        with self.connect(self.database) as connection:
            found = connection.execute(query).fetchone()
        if found:
            raise BackupError(
                f"The role {found[0]} may not read all of the database, and so cannot back it up. Back up as the owner "
                f"of its tables, {found[1]}: DATABASE_URL with that name and its password."
            )

    def require_maker(self) -> None:
        query = "SELECT rolname FROM pg_roles WHERE rolname = current_user AND NOT (rolcreatedb OR rolsuper)"
        with self.connect(self.lobby) as connection:
            found = connection.execute(query).fetchone()
        if found:
            raise BackupError(f'The role {found[0]} may not make databases: ALTER ROLE "{found[0]}" CREATEDB.')

    @contextmanager
    def loaded(self, payload: Path, progress: Progress) -> Iterator[tuple[Tables, Swap]]:
        with self.scratch() as (name, swap):
            options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
            with payload.open("rb") as copy:
                share = progress.of("restoring to a scratch database", payload.stat().st_size, "bytes")
                self._run("pg_restore", *options, database=name, blocks=_read(copy, share))
            with self.connect(name) as connection:
                tables = self._tables(connection, progress)
            yield tables, swap

    @contextmanager
    def scratch(self) -> Iterator[tuple[str, Swap]]:
        name = f"{self.database[:40]}_scratch_{secrets.token_hex(4)}"
        with self.connect(self.lobby) as lobby:
            self._create(lobby, name)
            try:
                yield name, lambda: self._swap(lobby, name)
            finally:
                lobby.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _create(self, lobby: psycopg.Connection, name: str) -> None:
        """With the encoding and the sort order of the database that it is compared with or takes the place of."""
        query = "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = %s"
        encoding, collate, ctype = lobby.execute(query, [self.database]).fetchone() or ("UTF8", "C", "C")
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}")
        lobby.execute(statement.format(sql.Identifier(name), encoding, collate, ctype))

    def _swap(self, lobby: psycopg.Connection, name: str) -> str:
        """Two renames in one transaction: the database is the former one or the compared one, never something between.

        Unlike pg_restore --clean it needs no right on the former one's objects and keeps it whole. The server itself
        refuses to rename a database that somebody uses.
        """
        with self.connect(name) as scratch:
            scratch.execute("ANALYZE")  # or the planner knows nothing of the rows, and what takes seconds takes hours
        kept = kept_name(self.database)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        try:
            with lobby.transaction():
                lobby.execute(rename.format(sql.Identifier(self.database), sql.Identifier(kept)))
                lobby.execute(rename.format(sql.Identifier(name), sql.Identifier(self.database)))
        except psycopg.errors.ObjectInUse as error:
            raise BackupError(IN_USE) from error
        return kept

    def connect(self, database: str) -> psycopg.Connection:
        settings = {**self.parameters, "dbname": database, "password": self.password or None, "options": self.options}
        try:
            return psycopg.connect(autocommit=True, **settings)
        except psycopg.OperationalError as error:
            raise BackupError(f"No connection to the database {database}: {error}") from error

    def _run(self, program: str, *arguments: str, database: str, blocks: Iterable[bytes] = ()) -> None:
        """Run one of PostgreSQL's programs; it reads `blocks`, if anything.

        The password goes by the environment: everybody on the machine can read a command line.
        """
        address = make_conninfo(**self.parameters, dbname=database)
        with tempfile.TemporaryFile("w+") as errors:
            with subprocess.Popen(  # noqa: S603 - pg_dump and pg_restore, found by us
                [self._program(program), *arguments, f"--dbname={address}"],
                env={**os.environ, "PGPASSWORD": self.password} if self.password else None,
                stdin=subprocess.PIPE,
                stderr=errors,
            ) as process:
                _feed(process, blocks)
            if process.returncode:
                errors.seek(0)
                raise BackupError(f"{program} failed: {errors.read().strip()}")

    def _program(self, name: str) -> str:
        major = self.server().split(".")[0]
        path = client_programs.find(name, major)
        if not path:
            raise BackupError(client_programs.missing(name, major))
        return path

    @staticmethod
    def _tables(connection: psycopg.Connection, progress: Progress) -> Tables:
        query = """SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid)
                   AND relnamespace = current_schema()::regnamespace ORDER BY relname"""
        names = [name for (name,) in connection.execute(query)]
        counts = (sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)) for name in names)
        share = progress.of(CHECKSUMS, sum(rows for count in counts for (rows,) in connection.execute(count)))
        return {name: _postgresql_checksum(connection, name, share) for name in names}


def _read(copy: IO[bytes], share: Share) -> Iterator[bytes]:
    while block := copy.read(BLOCK):
        yield block
        share.add(len(block))


def _feed(process: subprocess.Popen[bytes], blocks: Iterable[bytes]) -> None:
    """Give a program what it reads, and wait for its end. It ends with us, and may end before it has read all."""
    try:
        with suppress(BrokenPipeError), cast(IO[bytes], process.stdin) as reader:
            reader.writelines(blocks)
        process.wait()
    except BaseException:
        process.kill()
        raise


def _postgresql_checksum(connection: psycopg.Connection, table: str, share: Share) -> list[Any]:
    """The sum of a part of each row's md5: in any order, in one pass, and the same on every server."""
    query = sql.SQL(
        "SELECT count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0)::text FROM {} t"
    )
    rows, checksum = connection.execute(query.format(sql.Identifier(table))).fetchone() or (0, "")
    share.add(rows)
    return [rows, checksum]

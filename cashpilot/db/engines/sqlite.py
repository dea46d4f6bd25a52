"""A database of SQLite as a whole: one file."""

import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from cashpilot.db.engines.base import CHECKSUMS, IN_USE, BackupError, Settings, Swap, Tables, kept_name, require_same
from cashpilot.db.progress import Progress, Share, quiet


class SQLite:
    name = "SQLite"

    def __init__(self, settings: Settings) -> None:
        self.path = Path(settings["NAME"])

    def server(self) -> str:
        return sqlite3.sqlite_version

    def require_reader(self) -> None:
        if not self.path.is_file():
            raise BackupError(f"There is no database {self.path}.")

    def require_maker(self) -> None:
        """Any file will do."""

    def dump(self, payload: Path, progress: Progress) -> tuple[Tables, list[list[str]]]:
        """Copying the file of a live database gives an unusable copy; its own backup reads one transaction's view."""
        with closing(self.connect(self.path)) as source, closing(self.connect(payload)) as copy:
            source.execute("BEGIN")
            tables = self._tables(source, progress)
            migrations = [list(row) for row in source.execute("SELECT app, name FROM django_migrations ORDER BY id")]
            source.backup(copy)
            # One file, without a journal beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
        return tables, migrations

    def require_free(self) -> None:
        if not self.path.exists():
            return
        with closing(self.connect(self.path, timeout=1)) as connection:
            try:
                # Leaving WAL is refused as long as anybody else has the file open.
                connection.execute("PRAGMA journal_mode = DELETE")
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise BackupError(f"{IN_USE} ({error})") from error

    @contextmanager
    def loaded(self, payload: Path, progress: Progress) -> Iterator[tuple[Tables, Swap]]:
        """The payload is a database already."""
        with closing(self.connect(payload)) as scratch:
            try:
                faults = scratch.execute("PRAGMA integrity_check").fetchall()
                tables = self._tables(scratch, progress)
            except sqlite3.DatabaseError as error:
                raise BackupError(f"The copy is not a sound database: {error}") from error
            if faults != [("ok",)]:
                raise BackupError(f"The copy is not a sound database: {faults[0][0]}")
            yield tables, lambda: self._swap(scratch, tables, progress)

    @contextmanager
    def scratch(self) -> Iterator[tuple[str, Swap]]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scratch"

            def swap() -> str:
                with closing(self.connect(path)) as scratch:
                    return self._swap(scratch, self._tables(scratch, quiet), quiet)

            yield str(path), swap

    def _swap(self, scratch: sqlite3.Connection, wanted: Tables, progress: Progress) -> str:
        """One transaction of SQLite writes every page into the file that is there.

        To put another file in its place would lose what somebody who still has the old one open writes into it.
        """
        is_new = not self.path.exists()
        kept = self.path.with_name(kept_name(self.path.stem) + self.path.suffix)
        with closing(self.connect(self.path, timeout=1)) as target, closing(self.connect(kept)) as former:
            target.backup(former, progress=_unless_locked)
            shutil.copymode(self.path, kept)
            former.execute("PRAGMA journal_mode = DELETE")
            scratch.backup(target, progress=_unless_locked)
            try:
                require_same(wanted, self._tables(target, progress))
            except BackupError:
                former.backup(target)
                raise
        if is_new:
            kept.unlink()
        return "there was none" if is_new else str(kept)

    @staticmethod
    def connect(path: Path, timeout: float = 20) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=timeout, isolation_level=None)

    @staticmethod
    def _tables(connection: sqlite3.Connection, progress: Progress) -> Tables:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        names = [name for (name,) in connection.execute(query)]
        counts = (f'SELECT count(*) FROM "{name}"' for name in names)  # noqa: S608 - the names are the database's
        share = progress.of(CHECKSUMS, sum(rows for count in counts for (rows,) in connection.execute(count)))
        return {name: _sqlite_checksum(connection, name, share) for name in names}


def _sqlite_checksum(connection: sqlite3.Connection, table: str, share: Share) -> list[Any]:
    rows, digest = 0, hashlib.sha256()
    found = connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid')  # noqa: S608 - the name is the database's
    for row in share.over(found):
        rows += 1
        digest.update(repr(row).encode())
    return [rows, digest.hexdigest()]


def _unless_locked(status: int, remaining: int, total: int) -> None:
    """Python would wait for ever."""
    if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        raise BackupError(IN_USE)

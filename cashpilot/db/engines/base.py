"""Either engine can do this to a database as a whole."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from cashpilot.db.progress import Progress

# The step that the rows of a database are told by, whether it was copied or restored.
CHECKSUMS = "checksums"
IN_USE = "The database is in use. Stop CashPilot and try again."

Settings = dict[str, Any]
# Table -> [rows, checksum].
Tables = dict[str, list[Any]]
# Puts a scratch database in the place of ours and answers where the former one is kept.
Swap = Callable[[], str]


class BackupError(Exception):
    """Why it was not done. Nothing has changed."""


class Engine(Protocol):
    """The operations on a whole database that differ between SQLite and PostgreSQL."""

    name: str

    def server(self) -> str: ...
    def require_reader(self) -> None:
        """Raises BackupError where not all of the database may be read."""

    def require_maker(self) -> None:
        """Raises BackupError where no scratch database may be made."""

    def dump(self, payload: Path, progress: Progress) -> tuple[Tables, list[list[str]]]:
        """Copy the database into `payload`; the tables and migrations of the same instant."""

    def require_free(self) -> None:
        """Raises BackupError while anybody else uses the database, and where it is not ours to replace."""

    def loaded(self, payload: Path, progress: Progress) -> AbstractContextManager[tuple[Tables, Swap]]:
        """Yield the tables of a scratch database made of `payload`, gone afterwards unless it was put in place."""

    def scratch(self) -> AbstractContextManager[tuple[str, Swap]]:
        """Yield the name of a new, empty one."""


def require_same(wanted: Tables, found: Tables) -> None:
    """Raises BackupError, naming each table that differs."""
    names = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if names:
        raise BackupError(f"The restored copy is not equal to the original in: {', '.join(names)}.")


def kept_name(name: str) -> str:
    """Name a former database by the microsecond: no two restores share it, and PostgreSQL takes 63 characters."""
    return f"{name[:30]}_before_{datetime.now(UTC):%Y%m%d_%H%M%S_%f}"

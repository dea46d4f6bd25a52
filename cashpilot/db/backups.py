"""Backups that have been restored once before they are called good, and restores that change all or nothing.

A backup is one zip file: manifest.json, and the database as PostgreSQL's or SQLite's own tools wrote it. The manifest
tells the engine, the migrations, the rows and a checksum of every table, the sha256 of the database's copy, and the
version of CashPilot that made it.
"""

import hashlib
import json
import os
import secrets
import shutil
import signal
import sqlite3
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from django.core.management.base import BaseCommand, CommandError

from cashpilot.db import moving
from cashpilot.db.engines import BackupError, Engine, PostgreSQL, Settings, SQLite, Tables, engine, require_same
from cashpilot.db.progress import Progress, on_stderr
from cashpilot.version import VERSION

FORMAT = 1
MANIFEST, PAYLOAD = "manifest.json", "database"
BLOCK = 1 << 20
# Packages that older versions had, whose tables a migration of ours takes away.
FORMER_APPS = {"axes"}
# zip, zlib and json each have their own ways to say that bytes are not what they were.
UNREADABLE = (OSError, EOFError, ValueError, TypeError, LookupError, RuntimeError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Manifest:
    format: int
    engine: str
    server: str
    database: str
    created: str
    migrations: list[list[str]]
    tables: Tables
    bytes: int
    sha256: str
    # Backups of 1.0.0 do not say it.
    version: str = "1.0.0"

    @property
    def rows(self) -> int:
        return sum(rows for rows, _checksum in self.tables.values())


# --- Making and reading a backup --------------------------------------------------------------------------------------


def create(settings: Settings, path: Path, progress: Progress, scratch: Settings | None = None) -> Manifest:
    """Write a backup to `path`, which must not exist, once it has been restored and found equal. Raises BackupError.

    It is restored beside the database, or on the server of `scratch`, which is of the same engine.
    """
    database, elsewhere = engine(settings), engine(scratch or settings)
    if database.name != elsewhere.name:
        raise BackupError(f"A backup of {database.name} is not compared on {elsewhere.name}.")
    if path.exists():
        raise BackupError(f"{path} exists already, and no backup is ever written over.")
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}.")
    with tempfile.TemporaryDirectory() as folder, _unfinished(path) as draft:
        payload = Path(folder) / PAYLOAD
        database.require_reader()
        elsewhere.require_maker()
        progress("copying the database")
        tables, migrations = database.dump(payload, progress)
        manifest = _describe(database, settings, payload, tables, migrations)
        _pack(draft, payload, manifest)
        payload.unlink()
        with opened(draft, progress) as (read, copy), elsewhere.loaded(copy, progress) as (restored, _swap):
            require_same(read.tables, restored)
        draft.rename(path)
    return manifest


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A name beside `path`, readable by its owner alone, that does not outlive a failure."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.unfinished")
    draft.touch(mode=0o600, exist_ok=False)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _describe(
    database: Engine, settings: Settings, payload: Path, tables: Tables, migrations: list[list[str]]
) -> Manifest:
    return Manifest(
        format=FORMAT,
        engine=database.name,
        server=database.server(),
        database=Path(settings["NAME"]).name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        migrations=migrations,
        tables=tables,
        bytes=payload.stat().st_size,
        sha256=_sha256(payload),
        version=VERSION,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(draft: Path, payload: Path, manifest: Manifest) -> None:
    """On the disk for good before anybody hears of it."""
    with draft.open("r+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
            archive.write(payload, PAYLOAD)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def opened(path: Path, progress: Progress) -> Iterator[tuple[Manifest, Path]]:
    """Yield the manifest and the database's copy, unpacked for as long as the block, of a backup that is whole."""
    if not path.is_file():
        raise BackupError(f"There is no file {path}.")
    progress(f"reading {path.name}")
    with tempfile.TemporaryDirectory() as folder:
        payload = Path(folder) / PAYLOAD
        try:
            with zipfile.ZipFile(path) as archive:
                manifest = Manifest(**json.loads(archive.read(MANIFEST)))
                with archive.open(PAYLOAD) as packed, payload.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked, BLOCK)
        except UNREADABLE as error:
            raise BackupError(f"{path} cannot be read: it is damaged, or no backup of CashPilot. ({error})") from error
        if manifest.format != FORMAT:
            raise BackupError(f"{path} has format {manifest.format}; this CashPilot reads {FORMAT}.")
        if _sha256(payload) != manifest.sha256:
            raise BackupError(f"{path} is damaged: its contents do not have the checksum that it names.")
        yield manifest, payload


# --- Putting one back -------------------------------------------------------------------------------------------------


def require_fit(settings: Settings, manifest: Manifest, known: set[tuple[str, str]]) -> None:
    """`known`: the migrations of this code. Raises BackupError for newer code, and for older from another engine."""
    newer = sorted(
        f"{app}.{name}" for app, name in manifest.migrations if app not in FORMER_APPS and (app, name) not in known
    )
    if newer:
        raise BackupError(
            f"The backup comes from newer code (CashPilot {manifest.version}); install that first. "
            f"Unknown here: {', '.join(newer)}."
        )
    ours = engine(settings).name
    if manifest.engine not in (SQLite.name, PostgreSQL.name):
        raise BackupError(f"This is a backup of {manifest.engine}, which CashPilot does not know.")
    if manifest.engine != ours and known - {(app, name) for app, name in manifest.migrations}:
        raise BackupError(
            f"From {manifest.engine} to {ours} goes a backup of this very version, {VERSION}, and this one is of older "
            f"code (CashPilot {manifest.version}): upgrade where it was made, and back up again."
        )


def require_free(settings: Settings) -> None:
    """Raises BackupError while anybody else uses the database, and where it is not ours to replace."""
    engine(settings).require_free()


def put_back(settings: Settings, manifest: Manifest, payload: Path, progress: Progress) -> str:
    """Restore beside the database, compare, and only then swap. Answers where the former one is kept."""
    if manifest.engine != engine(settings).name:
        with moving.moved(settings, payload, manifest.tables, manifest.server, progress) as swap:
            progress("putting it in place")
            return swap()
    with engine(settings).loaded(payload, progress) as (restored, swap):
        require_same(manifest.tables, restored)
        progress("putting it in place")
        return swap()


# --- For the two commands ---------------------------------------------------------------------------------------------


@contextmanager
def telling(command: BaseCommand) -> Iterator[Progress]:
    """Progress goes to stderr, a refusal is exit code 1, and a kill still cleans up."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield on_stderr(command)
    except BackupError as refused:
        raise CommandError(f"{refused} Nothing has changed.") from refused
    except (OSError, sqlite3.Error, psycopg.Error) as error:
        raise CommandError(f"Broken off: {error}", returncode=4) from error
    finally:
        signal.signal(signal.SIGTERM, before)

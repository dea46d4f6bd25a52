"""A database with all tables, made once and copied for each worker and each run.

It is named after the models and migrations: others make another one. What is made after each migrate (permissions,
roles, triggers) is made anew on the copy, so it follows the code of today. SQLite's is a file in pytest's cache,
PostgreSQL's a database of the server that DATABASE_URL names, which may be a new one at each run: what its migrations
came to is kept in the cache as SQL.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import pytest
from django.db import connection
from pytest_django.plugin import blocking_manager_key

from cashpilot.db import client_programs

ROOT = Path(__file__).parent.parent.parent
PREFIX = "cashpilot_template_"
# SQLite's in three seconds instead of thirty, and then each migration is said to be applied. PostgreSQL's tables go the
# long way once, so that their columns stand in the order that production has.
FROM_MODELS = [("--run-syncdb", "--settings", "testing.template_settings"), ("--fake",)]
TABLES = ("*/migrations/*.py", "*/models.py", "*/models/*.py")  # the files that say what a table holds


def ready(config: pytest.Config) -> str:
    """Return the template's name (on SQLite its path); whoever comes first makes it, and the others wait."""
    folder = cached(config)
    with (folder / "lock").open("w") as lock, config.stash[blocking_manager_key].unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _in_file(folder) if connection.vendor == "sqlite" else _on_server(folder)


def cached(config: pytest.Config) -> Path:
    """Return the folder of what is made once."""
    assert config.cache is not None
    return Path(config.cache.mkdir("databases"))


def _digest() -> str:
    digest = hashlib.sha256(django.__version__.encode())
    for path in sorted(path for files in TABLES for path in ROOT.glob(files)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _in_file(folder: Path) -> str:
    template = folder / f"{_digest()}.sqlite3"
    if not template.exists():
        for outdated in folder.glob("*.sqlite3*"):
            outdated.unlink()
        unfinished = folder / "unfinished.sqlite3"
        _make_tables(f"sqlite:///{unfinished}", *FROM_MODELS)
        unfinished.rename(template)
    return str(template)


def _on_server(folder: Path) -> str:
    """Nobody but migrate ever connects to it, or it could not be copied. It has its name once it is finished."""
    template, unfinished = f"{PREFIX}{_digest()}", f"{PREFIX}unfinished"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        there = {name for (name,) in cursor.fetchall()}
        if template not in there:
            for outdated in there:
                cursor.execute(f"DROP DATABASE {outdated}")
            cursor.execute(f"CREATE DATABASE {unfinished}")
            migrate(folder, unfinished)
            cursor.execute(f"ALTER DATABASE {unfinished} RENAME TO {template}")
    return template


def migrate(folder: Path, name: str) -> None:
    """Fill a database of PostgreSQL, by its own programs, if they are here, with what migrations once came to."""
    kept, major = folder / f"{_digest()}.sql", str(connection.pg_version // 10_000)
    read, write = (client_programs.find(program, major) for program in ("psql", "pg_dump"))
    environment = {**os.environ, **_place(), "PGDATABASE": name}
    if read and kept.exists():
        once = [read, "--no-psqlrc", "--quiet", "--output", os.devnull, "--set", "ON_ERROR_STOP=1", "--file", kept]
        subprocess.run(once, env=environment, check=True)
        return
    _make_tables(address(name), ())
    if write:
        for outdated in folder.glob("*.sql"):
            outdated.unlink()
        subprocess.run([write, "--no-owner", "--file", folder / "unfinished"], env=environment, check=True)
        (folder / "unfinished").rename(kept)


def _place() -> dict[str, str]:
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    return {name: str(connection.settings_dict[key]) for name, key in names.items() if connection.settings_dict[key]}


def address(name: str) -> str:
    """Return the DATABASE_URL of another database than the one that it names, on the same engine."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    there = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(there._replace(path=f"{there.path.rpartition('/')[0]}/{name}"))


def _make_tables(url: str, *ways: tuple[str, ...]) -> None:
    for arguments in ways:
        command = [sys.executable, "-W", "ignore", ROOT / "manage.py", "migrate", "--verbosity", "0", *arguments]
        environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT / "scripts")}
        subprocess.run(command, env=environment, check=True)

"""A database with all tables, made once and copied for each worker and each run.

It is named after the models and migrations: others make another one. What is made after each migrate (permissions,
roles, triggers) is made anew on the copy, so it follows the code of today. SQLite's is a file in pytest's cache,
PostgreSQL's a database of the server that DATABASE_URL names.
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

ROOT = Path(__file__).parent.parent.parent
PREFIX = "cashpilot_template_"
# SQLite's in three seconds instead of thirty, and then each migration is said to be applied. PostgreSQL's tables go the
# long way, so that their columns stand in the order that production has.
FROM_MODELS = [("--run-syncdb", "--settings", "testing.template_settings"), ("--fake",)]
TABLES = ("*/migrations/*.py", "*/models.py", "*/models/*.py")  # the files that say what a table holds


def ready(config: pytest.Config) -> str:
    """Return the template's name (on SQLite its path); whoever comes first makes it, and the others wait."""
    assert config.cache is not None
    folder = Path(config.cache.mkdir("databases"))
    with (folder / "lock").open("w") as lock, config.stash[blocking_manager_key].unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _in_file(folder) if connection.vendor == "sqlite" else _on_server()


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


def _on_server() -> str:
    """Nobody but migrate ever connects to it, or it could not be copied. It has its name once it is finished."""
    template, unfinished = f"{PREFIX}{_digest()}", f"{PREFIX}unfinished"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        there = {name for (name,) in cursor.fetchall()}
        if template not in there:
            for outdated in there:
                cursor.execute(f"DROP DATABASE {outdated}")
            cursor.execute(f"CREATE DATABASE {unfinished}")
            _make_tables(address(unfinished), ())
            cursor.execute(f"ALTER DATABASE {unfinished} RENAME TO {template}")
    return template


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

"""A SQLite database with all migrations, made once and copied for each worker and each run.

It is named after the migrations: another set makes another one. What is made after each migrate (permissions, roles,
triggers) is made anew on the copy, so it follows the code of today.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import django
import pytest

ROOT = Path(__file__).parent.parent.parent


def ready(config: pytest.Config) -> Path:
    """Return the template's path; whoever comes first makes it, and the others wait."""
    assert config.cache is not None
    folder = Path(config.cache.mkdir("databases"))
    template = folder / f"{_digest()}.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            _make(template)
    return template


def _digest() -> str:
    digest = hashlib.sha256(django.__version__.encode())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _make(template: Path) -> None:
    for outdated in template.parent.glob("*.sqlite3*"):
        outdated.unlink()
    unfinished = template.with_name("unfinished.sqlite3")
    _migrate(f"sqlite:///{unfinished}")
    unfinished.rename(template)


def _migrate(url: str) -> None:
    command = [sys.executable, "-W", "ignore", ROOT / "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=True)

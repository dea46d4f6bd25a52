"""scripts/backup_production.sh and scripts/restore_to_local.sh, as cron runs them: with a file of settings alone."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.conf import settings
from django.db import connection

from testing.database import database_url, end_other_connections
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SCRIPTS = settings.BASE_DIR / "scripts"
NOBODY = "postgres://cash:x@127.0.0.1:9/cash"


@pytest.fixture
def pings():
    """The paths that were asked for at a service that waits for a sign of life; its address comes first."""
    heard = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_told): ...

    with HTTPServer(("127.0.0.1", 0), Service) as service:
        thread = Thread(target=service.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{service.server_port}/", heard
        service.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path):
    """Backups of 3, 31 and 400 days ago, and a file that is none."""
    made = tmp_path / "backups"
    made.mkdir()
    for name, days in [("cashpilot-3.zip", 3), ("cashpilot-31.zip", 31), ("cashpilot-400.zip.age", 400), ("note", 400)]:
        (made / name).touch()
        then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
        os.utime(made / name, (then, then))
    return made


def run(script, folder, *arguments, **said):
    """Run a script with what cron gives a command, and with a file of settings."""
    file = folder.parent / ".env.backup"
    said = {"BACKUP_FOLDER": folder, "SECRET_KEY": settings.SECRET_KEY, **said}
    file.write_text("".join(f"{name}='{value}'\n" for name, value in said.items()))
    environment = {"PATH": os.environ["PATH"], "BACKUP_SETTINGS": str(file), "PYTHON": sys.executable}
    command = [SCRIPTS / script, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def newest(folder):
    return next(path for path in sorted(folder.iterdir()) if path.name.startswith("cashpilot-20"))


def test_a_good_backup_is_copied_what_is_old_goes_and_who_waits_for_it_hears_so(folder, pings, tmp_path):
    address, heard = pings
    copy = f'cp "$BACKUP" {tmp_path}/copy.zip'
    done = run(
        "backup_production.sh", folder, DATABASE_PUBLIC_URL=database_url(), PING_URL=address + "me", COPY_COMMAND=copy
    )
    assert (done.returncode, done.stderr) == (0, "")  # or cron would mail it each night
    made = newest(folder)
    assert names(folder) == [made.name, "cashpilot-3.zip", "note"]
    assert (tmp_path / "copy.zip").read_bytes() == made.read_bytes()
    assert made.stat().st_mode & 0o777 == 0o600
    assert heard == ["/me"]


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"DATABASE_PUBLIC_URL": NOBODY}, "No connection to the database"),
        ({}, "write DATABASE_PUBLIC_URL"),
        ({"DATABASE_PUBLIC_URL": NOBODY, "KEEP_DAYS": "0"}, "KEEP_DAYS=0: write a number of days"),
    ],
)
def test_after_a_failed_backup_nothing_is_deleted_and_nobody_hears_that_it_is_well(said, why, folder, pings):
    address, heard = pings
    before = names(folder)
    done = run("backup_production.sh", folder, PING_URL=address, **said)
    assert done.returncode != 0
    assert why in done.stderr
    assert (names(folder), heard) == (before, [])


def test_a_copy_that_fails_is_no_good_night_either(folder, pings):
    address, heard = pings
    done = run(
        "backup_production.sh", folder, DATABASE_PUBLIC_URL=database_url(), PING_URL=address, COPY_COMMAND="false"
    )
    assert (done.returncode, heard) == (1, [])
    assert "NO BACKUP" in done.stderr
    assert "cashpilot-31.zip" in names(folder)


@pytest.mark.one_engine
def test_a_drill_restores_the_newest_and_leaves_nothing(folder, pings, ana):
    ShiftFactory(closed=True, cashier=ana)
    address, heard = pings
    run("backup_production.sh", folder, DATABASE_PUBLIC_URL=database_url())
    if connection.vendor == "postgresql":
        end_other_connections()
    (folder / "cashpilot-3.zip").unlink()
    before = names(folder)
    done = run(
        "restore_to_local.sh", folder, "--drill", DATABASE_PUBLIC_URL=database_url(), DRILL_PING_URL=address + "drill"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Everything agrees: 1 shifts" in done.stdout
    assert (names(folder), heard) == (before, ["/drill"])


@pytest.mark.one_engine
def test_a_drill_that_fails_says_why_and_nobody_hears_that_it_is_well(folder, pings):
    address, heard = pings
    done = run("restore_to_local.sh", folder, "--drill", folder / "cashpilot-3.zip", DRILL_PING_URL=address)
    assert (done.returncode, "it is damaged" in done.stderr, heard) == (1, True, [])


@pytest.mark.one_engine
def test_production_is_never_what_a_backup_is_restored_to(folder):
    done = run("restore_to_local.sh", folder, DATABASE_PUBLIC_URL=NOBODY, LOCAL_DATABASE_URL=NOBODY)
    assert (done.returncode, "the address of production" in done.stderr) == (1, True)


@pytest.mark.one_engine
@pytest.mark.skipif(not shutil.which("age"), reason="age is not here")
def test_an_encrypted_backup_is_of_use_to_whoever_has_the_key(folder, tmp_path):
    key = tmp_path / "key"
    told = subprocess.run(["age-keygen", "-o", key], capture_output=True, text=True, check=True).stderr
    said = {"DATABASE_PUBLIC_URL": database_url(), "AGE_RECIPIENT": told.split()[-1]}
    assert run("backup_production.sh", folder, **said).returncode == 0
    made = newest(folder)
    assert made.read_bytes().startswith(b"age-encryption.org")
    (folder / "cashpilot-3.zip").unlink()
    done = run("restore_to_local.sh", folder, "--drill", AGE_IDENTITY=key)
    assert "Everything agrees" in done.stdout
    assert not any(name.endswith(".zip") for name in names(folder))

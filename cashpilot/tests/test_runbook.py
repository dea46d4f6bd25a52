"""The runbook is true: every command that docs/ gives an operator is run here, in the order of a life.

Services are those of docker-compose.yml, as processes (scripts/testing/compose.py). With `prove.py --shifts N` the
company has that many before the first backup, and each step that takes long says how long.
"""

import json
import os
import re
import resource
import secrets
import socket
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from testing.database import database_url
from testing.profiles import PROVING, SHIFTS
from testing.server import SCRIPTS

ROOT = settings.BASE_DIR
PROGRAMS = r"(?:docker|make|manage|python|createdb|dropdb|DATABASE_URL=\S+|git|rsync|apt|[\d*]+ [\d*]+ [\d*]+ \* \*)"
SPAN = r"(?:docker compose|make|manage|git checkout|[\d*]+ [\d*]+ [\d*]+ \* \*) [^`]+"
COMMAND = re.compile(rf"^ {{4,}}({PROGRAMS} .*)$|`({SPAN})`", re.M)
SAID = ["docs/backup_restore.md", "docs/deployment.md"]
LONG = 5  # seconds
ADDRESS = "DATABASE_URL=postgres://.../cashpilot_drill"
# In the order in which a company comes to need them.
RUN = [
    "make build && make up",
    "docker compose ps",
    "docker compose exec web python manage.py create_user you@example.com --role admin --first-name Ana "
    "--last-name Díaz",
    "docker compose exec mails python manage.py sendtestemail you@example.com",
    "0 5 * * * cd /srv/cashpilot && docker compose exec -T web python manage.py clearsessions",
    "15 4 * * * /srv/cashpilot/scripts/backup_production.sh >/dev/null",
    "manage backup /backups/cashpilot-2026-11-22.zip",
    "createdb cashpilot_drill",
    f"{ADDRESS} python manage.py restore /backups/cashpilot-2026-11-22.zip",
    "dropdb cashpilot_drill",
    "docker compose run --rm backup backup /backups/before-$(git rev-parse --short HEAD).zip",
    "docker compose logs --tail 50 database",
    "docker compose logs migrate",
    "docker compose logs --tail 20 web",
    "docker compose stop web mails",
    "manage restore /backups/cashpilot-2026-11-22.zip",
    "manage migrate",
    "manage verify_integrity",
    "make up",
    "docker compose exec database dropdb --username cashpilot NAME",
    "docker compose exec web python manage.py verify_integrity",
]
# Like others of them but for a name: `make prove` runs these too.
AGAIN = (
    "docker compose run --rm backup backup /backups/before-$(git rev-parse --short HEAD).zip",
    "docker compose exec web python manage.py verify_integrity",
    "createdb cashpilot_drill",
    f"{ADDRESS} python manage.py restore /backups/cashpilot-2026-11-22.zip",
    "dropdb cashpilot_drill",
    "manage migrate",
)
# Why it is not run here.
NOT_RUN = {
    r"git (clone|pull|checkout)|make (build$|lock|\.venv)|docker compose up --detach": "new code, or more of the same",
    r"docker compose run --rm (-T )?backup$": "what `manage` stands for",
    r"apt |POSTGRES_CLIENT": "it installs",
    r"docker compose down|docker volume|docker run|.*today\.zip|.*stop web mails$": "it moves Docker's own volumes",
    r"docker compose .* manage.py anchor": "sessions_app/tests/ledger/test_anchors.py does",
    r"docker compose logs .*\|": "it looks for what an operator fills in",
    r"30 5 1 \* \* ": "cashpilot/tests/db/test_backup_scripts.py does",
    r"manage (backup|restore) /backups/before\.zip": "cashpilot/tests/db/test_moving.py does",
    r"python manage\.py|manage runtime_role": "what `make up` does, on a platform",
}


def told():
    text = "\n".join((ROOT / path).read_text() for path in SAID)
    return {(block or span).strip().replace("\n", " ") for block, span in COMMAND.findall(text)}


@pytest.mark.one_engine
def test_every_command_of_the_runbook_is_run_or_said_why_not():
    left = {command for command in told() - set(RUN) if not any(re.match(why, command) for why in NOT_RUN)}
    assert left == set()
    assert [command for command in RUN if command not in told()] == []


@pytest.fixture
def machine(transactional_db, tmp_path):
    """A company's: an empty database with an owner, `docker` and cron's settings."""
    name = f"{connection.settings_dict['NAME']}_runbook"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    said = {"SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "127.0.0.1", "EMAIL_URL": "consolemail://"}
    said |= {"POSTGRES_PASSWORD": "x", "RUNTIME_PASSWORD": "y"}
    address = re.sub(r"//[^@]*@", "//@", database_url()).replace(connection.settings_dict["NAME"], name)
    server = [connection.settings_dict["HOST"], str(connection.settings_dict["PORT"])]
    facts = {"address": address, "env": said, "port": port, "server": server}
    (tmp_path / "facts.json").write_text(json.dumps(facts))
    (tmp_path / "backups").mkdir()
    programs = tmp_path / "bin"
    programs.mkdir()
    for program, command in {
        "docker": f'exec {sys.executable} {SCRIPTS}/testing/compose.py "$@"',
        "manage": 'exec docker compose run --rm backup "$@"',
        "python": f'exec {sys.executable} "$@"',
    }.items():
        (programs / program).write_text(f"#!/bin/sh\n{command}\n")
        (programs / program).chmod(0o755)
    (tmp_path / ".env.backup").write_text(
        f'MANAGE="docker compose run --rm -T backup"\nBACKUP_FOLDER={tmp_path}/backups\n'
    )
    made = Machine(tmp_path, name, facts)
    yield made
    made.type("docker compose stop web mails")
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name])
        for (made,) in cursor.fetchall():
            cursor.execute(f'DROP DATABASE "{made}" WITH (FORCE)')
        cursor.execute("DROP ROLE IF EXISTS cashpilot_web")


class Machine:
    def __init__(self, folder, name, facts):
        self.folder, self.name, self.address = folder, name, facts["address"]
        self.kept = ""
        self.took = []
        self.env = {
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "COMPOSE_STATE": str(folder),
            "BACKUP_SETTINGS": f"{folder}/.env.backup",
            "PGHOST": connection.settings_dict["HOST"],
            "PGPORT": str(connection.settings_dict["PORT"]),
            "PGUSER": connection.settings_dict["USER"],
            "DOTENV": os.devnull,
            "DEBUG": "1",
            "SECRET_KEY": facts["env"]["SECRET_KEY"],
        }

    def type(self, command):
        """Return what an operator types, with the names of this machine in the place of those in the text."""
        drill = f"{self.name}_drill"
        typed = re.sub(r"^[\d*]+ [\d*]+ [\d*]+ \* \* ", "", command)
        typed = typed.replace(ADDRESS, "DATABASE_URL=" + self.address.replace(self.name, drill)).replace("\\%", "%")
        typed = typed.replace("/srv/cashpilot", str(ROOT)).replace("cashpilot_drill", drill)
        typed = typed.replace("NAME", f'"{self.kept}"')
        if typed.startswith("DATABASE_URL="):
            typed = typed.replace("/backups", f"{self.folder}/backups").replace("//@", f"//{self.env['PGUSER']}@")
        answer = drill if "drill" in typed else self.name
        started, used = time.monotonic(), _processor_seconds()
        done = subprocess.run(
            ["bash", "-c", typed],
            env=self.env,
            cwd=ROOT,
            input=f"{answer}\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        self.took.append((command, time.monotonic() - started, _processor_seconds() - used))
        if kept := re.search(r"former database is kept: (\S+)", done.stdout):
            self.kept = kept[1]
        return done.stdout

    def fill(self, shifts):
        seed = f"python manage.py seed_load --shifts {shifts}"
        self.type(f"DATABASE_URL={self.address} {seed}")
        self.took[-1] = (seed, *self.took[-1][1:])

    def told_how_long(self):
        long = [f"{command}: {clock:.0f} s ({used:.0f})" for command, clock, used in self.took if clock >= LONG]
        return "; ".join(["seconds by the clock (of the processor, without the server's)", *long])


def _processor_seconds():
    """Return what every process that was waited for has used, those that it waited for included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="Compose has PostgreSQL")
@pytest.mark.timeout(900 + SHIFTS // 10)
@pytest.mark.proof("Every command of the runbook does what it says: install, back up, drill, restore, upgrade, verify")
def test_the_runbook(machine, record_property):
    chosen = [command for command in RUN if PROVING or command not in AGAIN]
    installed, *lived = chosen
    said = {installed: machine.type(installed)}
    if SHIFTS:
        machine.fill(SHIFTS)
    said |= {command: machine.type(command) for command in lived}

    assert said["docker compose ps"].split() == ["web:", "running", "mails:", "running"]
    assert "Good:" in said["manage backup /backups/cashpilot-2026-11-22.zip"]
    assert "Everything agrees" in said["manage restore /backups/cashpilot-2026-11-22.zip"]
    assert "Everything agrees" in said["manage verify_integrity"]
    assert len(list((machine.folder / "backups").glob("*.zip"))) == (3 if PROVING else 2)
    figures = f"{len(chosen)} commands, each with exit code 0"
    record_property("measured", f"{figures}; {SHIFTS} shifts: {machine.told_how_long()}" if SHIFTS else figures)

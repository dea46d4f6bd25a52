"""`docker compose` for the runbook where there is no Docker: the services of docker-compose.yml as processes.

Each has its own command and environment; the database is a server that runs already, and /backups a folder. State,
processes and what they say are kept in the folder COMPOSE_STATE, beside facts.json: `address` (a DATABASE_URL without
a user), `env` (what .env says), `port`.
"""

import json
import os
import re
import signal
import subprocess
import sys
from argparse import REMAINDER, ArgumentParser
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import yaml  # type: ignore[import-untyped]

sys.path.insert(0, str(Path(__file__).parent.parent))
from testing.server import PATIENCE, ROOT, SCRIPTS, within

STATE = Path(os.environ["COMPOSE_STATE"])
FACTS = json.loads((STATE / "facts.json").read_text())
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
ADDRESS = re.compile(r"postgres://(\w+):\w+@database:5432/cashpilot")
DOCKERFILE = ["gunicorn", "--config", "python:cashpilot.gunicorn"]  # its CMD
LONG_LIVED = ("web", "mails")


def environment(service: str) -> dict[str, str]:
    """The service's, and what a process on this machine needs besides."""
    said = {**FACTS["env"], **SERVICES[service].get("environment", {})}
    filled = {
        name: re.sub(r"\$\{(\w+)[^}]*\}", lambda found: FACTS["env"][found[1]], text) for name, text in said.items()
    }
    address = ADDRESS.sub(
        lambda found: FACTS["address"].replace("//", f"//{found[1]}", 1), filled.get("DATABASE_URL", "")
    )
    here = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}:{SCRIPTS}",
        "DJANGO_SETTINGS_MODULE": "testing.server_settings",
        "DOTENV": os.devnull,
        "HTTPS_ONLY": "0",
        "PORT": str(FACTS["port"]),
        "DATABASE_URL": address,
    }
    return filled | here


def program(service: str, arguments: list[str]) -> list[str]:
    """The service's own command, or the one that is asked for."""
    given = [argument.replace("/backups", str(STATE / "backups")) for argument in arguments]
    command = SERVICES[service].get("command", "")
    if not given and command.startswith("sh -c"):
        return ["sh", "-c", command.removeprefix("sh -c ").strip('"')]
    return [*SERVICES[service].get("entrypoint", []), *(given or command.split() or DOCKERFILE)]


def call(service: str, arguments: list[str]) -> int:
    if service == "database":  # PostgreSQL's own programs, at the server that runs
        facts = dict(zip(("PGHOST", "PGPORT"), FACTS["server"], strict=True))
        return subprocess.call(arguments, env={**os.environ, **facts})
    return subprocess.call(program(service, arguments), env=environment(service), cwd=ROOT)


def start(service: str) -> None:
    if is_running(service):
        return
    with (STATE / f"{service}.log").open("ab") as log:
        process = subprocess.Popen(
            program(service, []), env=environment(service), cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )
    (STATE / f"{service}.pid").write_text(str(process.pid))


def is_running(service: str) -> bool:
    """One that ended and that nobody waits for does not run."""
    file = STATE / f"{service}.pid"
    if not file.exists():
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", file.read_text()], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def stop(service: str) -> None:
    if is_running(service):
        os.kill(int((STATE / f"{service}.pid").read_text()), signal.SIGTERM)
        assert within(PATIENCE, lambda: not is_running(service))


def is_healthy() -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{FACTS['port']}/health/ready/") as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def up() -> int:
    if code := call("migrate", []):
        return code
    for service in LONG_LIVED:
        start(service)
    return 0 if within(PATIENCE, is_healthy) else 1


def main(arguments: list[str]) -> int:
    parser = ArgumentParser(prog="docker compose")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build")
    commands.add_parser("ps")
    commands.add_parser("logs").add_argument("services", nargs="*")
    commands.add_parser("stop").add_argument("services", nargs="+")
    commands.add_parser("up").add_argument("services", nargs="*")
    for name in ("run", "exec"):
        commands.add_parser(name).add_argument("rest", nargs=REMAINDER)
    known, others = parser.parse_known_args(
        [part for part in arguments if part not in ("--rm", "-T", "--detach", "--build")]
    )
    if known.command in ("run", "exec"):
        return call(known.rest[0], [*known.rest[1:], *others])
    for service in getattr(known, "services", []):
        if known.command == "stop":
            stop(service)
        elif (STATE / f"{service}.log").exists():
            sys.stdout.write((STATE / f"{service}.log").read_text())
    if known.command == "ps":
        told = [f"{service}: {'running' if is_running(service) else 'stopped'}\n" for service in LONG_LIVED]
        sys.stdout.write("".join(told))
    return up() if known.command == "up" and not known.services else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:]))

"""CashPilot under gunicorn as in production, but over plain http, and browsers for it: for measuring and proving."""

import gzip
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

SCRIPTS = Path(__file__).parent.parent
ROOT = SCRIPTS.parent
PRODUCTION = {
    "DEBUG": "0",
    "HTTPS_ONLY": "0",
    "ALLOWED_HOSTS": "localhost",
    "DOTENV": os.devnull,
    "PYTHONPATH": f"{ROOT}:{SCRIPTS}",
}
CSRF = "c" * 32
PATIENCE = 60  # seconds until whoever waits for a server, or for the others of a crowd, gives up


def manage(env: dict[str, str], *command: str) -> None:
    subprocess.run([sys.executable, "-W", "ignore", ROOT / "manage.py", *command], env=env, check=True)


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Wait until it is true, but not for ever; whether it is."""
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return met


class Gunicorn:
    """A server on a free port of this machine; within a `with` it runs, unless it is stopped or killed."""

    def __init__(self, env: dict[str, str], *options: str, settings: str = "testing.server_settings") -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self.env = {"SECRET_KEY": secrets.token_urlsafe(50), **env, **PRODUCTION, "DJANGO_SETTINGS_MODULE": settings}
        bind = f"--bind=127.0.0.1:{self.port}"
        self.command = [sys.executable, "-m", "gunicorn", "--config=python:cashpilot.gunicorn", bind, *options]

    def __enter__(self) -> "Gunicorn":
        self.log = tempfile.NamedTemporaryFile()
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait()
        self.log.close()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        before = len(self.workers())
        with Path(self.log.name).open("ab") as log:
            # A group of its own, so that all of it can be killed at once.
            self.process = subprocess.Popen(
                self.command, env=self.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        # Not by its port, which those who were killed may still hold.
        if not within(PATIENCE, lambda: len(self.workers()) > before):
            self.kill()
            sys.exit(f"gunicorn did not start.\n{self.said()}")

    def kill(self) -> None:
        """As a power cut would: the master and its workers, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        return Path(self.log.name).read_text()

    def workers(self) -> list[int]:
        """The processes of every worker that was ever started, oldest first."""
        return [int(pid) for pid in re.findall(r"Booting worker with pid: (\d+)", self.said())]


class Answer(NamedTuple):
    status: int
    page: str
    headers: HTTPMessage


class Browser:
    """One person's, over one connection that is kept."""

    def __init__(self, port: int, cookies: dict[str, str] | None = None) -> None:
        self.port = port
        self.connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        # Whoever sends the same token in cookie and form has read the cookie, which is all that Django asks.
        self.cookies = {"csrftoken": CSRF, **(cookies or {})}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, fields: dict[str, object]) -> Answer:
        return self._ask("POST", path, urlencode({**fields, "csrfmiddlewaretoken": self.cookies["csrftoken"]}))

    def close(self) -> None:
        self.connection.close()

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {
            "Host": "localhost",
            "Cookie": cookies,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept-Encoding": "gzip",
        }
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _equals, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        page = response.read()
        if response.headers.get("Content-Encoding") == "gzip":
            page = gzip.decompress(page)
        return Answer(response.status, page.decode(), response.headers)

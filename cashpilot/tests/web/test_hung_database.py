"""A database that takes connections and says nothing: everybody is answered in words, and soon."""

import json
import os
import socket
import subprocess
import sys
from time import monotonic

import pytest
from django.conf import settings
from django.db import connection

from cashpilot.db.postgresql import base

ASK = """
import json, time, django
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # none is built
django.setup()
from django.test import Client
answers = []
for path in ("/health/live/", "/health/ready/", "/", "/accounts/login/"):
    client = Client(raise_request_exception=False)
    if not path.startswith("/health/"):
        client.cookies["sessionid"] = "x" * 32
    begun = time.monotonic()
    answer = client.get(path)
    answers.append([path, answer.status_code, time.monotonic() - begun, answer.text])
print(json.dumps(answers))
"""
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "DOTENV": os.devnull,
    "DJANGO_SETTINGS_MODULE": "cashpilot.settings",
    "SECRET_KEY": "0123456789" * 6,
    "ALLOWED_HOSTS": "testserver",
    "HTTPS_ONLY": "0",
}


@pytest.mark.slow
@pytest.mark.one_engine
def test_a_server_that_takes_connections_and_says_nothing_keeps_nobody_waiting():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgres://cash:x@127.0.0.1:{silent.getsockname()[1]}/cash"
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            cwd=settings.BASE_DIR,
            env=ENVIRONMENT | {"DATABASE_URL": address},
            capture_output=True,
            text=True,
            check=True,
        )
    answers = {path: (status, seconds, text) for path, status, seconds, text in json.loads(done.stdout)}

    assert {path: status for path, (status, _seconds, _text) in answers.items()} == {
        "/health/live/": 200,
        "/health/ready/": 503,
        "/": 503,
        "/accounts/login/": 503,
    }
    assert "La base de datos está ocupada o no responde" in answers["/"][2]
    # Of a machine that is busy besides, ten times what is promised: nobody waits for the system's two minutes.
    assert max(seconds for _status, seconds, _text in answers.values()) < 50


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_a_kept_connection_on_which_the_server_falls_silent_is_given_up_in_time(db):
    assert connection.is_usable()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 7")
        assert cursor.fetchone() == (7,)

    silent, server = socket.socketpair()
    with silent, server:
        begun = monotonic()
        assert not base._can_be_read(silent.fileno(), begun + 0.2)
        assert 0.2 <= monotonic() - begun < 2

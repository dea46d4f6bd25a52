"""What the environment says counts, and nonsense refuses to start. Each case is a process of its own."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "SECRET_KEY": "r" * 50,
    "ALLOWED_HOSTS": "cash.example.com",
    "DATABASE_URL": "postgres://cash@db:5432/cash",
}
PRINT = """
import json, sys
from cashpilot import settings
print(json.dumps([getattr(settings, name) for name in sys.argv[1:]], default=str))
"""


def start(*names, **environment):
    """The process that reads settings `names` in this environment alone."""
    environment = {"PATH": os.environ["PATH"], "DOTENV": os.devnull, **environment}
    command = [sys.executable, "-c", PRINT, *names]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)


def read(*names, **environment):
    started = start(*names, **environment)
    assert started.returncode == 0, started.stderr
    return json.loads(started.stdout)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("SECRET_KEY", "", "set it to 50 or more random characters"),
        ("DEBUG", "maybe", "write 1 or 0"),
        ("DEBUG", "", "write 1 or 0"),
        ("HTTPS_ONLY", "2", "write 1 or 0"),
        ("LOG_FORMAT", "xml", "write text or json"),
        ("CORRECTION_WINDOW_HOURS", "twelve", "write a number of hours"),
        ("CORRECTION_WINDOW_HOURS", "", "write a number of hours"),
        ("CORRECTION_WINDOW_HOURS", "nan", "write a number of hours"),
        ("CORRECTION_WINDOW_HOURS", "-1", "write 0 or more hours"),
        ("CORRECTION_WINDOW_HOURS", "1e9", "at most a year"),
        ("DATABASE_URL", "", "write sqlite:///path or postgres://"),
        ("DATABASE_URL", "cashpilot", "write sqlite:///path or postgres://"),
        ("DATABASE_URL", "postgres://", "write sqlite:///path or postgres://"),
        ("DATABASE_URL", "postgres://db:five/cash", "write sqlite:///path or postgres://"),
        ("DATABASE_URL", "mysql://db/cash", "write sqlite:///path or postgres://"),
    ],
)
def test_nonsense_refuses_to_start_with_a_hint(name, value, hint):
    started = start("DEBUG", **{**PRODUCTION, name: value})
    assert started.returncode == 1
    last = started.stderr.splitlines()[-1]
    assert name in last
    assert hint in last


def test_production_is_the_default():
    names = ("DEBUG", "HTTPS_ONLY", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_NAME", "LOG_FORMAT")
    assert read(*names, **PRODUCTION) == [False, True, True, True, "__Host-session", "json"]


def test_plain_http_is_a_choice_for_a_local_network():
    names = ("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME")
    assert read(*names, **PRODUCTION, HTTPS_ONLY="0") == [False, 0, False, "csrf"]


def test_to_develop_nothing_but_debug_is_needed():
    [debug, https, databases] = read("DEBUG", "HTTPS_ONLY", "DATABASES", DEBUG="1")
    assert (debug, https) == (True, False)
    assert databases["default"]["NAME"] == str(settings.BASE_DIR / "db.sqlite3")


@pytest.mark.parametrize(("hours", "window"), [("12", "12:00:00"), ("0.5", "0:30:00"), ("0", "0:00:00")])
def test_the_correction_window_may_be_any_part_of_an_hour_or_none(hours, window):
    assert read("CORRECTION_WINDOW", **PRODUCTION, CORRECTION_WINDOW_HOURS=hours) == [window]


def test_the_example_names_every_variable_that_the_settings_read():
    """By their own words: what is read as env("NAME") stands in .env.example; DOTENV names the file itself."""
    source = (settings.BASE_DIR / "cashpilot" / "settings.py").read_text()
    example = (settings.BASE_DIR / ".env.example").read_text()
    read_there = set(re.findall(r'\benv[._a-z]*\(\s*"([A-Z_]+)"', source)) - {"DOTENV"}
    assert read_there == set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))

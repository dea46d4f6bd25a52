"""The environment decides, and nonsense refuses to start. Each case is a process of its own."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "SECRET_KEY": "random characters " * 3,
    "ALLOWED_HOSTS": "cash.example.com",
    "DATABASE_URL": "postgres://cash@db:5432/cash",
}
PRINT = """
import importlib, json, sys
settings = importlib.import_module(sys.argv[1])
print(json.dumps([getattr(settings, name) for name in sys.argv[2:]], default=str))
"""


def start(*names, module="cashpilot.settings", **environment):
    """The process that reads `names` of the module of settings in this environment alone."""
    environment = {"PATH": os.environ["PATH"], "DOTENV": os.devnull, **environment}
    command = [sys.executable, "-c", PRINT, module, *names]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)


def read(*names, **environment):
    started = start(*names, **environment)
    assert started.returncode == 0, started.stderr
    return json.loads(started.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("SECRET_KEY", "", "set it to 50 or more random characters"),
        ("SECRET_KEY", "development-only-never-in-production", "set it to 50 or more random characters"),
        ("SECRET_KEY", "x" * 49, "set it to 50 or more random characters"),
        ("SECRET_KEY", "x" * 50, "set it to 50 or more random characters"),
        ("ALLOWED_HOSTS", "", "write the names people type"),
        ("ALLOWED_HOSTS", "*", "write the names people type"),
        ("ALLOWED_HOSTS", "cash.example.com,*", "write the names people type"),
        ("EMAIL_URL", "", "write smtp+tls://"),
        ("EMAIL_URL", "carrier-pigeon://roof", "write smtp+tls://"),
        ("EMAIL_URL", "smtp://mail:five", "write smtp+tls://"),
        ("SENTRY_DSN", "https://key@sentry.example.com/1", "pip install sentry-sdk"),
        ("DEBUG", "maybe", "write 1 or 0"),
        ("DEBUG", "", "write 1 or 0"),
        ("HTTPS_ONLY", "2", "write 1 or 0"),
        ("LOG_FORMAT", "xml", "write text or json"),
        ("CORRECTION_WINDOW_HOURS", "twelve", "write a number of hours"),
        ("CORRECTION_WINDOW_HOURS", "", "write a number of hours"),
        ("CORRECTION_WINDOW_HOURS", "nan", "write a number of hours"),
        ("CORRECTION_WINDOW_HOURS", "-1", "write 0 or more hours"),
        ("CORRECTION_WINDOW_HOURS", "1e9", "at most a year"),
        ("CASHIER_IDLE_MINUTES", "0", "write more than 0 minutes"),
        ("ADMIN_IDLE_MINUTES", "two hours", "write a number of minutes"),
        ("PROXIES", "-1", "write a whole number from 0"),
        ("AUDIT_KEYS", "short", "write keys of 32 or more"),
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("WEB_CONCURRENCY", "many", "write a whole number from 1"),
        ("WEB_CONCURRENCY", "0", "write a whole number from 1"),
        ("WEB_CONCURRENCY", "-2", "write a whole number from 1"),
        ("PORT", "http", "write a whole number from 0 to 65535"),
        ("PORT", "65536", "write a whole number from 0 to 65535"),
    ],
)
def test_nonsense_does_not_start_the_server_either(name, value, hint):
    settings_module = {"DJANGO_SETTINGS_MODULE": "cashpilot.settings"}
    started = start("workers", module="cashpilot.gunicorn", **settings_module, **{**PRODUCTION, name: value})
    assert started.returncode == 1
    assert f"{name}={value!r}: {hint}" in started.stderr.splitlines()[-1]


@pytest.mark.slow
def test_production_is_the_default():
    names = ("DEBUG", "HTTPS_ONLY", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_NAME", "LOG_FORMAT")
    assert read(*names, **PRODUCTION) == [False, True, True, True, "__Host-sessionid", "json"]


@pytest.mark.slow
def test_plain_http_is_a_choice_for_a_local_network():
    names = ("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME")
    assert read(*names, **PRODUCTION, HTTPS_ONLY="0") == [False, 0, False, "csrftoken"]


@pytest.mark.slow
def test_to_develop_nothing_but_debug_is_needed():
    [debug, https, databases] = read("DEBUG", "HTTPS_ONLY", "DATABASES", DEBUG="1")
    assert (debug, https) == (True, False)
    assert databases["default"]["NAME"] == str(settings.BASE_DIR / "db.sqlite3")


@pytest.mark.slow
@pytest.mark.parametrize(("hours", "window"), [("12", "12:00:00"), ("0.5", "0:30:00"), ("0", "0:00:00")])
def test_the_correction_window_may_be_any_part_of_an_hour_or_none(hours, window):
    assert read("CORRECTION_WINDOW", **PRODUCTION, CORRECTION_WINDOW_HOURS=hours) == [window]


@pytest.mark.slow
def test_mail_is_handed_over_as_the_address_says():
    names = ("EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS")
    mail = read(*names, **PRODUCTION, EMAIL_URL="smtp+tls://us%40er:pw@mail.example.com:587")
    assert mail == ["django.core.mail.backends.smtp.EmailBackend", "mail.example.com", 587, "us@er", "pw", True]
    assert read("EMAIL_HOST", "EMAIL_PORT", **PRODUCTION) == ["localhost", 25]
    assert read("EMAIL_BACKEND", DEBUG="1") == ["django.core.mail.backends.console.EmailBackend"]


@pytest.mark.slow
def test_the_address_of_the_database_keeps_its_own_options():
    url = "postgres://cash@db:5432/cash?sslmode=require"
    [databases] = read("DATABASES", **{**PRODUCTION, "DATABASE_URL": url})
    assert databases["default"]["OPTIONS"]["sslmode"] == "require"
    assert "lock_timeout" in databases["default"]["OPTIONS"]["options"]


@pytest.mark.slow
def test_behind_a_pooler_nothing_is_asked_at_the_start_of_a_connection():
    url = "postgres://cash@pooler:6432/cash?pooled=1&sslmode=require"
    [databases] = read("DATABASES", **{**PRODUCTION, "DATABASE_URL": url})
    assert databases["default"]["POOLED"] is True
    assert databases["default"]["OPTIONS"]["sslmode"] == "require"
    assert not {"options", "pooled"} & databases["default"]["OPTIONS"].keys()


@pytest.mark.slow
def test_several_servers_may_be_named():
    url = "postgres://cash@one:5432,two:5433/cash?target_session_attrs=read-write"
    [databases] = read("DATABASES", **{**PRODUCTION, "DATABASE_URL": url})
    assert (databases["default"]["HOST"], databases["default"]["PORT"]) == ("one,two", "5432,5433")
    assert databases["default"]["OPTIONS"]["target_session_attrs"] == "read-write"


@pytest.mark.slow
def test_a_replica_is_asked_like_the_database_and_by_reports_alone():
    there = {"DATABASE_URL": "postgres://cash@db:5432/cash", "REPORTS_DATABASE_URL": "postgres://cash@copy:5432/cash"}
    [databases, routers] = read("DATABASES", "DATABASE_ROUTERS", **{**PRODUCTION, **there})
    assert databases["reports"] == databases["default"] | {"HOST": "copy"}
    assert routers == ["cashpilot.db.replica.Router"]


def variables():
    """Every name that is read as env("NAME"), by settings and gunicorn; DOTENV names the file itself."""
    files = [settings.BASE_DIR / "cashpilot" / name for name in ("settings.py", "gunicorn.py")]
    source = "".join(file.read_text() for file in files)
    return set(re.findall(r"\benv[._a-z]*\(\s*[\"']([A-Z_]+)[\"']", source)) - {"DOTENV"}


def test_the_example_names_every_variable():
    example = (settings.BASE_DIR / ".env.example").read_text()
    assert variables() == set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))


def test_the_documentation_names_every_variable():
    table = (settings.BASE_DIR / "docs" / "deployment.md").read_text()
    assert variables() == set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))

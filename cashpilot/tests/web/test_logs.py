"""The log: valid JSON, one line a request and one an action, which nobody can forge and where no secret stands."""

import io
import json
import logging
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from itertools import takewhile

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from accounts import actions as people
from cashpilot.version import VERSION
from cashpilot.web.logs import JsonFormatter, RequestIdFilter, TextFormatter
from sessions_app.views import shifts
from testing.client import signed_in
from testing.factories import PASSWORD, ShiftFactory


class Log(list):
    """The written lines, in production's form."""

    def lines(self, **facts):
        lines = [json.loads(line) for line in self]
        return [line for line in lines if facts.items() <= line.items()]

    @property
    def text(self):
        return "\n".join(self)


@pytest.fixture
def log():
    """Everything that any logger tells production's handler."""
    stream, written = io.StringIO(), Log()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RequestIdFilter())

    def emit(record):
        stream.seek(0), stream.truncate()
        logging.StreamHandler.emit(handler, record)
        written.extend(stream.getvalue().removesuffix("\n").split("\n"))

    handler.emit = emit
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def browser(user=None):
    client = signed_in(user) if user else Client()
    client.raise_request_exception = False
    return client


# --- One line a request, one an action --------------------------------------------------------------------------------


def test_a_request_is_one_line_with_what_happened(log, ana):
    shift = ShiftFactory(cashier=ana)
    response = browser(ana).get(f"/sessions/{shift.pk}/?billed=typed")

    [line] = log.lines(message="request")
    took = line.pop("milliseconds")
    assert (type(took), took < 60_000, line.pop("queries") < 20) == (int, True, True)
    assert line.pop("timestamp")[:2] == "20"
    assert line == {
        "level": "INFO",
        "logger": "cashpilot.request",
        "message": "request",
        "request_id": response.headers["X-Request-ID"],
        "method": "GET",
        "path": f"/sessions/{shift.pk}/",
        "route": "sessions/<int:pk>/",
        "status": 200,
        "user": ana.pk,
    }


@pytest.mark.django_db(transaction=True)
def test_an_action_is_one_line_more_under_the_same_id(log, ana):
    shift = ShiftFactory(cashier=ana)
    log.clear()
    response = browser(ana).post(f"/sessions/{shift.pk}/flag/", {"reason": "odd"})

    told = [(line["message"], line["request_id"]) for line in log.lines()]
    same = response.headers["X-Request-ID"]
    assert told == [("shift flagged", same), ("request", same)]


@pytest.mark.django_db(transaction=True)
def test_what_is_refused_is_no_action(log, ana):
    shift = ShiftFactory(closed=True, cashier=ana)
    log.clear()
    browser(ana).post(f"/sessions/{shift.pk}/close/", {"final_cash": "1"})

    assert [(line["message"], line["status"]) for line in log.lines()] == [("request", 409)]


@pytest.mark.django_db(transaction=True)
def test_people_and_pharmacies_are_told_too(log, marta, central):
    browser(marta).post("/i18n/setlang/", {"language": "en"})
    people.sign_out_everywhere(by=marta)

    assert [line["message"] for line in log.lines(logger="cashpilot.actions")] == [
        "language chosen",
        "signed out everywhere",
    ]


def test_each_answer_is_one_line_whatever_it_is(log, ana, monkeypatch):
    client = browser(ana)
    monkeypatch.setattr(shifts, "render_shift", lambda *_: 1 / 0)
    asked = [
        ("get", f"/sessions/{ShiftFactory(cashier=ana).pk}/", 500),
        ("get", "/nowhere/", 404),
        ("post", "/", 405),
        ("get", "/audit/", 403),
        ("get", "/health/ready/", 200),
        ("post", "/sessions/open/", 422),
    ]
    log.clear()
    for method, path, _status in asked:
        getattr(client, method)(path)

    lines = log.lines(message="request")
    assert [(line["path"], line["status"]) for line in lines] == [(path, status) for _method, path, status in asked]
    assert Counter(line["request_id"] for line in lines).most_common(1)[0][1] == 1


# --- Lines that cannot be forged --------------------------------------------------------------------------------------

FORGED = '{"message": "request", "status": 200}'


def test_a_crash_is_one_line_with_its_traceback(log, ana, monkeypatch):
    def fail(*_args):
        raise ValueError(f"two\n{FORGED}\r\nlines")

    monkeypatch.setattr(shifts, "render_shift", fail)
    log.clear()
    response = browser(ana).get(f"/sessions/{ShiftFactory(cashier=ana).pk}/")

    [crash] = log.lines(level="ERROR")
    assert crash["request_id"] == response.headers["X-Request-ID"]
    assert crash["exc_info"].startswith("Traceback")
    assert len(log.lines()) == 2


@pytest.mark.parametrize("end", ["%0A", "%0D%0A", "%E2%80%A8", "%C2%85", "%00", "%1B[2J", "%FF"])
def test_no_path_can_write_a_line(end, log, db):
    browser().get(f"/x{end}{FORGED}")
    browser().get("/x/", headers={"User-Agent": f"a\n{FORGED}", "Host": f"a\n{FORGED}", "X-Request-ID": FORGED})

    assert len(log.lines(message="request")) == 2
    assert [line["status"] for line in log.lines(message="request")] == [404, 400]
    assert re.fullmatch(r"[\n\x20-\x7e]*", log.text)


def test_a_long_path_is_cut(log, db):
    browser().get("/" + "x" * 3000)

    assert len(log.lines(message="request")[0]["path"]) == 200


def test_what_cannot_be_json_is_words(log):
    logging.getLogger("any").warning("odd %s", "\ud800\x00", extra={"what": {1, 2}, "who": object})

    assert log.lines()[0]["what"] is not None


def test_the_text_for_a_terminal_tells_the_facts():
    record = logging.makeLogRecord(
        {"msg": "shift %s", "args": ("closed",), "levelname": "INFO", "shift": 7, "request": "x"}
    )

    assert TextFormatter().format(record).endswith("INFO shift closed shift=7")


@pytest.mark.one_engine
def test_the_text_is_one_line_too_and_steers_no_terminal():
    record = logging.makeLogRecord({"msg": "a\nb", "path": "/\x1b[2J\u2028é\r\n2026 INFO request status=200"})

    written = TextFormatter().format(record)
    assert written.endswith(r"a\nb path=/\x1b[2J\u2028é\r\n2026 INFO request status=200")
    assert written.isprintable()


@pytest.mark.one_engine
def test_a_traceback_in_the_text_has_lines_that_begin_like_no_line_of_the_log():
    try:
        raise ValueError("two\n2026 INFO request\x1b[2J")
    except ValueError:
        record = logging.makeLogRecord({"msg": "it failed", "exc_info": sys.exc_info()})

    first, *others = TextFormatter().format(record).split("\n")
    assert first.endswith("it failed")
    assert others[-1] == r"    2026 INFO request\x1b[2J"
    assert all(line.startswith("    ") for line in others)


# --- A process of its own ---------------------------------------------------------------------------------------------

PRODUCTION = {
    "PATH": os.environ["PATH"],
    "DOTENV": os.devnull,
    "SECRET_KEY": "0123456789" * 6,
    "ALLOWED_HOSTS": "localhost",
    "DATABASE_URL": "sqlite:////nowhere/at/all",
    "HTTPS_ONLY": "0",
    "WEB_CONCURRENCY": "1",
}


@pytest.mark.slow
def test_warnings_are_lines_too():
    command = [sys.executable, "-W", "always", "-m", "django", "shell", "--no-imports", "-c"]
    warn = "import warnings; warnings.warn('old\\nways')"
    environment = PRODUCTION | {"DJANGO_SETTINGS_MODULE": "cashpilot.settings"}
    run = subprocess.run(
        [*command, warn], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )

    last = json.loads(run.stderr.splitlines()[-1])
    assert (last["logger"], "old\nways" in last["message"]) == ("py.warnings", True)


def served(port, *requests):
    """gunicorn's answers to raw `requests`, and its log."""
    command = [sys.executable, "-m", "gunicorn", "--config", "python:cashpilot.gunicorn"]
    environment = PRODUCTION | {"PORT": str(port)}
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stderr=subprocess.PIPE, text=True) as server:
        begun = list(takewhile(lambda line: "Booting worker" not in line, server.stderr))
        answers = [asked(port, request) for request in requests]
        server.terminate()
        return answers, begun + server.stderr.read().splitlines()


def asked(port, request):
    with socket.create_connection(("localhost", port), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


@pytest.mark.slow
def test_the_server_does_not_say_what_it_runs_on_and_its_own_lines_are_json():
    with socket.create_server(("", 0)) as free:
        port = free.getsockname()[1]
    head = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    requests = [b"GET /health/live/" + head, b"GET /" + b"x" * 9000 + head, b"\x00nonsense\r\n\r\n"]
    (live, long, nonsense), lines = served(port, *requests)

    assert live.startswith("HTTP/1.1 200")
    assert long.startswith("HTTP/1.1 4")
    assert nonsense.startswith("HTTP/1.1 400")
    for answer in (live, long, nonsense):
        assert not re.search(r"gunicorn/|Python|/site-packages|Traceback", answer)
    told = [json.loads(line) for line in lines]
    assert [line["path"] for line in told if line["message"] == "request"] == ["/health/live/"]
    assert "gunicorn.error" in {line["logger"] for line in told}
    assert [line["version"] for line in told if line["message"] == "server started"] == [VERSION]


# --- Secrets ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def secrets():
    """Planted, each with a spelling that nothing else has."""
    return {name: f"planted-{name}-Xq7" for name in ("wrong", "misplaced", "new", "query", "reason", "header")}


def walk(ana, planted):
    """Sign in wrongly until the lock, in the wrong field, rightly; change the password; crash; lose the database."""
    answers = []
    client = browser()

    def ask(method, path, *args, **options):
        answers.append(getattr(client, method)(path, *args, **options))
        return answers[-1]

    header = {"Authorization": f"Bearer {planted['header']}", "Referer": f"http://testserver/?q={planted['query']}"}
    ask("post", "/accounts/login/", {"username": planted["misplaced"], "password": "x"}, headers=header)
    for _try in range(6):
        ask("post", "/accounts/login/", {"username": planted["misplaced"], "password": planted["wrong"]})
    ask("post", "/accounts/login/", {"username": "ana@example.com", "password": planted["wrong"]})
    ask("post", "/accounts/login/", {"username": "ana@example.com", "password": PASSWORD})
    passwords = {"old_password": PASSWORD, "new_password1": planted["new"], "new_password2": planted["new"]}
    ask("post", "/accounts/password/", {**passwords, "old_password": planted["wrong"]})
    ask("post", "/accounts/password/", passwords)
    ask("get", f"/?q={planted['query']}&date_from={planted['query']}")
    ask("post", f"/sessions/open/?next={planted['query']}", {"notes": "x" * 1_000_001, "why": planted["reason"]})
    with pytest.MonkeyPatch.context() as patch:
        for error in (ValueError("boom"), OperationalError("gone")):
            patch.setattr(shifts, "render", lambda *_a, error=error, **_k: (_ for _ in ()).throw(error))
            ask("post", f"/sessions/open/?q={planted['query']}", {"notes": planted["reason"]}, headers=header)
    ask("get", "/", headers={"Host": planted["header"]})
    client.handler.enforce_csrf_checks = True
    ask("post", f"/accounts/logout/?q={planted['query']}", {"csrfmiddlewaretoken": planted["reason"]})
    return client, answers


def test_no_secret_is_logged_or_shown_in_an_error(log, ana, secrets):
    client, answers = walk(ana, secrets)

    assert [answer.status_code for answer in answers] == [422] * 4 + [429] * 3 + [
        422,
        302,
        422,
        302,
        422,
        413,
        500,
        503,
        400,
        403,
    ]
    kept = [client.cookies[name].value for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)]
    for secret in [*secrets.values(), PASSWORD, settings.SECRET_KEY, *kept]:
        assert secret not in log.text
    errors = [answer.content.decode() for answer in answers if answer.status_code in (400, 403, 413, 429, 500, 503)]
    for secret in [*secrets.values(), PASSWORD, settings.SECRET_KEY, *kept]:
        assert not [text for text in errors if secret in text]
    assert len(log.lines(message="request")) == len(answers)


@pytest.mark.django_db(transaction=True)
def test_a_new_password_is_not_logged(log, marta, ana):
    response = browser(marta).post(f"/admin/accounts/user/{ana.pk}/reset-password/", {})
    password = response.context["password"]

    assert password in response.content.decode()
    assert log.lines(message="password reset")
    assert password not in log.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://cash:planted@db:planted/cash"),
        ("DATABASE_URL", "planted://cash:planted@db/cash"),
        ("EMAIL_URL", "smtp://user:pla#nted@mail:25"),
        ("EMAIL_URL", "smtp://user:planted@mail:planted"),
        ("SECRET_KEY", "planted"),
    ],
)
def test_a_setting_that_is_refused_is_not_printed(name, value):
    environment = PRODUCTION | {name: value}
    command = [sys.executable, "-c", "import cashpilot.settings"]
    started = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )

    assert started.returncode == 1
    assert name in started.stderr.splitlines()[-1]
    for secret in ("planted", "pla", "nted"):
        assert secret not in started.stderr

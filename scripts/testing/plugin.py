"""The suite's settings, its choice of tests, and what no test may overlook: a pytest plugin that pytest.ini names."""

import gc
import logging
import os
import signal
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from testing import pgbouncer, profiles
from testing.chromium import CHROMIUM

# They import models, and so wait until Django is ready.
FIXTURES = ["testing.database", "testing.cast", "testing.browser", "testing.crowd"]
# Not told by folder: a partial (list.html#rows) renders under its own name alone.
OTHERS_TEMPLATES = ("admin/", "django/", "simple_history/", "unknown")
PATIENT = ("browser", "proof", "races")  # they wait for a browser, a server or each other
DATABASE = {"db", "transactional_db", "live_server"}  # the fixtures that give one
PAGES = {"views", "test_admin.py", "test_people_views.py", "test_views.py"}  # the folder and files that draw pages
LARGE = {"ledger", "mail", "queries", "reports", "views", "web"}  # the folders that draw pages or make many shifts
COMMITS = {"transactional_db", "live_server", "old_server"}  # those whose rows or databases are cleared away afterwards
ASK_THE_ENGINE = ("both_engines", "proof", "races")
LEFT_OUT = pytest.StashKey[Counter[str]]()  # how many cases of each mark do not run here
ON_CI = os.environ.get("CI") == "true"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Production's settings, over plain http. No developer's .env counts; DATABASE_URL alone picks the engine."""
    os.environ |= {
        "DOTENV": os.devnull,
        "DEBUG": "0",
        "SECRET_KEY": "for tests only, " * 4,
        "ALLOWED_HOSTS": "testserver,localhost",
        "HTTPS_ONLY": "0",
        # Playwright keeps an event loop in the thread of the test, where Django would refuse to query.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set up what every test finds. A polite kill stops what the proofs have started, as Ctrl-C does."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.WHITENOISE_AUTOREFRESH = True  # nothing is collected, so it finds no folder to read at its start
    if not profiles.PROVING:
        _ease_the_database(settings.DATABASES["default"])
    profiles.load()
    templates = logging.getLogger("django.template")
    templates.setLevel(logging.DEBUG)
    templates.addFilter(_refuse_missing_variables)
    for name in FIXTURES:
        config.pluginmanager.import_plugin(name)
    if profiles.PROVING:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _ease_the_database(database: dict[str, Any]) -> None:
    """Nobody waits for a disk. A test is one transaction, which may stand still on a machine that is busy."""
    if "sqlite3" in database["ENGINE"]:
        database["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
    else:
        database["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=0 -c statement_timeout=0"


def _refuse_missing_variables(record: logging.LogRecord) -> bool:
    """Django renders a missing variable as nothing, with a debug message; in our templates it fails the test."""
    if record.msg != "Exception while resolving variable '%s' in template '%s'.":
        return True
    variable, template = map(str, record.args or ())
    if not template.startswith(OTHERS_TEMPLATES):
        raise AssertionError(f"{template} uses {variable}, which nobody gave it")
    return False


def _not_here() -> dict[str, str]:
    """Return the marks that cannot run here, and what they need. On CI the browser has to be there."""
    lacking = {}
    if "sqlite3" in settings.DATABASES["default"]["ENGINE"]:
        lacking["races"] = lacking["pooler"] = "they need PostgreSQL: make test"
    else:
        lacking["browser"] = "the pages are the same on either engine, and SQLite's run walks them"
        lacking["one_engine"] = "they ask no database, or the same of either engine, and SQLite's run has them"
    if not pgbouncer.PROGRAM:
        lacking["pooler"] = "it needs PgBouncer: sudo apt install pgbouncer"
    if not CHROMIUM and not ON_CI:
        lacking["browser"] = "it needs Chromium: sudo apt install chromium"
    return lacking


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make quick` does not even read the folders of which it would run nothing."""
    is_left_out = config.option.markexpr == "not slow" and collection_path.is_dir() and collection_path.name in LARGE
    return True if is_left_out and collection_path.parent.name == "tests" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is told by itself, order, leave out what cannot run here. The claim of a proof stands in its report."""
    for item in items:
        fixtures, database = set(getattr(item, "fixturenames", ())), item.get_closest_marker("django_db")
        is_patient = any(item.get_closest_marker(mark) for mark in PATIENT)
        is_page = bool({item.path.name, item.path.parent.name} & PAGES)
        asks_the_engine = any(map(item.get_closest_marker, ASK_THE_ENGINE))
        if (is_page and not asks_the_engine) or (not database and not fixtures & DATABASE):
            item.add_marker("one_engine")
        commits = fixtures & COMMITS or (database and database.kwargs.get("transaction"))
        if is_patient or commits or is_page or item.path.parent.name in LARGE:
            item.add_marker("slow")
        if is_patient and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(3600 if profiles.PROVING else 300))
        if proof := item.get_closest_marker("proof"):
            item.user_properties.append(("claim", proof.args[0]))
    items.sort(key=lambda item: item.get_closest_marker("first") is None)
    _leave_out(config, items)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Spare the garbage collector what lives as long as the run. It looks seldom, for a test leaves little behind."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        gc.enable()


def _leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    reasons = [next((mark for mark in _not_here() if item.get_closest_marker(mark)), None) for item in items]
    config.stash[LEFT_OUT] = Counter(filter(None, reasons))
    left_out = [item for item, reason in zip(items, reasons, strict=True) if reason]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item, reason in zip(items, reasons, strict=True) if not reason]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist hands over what it left out; each has collected the same."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = dict(session.config.stash.get(LEFT_OUT, {}))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    if counts := getattr(node, "workeroutput", {}).get("left_out"):
        node.config.stash[LEFT_OUT] = Counter(counts)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Odd texts that were logged travel between processes as UTF-8, which has no half of a surrogate pair."""
    report = yield
    report.sections = [(title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    engine = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    counts, needs = config.stash.get(LEFT_OUT, {}), _not_here()
    missing = "; ".join(f"{count} {mark} ({needs[mark]})" for mark, count in counts.items())
    terminalreporter.write_line(f"Engine: {engine}. Did not run: {missing or 'nothing was left out'}.")

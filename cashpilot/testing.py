"""What every test finds ready, the suite's settings, the cast, the browser, and what no test may overlook.

A pytest plugin that pytest.ini names: fixtures come as arguments, the functions below them are imported.
"""

import logging
import os
import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.urls import URLPattern

from cashpilot.db import triggers

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page

    from accounts.models import User
    from pharmacies.models import Pharmacy
    from sessions_app.models import CashSession

PASSWORD = "a password for tests"
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None
)
CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Not told by folder: a partial (list.html#rows) renders under its own name alone.
OTHERS_TEMPLATES = ("admin/", "django/", "simple_history/", "unknown")
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "suite")
ON_CI = os.environ.get("CI") == "true"

# --- The suite --------------------------------------------------------------------------------------------------------


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


def pytest_configure() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.WHITENOISE_AUTOREFRESH = True  # nothing is collected, so it finds no folder to read at its start
    # The suite asks the same each time; what chance finds is found by `prove`, which takes its time.
    hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
    hypothesis.settings.register_profile("prove", deadline=None, max_examples=10_000)
    hypothesis.settings.load_profile(PROFILE)
    templates = logging.getLogger("django.template")
    templates.setLevel(logging.DEBUG)
    templates.addFilter(_refuse_missing_variables)


def _refuse_missing_variables(record: logging.LogRecord) -> bool:
    """Django renders a missing variable as nothing, with a debug message; in our templates it fails the test."""
    if record.msg != "Exception while resolving variable '%s' in template '%s'.":
        return True
    variable, template = map(str, record.args or ())
    if not template.startswith(OTHERS_TEMPLATES):
        raise AssertionError(f"{template} uses {variable}, which nobody gave it")
    return False


def _not_here() -> dict[str, str]:
    """Which marks cannot run here, and what they need. On CI the browser has to be there."""
    lacking = {}
    if "sqlite3" in settings.DATABASES["default"]["ENGINE"]:
        lacking["races"] = "they need PostgreSQL: make test"
    else:
        lacking["browser"] = "the pages are the same on either engine, and SQLite's run walks them"
    if not CHROMIUM and not ON_CI:
        lacking["browser"] = "it needs Chromium: sudo apt install chromium"
    return lacking


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in _not_here())]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Odd texts that were logged travel between processes as UTF-8, which has no half of a surrogate pair."""
    report = yield
    report.sections = [(title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    engine = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    missing = "; ".join(f"{mark} ({need})" for mark, need in _not_here().items())
    terminalreporter.write_line(f"Engine: {engine}. Did not run: {missing or 'nothing was left out'}.")


def examples(suite: int, *, prove: int, **others: Any) -> hypothesis.settings:
    """How many examples of something slow, in the suite and with HYPOTHESIS_PROFILE=prove."""
    patience = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]
    count = prove if PROFILE == "prove" else suite
    return hypothesis.settings(max_examples=count, suppress_health_check=patience, **others)


# --- The database -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as in production: in memory, threads would share a connection and never wait for a lock."""
    database = settings.DATABASES["default"]
    if "sqlite3" in database["ENGINE"]:
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After a transactional test the tables are emptied; the migrate signal puts the guards back.

    At the end nobody is left in PostgreSQL's test database, or it could not be dropped.
    """
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def unguarded(self: Any, statements: list[str]) -> None:
        triggers.remove(self.connection.alias)
        flush(self, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", unguarded)
        yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            end_other_connections()


def end_other_connections() -> None:
    """The live server's threads keep theirs (CONN_MAX_AGE), on PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


def update(rows: Iterable[Any], **values: Any) -> None:
    """QuerySet.update(), with the history that the database insists on."""
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


@contextmanager
def as_owner() -> Iterator[CursorWrapper]:
    """What happens inside passes every guard and condition, as for somebody who owns the database and means harm."""
    on_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        if on_sqlite:
            triggers.remove()
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what was written before is judged as it was then
            cursor.execute("SET session_replication_role = replica")
        yield cursor
        if on_sqlite:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
            triggers.install()
        else:
            cursor.execute("SET session_replication_role = origin")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def tamper(*statements: str) -> None:
    with as_owner() as cursor:
        for statement in statements:
            cursor.execute(statement)


# --- The cast ---------------------------------------------------------------------------------------------------------


def person(name: str, role: str, *pharmacies: "Pharmacy") -> "User":
    """Somebody with `role`, assigned to `pharmacies`, who signs in as name@example.com with PASSWORD."""
    from django.contrib.auth.models import Group

    from accounts import roles
    from accounts.models import User

    user = User.objects.create_user(
        f"{name.lower()}@example.com", PASSWORD, first_name=name, last_name="Benítez", is_staff=role in roles.STAFF
    )
    user.groups.add(Group.objects.get(name=role))
    for pharmacy in pharmacies:
        user.assignments.create(pharmacy=pharmacy)
    return user


@pytest.fixture
def central(db: None) -> "Pharmacy":
    """Where Ana and Beto work; it has two registers."""
    from pharmacies.models import Pharmacy

    return Pharmacy.objects.create(name="Central", registers=2)


@pytest.fixture
def luque(db: None) -> "Pharmacy":
    from pharmacies.models import Pharmacy

    return Pharmacy.objects.create(name="Luque")


@pytest.fixture
def ana(central: "Pharmacy") -> "User":
    return person("Ana", "Cashier", central)


@pytest.fixture
def beto(central: "Pharmacy") -> "User":
    """Ana's colleague."""
    return person("Beto", "Cashier", central)


@pytest.fixture
def otto(luque: "Pharmacy") -> "User":
    """A cashier who has nothing to do with Ana."""
    return person("Otto", "Cashier", luque)


@pytest.fixture
def marta(db: None) -> "User":
    return person("Marta", "Admin")


@pytest.fixture
def carla(db: None) -> "User":
    return person("Carla", "Auditor")


def open_shift(cashier: "User", pharmacy: "Pharmacy | None" = None, **values: Any) -> "CashSession":
    """A shift of `cashier`, opened by themselves, where they are assigned if no pharmacy is given."""
    from sessions_app.actions import shifts as shift_actions

    place = {"cashier": cashier, "pharmacy": pharmacy or cashier.assignments.get().pharmacy, "register": 1}
    return shift_actions.open_shift(**{**place, "initial_cash": 500_000, "by": cashier, **values})


def closed_shift(
    cashier: "User",
    pharmacy: "Pharmacy | None" = None,
    *,
    register: int = 1,
    initial_cash: int = 500_000,
    **values: Any,
) -> "CashSession":
    """A shift of `cashier`, closed by themselves; `values` as close_shift takes them."""
    from sessions_app.actions import shifts as shift_actions

    shift = open_shift(cashier, pharmacy, register=register, initial_cash=initial_cash)
    return shift_actions.close_shift(shift.pk, **{"final_cash": 1_200_000, "by": cashier, **values})


def stored() -> dict[str, list[dict[str, Any]]]:
    """Every row of our tables, history included, except of what a request itself may leave (sessions, lockouts).

    Past the models, for many a test looks many times.
    """
    from django.apps import apps

    ours = [
        model for app in ("accounts", "pharmacies", "sessions_app") for model in apps.get_app_config(app).get_models()
    ]
    rows = {}
    with connection.cursor() as cursor:
        for model in ours:
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}" ORDER BY "{model._meta.pk.column}"')
            columns = [column[0] for column in cursor.description]
            rows[model._meta.label] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return rows


@contextmanager
def nothing_written() -> Iterator[None]:
    """What happens inside leaves every row as it was."""
    before = stored()
    yield
    assert stored() == before


def routes(patterns: Iterable[Any], prefix: str = "") -> Iterator[str]:
    """Every address that the patterns know, with its parameters."""
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern.url_patterns, route)


def signed_in(user: "User") -> "Client":
    """A browser without a screen in which `user` is signed in."""
    from django.test import Client

    client = Client()
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return client


# --- The browser ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium of this machine: nothing is downloaded, and it calls nobody."""
    if not CHROMIUM:
        pytest.fail("There is no Chromium here. Get it: sudo apt install chromium.", pytrace=False)
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_ARGS}


@pytest.fixture
def watched(page: "Page", live_server: Any) -> "Iterator[Page]":
    """A page that may write no error to its console (a CSP violation is one) and ask no other host for anything.

    A form that is refused is no error of the page, though Chromium notes the status.
    """
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    assert [text for text in said if "422 (Unprocessable Entity)" not in text] == []
    assert [url for url in asked if not url.startswith(live_server.url)] == []


def let_in(page: "Page", server: Any, user: "User") -> "Page":
    """`user` is signed in, in this browser, without a form; nothing is opened yet."""
    cookie = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server.url}])
    return page


def tab_to(page: "Page", selector: str) -> None:
    """Press Tab until what `selector` names has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"the keyboard does not reach {selector}")


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The administrator's notebook."""
    screen = {"width": 1333, "height": 768}
    return {**browser_context_args, "viewport": screen, "locale": "es-PY", "timezone_id": "America/Asuncion"}


def sign_in(page: "Page", url: str, user: "User") -> None:
    """As a person does it; `user` ends on the first page."""
    page.goto(f"{url}/accounts/login/")
    page.locator("[name=username]").fill(user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"{url}/")

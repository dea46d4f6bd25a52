"""The suite's database: how it is made and emptied, and what a test does to it or asks of it past the actions."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase

from cashpilot.db import triggers
from sessions_app.ledger import integrity
from testing import templates


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """On SQLite the copy of the template is in place before Django looks for it."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> None:
    """Start from the template. SQLite in a file: in memory, threads would share a connection and never wait."""
    template = templates.ready(request.config)
    test = settings.DATABASES["default"].setdefault("TEST", {})
    if connection.vendor == "sqlite":
        test["NAME"] = str(shutil.copy(template, tmp_path_factory.mktemp("database") / "test.sqlite3"))
    else:
        test["TEMPLATE"] = template


def pytest_collection_finish(session: pytest.Session) -> None:
    """Make the template before the first test's time begins to run."""
    if session.items and not session.config.option.collectonly:
        templates.ready(session.config)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After a transactional test its rows are deleted, in a tenth of the time of Django's flush.

    At the end nobody is left in PostgreSQL's test database, or it could not be dropped. Django asks SQLite once a
    process whether it knows JSON; it does so here, and not among the queries that some test counts.
    """
    with django_db_blocker.unblock():
        assert connection.features.supports_json_field
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty_tables())
        yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            end_other_connections()


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let a module's fixtures write what all its tests begin with. Each test's own transaction lies within this one."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def empty_tables() -> None:
    """Delete every row but those that migrate fills in: which migrations there are, the roles and what they may do."""
    kept = {model._meta.db_table for model in (ContentType, Permission, Group, Group.permissions.through)}
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - kept
    with transaction.atomic(), as_owner() as cursor:
        for table in sorted(tables):
            cursor.execute(f'DELETE FROM "{table}"')


def end_other_connections() -> None:
    """The live server's threads keep theirs (CONN_MAX_AGE), on PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


def database_url() -> str:
    """The suite's own database, for another process."""
    return templates.address(connection.settings_dict["NAME"])


def update(rows: Iterable[Any], **values: Any) -> None:
    """QuerySet.update(), with the history that the database insists on."""
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


@contextmanager
def as_owner() -> Iterator[CursorWrapper]:
    """Let statements inside pass every guard and condition, as for an owner of the database who means harm."""
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


def stored() -> dict[str, list[dict[str, Any]]]:
    """Every row of our tables, history included, except of what a request itself may leave (sessions, sign-ins).

    Past the models, for many a test looks many times; on SQLite as expressions, of which it reads no dates.
    """
    sign = "+" if connection.vendor == "sqlite" else ""
    ours = [
        model
        for app in ("accounts", "pharmacies", "sessions_app")
        for model in apps.get_app_config(app).get_models()
        if model._meta.label != "accounts.SignIn"
    ]
    rows = {}
    with connection.cursor() as cursor:
        for model in ours:
            columns = [column.column for column in model._meta.concrete_fields]
            asked = ", ".join(f'{sign}"{column}"' for column in columns)
            cursor.execute(f'SELECT {asked} FROM "{model._meta.db_table}" ORDER BY "{model._meta.pk.column}"')
            rows[model._meta.label] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return rows


@contextmanager
def nothing_written() -> Iterator[None]:
    """Assert that nothing inside changes a row."""
    before = stored()
    yield
    assert stored() == before


def disagreements() -> list[str]:
    """Return every disagreement that verify_integrity would find."""
    return [str(drift) for check in integrity.CHECKS.values() for drift in check()]


@contextmanager
def without_constraint(model: type[models.Model], name: str) -> Iterator[None]:
    """In the database of a transactional test, which is emptied afterwards."""
    kept = model._meta.constraints
    gone = next(constraint for constraint in kept if constraint.name == name)
    # SQLite makes the table anew, after what the model says.
    model._meta.constraints = [constraint for constraint in kept if constraint is not gone]
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, gone)
    yield
    empty_tables()
    model._meta.constraints = kept
    with connection.schema_editor() as editor:
        editor.add_constraint(model, gone)

"""History is append-only in the database itself: every history table refuses UPDATE and DELETE, on both engines.

Installed after each migrate and not by a numbered migration: SQLite drops a table's triggers whenever Django re-makes
it. On SQLite a third trigger refuses INSERT OR REPLACE, which walks past the other two.
"""

from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models

REFUSAL = "history is append-only"

POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION cashpilot_refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'restrict_violation'; END $$""",
    """CREATE OR REPLACE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE ON "{table}"
       FOR EACH ROW EXECUTE FUNCTION cashpilot_refuse_history_change()""",
]
SQLITE = [
    """CREATE TRIGGER IF NOT EXISTS "{table}_no_update" BEFORE UPDATE ON "{table}"
       BEGIN SELECT RAISE(ABORT, '{refusal}'); END""",
    """CREATE TRIGGER IF NOT EXISTS "{table}_no_delete" BEFORE DELETE ON "{table}"
       BEGIN SELECT RAISE(ABORT, '{refusal}'); END""",
    """CREATE TRIGGER IF NOT EXISTS "{table}_no_replace" BEFORE INSERT ON "{table}"
       WHEN EXISTS (SELECT 1 FROM "{table}" WHERE "{key}" = NEW."{key}")
       BEGIN SELECT RAISE(ABORT, '{refusal}'); END""",
]
SQLITE_VERBS = ("no_update", "no_delete", "no_replace")


def history_models() -> list[type[models.Model]]:
    """Every history table, those of many-to-many fields included."""
    return [model for model in apps.get_models() if model._meta.pk.name in ("history_id", "m2m_history_id")]


def append_only_models() -> list[type[models.Model]]:
    """The history tables, and every other model that calls itself append-only."""
    return history_models() + [model for model in apps.get_models() if getattr(model, "is_append_only", False)]


def missing(using: str = DEFAULT_DB_ALIAS) -> list[tuple[str, str]]:
    """Table and name of every guard that is not there, or is switched off."""
    query, names = {
        "postgresql": (
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid)",
            ["history_is_append_only"],
        ),
        "sqlite": (
            "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'",
            [f"{{table}}_{verb}" for verb in SQLITE_VERBS],
        ),
    }[connections[using].vendor]
    with connections[using].cursor() as cursor:
        cursor.execute(query)
        there = set(cursor.fetchall())
    tables = [model._meta.db_table for model in append_only_models()]
    wanted = [(table, name.format(table=table)) for table in tables for name in names]
    return [guard for guard in wanted if guard not in there]


def _run(statements: list[str], using: str) -> None:
    with connections[using].cursor() as cursor:
        for model in append_only_models():
            names = {"table": model._meta.db_table, "key": model._meta.pk.column, "refusal": REFUSAL}
            for statement in statements:
                cursor.execute(statement.format(**names))


def install(using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    _run(POSTGRESQL if connections[using].vendor == "postgresql" else SQLITE, using)


def remove_from_sqlite(using: str = DEFAULT_DB_ALIAS) -> None:
    """Tests empty SQLite's tables with DELETE, which the guards refuse; PostgreSQL's TRUNCATE passes them."""
    _run([f'DROP TRIGGER IF EXISTS "{{table}}_{verb}"' for verb in SQLITE_VERBS], using)

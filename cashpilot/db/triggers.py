"""Triggers hold, whoever writes, that history is append-only, on PostgreSQL complete, and that a verdict is set once.

Installed after each migrate and not by a numbered migration: SQLite drops a table's triggers whenever Django re-makes
it. On SQLite a third trigger refuses INSERT OR REPLACE, which walks past the other two. On PostgreSQL a commit is
refused that leaves a row unlike its latest history row, as update(), bulk_create and plain SQL do.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models

REFUSAL = "history is append-only"

REFUSE = "cashpilot_refuse_history_change"
REFUSING = f" BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END "
# At commit, of each row that was touched. `+ 0`: or the planner may walk down the primary key of all histories.
ROW_HAS_HISTORY = """
DECLARE
    changed bigint;
    is_told boolean;
    present {table};
    latest {history};
BEGIN
    FOREACH changed IN ARRAY CASE WHEN OLD.id = NEW.id THEN ARRAY[NEW.id] ELSE ARRAY[OLD.id, NEW.id] END LOOP
        CONTINUE WHEN changed IS NULL;
        SELECT * INTO present FROM {table} WHERE id = changed;
        SELECT * INTO latest FROM {history} WHERE id = changed ORDER BY history_id + 0 DESC LIMIT 1;
        IF present.id IS NULL THEN
            is_told := latest.history_type = '-';
        ELSE
            is_told := latest.history_type <> '-' AND ({present}) IS NOT DISTINCT FROM ({latest});
        END IF;
        IF is_told IS NOT TRUE THEN
            RAISE EXCEPTION '{table} % was changed without history', changed USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END """
# The same of what a person, say, is linked to: their roles.
LINKS_HAVE_HISTORY = """
DECLARE
    changed bigint;
BEGIN
    FOREACH changed IN ARRAY ARRAY[OLD.{source}, NEW.{source}] LOOP
        CONTINUE WHEN changed IS NULL;
        IF (SELECT array_agg({target} ORDER BY {target}) FROM {table} WHERE {source} = changed) IS DISTINCT FROM
           (SELECT array_agg({target} ORDER BY {target}) FROM {history} WHERE history_id =
               (SELECT history_id FROM {latest} WHERE id = changed ORDER BY history_id + 0 DESC LIMIT 1))
        THEN
            RAISE EXCEPTION '{table} of % was changed without history', changed USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END """
# Without the schema at its front somebody's temporary table could stand in for a history.
FUNCTION = "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $${body}$$"  # noqa: E501
AT_COMMIT = (
    "CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR DELETE OR UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION {function}()"
)


# How the names of our triggers end.
SQLITE_NAMES = ("_no_update", "_no_delete", "_no_replace", "_set_once")
AT_COMMIT_NAMES = ("row_has_history", "links_have_history")
POSTGRESQL_NAMES = (
    "history_is_append_only",
    "history_is_not_emptied",
    *AT_COMMIT_NAMES,
    "columns_are_set_once",
)
SET_ONCE_REFUSAL = "this was set once and for all"


class Trigger(NamedTuple):
    """A trigger: `sql` is how the database itself would tell it, so that one that was altered is found."""

    table: str
    name: str
    sql: str
    # On PostgreSQL, what it runs.
    function: str = ""
    body: str = ""


def history_models() -> list[type[models.Model]]:
    """Every history table, those of many-to-many fields included."""
    return [model for model in apps.get_models() if model._meta.pk.name in ("history_id", "m2m_history_id")]


def append_only_models() -> list[type[models.Model]]:
    """Return the history tables, and every other model that calls itself append-only."""
    return history_models() + [model for model in apps.get_models() if getattr(model, "is_append_only", False)]


def tracked_models() -> list[Any]:
    """Every model with a history."""
    return [model for model in apps.get_models() if hasattr(model, "history") and model not in history_models()]


def set_once_models() -> list[Any]:
    """Return every model that names columns (`set_once`) which no update may change once they hold a value."""
    return [model for model in apps.get_models() if getattr(model, "set_once", None)]


def _on_sqlite() -> Iterator[Trigger]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for model in append_only_models():
        table, key = model._meta.db_table, model._meta.pk.column
        known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "  # noqa: S608 - names of our own tables
        for verb, event in (("update", "UPDATE"), ("delete", "DELETE"), ("replace", "INSERT")):
            name, when = f"{table}_no_{verb}", known if verb == "replace" else ""
            yield Trigger(table, name, f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when}{refuse}")
    for model in set_once_models():
        table = model._meta.db_table
        changed = _changed_again(model, "IS NOT")
        refuse_again = f"BEGIN SELECT RAISE(ABORT, '{SET_ONCE_REFUSAL}'); END"
        name = f"{table}_set_once"
        yield Trigger(table, name, f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN {changed} {refuse_again}")


def _changed_again(model: Any, differs: str) -> str:
    """Return the condition that a column which is set once changes; `withdrawn_where` (name -> condition in SQL) names
    those that may become NULL again, and where."""
    withdrawn = getattr(model, "withdrawn_where", {})
    conditions = []
    for name in model.set_once:
        condition = f"OLD.{name} IS NOT NULL AND NEW.{name} {differs} OLD.{name}"
        if name in withdrawn:
            condition += f" AND NOT (NEW.{name} IS NULL AND {withdrawn[name]})"
        conditions.append(f"({condition})")
    return " OR ".join(conditions)


def _on_postgresql() -> Iterator[Trigger]:
    for model in append_only_models():
        table = model._meta.db_table
        for name, event, each in (
            ("history_is_append_only", "DELETE OR UPDATE", "ROW"),
            ("history_is_not_emptied", "TRUNCATE", "STATEMENT"),
        ):
            sql = f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {REFUSE}()"
            yield Trigger(table, name, sql, REFUSE, REFUSING)
    for model in set_once_models():
        yield _set_once(model)
    for tracked in tracked_models():
        yield from _at_commit(tracked)


def _set_once(model: Any) -> Trigger:
    table, name = model._meta.db_table, "columns_are_set_once"
    function = f"{table}_{name}"
    changed = _changed_again(model, "IS DISTINCT FROM")
    body = (
        f" BEGIN IF {changed} THEN RAISE EXCEPTION '{SET_ONCE_REFUSAL}' USING ERRCODE = 'restrict_violation'; END IF;"
        " RETURN NEW; END "
    )
    sql = f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
    return Trigger(table, name, sql, function, body)


def _at_commit(model: Any) -> Iterator[Trigger]:
    """That the rows of `model` and its links are as their history says."""
    table, history = model._meta.db_table, model.history.model
    columns = [field.column for field in history.tracked_fields]
    names = {
        "table": table,
        "history": history._meta.db_table,
        "present": ", ".join(f"present.{column}" for column in columns),
        "latest": ", ".join(f"latest.{column}" for column in columns),
    }
    yield _checked(table, "row_has_history", ROW_HAS_HISTORY.format(**names))
    for field in history._history_m2m_fields:
        links = field.m2m_db_table()
        names = {
            "table": links,
            "history": getattr(history, field.name).model._meta.db_table,
            "latest": history._meta.db_table,
            "source": field.m2m_column_name(),
            "target": field.m2m_reverse_name(),
        }
        yield _checked(links, "links_have_history", LINKS_HAVE_HISTORY.format(**names))


def _checked(table: str, name: str, body: str) -> Trigger:
    function = f"{table}_{name}"
    return Trigger(table, name, AT_COMMIT.format(name=name, table=table, function=function), function, body)


def _wanted(using: str) -> list[Trigger]:
    return list(_on_postgresql() if connections[using].vendor == "postgresql" else _on_sqlite())


def missing(using: str = DEFAULT_DB_ALIAS) -> list[Trigger]:
    """Return every trigger that is not there, is switched off, or does something else."""
    there = _present(using)
    return [trigger for trigger in _wanted(using) if trigger not in there]


def at_commit(using: str = DEFAULT_DB_ALIAS) -> list[Trigger]:
    """Return those that hold each written row against its history when the transaction ends."""
    return [trigger for trigger in _wanted(using) if trigger.name in AT_COMMIT_NAMES]


def _present(using: str) -> set[Trigger]:
    query = {
        "postgresql": (
            "SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid, true), p.proname, p.prosrc FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid) AND NOT t.tgisinternal"
        ),
        "sqlite": "SELECT tbl_name, name, sql, '', '' FROM sqlite_master WHERE type = 'trigger'",
    }[connections[using].vendor]
    with connections[using].cursor() as cursor:
        cursor.execute(query)
        return {Trigger(*row) for row in cursor.fetchall()}


def remove_before_migrating(using: str = DEFAULT_DB_ALIAS, plan: Any = (), **_signal: Any) -> None:
    """Take off every trigger of ours, whatever version made it, if a migration is to be applied.

    They name columns that a migration may rename, and refuse what it may have to write; `install` puts them back.
    """
    if not plan:
        return
    ours = (*SQLITE_NAMES, *POSTGRESQL_NAMES)
    remove(using, [trigger for trigger in _present(using) if trigger.name.endswith(ours)])


def install(using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """Create the triggers that are missing. Those that stand are left alone: replacing one would lock its table."""
    lacking = missing(using)
    remove(using, lacking)
    with connections[using].cursor() as cursor:
        if connections[using].vendor == "postgresql":
            cursor.execute("SELECT current_schema()")
            (schema,) = cursor.fetchone()
            bodies = {trigger.function: trigger.body for trigger in lacking}
            for name, body in bodies.items():
                cursor.execute(FUNCTION.format(name=name, schema=schema, body=body))
        for trigger in lacking:
            cursor.execute(trigger.sql)


def remove(using: str = DEFAULT_DB_ALIAS, triggers: list[Trigger] | None = None) -> None:
    """Remove all of them if none are named: tests empty the tables, which the guards refuse."""
    on = " ON {0.table}" if connections[using].vendor == "postgresql" else ""
    with connections[using].cursor() as cursor:
        for trigger in _wanted(using) if triggers is None else triggers:
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}{on.format(trigger)}")

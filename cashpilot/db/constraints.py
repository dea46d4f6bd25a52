"""Sentences for a row that the database itself refuses: an action let it through, or somebody was quicker.

The sentence of a constraint stands beside it, as its `violation_error_message`; that of a column that is unique by
itself among the error messages of the field.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models
from django.utils.translation import gettext_lazy as _

AMOUNT_OUT_OF_LIMITS = _("An amount is below zero or above what is accepted.")
INCOMPLETE_MARK = _("When, who and why belong together.")
ALREADY_SENT = _("This was already sent. Reload the page and look.")
CHANGED_MEANWHILE = _("Somebody else changed the same thing at the same moment. Reload the page and look.")

# Each constraint and each unique index: the name of its table, and a text that holds its own name.
STORED = {
    "postgresql": (
        "SELECT r.relname, c.conname FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid UNION ALL"
        " SELECT tablename, indexname FROM pg_indexes WHERE schemaname = current_schema()"
    ),
    "sqlite": "SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index')",
}


def stored() -> set[tuple[str, str]]:
    """Return table and name of every constraint and index in the database.

    Django's own introspection parses the statements of SQLite token by token, which takes a second.
    """
    with connection.cursor() as cursor:
        cursor.execute(STORED[connection.vendor])
        rows = cursor.fetchall()
    if connection.vendor == "postgresql":
        return set(rows)
    return {(table, name) for table, sql in rows for name in re.findall(r'(?:CONSTRAINT|INDEX) "(\w+)"', sql)}


def violated(error: IntegrityError) -> str | None:
    """Return the name of the constraint, if the engine says it: SQLite is silent about foreign keys."""
    if connection.vendor == "postgresql":
        diagnosis = getattr(error.__cause__, "diag", None)
        return diagnosis.constraint_name if diagnosis else None
    what, _colon, subject = str(error).partition(" constraint failed: ")
    return (
        _name_of_unique(subject) if what == "UNIQUE" and "." in subject else subject.removeprefix("index ").strip("'")
    )


def _name_of_unique(subject: str) -> str:
    """Return the name that PostgreSQL would say where SQLite names the columns: `table.one, table.other`."""
    table = subject.partition(".")[0]
    columns = {column.partition(".")[2] for column in subject.split(", ")}
    for model in apps.get_models():
        if model._meta.db_table == table:
            for constraint in model._meta.constraints:
                if isinstance(constraint, models.UniqueConstraint) and columns == _columns_of(model, constraint):
                    return constraint.name
    return f"{table}_{'_'.join(sorted(columns))}_key"


def _columns_of(model: type[models.Model], constraint: models.UniqueConstraint) -> set[str]:
    by_name: dict[str, Any] = {field.name: field.column for field in model._meta.concrete_fields}
    return {by_name[name] for name in constraint.fields}


def sentence_of(name: str | None) -> str | None:
    """Return the sentence of the constraint or unique column with that name; None where it has none."""
    return next((sentence for known, sentence in _sentences() if known == name), None)


def _sentences() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.violation_error_message != constraint.default_violation_error_message:
                yield constraint.name, str(constraint.violation_error_message)
        for field in model._meta.concrete_fields:
            if field.unique and not field.primary_key:
                yield f"{model._meta.db_table}_{field.column}_key", str(field.error_messages["unique"])

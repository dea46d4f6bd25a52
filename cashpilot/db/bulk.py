"""Many rows at once, quicker than bulk_create, which builds a statement anew for every few of them."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.db import connection, models

from cashpilot.db.sealing import Sealed, seal_rows

Prepare = Callable[[Any], Any]
CONVERTED = (models.DateTimeField, models.DateField, models.UUIDField, models.JSONField)


def reserve_keys(model: Any, number: int) -> list[int]:
    """Return that many keys that nobody else will get. To be called in the transaction that uses them."""
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, key, number]
            )
            return sorted(value for (value,) in cursor.fetchall())
        # Whoever writes holds the whole database; AUTOINCREMENT remembers the highest key that there ever was.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        (last,) = cursor.fetchone() or (0,)
        return list(range(last + 1, last + 1 + number))


def insert(rows: Iterable[Any]) -> None:
    """Insert rows of one model as they are. None of its columns are read back; a key that is not given is not known."""
    found = list(rows)
    if not found:
        return
    model: Any = type(found[0])
    if issubclass(model, Sealed):
        seal_rows(found)
    statement, prepares = _statement(model, with_key=found[0].pk is not None)
    values = [[prepare(getattr(row, name)) for name, prepare in prepares] for row in found]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


@cache
def _statement(model: Any, *, with_key: bool) -> tuple[str, list[tuple[str, Prepare]]]:
    stored = [column for column in model._meta.concrete_fields if not column.generated]
    columns = [column for column in stored if with_key or not column.primary_key]
    quote = connection.ops.quote_name
    names, places = ", ".join(quote(column.column) for column in columns), ", ".join(["%s"] * len(columns))
    # Names of our own tables and columns only; the values go as parameters.
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places})"  # noqa: S608
    return statement, [(column.attname, _prepare(column)) for column in columns]


def _prepare(column: Any) -> Prepare:
    if isinstance(column, CONVERTED):
        return lambda value: column.get_db_prep_save(value, connection)
    if column.choices:
        # A choice is a text only after this.
        return lambda value: None if value is None else str(value)
    return lambda value: value

"""Many rows at once, quicker than bulk_create, which builds a statement anew for every few of them.

On PostgreSQL they are copied in: the server parses no statement for each, and checks, guards and triggers hold as for
any other row.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from typing import Any

from django.db import connection, models
from django.db.models.base import ModelState

from cashpilot.db.sealing import Sealed, seal_rows

Convert = Callable[[Any], Any]
# What SQLite keeps in another form than Python does.
CONVERTED = (models.DateField, models.UUIDField)


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


def new(model: Any, **columns: Any) -> Any:
    """Return a row that is not stored yet, with these columns by their names in the database.

    Django's own way walks over every column and asks who listens, and takes many times as long.
    """
    row = model.__new__(model)
    row.__dict__.update(_blank(model), **columns)
    row._state = ModelState()
    for name, make in _made(model):
        if name not in columns:
            row.__dict__[name] = make()
    return row


@cache
def _blank(model: Any) -> dict[str, Any]:
    return {column.attname: None if callable(column.default) else column.get_default() for column in _stored(model)}


@cache
def _made(model: Any) -> list[tuple[str, Callable[[], Any]]]:
    return [(column.attname, column.get_default) for column in _stored(model) if callable(column.default)]


def _stored(model: Any) -> list[Any]:
    return [column for column in model._meta.concrete_fields if not column.generated]


def insert(rows: Iterable[Any]) -> None:
    """Insert rows of one model as they are. None of its columns are read back; a key that is not given is not known."""
    found = list(rows)
    if not found:
        return
    first = found[0]
    if isinstance(first, Sealed):
        seal_rows(found)
    columns = [column for column in _stored(type(first)) if first.pk is not None or not column.primary_key]
    quote = connection.ops.quote_name
    names = ", ".join(quote(column.column) for column in columns)
    _write(f"{quote(first._meta.db_table)} ({names})", _values(found, columns), len(columns))


def _write(into: str, rows: Iterator[list[Any]], width: int) -> None:
    """`into` holds names of our own tables and columns only; the values go apart."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for values in rows:
                    copy.write_row(values)
        else:
            places = ", ".join(["%s"] * width)
            cursor.executemany(f"INSERT INTO {into} VALUES ({places})", [*rows])  # noqa: S608


def _values(rows: list[Any], columns: list[Any]) -> Iterator[list[Any]]:
    take = itemgetter(*(column.attname for column in columns))
    converted = [(place, convert) for place, column in enumerate(columns) if (convert := _convert(column))]
    for row in rows:
        values = list(take(row.__dict__))
        for place, convert in converted:
            if values[place] is not None:
                values[place] = convert(values[place])
        yield values


@cache
def _convert(column: Any) -> Convert | None:
    """Return how a value of the column, which is as Python has it, is given to the database; None: as it is."""
    if column.choices:
        return str  # a choice is a text only after this
    if isinstance(column, models.JSONField):
        return lambda value: column.get_db_prep_save(value, connection)
    if connection.vendor == "postgresql" or not isinstance(column, CONVERTED):
        return None
    if isinstance(column, models.DateTimeField):
        return _instant
    return lambda value: column.get_db_prep_save(value, connection)


def _instant(value: datetime) -> str:
    """As Django does it, which asks first what settings and connection say of zones."""
    return str(value.astimezone(UTC).replace(tzinfo=None))

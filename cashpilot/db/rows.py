"""The rows of CashPilot's tables as texts that are the same whichever engine holds them: those of PostgreSQL, in UTC.

So a table can be read from one engine, written to the other, and compared. Columns that the database itself computes
are left to it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

# One row: a text for each column, None for NULL.
Row = list[str | None]
OF_TWO_NUMBERS = 1 << 128


class Table(NamedTuple):
    name: str
    # Column -> the field's type as Django calls it.
    columns: dict[str, str]
    # The column with numbers that the database gives, if one has.
    numbered: str | None


def tables() -> list[Table]:
    """Every table of this version of CashPilot."""
    models: list[Any] = [MigrationRecorder(connection).Migration, *apps.get_models(include_auto_created=True)]
    return [_table(model._meta) for model in models if model._meta.managed and not model._meta.proxy]


def _table(meta: Any) -> Table:
    columns = {field.column: _kind(field) for field in meta.local_concrete_fields if not field.generated}
    return Table(meta.db_table, columns, meta.pk.column if "Auto" in meta.pk.get_internal_type() else None)


def _kind(field: Any) -> str:
    while field.remote_field:
        field = field.target_field
    return str(field.get_internal_type())


# --- The same text of the same value ----------------------------------------------------------------------------------


def _json(text: str) -> str:
    """PostgreSQL keeps no order of keys."""
    return json.dumps(json.loads(text), sort_keys=True)


def _moment(text: str) -> str:
    """Return `2026-11-29 07:01:32.5+00`, as PostgreSQL tells it in UTC, of any other zone's text."""
    if text.endswith("+00"):
        return text
    told = str(datetime.fromisoformat(text).astimezone(UTC)).removesuffix("+00:00")
    return f"{told.rstrip('0').rstrip('.') if '.' in told else told}+00"


Change = Callable[[Any], Any]
OF_POSTGRESQL: dict[str, Change] = {"JSONField": _json, "DateTimeField": _moment}
OF_SQLITE: dict[str, Change] = {
    "JSONField": _json,
    "DateTimeField": lambda text: _moment(f"{text}+00:00"),
    "BooleanField": lambda number: "t" if number else "f",
    "UUIDField": lambda text: str(UUID(text)),
    "BinaryField": lambda content: f"\\x{content.hex()}",
}
TO_SQLITE: dict[str, Change] = {
    "DateTimeField": lambda text: str(datetime.fromisoformat(text).replace(tzinfo=None)),
    "BooleanField": lambda text: text == "t",
    "UUIDField": lambda text: UUID(text).hex,
    "BinaryField": lambda text: bytes.fromhex(text[2:]),
}


def changed(rows: Iterable[Any], table: Table, changes: dict[str, Change]) -> Iterator[Row]:
    """Yield `rows`, each value that has one by its change, and every other as it is, or as a text of it."""
    steps = [changes.get(kind) for kind in table.columns.values()]
    for row in rows:
        yield [
            value if value is None else step(value) if step else value if isinstance(value, str) else str(value)
            for step, value in zip(steps, row, strict=True)
        ]


class Sum:
    """Count of a table's rows and their checksum, in whatever order they come."""

    def __init__(self) -> None:
        self.rows = self.total = 0

    def add(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self.rows += 1
            digest = hashlib.md5(repr(row).encode(), usedforsecurity=False).digest()
            self.total += int.from_bytes(digest)
            yield row

    def told(self, last: int | None) -> list[Any]:
        """With the last number that the database gave in that table."""
        return [self.rows, f"{self.total % OF_TWO_NUMBERS:032x}", last]

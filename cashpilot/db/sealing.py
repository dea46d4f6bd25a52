"""Seals with a key that the database does not hold: whoever owns it can change a row, but cannot make its seal anew.

Every row of a history bears one, in whatever way it is written: over itself and over the seal of the row before it of
the same thing. The things do not wait for each other: two who write one thing already do, for its own row.

A seal is `<name of the key>:<hash>`. The keys are in settings.AUDIT_KEYS, newest first; new seals are made with the
newest. What is NULL, blank or False is left out: a column that comes later breaks no seal where it says nothing.
"""

import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import Max

from cashpilot.db.reading import PlainlyRead

NAME_LENGTH, HASH_LENGTH = 8, 64
SEAL_LENGTH = NAME_LENGTH + 1 + HASH_LENGTH
# Of a history row: which one it is, and the seal itself.
UNSEALED = {"history_id", "seal"}
# Kinds of columns, and the type whose values the database gives back as they are.
PLAIN: list[tuple[Any, type]] = [
    (models.CharField, str),
    (models.TextField, str),
    (models.BooleanField, bool),
    (models.IntegerField, int),
    (models.ForeignKey, int),
    (models.DateTimeField, datetime),
]

Row = dict[str, Any]


@cache
def _named(secrets: tuple[str, ...]) -> dict[str, bytes]:
    keys = [sha256(f"cashpilot audit {secret}".encode()).digest() for secret in secrets]
    return {sha256(key).hexdigest()[:NAME_LENGTH]: key for key in keys}


def known_keys() -> dict[str, bytes]:
    """Return the keys by their names, newest first. A name tells nothing of its key."""
    return _named(tuple(settings.AUDIT_KEYS))


def newest() -> str:
    return next(iter(known_keys()))


def hashed(text: str, key: str) -> str:
    """Return the keyed hash of `text`. Raises KeyError if AUDIT_KEYS does not hold a key of that name."""
    return hmac.digest(known_keys()[key], text.encode(), "sha256").hex()


def sealed(text: str) -> str:
    key = newest()
    return f"{key}:{hashed(text, key)}"


def holds(seal: str, text: str) -> bool:
    """Whether `seal` was made of `text`. Raises KeyError as `hashed` does."""
    key, _colon, said = seal.partition(":")
    return hmac.compare_digest(said, hashed(text, key))


class Sealed(PlainlyRead):
    """The base of every history row."""

    seal = models.CharField(max_length=SEAL_LENGTH, blank=True, default="", editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            seal_rows([self])
        super().save(*args, **kwargs)


def seal_rows(rows: Iterable[Any]) -> None:
    """Seal new history rows of one model, given in the order in which they are written."""
    rows = list(rows)
    if not rows:
        return
    model: Any = type(rows[0])
    last = _seals_before({row.id for row in rows if row.history_type != "+"}, model)
    for row in rows:
        said = _said_by(row, model)
        said |= {name: ids.get(row.id, []) for name, ids in _links(model, [row.id]).items()}
        row.seal = last[row.id] = sealed(text_of(model, said, last.get(row.id, "")))


def text_of(model: Any, row: Row, previous: str) -> str:
    """Return what is sealed of a history row: its `columns`, its links, and the seal before it."""
    # Written out, for a check of everything does it for each value that there is.
    said = {
        name: value for name, value in row.items() if value is not None and value is not False and value not in ("", [])
    }
    return _ENCODER.encode([model._meta.label, previous, said])


def columns(model: Any) -> list[str]:
    """Return the columns that a seal covers."""
    return [column.attname for column in _covered(model)]


@cache
def _covered(model: Any) -> list[Any]:
    return [column for column in model._meta.concrete_fields if column.name not in UNSEALED]


def _seals_before(ids: set[int], model: Any) -> dict[int, str]:
    if not ids:
        return {}
    if len(ids) == 1:
        # Past the ORM, which takes ten times as long to write it. `+ 0`: or the planner may walk down the primary key.
        table = model._meta.db_table
        query = f"SELECT id, seal FROM {table} WHERE id = %s ORDER BY history_id + 0 DESC LIMIT 1"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(query, [*ids])
            return dict(cursor.fetchall())
    latest = model.objects.filter(id__in=ids).order_by().values("id").annotate(last=Max("history_id")).values("last")
    return dict(model.objects.filter(history_id__in=latest).values_list("id", "seal"))


def _links(model: Any, ids: list[int]) -> dict[str, dict[int, list[int]]]:
    """Return what the things are linked to now (people: their roles) by field and thing."""
    found: dict[str, dict[int, list[int]]] = {}
    for field in model._history_m2m_fields:
        source, target = field.m2m_column_name(), field.m2m_reverse_name()
        pairs = field.remote_field.through.objects.filter(**{f"{source}__in": ids}).order_by(target)
        of_field = found[field.name] = {}
        for thing, linked in pairs.values_list(source, target):
            of_field.setdefault(thing, []).append(linked)
    return found


def _said_by(row: Any, model: Any) -> Row:
    """Return the columns of a row, each value as the database will give it back."""
    said = {}
    for column, plain in _plain_types(model):
        value = row.__dict__[column.attname]
        said[column.attname] = value if value is None or type(value) is plain else _plain(column, value)
    return said


@cache
def _plain_types(model: Any) -> list[tuple[Any, type | None]]:
    """Return each column that is covered, with the type whose values come back from the database as they are."""
    return [(column, next((of for kind, of in PLAIN if isinstance(column, kind)), None)) for column in _covered(model)]


def _plain(column: Any, value: Any) -> Any:
    if isinstance(column, models.JSONField):
        return json.loads(json.dumps(value))
    return column.to_python(value) if not column.is_relation else value


def _as_text(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


_ENCODER = json.JSONEncoder(default=_as_text, sort_keys=True)

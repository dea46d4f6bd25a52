"""Queries that take longer to write than to carry out: their SQL is written once, and carried out as often as asked."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, wraps
from typing import Any, Generic, Self, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Aggregate, BigIntegerField, Expression, QuerySet, Value

from cashpilot import periods

R = TypeVar("R")
Q = TypeVar("Q")


@dataclass(frozen=True)
class Sums:
    """Whole numbers that one query asks for, by name."""

    sql: str
    values: tuple[Any, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, rows: QuerySet[Any], asked: dict[str, Aggregate]) -> Self:
        """Write what `rows.aggregate(**asked)` would ask. Each of them needs a default: none is unknown."""
        everything = rows.order_by().annotate(everything=Value(1)).values("everything").annotate(**asked)
        sql, values = everything.values_list(*asked).query.sql_with_params()
        return cls(sql, values, tuple(asked))

    def ask(self) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.values)
            return dict(zip(self.names, map(int, cursor.fetchone()), strict=True))


class Given(Expression):
    """A whole number that rows are to hold, which each asking gives by this name."""

    output_field = BigIntegerField()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


class Rows(Generic[R]):
    """Rows that one query asks for, with what it annotates and selects beside them."""

    def __init__(self, rows: QuerySet[Any, R]) -> None:
        self._rows = rows._chain()  # type: ignore[attr-defined]  # not in the stubs
        self._compiler = self._rows.query.get_compiler(connection.alias)
        try:
            self._sql, self._values = self._compiler.as_sql()
        except EmptyResultSet:
            self._sql, self._values = "", ()

    def ask(self, **given: int) -> list[R]:
        """Return the rows as they are now, with a value for each `Given` of the query."""
        if max(given.values(), default=0) > BigIntegerField.MAX_BIGINT:  # which no row holds, nor every driver sends
            return []
        values = tuple(given[value.name] if isinstance(value, Given) else value for value in self._values)
        compiler = copy(self._compiler)
        compiler.connection = connection
        compiler.as_sql = lambda: (self._sql, values)
        rows = self._rows._chain()
        rows.query.get_compiler = lambda *_, **__: compiler
        return list(rows)


@dataclass(frozen=True)
class _Reader:
    """All that the SQL of a query depends on: who asks, with these permissions, on this day."""

    pk: int
    is_superuser: bool
    permissions: frozenset[str]
    today: date
    user: Any = field(compare=False)


def once_a_day(write: Callable[[Any], Q]) -> Callable[[Any], Q]:
    """Keep what `write(user)` returns, a query, until the day or the user's permissions change.

    None of it may depend on the hour, nor on more of the user than their number and permissions. A process serves few
    people who see every shift.
    """
    written = lru_cache(maxsize=64)(lambda reader: write(reader.user))

    @wraps(write)
    def kept(user: Any) -> Q:
        # Of a superuser the database would have to be asked.
        permissions = frozenset[str]() if user.is_superuser else frozenset(user.get_all_permissions())
        return written(_Reader(user.pk, user.is_superuser, permissions, periods.today(), user))

    return kept

"""Queries that take longer to write than to carry out: their SQL is written once, and carried out as often as asked."""

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, wraps
from typing import Any, Generic, Self, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Aggregate, BigIntegerField, BooleanField, Expression, Field, Func, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from cashpilot import periods
from cashpilot.db.kept import Kept

R = TypeVar("R")
A = TypeVar("A")


@dataclass(frozen=True)
class Sums:
    """Whole numbers that one query asks for, by name."""

    sql: str
    values: "Values"
    names: tuple[str, ...]

    @classmethod
    def of(cls, rows: QuerySet[Any], asked: dict[str, Aggregate]) -> Self:
        """Write what `rows.aggregate(**asked)` would ask. Each of them needs a default: none is unknown."""
        everything = rows.order_by().annotate(everything=Value(1)).values("everything").annotate(**asked)
        try:
            written = _filled(*everything.values_list(*asked).query.sql_with_params())
        except EmptyResultSet:
            written = "", None
        return cls(*written, tuple(asked))

    def ask(self) -> dict[str, int]:
        if not self.sql:  # there is no such row
            return dict.fromkeys(self.names, 0)
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.values)
            return dict(zip(self.names, map(int, cursor.fetchone()), strict=True))


class Given(Expression):
    """A value that rows are held against, which each asking gives by this name; a number is whole, and 0 or more."""

    def __init__(self, name: str, output_field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field or BigIntegerField())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        return f"%s::{self.output_field.db_type(connection)}", [self]


def with_given(condition: Q, values: dict[str, Any]) -> Q:
    """Return a condition whose values are given, each under a name by which it stands in `values` from now on."""
    children: list[Any] = list(condition.children)
    for place, child in enumerate(children):
        if isinstance(child, Q):
            children[place] = with_given(child, values)
        else:
            name, (column, value) = f"value_{len(values)}", child
            values[name] = value
            children[place] = column, Given(name, None if isinstance(value, int) else Value(value).output_field)
    return Q(*children, _connector=condition.connector, _negated=condition.negated)


def as_written(rows: QuerySet[Any, Any]) -> RawSQL:
    """Return a selection to stand in another one, as SQL: each step there takes on a QuerySet would walk through it."""
    try:
        return RawSQL(*rows.query.sql_with_params())  # noqa: S611  # Django wrote it
    except EmptyResultSet:
        return RawSQL("SELECT 0 WHERE 1 = 0", ())


def holds_any(rows: QuerySet[Any, Any]) -> Func:
    """Return what Exists would, as_written."""
    return Func(as_written(rows), template="EXISTS%(expressions)s", output_field=BooleanField())


def places(count: int) -> list[Given]:
    """Return a place for each of so many numbers, which `told` fills: rows are to hold one of them."""
    return [Given(f"number_{place}") for place in range(count)]


def told(numbers: Iterable[int]) -> dict[str, int]:
    return {f"number_{place}": number for place, number in enumerate(numbers)}


class Rows(Generic[R]):
    """Rows that one query asks for, with what it annotates and selects beside them.

    `plans_anew`: PostgreSQL is to plan it for the values of each time, because one plan for all would be a worse one.
    """

    def __init__(self, rows: QuerySet[Any, R], *, plans_anew: bool = False) -> None:
        self._rows = rows._chain()  # type: ignore[attr-defined]  # not in the stubs
        self._compiler = self._rows.query.get_compiler(connection.alias)
        try:
            sql, self._values = _filled(*self._compiler.as_sql())
            self._sql = str(sql) if plans_anew else sql
            self._converters = self._compiler.get_converters([column for column, _sql, _alias in self._compiler.select])
        except EmptyResultSet:
            self._sql, self._values, self._converters = "", None, {}

    def ask(self, **given: Any) -> list[R]:
        """Return the rows as they are now, with a value for each `Given` of the query."""
        numbers = (value for value in given.values() if isinstance(value, int))
        if max(numbers, default=0) > BigIntegerField.MAX_BIGINT:  # which no row holds, nor every driver sends
            return []
        values = self._values
        return self._read(self._sql, values and tuple(_given(value, given) for value in values))

    def at(self, places: slice) -> list[R]:
        """Return the rows at these places of a query that gives nothing."""
        if places.start == places.stop:
            return []
        limit = connection.ops.limit_offset_sql(places.start, places.stop)
        return self._read(type(self._sql)(f"{self._sql} {limit}") if self._sql else "", self._values)

    def _read(self, sql: str, values: "Values") -> list[R]:
        compiler = copy(self._compiler)
        compiler.connection = connection
        compiler.as_sql = lambda: (sql, values)
        compiler.get_converters = lambda _columns: self._converters
        rows = self._rows._chain()
        rows.query.get_compiler = lambda *_, **__: compiler
        return list(rows)


# What is bound to a query each time that it is carried out; None where nothing is.
Values = tuple[Any, ...] | None


def _filled(sql: str, values: tuple[Any, ...]) -> tuple[str, Values]:
    """Write values that are the same each time into the SQL; what is left are those that each asking gives.

    PostgreSQL's driver takes long to bind each, and its server can keep the plan. SQLite does not see that an index on
    an expression has the order that is asked for, where values of that expression are bound.
    """
    given = tuple(value for value in values if isinstance(value, Given))
    if not given:
        return Kept(_composed(sql, values)), None
    first, *rest = sql.split("%s")
    parts = (_written(value) + part for value, part in zip(values, rest, strict=True))
    return Kept("".join([first, *parts])), given


def _composed(sql: str, values: Iterable[Any]) -> str:
    if connection.vendor == "postgresql":
        return str(connection.ops.compose_sql(sql, values))  # type: ignore[attr-defined]  # of PostgreSQL alone
    return sql % tuple(map(_quoted, values))


def _quoted(value: Any) -> str:
    """Return what is bound to SQLite as it stands in its SQL; of a text a quote is doubled, and nothing else."""
    if value is None:
        return "NULL"
    return str(int(value)) if isinstance(value, int) else "'{}'".format(value.replace("'", "''"))


def _written(value: Any) -> str:
    """Return a value as it stands in SQL to which others are still bound."""
    return "%s" if isinstance(value, Given) else _composed("%s", [value]).replace("%", "%%")


def _given(value: Any, given: dict[str, Any]) -> Any:
    if not isinstance(value, Given):
        return value
    return value.output_field.get_db_prep_value(given[value.name], connection)


class Listed(Generic[R]):
    """Rows that a paginator narrows, turns round and slices as it does a QuerySet's.

    `write` returns the rows with these steps taken: the name of a method of a QuerySet, and what it is told.
    """

    def __init__(self, write: Callable[["Steps"], Rows[R]], steps: "Steps" = ()) -> None:
        self._write, self._steps = write, steps

    def filter(self, *conditions: Q, **values: Any) -> "Listed[R]":
        return Listed(self._write, (*self._steps, ("filter", conditions, tuple(values.items()))))

    def reverse(self) -> "Listed[R]":
        return Listed(self._write, (*self._steps, ("reverse", (), ())))

    def __getitem__(self, places: slice) -> list[R]:
        return self._write(self._steps).at(places)


Steps = tuple[tuple[str, tuple[Q, ...], tuple[tuple[str, Any], ...]], ...]


def take(rows: Any, steps: Steps) -> Any:
    """Return a QuerySet after these steps."""
    for method, conditions, values in steps:
        rows = getattr(rows, method)(*conditions, **dict(values))
    return rows


@dataclass(frozen=True)
class _Reader:
    """All that the SQL of a query depends on: who asks, with these permissions, on this day."""

    pk: int
    is_superuser: bool
    permissions: frozenset[str]
    today: date
    user: Any = field(compare=False)


def once_a_day(write: Callable[..., A]) -> Callable[..., A]:
    """Keep what `write(user, *asked)` returns, a query, until the day or the user's permissions change.

    It may depend on nothing else: neither on the hour, nor on more of the user than their number and permissions. What
    is asked is hashable. A process serves few people who see every shift, and they ask the same few questions.
    """
    written = lru_cache(maxsize=128)(lambda reader, *asked: write(reader.user, *asked))

    @wraps(write)
    def kept(user: Any, *asked: Any) -> A:
        # Of a superuser the database would have to be asked.
        permissions = frozenset[str]() if user.is_superuser else frozenset(user.get_all_permissions())
        return written(_Reader(user.pk, user.is_superuser, permissions, periods.today(), user), *asked)

    return kept

"""Queries that take longer to write than to carry out: their SQL is written once, and carried out as often as asked."""

from dataclasses import dataclass
from typing import Any, Self

from django.db import connection
from django.db.models import Aggregate, QuerySet, Value


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

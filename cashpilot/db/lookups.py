"""Comparisons that Django lacks."""

from typing import Any

from django.db.models.lookups import Lookup


class Same(Lookup):
    """`=` that takes NULL for a value like any other."""

    lookup_name = "same"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        operator = "IS" if connection.vendor == "sqlite" else "IS NOT DISTINCT FROM"
        return f"{left} {operator} {right}", (*left_params, *right_params)

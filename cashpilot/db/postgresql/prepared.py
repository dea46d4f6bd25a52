"""Statements that are carried out again and again: PostgreSQL plans each of them once for a connection.

To plan them takes longer than to carry them out. Not behind a pooler, where the next statement may reach another
connection of the server.
"""

import re
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import ClientCursor, Connection
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName
from psycopg.pq import TransactionStatus

from cashpilot.db.kept import Kept

# Of a connection; a plan takes some 100 KB of the server.
MOST = 50
# The statements of each connection that prepares any, by their SQL: under which name, None after the first time.
_prepared: WeakKeyDictionary[Any, dict[str, str | None]] = WeakKeyDictionary()


def prepare_on(connection: "Connection[Any]") -> None:
    """Let this connection prepare what it is asked for the second time."""
    _prepared[connection] = {}


class Cursor(ClientCursor[Any]):
    """As Django has them, with values bound by the client; of SQL that is Kept the server has the plan."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        known = _prepared.get(self.connection) if isinstance(query, Kept) else None
        if known is None:
            return super().execute(query, params, **options)
        if (name := self._name_of(query, known, has_values=params is not None)) is None:
            return super().execute(str(query), params, **options)
        try:
            return super().execute(_call(name, params), params, **options)
        except (FeatureNotSupported, InvalidSqlStatementName):  # a column has another type since, or all is forgotten
            if self.connection.info.transaction_status != TransactionStatus.IDLE:
                raise
            self._forget(known)
            return super().execute(str(query), params, **options)

    def _name_of(self, query: str, known: dict[str, str | None], *, has_values: bool) -> str | None:
        """Return the name under which a statement is prepared, and prepare it if it is asked again."""
        if query not in known:
            if len(known) >= MOST:
                self._forget(known)
            known[query] = None
            return None
        if known[query] is None:
            name = f"kept_{sum(name is not None for name in known.values())}"
            super().execute(f"PREPARE {name} AS {_numbered(query) if has_values else query}")
            known[query] = name
        return known[query]

    def _forget(self, known: dict[str, str | None]) -> None:
        # The server first: in a transaction that failed it refuses, and keeps its names.
        super().execute("DEALLOCATE ALL")
        known.clear()


def _numbered(query: str) -> str:
    """Return SQL to which values are bound with `$1`, `$2`... in their places."""
    numbers = count(1)
    return re.sub("%[%s]", lambda sign: "%" if sign[0] == "%%" else f"${next(numbers)}", query)


def _call(name: str, params: Any) -> str:
    return f"EXECUTE {name} ({', '.join(['%s'] * len(params))})" if params else f"EXECUTE {name}"

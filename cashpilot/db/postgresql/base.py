"""A server that hangs takes a connection and says nothing; nobody waits for that.

The limits of statements are the server's own, so they do not hold where it hangs. Each request begins by asking its
connection whether it lives (CONN_HEALTH_CHECKS): that has a limit on this side, and so has connecting anew.

Behind a pooler that hands a connection on after each transaction (POOLED) the next statement may reach another
connection of the server. So the limits are set anew in each transaction, and a cursor of the server, which outside a
transaction would outlive it, is opened within one only.
"""

import select
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from django.db import DatabaseError
from django.db.backends.postgresql import base
from psycopg import Connection, Error, OperationalError
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from psycopg.types.datetime import TimestamptzLoader

from cashpilot.db.postgresql.prepared import Cursor, prepare_on

SILENCE = 1.5  # seconds
REFUSES_OPTIONS = "unsupported startup parameter"  # PgBouncer's words, and those of its like
A_POOLER = "DATABASE_URL leads to a pooler of connections: write ?pooled=1 at its end."
NO_LIMITS = (
    "Statements outside a transaction have no limit here: as the owner of the tables, directly at the server, run "
    "manage.py runtime_role NAME --apply."
)


class InstantLoader(TimestamptzLoader):
    """Read an instant in one call: a page has hundreds of them, and the driver takes each apart in Python."""

    timezone = UTC  # which Django's cursor compares with its own

    def load(self, data: Any) -> datetime:
        try:
            return datetime.fromisoformat(bytes(data).decode())
        except ValueError:  # before the year 1, or as a server writes it that was told another style
            return super().load(data)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        try:
            made: Connection = super().get_new_connection(conn_params)
        except OperationalError as error:
            if REFUSES_OPTIONS in str(error):
                raise OperationalError(A_POOLER) from error
            raise
        if self.timezone is UTC:
            made.adapters.register_loader("timestamptz", InstantLoader)
        if not self.is_pooled:
            made.cursor_factory = Cursor
            prepare_on(made)
        return made

    @property
    def is_pooled(self) -> bool:
        return bool(self.settings_dict.get("POOLED"))

    def chunked_cursor(self) -> Any:
        return self.cursor() if self.is_pooled and self.get_autocommit() else super().chunked_cursor()

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001 - Django's signature
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        if self.is_pooled and not autocommit:
            self._limit_the_transaction()

    def _limit_the_transaction(self) -> None:
        """Django takes what failed to begin for not begun, so its connection must not be used again."""
        calls = ", ".join(
            f"set_config('{name}', '{value}', true)" for name, value in self.settings_dict["LIMITS"].items()
        )
        with self.wrap_database_errors:
            try:
                self.connection.execute(f"SELECT {calls}")
            except Error:
                self.connection.close()
                raise

    def is_usable(self) -> bool:
        """Say whether the server answers in time on the connection that was kept."""
        if self.connection is None:
            return False
        try:
            return _answers(self.connection.pgconn, monotonic() + SILENCE)
        except Error:
            return False

    def fault(self) -> str:
        """Say why pages may wait for longer than they should, "" if nothing is known of it."""
        wanted = self.settings_dict["LIMITS"]
        try:
            with self.cursor() as cursor:
                cursor.execute("SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = '0'", [list(wanted)])
                return NO_LIMITS if cursor.fetchone() else ""
        except DatabaseError as error:
            return A_POOLER if A_POOLER in str(error) else ""


def _answers(connection: PGconn, end: float) -> bool:
    connection.send_query(b"SELECT 1")
    is_right = False
    while True:
        while connection.flush() or connection.is_busy():
            if not _can_be_read(connection.socket, end):
                return False
            connection.consume_input()
        result = connection.get_result()
        if result is None:
            return is_right
        is_right = result.status == ExecStatus.TUPLES_OK


def _can_be_read(socket: int, end: float) -> bool:
    poll = select.poll()  # select() itself knows no socket above 1023
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(max(end - monotonic(), 0) * 1000))

"""A server that hangs takes a connection and says nothing; nobody waits for that.

The limits of statements are the server's own, so they do not hold where it hangs. Each request begins by asking its
connection whether it lives (CONN_HEALTH_CHECKS): that has a limit on this side, and so has connecting anew.
"""

import select
from time import monotonic

from django.db.backends.postgresql import base
from psycopg import Error
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

SILENCE = 1.5  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Say whether the server answers in time on the connection that was kept."""
        if self.connection is None:
            return False
        try:
            return _answers(self.connection.pgconn, monotonic() + SILENCE)
        except Error:
            return False


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

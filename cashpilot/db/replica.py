"""Reports read from a copy of the database that follows it (REPORTS_DATABASE_URL), where there is one.

Only a report is read there, never what an action decides: writes go to the database itself, and so does every read
outside `reading`. The copy may be behind, and then the page says since when.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from django.db import DatabaseError, connection, connections

ALIAS = "reports"
MOST = timedelta(minutes=5)  # behind; what is older is not shown as of today
BEHIND = "SELECT pg_last_wal_replay_lsn() < %s::pg_lsn, pg_last_xact_replay_timestamp(), now()"
PAUSES = (0.02, 0.05, 0.1, 0)  # seconds in which a copy that is in step has what was written a moment ago
logger = logging.getLogger(__name__)
_is_reading: ContextVar[bool] = ContextVar("is_reading", default=False)


class Router:
    def db_for_read(self, *_args: Any, **_hints: Any) -> str:
        return ALIAS if _is_reading.get() else "default"

    def db_for_write(self, *_args: Any, **_hints: Any) -> str:
        """Never whence a row was read."""
        return "default"

    def allow_relation(self, *_rows: Any, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, *_args: Any, **_hints: Any) -> bool:
        return db == "default"


@contextmanager
def reading() -> Iterator[datetime | None]:
    """Let what is read inside come from the copy; answer until when it knows everything, None for until now.

    Where the copy does not answer, or is further behind than MOST, the database itself is read.
    """
    if ALIAS not in connections.settings:
        yield None
        return
    try:
        known_until, is_of_use = _look()
    except DatabaseError:
        known_until, is_of_use = None, False
        connections[ALIAS].close()
    if not is_of_use:
        logger.warning("reports are not read from the replica")
        yield None
        return
    token = _is_reading.set(True)
    try:
        yield known_until
    finally:
        _is_reading.reset(token)


def _look() -> tuple[datetime | None, bool]:
    """Return until when the copy knows everything (None: until now), and whether that is late enough."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn()::text")
        (written,) = cursor.fetchone()
    with connections[ALIAS].cursor() as cursor:
        for pause in PAUSES:
            cursor.execute(BEHIND, [written])
            is_behind, until, now = cursor.fetchone()
            if is_behind is None:  # it follows nobody
                return None, False
            if not is_behind:
                return None, True
            sleep(pause)
    return until, until is not None and now - until <= MOST

"""One writes at a time on SQLite. Whoever waits for it looks every five milliseconds whether it is their turn.

SQLite itself looks ever less often, up to each tenth of a second: where many close at once nobody writes meanwhile, and
who came last, looking most often, goes first. It still waits its own way for all but the beginning of a transaction.
"""

import sqlite3
from time import monotonic, sleep
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

LOOK_AGAIN = 0.005  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # How many seconds a transaction waits for its beginning.
        self.patience: float = self.settings_dict["OPTIONS"]["timeout"]

    def _start_transaction_under_autocommit(self) -> None:
        end = monotonic() + self.patience
        self._let_sqlite_wait(0)
        try:
            while not self._has_begun(end):
                sleep(LOOK_AGAIN)
        finally:
            self._let_sqlite_wait(self.settings_dict["OPTIONS"]["timeout"])

    def _has_begun(self, end: float) -> bool:
        """Raises OperationalError where nobody writes and it fails all the same, and where the time is over."""
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except OperationalError as error:
            if not _is_busy(error) or monotonic() >= end:
                raise
            return False
        return True

    def _let_sqlite_wait(self, seconds: float) -> None:
        self.connection.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")


def _is_busy(error: OperationalError) -> bool:
    """Say whether somebody else writes; the code's first byte says so, the others why."""
    return getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY

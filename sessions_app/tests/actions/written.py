"""Read from the rows what an action wrote."""

from contextlib import contextmanager

import pytest

from cashpilot.exceptions import ActionRefused
from sessions_app.tests.actions.clock import NOW
from testing.database import nothing_written


def values(row):
    return type(row).objects.values().get(pk=row.pk)


@contextmanager
def refuses(sentence):
    with nothing_written(), pytest.raises(ActionRefused) as refused:
        yield refused
    assert str(refused.value) == sentence


class Written:
    """Keep the columns that differ after the block inside, and the newest history row."""

    def __init__(self, row):
        self.row = row

    def __enter__(self):
        self.before, self.entries = values(self.row), self.row.history.count()
        return self

    def __exit__(self, *_):
        after = values(self.row)
        self.changes = {name: after[name] for name in after if after[name] != self.before[name]}
        self.new_entries = self.row.history.count() - self.entries
        newest = self.row.history.latest()
        self.who, self.why, self.when = newest.history_user, newest.history_change_reason, newest.history_date
        self.told = {column: getattr(newest, column) for column in self.changes if hasattr(newest, column)}

    def is_told(self, who, why=""):
        """One history row, with the new values, who and why."""
        tracked = {name: value for name, value in self.changes.items() if name in self.told}
        return (self.new_entries, self.who, self.why, self.when, self.told) == (1, who, why, NOW, tracked)

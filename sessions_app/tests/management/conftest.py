"""Old databases, for the command that imports one."""

from sessions_app.tests.legacy.conftest import old_database, old_server

__all__ = ["old_database", "old_server"]

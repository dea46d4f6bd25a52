"""The database as a whole, on either engine: copied while people work, loaded elsewhere, compared, put in place."""

from cashpilot.db.engines.base import BackupError, Engine, Settings, Tables, require_same
from cashpilot.db.engines.chosen import engine
from cashpilot.db.engines.postgresql import PostgreSQL
from cashpilot.db.engines.sqlite import SQLite

__all__ = ["BackupError", "Engine", "PostgreSQL", "SQLite", "Settings", "Tables", "engine", "require_same"]

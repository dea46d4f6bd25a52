"""The engine that the settings of a database ask for."""

from cashpilot.db.engines.base import Engine, Settings
from cashpilot.db.engines.postgresql import PostgreSQL
from cashpilot.db.engines.sqlite import SQLite


def engine(settings: Settings) -> Engine:
    """Return the engine of one entry of settings.DATABASES."""
    return PostgreSQL(settings) if settings["ENGINE"].endswith("postgresql") else SQLite(settings)

"""Ana opens her shifts at 08:00 in Asunción; the rest happens at 20:30."""

from datetime import UTC, datetime

OPENED = datetime(2026, 7, 3, 11, 0, tzinfo=UTC)
NOW = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)

"""The clock of these tests, and sentences that several rules answer."""

from datetime import UTC, datetime, timedelta

from cashpilot import periods

NOW = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)  # 20:30 in Asunción
ROLE = "Your role does not include this."
DELETED = "This shift was deleted."
TOO_LATE = "You could correct this shift until 04/07/2026 08:30. Ask an administrator."


def later(**span):
    return periods.at(NOW + timedelta(**span))

from typing import TYPE_CHECKING, Any

from cashpilot import periods

if TYPE_CHECKING:
    from accounts.models import User


def record(row: Any, *, by: "User", reason: str = "") -> None:
    """Save `row` with its history. SQLite keeps over-long texts and huge integers, so the limits are checked here."""
    row.clean_fields(exclude={relation.name for relation in row._meta.fields if relation.is_relation})
    row._history_user, row._change_reason, row._history_date = by, reason, periods.now()
    row.save()

"""How a row is saved together with its history."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import transaction
from simple_history.manager import HistoryManager

from cashpilot import periods
from cashpilot.db import bulk
from cashpilot.db.reading import PlainlyRead

if TYPE_CHECKING:
    from accounts.models import User


class History(HistoryManager):
    """simple-history's manager, whose class is made once: it would be made each time that a history is asked for."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: Any, class_name: str | None = None) -> Any:
        return super().from_queryset(queryset_class, class_name)


class Tracked(PlainlyRead):
    """A model with a history of its own. A row and its history are written together or not at all.

    simple-history writes after Django's own inner transaction is over; without one around both, a failure between
    them would leave a change that nobody can trace. Within a transaction it is of that one: what fails fails all of it.
    """

    class Meta:
        abstract = True

    @transaction.atomic(savepoint=False)
    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        return super().delete(*args, **kwargs)


def save_with_history(row: Any, *, by: "User | None", reason: str = "") -> None:
    """Save `row` and say in its history who changed it and why.

    Raises ValidationError for over-long texts and numbers out of range, which SQLite would keep.
    """
    row.clean_fields(exclude={relation.name for relation in row._meta.fields if relation.is_relation})
    row._history_user, row._change_reason, row._history_date = by, reason, periods.now()
    row.save()


@transaction.atomic
def set_with_history(rows: Sequence[Any], values: dict[str, Any], *, by: "User", reason: str) -> None:
    """Set the same values, by their columns, in stored rows of one model; each history says who did it and why."""
    if not rows:
        return
    model: Any = type(rows[0])
    model.objects.filter(pk__in=[row.pk for row in rows]).update(**values)
    told = {"history_date": periods.now(), "history_change_reason": reason, "history_type": "~"}
    history = model.history.model
    names = [column.attname for column in history.tracked_fields if column.attname not in values]
    kept = ({name: getattr(row, name) for name in names} for row in rows)
    bulk.insert(bulk.new(history, **row, **values, **told, history_user_id=by.pk) for row in kept)

"""History rows into changes that a person can read: who, when, what (old and new), why."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from cashpilot.money import MoneyField, group
from sessions_app.formulas import Kind
from sessions_app.models import MOVEMENT_SUMS, CashSession, Movement
from sessions_app.states import MARKS

MOST_ROWS = 500
# Told by the entry itself, or by the entries of the movements.
TOLD_OTHERWISE = {"id", "token", "version", "business_date", "status", "opened_at", "closed_at", "tolerance"}
TOLD_OTHERWISE |= {"created_at", *MARKS.values(), *(f"{mark}_at" for mark in MARKS), *MOVEMENT_SUMS}

Values = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One column, before and after, ready to be shown; None where it was empty."""

    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Entry:
    """One line of the history. `at` is in UTC; `version` is that of the shift, if it is the shift that changed."""

    at: datetime
    who: str
    what: str
    why: str
    changes: list[Change]
    version: int | None


def history_of(session: CashSession) -> list[Entry]:
    """The changes of a shift and of its movements, newest first, in one query."""
    both = _rows(CashSession, id=session.pk).union(_rows(Movement, session_id=session.pk), all=True)
    entries: list[Entry] = []
    before: dict[tuple[str, int], Values] = {}
    for row in reversed(both.order_by("-history_date", "-history_id")[:MOST_ROWS]):
        key = (row["of"], row["data"]["id"])
        if entry := _entry(row, before.get(key)):
            entries.append(entry)
        before[key] = row["data"]
    return entries[::-1]


def _tracked(model: type[models.Model]) -> list[models.Field]:
    return [column for column in model._meta.concrete_fields if not column.generated]


def _rows(model: Any, **which: Any) -> models.QuerySet[Any, Values]:
    """History rows of any model in one shape, so that those of two can be read together."""
    data = JSONObject(**{column.attname: column.attname for column in _tracked(model)})
    facts = ("history_date", "history_id", "history_type", "history_change_reason")
    who = {"first_name": F("history_user__first_name"), "last_name": F("history_user__last_name")}
    return model.history.filter(**which).order_by().values(*facts, of=Value(model.__name__), data=data, **who)


def _entry(row: Values, before: Values | None) -> Entry | None:
    """None where nothing changed that is not told by another entry, such as the sums beside a movement."""
    new, is_first = row["data"], row["history_type"] == "+"
    if row["of"] == "Movement":
        what, changes = _what_of_movement(new, is_first), []
    elif before or is_first:
        changes = _changes(CashSession, before, new) if before else []
        what = _what_of_shift(before, new, changes)
    else:
        return None  # what came before it is too long ago to be read
    if not what:
        return None
    who = f"{row['first_name'] or ''} {row['last_name'] or ''}".strip()
    version = new.get("version")
    return Entry(row["history_date"], who, what, row["history_change_reason"] or "", changes, version)


def _what_of_shift(old: Values | None, new: Values, changes: list[Change]) -> str:
    if old is None:
        return _("Opened with %(amount)s") % {"amount": group(new["initial_cash"])}
    turned = [
        (old["status"] != new["status"], _("Closed")),
        (_turned_on("deleted_at", old, new), _("Deleted")),
        (_turned_on("deleted_at", new, old), _("Restored")),
        (_turned_on("flagged_at", old, new), _("Flagged")),
        (_turned_on("flagged_at", new, old), _("Flag taken off")),
        (_turned_on("reviewed_at", old, new), _("Signed off")),
        (bool(changes), _("Corrected")),
    ]
    return next((what for happened, what in turned if happened), "")


def _what_of_movement(new: Values, is_first: bool) -> str:
    movement = f"{Kind(new['kind']).label} {group(new['amount'])}"
    if new["description"]:
        movement += f" «{new['description']}»"
    if is_first:
        return movement
    if new["voided_at"]:
        return _("Voided: %(movement)s") % {"movement": movement}
    if new["verified_at"]:
        return _("Seen in the bank: %(movement)s") % {"movement": movement}
    return _("Tick taken off: %(movement)s") % {"movement": movement}


def _turned_on(name: str, old: Values, new: Values) -> bool:
    return not old[name] and bool(new[name])


def _changes(model: type[models.Model], old: Values, new: Values) -> list[Change]:
    return [
        Change(str(column.verbose_name), _shown(column, old[column.attname]), _shown(column, new[column.attname]))
        for column in _tracked(model)
        if not column.is_relation and column.name not in TOLD_OTHERWISE and old[column.attname] != new[column.attname]
    ]


def _shown(column: models.Field, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if column.name == "count_sheet":
        sheet = json.loads(value) if isinstance(value, str) else value
        # Largest first: PostgreSQL keeps the keys in an order of its own.
        counted = sorted(((int(denomination), pieces) for denomination, pieces in sheet.items()), reverse=True)
        return " · ".join(f"{pieces} × {group(denomination)}" for denomination, pieces in counted)
    return group(value) if isinstance(column, MoneyField) else str(value)

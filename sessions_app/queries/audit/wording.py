"""What a row of history says, in words: what happened, which column was what before."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from accounts.models import User
from cashpilot.formatting import by_denomination
from cashpilot.money import MoneyField, SignedMoneyField, group
from pharmacies.models import Assignment
from sessions_app.domain.choices import MARKS, Kind
from sessions_app.models import MOVEMENT_SUMS, CashSession, Day, Movement, Reply
from sessions_app.queries.audit.rows import KINDS, SOURCES, HistorySource, Values, tracked

# Told by the entry itself, or by the entries of the movements.
TOLD_OTHERWISE = {"id", "token", "version", "business_date", "status", "opened_at", "closed_at", "tolerance"}
TOLD_OTHERWISE |= {"created_at", *MARKS.values(), *(f"{mark}_at" for mark in MARKS), *MOVEMENT_SUMS}
TOLD_OTHERWISE |= {"signed_off_note", "signed_off_at", "is_active", "must_change_password", "date_joined", "sign_outs"}


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
    kind: str
    number: int  # of the shift, the person, the pharmacy: what `kind` and `number` of the page's query ask for
    subject: str
    pharmacy: str

    @property
    def label(self) -> str:
        return str(KINDS[self.kind])


def entry(row: Values, roles: dict[int, list[str]]) -> Entry | None:
    """None where nothing changed that is not told by another entry, such as the sums beside a movement."""
    table, old, new = SOURCES[row["table"]], row["before"], row["data"]
    changes = _changes(table.model, old, new) if old and table.model is not Movement else []
    if table.model is User and old:
        changes += _change(_("role"), *(", ".join(roles[data["history_id"]]) or None for data in (old, new)))
    what = _what(table, row["history_type"], old, new, changes)
    if not what:
        return None
    number = new["session_id"] if table.model in (Movement, Reply) else new["id"]
    of_shift = table.model in (Movement, Reply, CashSession)
    return Entry(
        at=row["history_date"],
        who=_full_name(row),
        what=what,
        why=row["history_change_reason"] or "",
        changes=changes,
        version=new.get("version"),
        kind="cashsession" if of_shift else table.kind,
        number=number,
        subject=f"#{number}" if of_shift else row["subject"],
        pharmacy=row["place"] or "",
    )


def _full_name(row: Values) -> str:
    return f"{row['by_first_name'] or ''} {row['by_last_name'] or ''}".strip()


def _what(table: HistorySource, history_type: str, old: Values | None, new: Values, changes: list[Change]) -> str:
    if table.model is Assignment:
        return _("Unassigned") if history_type == "-" else _("Assigned")
    if history_type == "-":
        return _("Removed")
    if table.model is Reply:
        return _("Replied: «%(text)s»") % {"text": new["text"]}
    if table.model is Movement:
        return _what_of_movement(old, new)
    if table.model is CashSession:
        return _what_of_shift(old, new, changes)
    if old is None:
        return _("Added")
    what_of = {User: _what_of_person, Day: _what_of_day}.get(table.model, _what_of_pharmacy)
    return what_of(old, new, changes)


def _what_of_shift(old: Values | None, new: Values, changes: list[Change]) -> str:
    if old is None:
        return _("Opened with %(amount)s") % {"amount": group(new["initial_cash"])}
    turned = [
        (old["status"] != new["status"], _("Closed")),
        (_turned_on("deleted_at", old, new), _("Deleted")),
        (_turned_on("deleted_at", new, old), _("Restored")),
        (_turned_on("flagged_at", old, new), _("Flagged")),
        (_turned_on("flagged_at", new, old), _("Flag taken off")),
        (_turned_on("signed_off_at", old, new), _("Signed off")),
        (bool(changes), _("Corrected")),
    ]
    return next((what for happened, what in turned if happened), "")


def _what_of_movement(old: Values | None, new: Values) -> str:
    movement = f"{Kind(new['kind']).label} {group(new['amount'])}"
    if new["description"]:
        movement += f" «{new['description']}»"
    if old is None:
        return movement
    if _turned_on("voided_at", old, new):
        return _("Voided: %(movement)s") % {"movement": movement}
    if _turned_on("verified_at", old, new):
        return _("Seen in the bank: %(movement)s") % {"movement": movement}
    return _("Tick taken off: %(movement)s") % {"movement": movement}


def _what_of_person(old: Values, new: Values, changes: list[Change]) -> str:
    """The password and the lock are no columns of the history; the reason says more."""
    turned = [
        (_turned_on("is_active", new, old), _("Disabled")),
        (_turned_on("is_active", old, new), _("Enabled")),
        (_turned_on("must_change_password", old, new), _("Password reset")),
        (_turned_on("must_change_password", new, old), _("Password changed")),
        (bool(changes), _("Changed")),
        (old["sign_outs"] != new["sign_outs"], _("Signed out everywhere")),
    ]
    return next((what for happened, what in turned if happened), _("Sign-in unlocked"))


def _what_of_day(old: Values, new: Values, changes: list[Change]) -> str:
    if _turned_on("signed_off_at", old, new):
        return _("Signed off")
    return _("Changed") if changes else _("Sign-off taken away")


def _what_of_pharmacy(old: Values, new: Values, changes: list[Change]) -> str:
    if _turned_on("is_active", new, old):
        return _("Deactivated")
    return _("Reactivated") if _turned_on("is_active", old, new) else _("Changed")


def _turned_on(name: str, old: Values, new: Values) -> bool:
    return not old[name] and bool(new[name])


def _changes(model: Any, old: Values, new: Values) -> list[Change]:
    told = [column for column in tracked(model) if not column.is_relation and column.name not in TOLD_OTHERWISE]
    return [
        change
        for column in told
        for change in _change(column.verbose_name, _shown(column, old[column.name]), _shown(column, new[column.name]))
    ]


def _change(label: Any, old: str | None, new: str | None) -> list[Change]:
    return [] if old == new else [Change(str(label), old, new)]


def _shown(column: models.Field, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if column.name == "count_sheet":
        sheet = json.loads(value) if isinstance(value, str) else value
        return " · ".join(f"{pieces} × {group(denomination)}" for denomination, pieces in by_denomination(sheet))
    if isinstance(column, models.BooleanField):
        return _("Yes") if value else _("No")
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    return group(value) if isinstance(column, (MoneyField, SignedMoneyField)) else str(value)

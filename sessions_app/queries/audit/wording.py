"""A row of history in words: the event, and each changed column with its value before and after."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from cashpilot.formatting import by_denomination
from cashpilot.money import MoneyField, SignedMoneyField, group
from pharmacies.models import Assignment, Pharmacy
from sessions_app.domain.choices import MARKS, SOURCE_OF, Kind, Status
from sessions_app.models import BILLED, MOVEMENT_SUMS, CashSession, Day, Movement, Reply
from sessions_app.queries.audit.rows import KINDS, SOURCES, HistorySource, Values, tracked

# Model -> its columns that the entry itself shows, or by entries of other rows. Whatever is not listed for its
# model is shown as a change.
TOLD_OTHERWISE: dict[Any, set[str]] = {
    # Its entry names it whole: kind, amount, description, and what became of it. Who and when are the entry's own.
    Movement: {column.name for column in tracked(Movement)},
    CashSession: {
        "id",
        "pharmacy",
        "cashier",
        "business_date",
        "opened_at",
        "closed_at",
        "status",
        "tolerance",
        "uncounted_reason",
        "evidence_difference",
        "imported_at",
        "version",
    }
    | set(SOURCE_OF.values())
    | {f"{mark}_{fact}" for mark in MARKS for fact in ("at", "by")}
    | {*MARKS.values(), *MOVEMENT_SUMS},
    Reply: {column.name for column in tracked(Reply)},
    Assignment: {column.name for column in tracked(Assignment)},
    User: {"id", "is_active", "must_change_password", "sign_outs", "date_joined"},
    Pharmacy: {"id", "is_active"},
    Day: {"id", "pharmacy", "tolerance", "signed_off_at", "signed_off_by", "signed_off_note", "imported_at", "version"}
    | set(SOURCE_OF.values()),
}
# What is stored with a first count.
WITH_FIRST_COUNT = ("first_count", "count_sheet", "ticket_number", "ticket_count", *BILLED)


@dataclass(frozen=True)
class Change:
    """One column, before and after, ready to be shown; None where it was empty."""

    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Entry:
    """One line of the history. `at` is in UTC; `version` is that of the shift, if it is the shift that changed.

    `movement` is the movement that stands with the same fact in the list of its shift's movements, else None.
    """

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
    movement: int | None = None

    @property
    def label(self) -> str:
        return str(KINDS[self.kind])


def entry(row: Values, roles: dict[int, list[str]], *, is_blind: bool = False) -> Entry | None:
    """Return None where nothing changed but what another entry shows, such as the sums beside a movement.

    `is_blind`: nor where what changed is what was billed, and the shift is still to be counted.
    """
    table, old, new = SOURCES[row["table"]], row["before"], row["data"]
    hidden = BILLED if is_blind else ()
    changes = _changes(table.model, _blinded(old), _blinded(new), hidden) if old else []
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
        subject=f"#{number}" if of_shift else _subject(table, row["subject"]),
        pharmacy=row["place"] or "",
        movement=new["id"] if table.model is Movement and not _is_tick_taken_off(old, new) else None,
    )


def _subject(table: HistorySource, subject: str) -> str:
    """Return whom or what it is about, a day as it is written everywhere else."""
    return date_format(date.fromisoformat(subject), "d/m/Y") if table.model is Day else subject


def _full_name(row: Values) -> str:
    return f"{row['by_first_name'] or ''} {row['by_last_name'] or ''}".strip()


def _what(table: HistorySource, history_type: str, old: Values | None, new: Values, changes: list[Change]) -> str:
    if history_type == "-":
        return _("Unassigned") if table.model is Assignment else _("Removed")
    return WHAT_HAPPENED[table.model](old, new, changes)


def _what_of_assignment(_old: Values | None, _new: Values, _changes: list[Change]) -> str:
    return _("Assigned")


def _what_of_reply(_old: Values | None, new: Values, _changes: list[Change]) -> str:
    return _("Replied: «%(text)s»") % {"text": new["text"]}


def _what_of_shift(old: Values | None, new: Values, changes: list[Change]) -> str:
    if old is None:
        return _("Opened with %(amount)s") % {"amount": group(new["initial_cash"])}
    was_uncounted = old["closed_at"] is not None and old["final_cash"] is None
    turned = [
        (_turned_on("uncounted_reason", old, new), gettext_noop("Closed without a count")),
        (_is_first_count(new) and not _is_first_count(old), gettext_noop("Counted; the count did not agree")),
        (old["status"] != new["status"], gettext_noop("Closed")),
        (was_uncounted and new["final_cash"] is not None, gettext_noop("Counted")),
        (_turned_on("deleted_at", old, new), gettext_noop("Deleted")),
        (_turned_on("deleted_at", new, old), gettext_noop("Restored")),
        (_turned_on("flagged_at", old, new), gettext_noop("Flagged")),
        (_turned_on("flagged_at", new, old), gettext_noop("Flag taken off")),
        (_turned_on("signed_off_at", old, new), gettext_noop("Signed off")),
        (bool(changes), gettext_noop("Corrected")),
        (_turned_on("signed_off_at", new, old) and _sums(old) == _sums(new), gettext_noop("Sign-off undone")),
    ]
    what = next((what for happened, what in turned if happened), "")
    return _(what) if what else ""


def _sums(version: Values) -> list[int]:
    """A movement that is noted or voided late takes the sign-off away too, and has an entry of its own."""
    return [version[name] for name in MOVEMENT_SUMS]


def _what_of_movement(old: Values | None, new: Values, _changes: list[Change]) -> str:
    movement = f"{Kind(new['kind']).label} {group(new['amount'])}"
    if new["description"]:
        movement += f" «{new['description']}»"
    if old is None:
        return movement
    if _turned_on("voided_at", old, new):
        return _("Voided: %(movement)s") % {"movement": movement}
    if not _is_tick_taken_off(old, new):
        return _("Seen in the bank: %(movement)s") % {"movement": movement}
    return _("Tick taken off: %(movement)s") % {"movement": movement}


def _is_tick_taken_off(old: Values | None, new: Values) -> bool:
    return old is not None and _turned_on("verified_at", new, old)


def _what_of_person(old: Values | None, new: Values, changes: list[Change]) -> str:
    """The password and the lock are no columns of the history; the reason says more."""
    if old is None:
        return _("Added")
    turned = [
        (_turned_on("is_active", new, old), _("Disabled")),
        (_turned_on("is_active", old, new), _("Enabled")),
        (_turned_on("must_change_password", old, new), _("Password reset")),
        (_turned_on("must_change_password", new, old), _("Password changed")),
        (bool(changes), _("Changed")),
        (old["sign_outs"] != new["sign_outs"], _("Signed out everywhere")),
    ]
    return next((what for happened, what in turned if happened), _("Sign-in unlocked"))


def _what_of_day(old: Values | None, new: Values, changes: list[Change]) -> str:
    if old is None:
        return _("Added")
    if _turned_on("signed_off_at", old, new):
        return _("Signed off")
    return _("Changed") if changes else _("Sign-off taken away")


def _what_of_pharmacy(old: Values | None, new: Values, changes: list[Change]) -> str:
    if old is None:
        return _("Added")
    if _turned_on("is_active", new, old):
        return _("Deactivated")
    return _("Reactivated") if _turned_on("is_active", old, new) else _("Changed")


WHAT_HAPPENED: dict[Any, Callable[[Values | None, Values, list[Change]], str]] = {
    Movement: _what_of_movement,
    CashSession: _what_of_shift,
    Reply: _what_of_reply,
    Assignment: _what_of_assignment,
    User: _what_of_person,
    Pharmacy: _what_of_pharmacy,
    Day: _what_of_day,
}


def _is_first_count(version: Values) -> bool:
    """Whether a shift waited for its second count then."""
    return version.get("first_count") is not None and version["status"] == Status.OPEN


def _blinded(version: Values) -> Values:
    """Return the version without what nobody is to know before the second count; the close then tells it."""
    return {**version, **dict.fromkeys(WITH_FIRST_COUNT)} if _is_first_count(version) else version


def _turned_on(name: str, old: Values, new: Values) -> bool:
    return not old[name] and bool(new[name])


def _changes(model: Any, old: Values, new: Values, hidden: Collection[str] = ()) -> list[Change]:
    changes = []
    for column in tracked(model):
        before, after = old[str(column.column)], new[str(column.column)]
        if before != after and column.name not in TOLD_OTHERWISE[model] and column.name not in hidden:
            changes += _change(column.verbose_name, _shown(column, before), _shown(column, after))
    return changes


def _change(label: Any, old: str | None, new: str | None) -> list[Change]:
    return [] if old == new else [Change(str(label), old, new)]


def _shown(column: "models.Field[Any, Any]", value: Any) -> str | None:
    if value is None or value == "":
        return None
    if column.name == "count_sheet":
        sheet = json.loads(value) if isinstance(value, str) else value
        return " · ".join(
            f"{pieces}\u00a0×\u00a0{group(denomination)}" for denomination, pieces in by_denomination(sheet)
        )
    if isinstance(column, models.BooleanField):
        return _("Yes") if value else _("No")
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    return group(value) if isinstance(column, (MoneyField, SignedMoneyField)) else str(value)

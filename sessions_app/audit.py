"""History rows into changes that a person can read: who, when, what (old and new), why.

A page is one query: each table gives its newest rows, each row with what the same object was before, and the database
puts them in one order. Pages follow one another by a cursor, so that the last costs what the first does, and nothing
is counted. A second query reads the roles, if people are on the page.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from typing import Any, NamedTuple

from django.db import models
from django.db.models import F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cashpilot import periods
from cashpilot.money import MoneyField, group
from cashpilot.tags import by_denomination
from pharmacies.models import Assignment, Pharmacy
from sessions_app.formulas import Kind
from sessions_app.models import MOVEMENT_SUMS, CashSession, Movement
from sessions_app.states import MARKS

PAGE_LENGTH = 50
MOST_ROWS = 500
BLOCK = 1_000  # rows of an export read at once
# Told by the entry itself, or by the entries of the movements.
TOLD_OTHERWISE = {"id", "token", "version", "business_date", "status", "opened_at", "closed_at", "tolerance"}
TOLD_OTHERWISE |= {"created_at", *MARKS.values(), *(f"{mark}_at" for mark in MARKS), *MOVEMENT_SUMS}
TOLD_OTHERWISE |= {"is_active", "must_change_password", "date_joined", "sign_outs"}

Values = dict[str, Any]

NAMELESS = Value("")


@dataclass(frozen=True)
class Table:
    """A table with history. `about`: kind of object asked for -> the column that says which one it is here."""

    model: Any
    about: dict[str, str]
    pharmacy: str = ""  # the way to the pharmacy
    subject: Any = NAMELESS  # whom or what a row is about; a shift's is its number

    @property
    def kind(self) -> str:
        return self.model._meta.model_name

    @cached_property
    def rows(self) -> models.Manager:
        """simple-history's own manager makes a class each time that it is asked for."""
        manager: models.Manager = self.model.history.model.objects
        return manager


PERSON = Concat("user__first_name", Value(" "), "user__last_name")
# In the order in which changes of the same instant are told.
TABLES = [
    Table(Movement, {"movement": "id", "cashsession": "session_id"}, pharmacy="session__pharmacy"),
    Table(CashSession, {"cashsession": "id"}, pharmacy="pharmacy"),
    Table(Assignment, {"assignment": "id", "user": "user_id", "pharmacy": "pharmacy_id"}, "pharmacy", PERSON),
    Table(User, {"user": "id"}, subject=Concat("first_name", Value(" "), "last_name")),
    Table(Pharmacy, {"pharmacy": "id"}, subject=F("name")),
]
KINDS = {table.kind: table.model._meta.verbose_name for table in TABLES}
# What may be asked of a change: the word in the address -> its meaning, and the rows.
SORTS = {
    "created": (gettext_lazy("added"), Q(history_type="+")),
    "changed": (gettext_lazy("changed"), Q(history_type="~")),
    "removed": (gettext_lazy("removed"), Q(history_type="-")),
    "explained": (gettext_lazy("with a reason"), ~Q(history_change_reason=None) & ~Q(history_change_reason="")),
}


class Cursor(NamedTuple):
    """The place of a row in the order of the page: its instant (UTC), its table's place in TABLES, its id there."""

    at: datetime
    table: int
    history_id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.table}_{self.history_id}".replace("+00:00", "Z")

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Raises ValueError, or OverflowError."""
        at, table, history_id = text.split("_")
        return cls(datetime.fromisoformat(at).astimezone(periods.ASUNCION), int(table), int(history_id))


@dataclass(frozen=True)
class Asked:
    """Which changes; what is None, or empty, does not narrow."""

    who: int | None = None
    kind: str = ""
    number: int | None = None
    sort: str = ""
    pharmacy: int | None = None
    date_from: date | None = None
    date_to: date | None = None
    before: Cursor | None = None


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


@dataclass(frozen=True)
class Page:
    """`older` is the cursor of the next page; None on the last."""

    entries: list[Entry] = field(default_factory=list)
    older: Cursor | None = None


def history_of(session: CashSession) -> list[Entry]:
    """The changes of a shift and of its movements, newest first, in one query."""
    return page(Asked(kind="cashsession", number=session.pk), length=MOST_ROWS).entries


def page(asked: Asked, length: int = PAGE_LENGTH) -> Page:
    """The newest `length` rows. Some may tell nothing (the sums beside a movement), so entries may be fewer."""
    rows = _read(asked, length + 1)
    roles = _roles(rows)
    entries = [entry for row in rows[:length] if (entry := _entry(row, roles))]
    last = rows[length - 1] if len(rows) > length else None
    return Page(entries, last and Cursor(last["history_date"], last["table"], last["history_id"]))


def every(asked: Asked) -> Iterator[Entry]:
    """All entries, read in blocks."""
    cursor = asked.before
    while True:
        block = page(Asked(**{**vars(asked), "before": cursor}), BLOCK)
        yield from block.entries
        cursor = block.older
        if cursor is None:
            return


def lines(asked: Asked) -> Iterator[list[str]]:
    """The export: headings, then one line per column that changed, or one for a change without any. Local time."""
    yield [
        _("Time"),
        _("Who did it"),
        _("What was changed"),
        _("Its number"),
        _("Name"),
        _("Pharmacy"),
        _("What happened"),
        _("Field"),
        _("Before"),
        _("After"),
        _("Reason"),
    ]
    for entry in every(asked):
        at = timezone.localtime(entry.at).strftime("%Y-%m-%d %H:%M:%S")
        facts = [at, entry.who, entry.label, str(entry.number), entry.subject, entry.pharmacy, entry.what]
        for change in entry.changes or [Change("", None, None)]:
            yield [*facts, change.label, change.old or "", change.new or "", entry.why]


# --- Rows -------------------------------------------------------------------------------------------------------------


def _read(asked: Asked, length: int) -> list[Values]:
    branches = [
        _rows(place, table, _newest(table, which, length))
        for place, table in enumerate(TABLES)
        if (which := _which(place, table, asked)) is not None
    ]
    if not branches:
        return []
    first, *others = branches
    return list(first.union(*others, all=True).order_by("-history_date", "-table", "-history_id")[:length])


def _which(place: int, table: Table, asked: Asked) -> Q | None:
    """The rows of this table that are asked for; None if it holds none."""
    if asked.number is not None and asked.kind:
        if asked.kind not in table.about:
            return None
        which = Q(**{table.about[asked.kind]: asked.number})
    elif asked.kind in ("", table.kind):
        which = Q()
    else:
        return None
    if asked.pharmacy is not None:
        if not (table.pharmacy or table.model is Pharmacy):
            return None
        which &= Q(**{table.pharmacy or "id": asked.pharmacy})
    # Superusers are not part of the house: the back office does not show them either.
    which &= Q(is_superuser=False) if table.model is User else Q()
    return which & _when(asked) & _after(place, asked.before)


def _when(asked: Asked) -> Q:
    which = SORTS[asked.sort][1] if asked.sort else Q()
    if asked.who is not None:
        which &= Q(history_user=asked.who)
    if asked.date_from:
        which &= Q(history_date__gte=periods.midnight(asked.date_from))
    if asked.date_to:
        which &= Q(history_date__lt=periods.midnight(asked.date_to + timedelta(days=1)))
    return which


def _after(place: int, cursor: Cursor | None) -> Q:
    """The rows of the table at `place` that come after the cursor in the order of `_read`."""
    if cursor is None:
        return Q()
    if place != cursor.table:
        return Q(**{"history_date__lt" if place > cursor.table else "history_date__lte": cursor.at})
    return Q(history_date__lte=cursor.at) & ~Q(history_date=cursor.at, history_id__gte=cursor.history_id)


def _newest(table: Table, which: Q, length: int) -> models.QuerySet:
    """No table gives more rows than the page has, so each is read from the newest end of an index."""
    return table.rows.filter(which).order_by("-history_date", "-history_id").values("history_id")[:length]


def _rows(place: int, table: Table, ids: models.QuerySet) -> models.QuerySet[Any, Values]:
    """History rows of any table in one shape, so that those of several can be read together."""
    data = Snapshot(table.model)
    earlier = table.rows.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    return (
        table.rows.filter(history_id__in=ids)
        .order_by()
        .values(
            "history_date",
            "history_id",
            "history_type",
            "history_change_reason",
            table=Value(place),
            by_first_name=F("history_user__first_name"),
            by_last_name=F("history_user__last_name"),
            subject=table.subject,
            place=F(f"{table.pharmacy}__name") if table.pharmacy else NAMELESS,
            data=data,
            before=Subquery(earlier.order_by("-history_id").values(data=data)[:1]),
        )
    )


class Snapshot(Func):
    """A history row as JSON. JSONObject does the same thirty times slower: it resolves every column by itself."""

    output_field = models.JSONField()

    def __init__(self, model: Any) -> None:
        super().__init__(F("history_id"))
        self.columns = ["history_id", *(column.column for column in _tracked(model))]

    def as_sql(self, compiler: Any, connection: Any, function: str = "JSONB_BUILD_OBJECT", **_: Any) -> Any:  # type: ignore[override]
        row = compiler.compile(self.get_source_expressions()[0])[0].rpartition(".")[0]
        pairs = (f"'{column}', {row}.{connection.ops.quote_name(column)}" for column in self.columns)
        return f"{function}({', '.join(pairs)})", []

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_OBJECT")


@cache
def _tracked(model: Any) -> list[models.Field]:
    """The columns that the history keeps: neither passwords nor what the database computes."""
    kept = {column.name for column in model.history.model._meta.concrete_fields}
    return [column for column in model._meta.concrete_fields if column.name in kept]


def _roles(rows: list[Values]) -> dict[int, list[str]]:
    """History id of a person -> the roles at that moment."""
    people = [row for row in rows if TABLES[row["table"]].model is User]
    ids = [data["history_id"] for row in people for data in (row["data"], row["before"]) if data]
    roles: dict[int, list[str]] = {}
    if ids:
        pairs = User.history.filter(history_id__in=ids).order_by("historicaluser_groups__group__name")
        for history_id, role in pairs.values_list("history_id", "historicaluser_groups__group__name"):
            roles.setdefault(history_id, []).extend([role] if role else [])
    return roles


# --- Words ------------------------------------------------------------------------------------------------------------


def _entry(row: Values, roles: dict[int, list[str]]) -> Entry | None:
    """None where nothing changed that is not told by another entry, such as the sums beside a movement."""
    table, old, new = TABLES[row["table"]], row["before"], row["data"]
    changes = _changes(table.model, old, new) if old and table.model is not Movement else []
    if table.model is User and old:
        changes += _change(_("role"), *(", ".join(roles[data["history_id"]]) or None for data in (old, new)))
    what = _what(table, row["history_type"], old, new, changes)
    if not what:
        return None
    number = new["session_id"] if table.model is Movement else new["id"]
    of_shift = table.model in (Movement, CashSession)
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


def _what(table: Table, sort: str, old: Values | None, new: Values, changes: list[Change]) -> str:
    if table.model is Assignment:
        return _("Unassigned") if sort == "-" else _("Assigned")
    if sort == "-":
        return _("Removed")
    if table.model is Movement:
        return _what_of_movement(old, new)
    if table.model is CashSession:
        return _what_of_shift(old, new, changes)
    if old is None:
        return _("Added")
    return _what_of_person(old, new, changes) if table.model is User else _what_of_pharmacy(old, new)


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


def _what_of_pharmacy(old: Values, new: Values) -> str:
    if _turned_on("is_active", new, old):
        return _("Deactivated")
    return _("Reactivated") if _turned_on("is_active", old, new) else _("Changed")


def _turned_on(name: str, old: Values, new: Values) -> bool:
    return not old[name] and bool(new[name])


def _changes(model: Any, old: Values, new: Values) -> list[Change]:
    told = [column for column in _tracked(model) if not column.is_relation and column.name not in TOLD_OTHERWISE]
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
    return group(value) if isinstance(column, MoneyField) else str(value)

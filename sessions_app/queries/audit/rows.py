"""Rows of all history tables in one order and one shape: one query for a page of them."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.db import models
from django.db.models import F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy

from accounts.models import User
from cashpilot import periods
from cashpilot.db.written_once import Given, Rows
from pharmacies.models import Assignment, Pharmacy
from sessions_app.models import CashSession, Day, Movement, Reply
from sessions_app.queries.search import Search

Values = dict[str, Any]
NAMELESS = Value("")


@dataclass(frozen=True)
class HistorySource:
    """A table with history. `about`: kind of object asked for -> the column that says which one it is here."""

    model: Any
    about: dict[str, str]
    pharmacy: str = ""  # the way to the pharmacy
    subject: Any = NAMELESS  # whom or what a row is about; a shift's is its number

    @property
    def kind(self) -> str:
        name: str = self.model._meta.model_name
        return name

    @property
    def history(self) -> models.QuerySet[Any]:
        history: models.QuerySet[Any] = self.model.history.all()
        return history


PERSON = Concat("user__first_name", Value(" "), "user__last_name")
# In the order in which changes of the same instant are told.
SOURCES = [
    HistorySource(Movement, {"movement": "id", "cashsession": "session_id"}, pharmacy="session__pharmacy"),
    HistorySource(CashSession, {"cashsession": "id"}, pharmacy="pharmacy"),
    HistorySource(Reply, {"reply": "id", "cashsession": "session_id"}, pharmacy="session__pharmacy"),
    HistorySource(Assignment, {"assignment": "id", "user": "user_id", "pharmacy": "pharmacy_id"}, "pharmacy", PERSON),
    HistorySource(User, {"user": "id"}, subject=Concat("first_name", Value(" "), "last_name")),
    HistorySource(Pharmacy, {"pharmacy": "id"}, subject=F("name")),
    HistorySource(Day, {"day": "id"}, "pharmacy", Cast("date", models.CharField())),
]
KINDS = {table.kind: table.model._meta.verbose_name for table in SOURCES}
# What may be asked of a change: the word in the address -> its meaning, and the rows.
CHANGE_KINDS = {
    "created": (gettext_lazy("added"), Q(history_type="+")),
    "changed": (gettext_lazy("changed"), Q(history_type="~")),
    "removed": (gettext_lazy("removed"), Q(history_type="-")),
    "explained": (gettext_lazy("with a reason"), ~Q(history_change_reason=None) & ~Q(history_change_reason="")),
}


class Cursor(NamedTuple):
    """The place of a row in the order of the page: its instant (UTC), its table's place in SOURCES, its id there."""

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
class AuditQuery:
    """The question of the audit page; a field that is None, or empty, does not narrow it.

    `is_blind`: what was billed in a shift is not told, for it has not been counted.
    """

    who: int | None = None
    kind: str = ""
    number: Any = None  # or what stands for it until it is asked
    change: str = ""
    pharmacy: int | None = None
    date_from: date | None = None
    date_to: date | None = None
    before: Cursor | None = None
    is_blind: bool = False
    search: Search | None = None

    @property
    def is_of_one_shift(self) -> bool:
        """Tell that there are so few rows that each is read: to choose the newest first takes longer to plan."""
        return self.kind == "cashsession" and self.number is not None


def read(query: AuditQuery, length: int) -> list[Values]:
    """Return the newest rows that are asked for, `length` of them at most."""
    if query.search:  # whose people are others tomorrow
        return _write(query, length).ask()
    if query.number is None:
        return _written(query, length).ask()
    return _written(replace(query, number=Given("number")), length).ask(number=query.number)


def _write(query: AuditQuery, length: int) -> Rows[Values]:
    branches = [
        _rows(place, table, which if query.is_of_one_shift else Q(history_id__in=_newest(table, which, length)))
        for place, table in enumerate(SOURCES)
        if (which := _which(place, table, query)) is not None
    ]
    if not branches:
        nothing: Any = CashSession.objects.none()
        return Rows(nothing.values())
    first, *others = branches
    return Rows(first.union(*others, all=True).order_by("-history_date", "-table", "-history_id")[:length])


# The history of a shift is one question, whichever shift it is.
_written = lru_cache(maxsize=32)(_write)


def _which(place: int, table: HistorySource, query: AuditQuery) -> Q | None:
    """The rows of this table that are asked for; None if it holds none."""
    if query.number is not None and query.kind:
        if query.kind not in table.about:
            return None
        which = Q(**{table.about[query.kind]: query.number})
    elif query.kind in ("", table.kind):
        which = Q()
    else:
        return None
    if query.pharmacy is not None:
        if not (table.pharmacy or table.model is Pharmacy):
            return None
        which &= Q(**{table.pharmacy or "id": query.pharmacy})
    # Superusers are not part of the house: the back office does not show them either.
    which &= Q(is_superuser=False) if table.model is User else Q()
    if query.search:
        which &= _found(table, query.search)
    return which & _when(query) & _after(place, query.before)


def _found(table: HistorySource, search: Search) -> Q:
    """The rows of the shift with that number, by or about that person, with that reason, words or amount."""
    which = Q(history_change_reason__icontains=search.text) | Q(history_user__in=search.people)
    if search.number is not None and "cashsession" in table.about:
        which |= Q(**{table.about["cashsession"]: search.number})
    if table.model is Movement:
        which |= Q(description__icontains=search.text)
        which |= Q() if search.amount is None else Q(amount=search.amount)
    if "user" in table.about:
        which |= Q(**{f"{table.about['user']}__in": search.people})
    return which


def _when(query: AuditQuery) -> Q:
    which = CHANGE_KINDS[query.change][1] if query.change else Q()
    if query.who is not None:
        which &= Q(history_user=query.who)
    if query.date_from:
        which &= Q(history_date__gte=periods.midnight(query.date_from))
    if query.date_to:
        which &= Q(history_date__lt=periods.midnight(query.date_to + timedelta(days=1)))
    return which


def _after(place: int, cursor: Cursor | None) -> Q:
    """The rows of the table at `place` that come after the cursor in the order of `_read`."""
    if cursor is None:
        return Q()
    if place != cursor.table:
        return Q(**{"history_date__lt" if place > cursor.table else "history_date__lte": cursor.at})
    return Q(history_date__lte=cursor.at) & ~Q(history_date=cursor.at, history_id__gte=cursor.history_id)


def _newest(table: HistorySource, which: Q, length: int) -> models.QuerySet[Any, Any]:
    """No table gives more rows than the page has, so each is read from the newest end of an index."""
    return table.history.filter(which).order_by("-history_date", "-history_id").values("history_id")[:length]


def _rows(place: int, table: HistorySource, which: Q) -> models.QuerySet[Any, Values]:
    """History rows of any table in one shape, so that those of several can be read together."""
    data = Snapshot(table.model)
    earlier = table.history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    return (
        table.history.filter(which)
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
        self.columns = ["history_id", *(column.column for column in tracked(model))]

    def as_sql(self, compiler: Any, connection: Any, function: str = "JSON_OBJECT", **_: Any) -> Any:  # type: ignore[override]
        row = compiler.compile(self.get_source_expressions()[0])[0].rpartition(".")[0]
        pairs = (f"'{column}', {row}.{connection.ops.quote_name(column)}" for column in self.columns)
        return f"{function}({', '.join(pairs)})", []

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        # As text, which is what is read: JSONB would be taken apart and put together again for each row.
        written, values = self.as_sql(compiler, connection, function="JSON_BUILD_OBJECT")
        return f"{written}::text", values


@cache
def tracked(model: Any) -> "list[models.Field[Any, Any]]":
    """Return the columns that the history keeps: neither passwords nor what the database computes."""
    kept = {column.name for column in model.history.model._meta.concrete_fields}
    return [column for column in model._meta.concrete_fields if column.name in kept]


def roles_in(rows: list[Values]) -> dict[int, list[str]]:
    """History id of a person -> the roles at that moment."""
    people = [row for row in rows if SOURCES[row["table"]].model is User]
    ids = [data["history_id"] for row in people for data in (row["data"], row["before"]) if data]
    roles: dict[int, list[str]] = {}
    if ids:
        pairs = User.history.filter(history_id__in=ids).order_by("historicaluser_groups__group__name")
        for history_id, role in pairs.values_list("history_id", "historicaluser_groups__group__name"):
            roles.setdefault(history_id, []).extend([role] if role else [])
    return roles

"""Checks of the stored data, each worked out again from the rows themselves; `verify_integrity` runs them.

Each check is one query per table that answers with the rows at fault: it sees one instant of a database in use, and
costs one pass, not one query a row. Amounts are whole guaraníes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum, Window
from django.db.models.functions import Coalesce, RowNumber

from accounts import roles
from accounts.models import User
from cashpilot.db import constraints, triggers
from cashpilot.db.lookups import Same
from pharmacies.models import Assignment, Pharmacy
from sessions_app.domain import formulas
from sessions_app.domain.choices import Kind
from sessions_app.ledger import (
    anchors,
    control_lines,
    day_verdicts,
    evidence,
    first_verdicts,
    gaps,
    hash_chain,
    running_totals,
    sealed_histories,
)
from sessions_app.models import FIGURES, MOVEMENT_SUMS, CashSession, Day, Movement, Reply


@dataclass(frozen=True)
class Drift:
    """One thing that is not as it must be."""

    table: str
    row: Any
    fault: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.fault}"


Check = Callable[[], Iterator[Drift | str]]

KEPT = (CashSession, Movement, Reply, Day, Pharmacy, User)
TRACKED = (*KEPT, Assignment)
CHUNK = 2000


def _all_same(pairs: list[tuple[Any, Any]]) -> Q:
    return Q(*(Same(left, right) for left, right in pairs))


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table


def movements_add_up() -> Iterator[Drift]:
    sums = {
        f"sum_{kind}": Coalesce(
            Sum("movements__amount", filter=Q(movements__kind=kind, movements__voided_at=None)),
            0,
            output_field=models.BigIntegerField(),
        )
        for kind in Kind.values
    }
    pairs = list(zip(MOVEMENT_SUMS, sums, strict=True))
    shifts = CashSession.objects.values("pk", *MOVEMENT_SUMS).annotate(**sums)
    for row in shifts.exclude(_all_same([(F(total), F(sum_)) for total, sum_ in pairs])).iterator(CHUNK):
        for total, sum_ in pairs:
            if row[total] != row[sum_]:
                yield Drift(_table(CashSession), row["pk"], f"{total} is {row[total]}, its movements make {row[sum_]}")


def figures_follow_the_formulas() -> Iterator[Drift]:
    """Find wrong figures in SQL; Python then works each one out again, from the same formula."""
    fresh = {f"fresh_{name}": getattr(formulas, name)(formulas.COLUMNS) for name in FIGURES}
    pairs = [(F(name), F(f"fresh_{name}")) for name in FIGURES]
    for shift in CashSession.objects.alias(**fresh).exclude(_all_same(pairs)).iterator(CHUNK):
        for name in FIGURES:
            stored, right = getattr(shift, name), getattr(formulas, name)(shift)
            if stored != right:
                yield Drift(_table(CashSession), shift.pk, f"{name} is {stored}, the formula says {right}")


def count_sheets_add_up() -> Iterator[Drift]:
    """The pieces make the counted cash; of a shift that is to be counted again, the first count."""
    counted = CashSession.objects.filter(count_sheet__isnull=False).annotate(said=Coalesce("final_cash", "first_count"))
    for pk, sheet, said in counted.values_list("pk", "count_sheet", "said").iterator(CHUNK):
        try:
            total = sum(int(value) * pieces for value, pieces in dict(sheet or {}).items())
        except (TypeError, ValueError):
            total = None
        if total != said:
            yield Drift(_table(CashSession), pk, f"count_sheet makes {total}, the count is {said}")


def first_openings_follow_the_history() -> Iterator[Drift]:
    first = CashSession.history.filter(id=OuterRef("pk")).order_by("version").values("initial_cash")[:1]
    shifts = CashSession.objects.annotate(typed=Subquery(first)).exclude(
        _all_same([(F("first_initial_cash"), F("typed"))])
    )
    for pk, stored, typed in shifts.values_list("pk", "first_initial_cash", "typed").iterator(CHUNK):
        yield Drift(_table(CashSession), pk, f"first_initial_cash is {stored}, its history says {typed}")


def constraints_stand() -> Iterator[Drift]:
    """Every constraint of every model is in the database, under its name."""
    there = constraints.stored()
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if (_table(model), constraint.name) not in there:
                yield Drift(_table(model), constraint.name, "this constraint is not in the database")


def rows_keep_the_constraints() -> Iterator[Drift]:
    """Find rows against a constraint; a condition that is NULL passes, as in the database."""
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.CheckConstraint):
                condition: Any = constraint.condition
                holds = models.ExpressionWrapper(condition, models.BooleanField())
                broken = model._base_manager.alias(holds=holds).filter(holds=False)
                for pk in broken.values_list("pk", flat=True).iterator(CHUNK):
                    yield Drift(_table(model), pk, f"breaks {constraint.name}")


def references_lead_somewhere() -> Iterator[Drift]:
    """History is left out: it has to outlive what it tells of."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.deconstruct()[3].get("db_constraint", True):
                target = field.related_model._base_manager.filter(**{field.target_field.name: OuterRef(field.attname)})
                lost = model._base_manager.filter(~Exists(target), **{f"{field.name}__isnull": False})
                for pk, value in lost.values_list("pk", field.attname).iterator(CHUNK):
                    yield Drift(_table(model), pk, f"{field.column} is {value}, which is nowhere")


def history_ends_in_the_present() -> Iterator[Drift]:
    """Find rows that differ from their latest history row."""
    for model in TRACKED:
        history = model.history.model
        names = [field.attname for field in history.tracked_fields]
        latest = history.objects.filter(id=OuterRef("pk")).order_by("-history_id").values("history_id")[:1]
        twin = history.objects.filter(_all_same([(F(n), OuterRef(n)) for n in names]), history_id=OuterRef("latest"))
        for row in model._base_manager.alias(latest=Subquery(latest)).filter(~Exists(twin)).iterator(CHUNK):
            yield Drift(_table(model), row.pk, _how_it_differs(row, names))


def _how_it_differs(row: Any, names: list[str]) -> str:
    last = row.history.order_by("-history_id").first()
    if last is None:
        return "has no history"
    differing = [n for n in names if getattr(row, n) != getattr(last, n)]
    return "; ".join(f"{n} is {getattr(row, n)!r}, its history says {getattr(last, n)!r}" for n in differing)


def roles_of_people_are_in_their_history() -> Iterator[Drift]:
    latest = User.history.filter(id=OuterRef("pk")).order_by("-history_id").values("history_id")[:1]
    people = User.objects.annotate(latest=Subquery(latest))
    told: dict[int, set[int]] = {}
    historical = apps.get_model("accounts", "HistoricalUser_groups").objects
    for history_id, group in historical.values_list("history_id", "group_id"):
        told.setdefault(history_id, set()).add(group)
    for user in people.prefetch_related("groups"):
        have = {group.pk for group in user.groups.all()}
        if have != told.get(user.latest, set()):
            yield Drift(_table(User), user.pk, "has a role that its history does not tell of")


def nothing_is_gone() -> Iterator[Drift]:
    """Yield each row that has a history but is gone; only an assignment may be, if its history says so."""
    for model in TRACKED:
        history = model.history.model.objects
        gone = history.filter(~Exists(model._base_manager.filter(pk=OuterRef("id"))))
        if model not in KEPT:
            gone = gone.filter(~Exists(history.filter(id=OuterRef("id"), history_type="-")))
        for pk in gone.order_by("id").values_list("id", flat=True).distinct().iterator(CHUNK):
            yield Drift(_table(model), pk, "is gone, though it has a history")


def versions_have_no_gap() -> Iterator[Drift]:
    """Find shifts whose history does not count 1, 2, 3 ... in the order in which it was written."""
    place = Window(RowNumber(), partition_by="id", order_by="history_id")
    history = CashSession.history.model
    rows = history.objects.order_by().annotate(place=place).exclude(version=F("place"))
    for history_id, pk, version, due in rows.values_list("history_id", "id", "version", "place").iterator(CHUNK):
        yield Drift(_table(history), history_id, f"version {version} of shift {pk} stands where {due} is due")


def guards_stand() -> Iterator[Drift]:
    for guard in triggers.missing():
        yield Drift(guard.table, guard.name, "this guard of the history is missing, altered or switched off")


def roles_are_as_declared() -> Iterator[Drift]:
    names = Group.objects.values_list("name", "permissions__content_type__app_label", "permissions__codename")
    given: dict[str, set[str]] = {}
    for role, app, codename in names:
        given.setdefault(role, set()).add(f"{app}.{codename}")
    for role, declared in roles.ROLES.items():
        for name in sorted(given.get(role, set()) - declared):
            yield Drift(_table(Group), role, f"may {name}, which accounts/roles.py does not give it")
        for name in sorted(declared - given.get(role, set())):
            yield Drift(_table(Group), role, f"lacks {name}, which accounts/roles.py gives it")


def file_is_sound() -> Iterator[Drift]:
    """SQLite's own look at every page and index of its file; PostgreSQL has nothing of the kind without extensions."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for (fault,) in cursor.execute("PRAGMA integrity_check").fetchall():
                if fault != "ok":
                    yield Drift("sqlite", "file", fault)


CHECKS: dict[str, Check] = {
    "database file": file_is_sound,
    "sums of movements": movements_add_up,
    "figures": figures_follow_the_formulas,
    "counts by denomination": count_sheets_add_up,
    "constraints in the database": constraints_stand,
    "rows against constraints": rows_keep_the_constraints,
    "references": references_lead_somewhere,
    "history against rows": history_ends_in_the_present,
    "roles against history": roles_of_people_are_in_their_history,
    "rows against history": nothing_is_gone,
    "versions of shifts": versions_have_no_gap,
    "first verdicts": first_verdicts.drift,
    "first opening cash": first_openings_follow_the_history,
    "seals": hash_chain.drift,
    "seals of the histories": sealed_histories.drift,
    "seals of passwords": sealed_histories.passwords_are_sealed,
    "anchors": anchors.drift,
    "running totals": running_totals.drift,
    "gaps between shifts": gaps.drift,
    "verdicts of days": day_verdicts.drift,
    "verdicts by the evidence": evidence.drift,
    "control lines of cashiers": control_lines.drift,
    "guards of the history": guards_stand,
    "permissions of roles": roles_are_as_declared,
}

"""What is left on both sides once the bank's lists were held against the transfers. Amounts: whole guaraníes."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Sum, Value, Window
from django.db.models.functions import Coalesce, Least

from cashpilot import periods
from sessions_app.evidence.matching import LAST_DAY
from sessions_app.models import Batch, EvidenceKind, Line, Movement
from sessions_app.querysets.movements import MovementQuerySet

# An account that had no list for so long before the latest one is no longer used.
IN_USE = timedelta(days=30)


@dataclass(frozen=True)
class Reach:
    """The days, first and last, whose transfers the lists of every account in use would show by now."""

    first: date
    last: date

    def missing_in(self, transfers: MovementQuerySet) -> MovementQuerySet:
        """Select the transfers of these days that nobody has seen in the bank."""
        first, beyond = periods.midnight(self.first), periods.midnight(self.last + timedelta(days=1))
        came_in = Least("created_at", Coalesce("session__closed_at", "created_at"))
        pending = transfers.filter(verified_at=None, session__imported_at=None)
        return pending.alias(came_in=came_in).filter(came_in__gte=first, came_in__lt=beyond)


def reach_of_lists() -> Reach | None:
    """Return which days the lists say everything of; None without a list, as nothing is known then. One query."""
    lists = Batch.objects.in_force().filter(source__kind=EvidenceKind.BANK)
    spans = [
        (source, date.fromisoformat(found["first"]), date.fromisoformat(found["last"]))
        for source, found in lists.values_list("source", "found")
    ]
    if not spans:
        return None
    last_of: dict[int, date] = {}
    for source, _first, last in spans:
        last_of[source] = max(last, last_of.get(source, last))
    in_use = [last for last in last_of.values() if last >= max(last_of.values()) - IN_USE]
    return Reach(min(first for _source, first, _last in spans), min(in_use) - timedelta(days=LAST_DAY))


@dataclass(frozen=True)
class Leftovers:
    """How many transfers are not in the bank, and how many lines of it nobody noted, with the sum of each."""

    missing: int
    missing_amount: int
    unnoted: int
    unnoted_amount: int


def leftovers() -> Leftovers | None:
    """Return what is left on both sides in all pharmacies; None without a list. Two queries at most."""
    reach = reach_of_lists()
    if reach is None:
        return None
    missing = _counted(reach.missing_in(Movement.objects.transfers()), "missing")
    unnoted = _counted(Line.objects.unnoted(), "unnoted")
    rows = {which: (count, sum_ or 0) for which, count, sum_ in missing.union(unnoted, all=True)}
    return Leftovers(*rows.get("missing", (0, 0)), *rows.get("unnoted", (0, 0)))


def _counted(rows: Any, which: str) -> Any:
    alike = rows.order_by().annotate(which=Value(which)).values("which")
    return alike.annotate(count=Count("pk"), sum=Sum("amount")).values_list("which", "count", "sum")


def unnoted_lines(most: int) -> list[Line]:
    """Return the newest lines that nobody noted, each with the number (`every`) and `sum` of all. One query."""
    every = Line.objects.unnoted().annotate(every=Window(Count("pk")), sum=Window(Sum("amount")))
    newest = every.select_related("batch__source").order_by(F("date").desc(), "-pk")
    return list(newest[:most])

"""The bank's lists are held against the transfers: what is left on both sides. Amounts: whole guaraníes."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, Sum, Value, Window
from django.db.models.functions import Coalesce, Least

from cashpilot import periods
from cashpilot.db.written_once import Rows
from sessions_app.evidence.matching import LAST_DAY
from sessions_app.models import Batch, EvidenceKind, Line, Movement
from sessions_app.querysets.movements import MovementQuerySet

# An account that had no list for so long before the latest one is no longer used.
IN_USE = timedelta(days=30)


class Span(NamedTuple):
    """The days, first and last, whose transfers the lists of some accounts would show by now."""

    first: date
    last: date

    @property
    def condition(self) -> Q:
        beyond = periods.midnight(self.last + timedelta(days=1))
        return Q(came_in__gte=periods.midnight(self.first), came_in__lt=beyond)


@dataclass(frozen=True)
class Reach:
    """How far the lists reach: for a pharmacy, those of the accounts that its transfers were seen in.

    For a pharmacy of which none was seen yet, those of every account in use.
    """

    of_every: Span
    of_pharmacies: dict[int, Span]

    def missing_in(self, transfers: MovementQuerySet) -> MovementQuerySet:
        """Select the transfers of these days that nobody has seen in the bank."""
        known = Q(session__pharmacy__in=list(self.of_pharmacies))
        in_reach = ~known & self.of_every.condition
        for pharmacy, span in self.of_pharmacies.items():
            in_reach |= Q(session__pharmacy=pharmacy) & span.condition
        came_in = Least("created_at", Coalesce("session__closed_at", "created_at"))
        pending = transfers.filter(verified_at=None, session__imported_at=None)
        return pending.alias(came_in=came_in).filter(in_reach)


@dataclass
class _Account:
    first: date
    last: date
    pharmacies: set[int] = field(default_factory=set)


def reach_of_lists() -> Reach | None:
    """Return which days the lists say everything of; None without a list, as nothing is known then. One query."""
    accounts = _accounts()
    if not accounts:
        return None
    newest = max(account.last for account in accounts)
    in_use = [account for account in accounts if account.last >= newest - IN_USE]
    pharmacies = {pharmacy for account in in_use for pharmacy in account.pharmacies}
    of_pharmacies = {
        pharmacy: _span([account for account in in_use if pharmacy in account.pharmacies]) for pharmacy in pharmacies
    }
    last = _span(in_use).last
    return Reach(Span(min(account.first for account in accounts), last), of_pharmacies)


def _accounts() -> list[_Account]:
    """Return what the lists in force of each account reach over, and whose transfers were seen in them."""
    accounts: dict[int, _Account] = {}
    for source, found in _lists().ask():
        first, last = date.fromisoformat(found["first"]), date.fromisoformat(found["last"])
        account = accounts.setdefault(source, _Account(first, last))
        account.first, account.last = min(account.first, first), max(account.last, last)
        account.pharmacies.update(found.get("pharmacies", ()))
    return list(accounts.values())


@cache
def _lists() -> Rows[tuple[int, dict[str, Any]]]:
    return Rows(bank_lists().values_list("source", "found"))


def bank_lists() -> Any:
    """Select the lists of the bank that are in force."""
    return Batch.objects.in_force().filter(source__kind=EvidenceKind.BANK)


def _span(accounts: list[_Account]) -> Span:
    last = min(account.last for account in accounts) - timedelta(days=LAST_DAY)
    return Span(min(account.first for account in accounts), last)


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

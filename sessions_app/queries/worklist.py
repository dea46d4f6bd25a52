"""Whoever sees every shift finds here what waits: its figures, and one queue of what is to settle, in one order.

Each figure is the sum of exactly the rows that it leads to. Amounts are whole guaraníes, above zero.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from itertools import chain
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.db.models import Aggregate, Count, Q, QuerySet, Subquery, Sum, Value

from cashpilot import periods
from cashpilot.db.reading import named
from cashpilot.db.written_once import Rows, Sums, as_written, holds_any, once_a_day, with_given
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import OFF, Result, Status
from sessions_app.models import CashSession, ControlLine, DayVerdict, RunningTotal
from sessions_app.queries.bank_leftovers import bank_lists
from sessions_app.queries.between import Between, between, lately

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.querysets.ledger import DayVerdictQuerySet
    from sessions_app.querysets.shifts import CashSessionQuerySet

R = TypeVar("R", bound=QuerySet[Any])
# So many fit on the first screen of a notebook.
MOST_SHOWN = 6
# The queue, in the order of an index; of a shift and a day that are equal in it, the shift comes first.
IN_ORDER = ("rank", "-amount_off", "business_date", "id")
TOGETHER = ("rank", "-amount_off", "business_date", "is_day", "id")
UNSIGNED = Q(is_signed_off=False)
LIVE = Q(is_deleted=False)
# Not of the old system: what was brought along waits for nobody unless it is flagged.
OURS = Q(is_imported=False)
# Conditions on running totals that say what the querysets of shifts say: missing, corrected, to_settle.
IS_SHORT = UNSIGNED & OURS & Q(result=Result.SHORT)
IS_CORRECTED = UNSIGNED & OURS & Q(first_result=Result.SHORT) & ~Q(result=Result.SHORT)
IS_OFF = Q(result__in=OFF) | Q(first_result__in=OFF) | Q(is_contradicted=True)
IS_FLAGGED = LIVE & Q(is_flagged=True)
IS_TO_SETTLE = UNSIGNED & ~Q(result=Result.OPEN) & (OURS & IS_OFF | IS_FLAGGED | OURS & LIVE & Q(awaits_bank=True))
# in_queue.
WAITS = UNSIGNED & ~Q(result=Result.OPEN) & (OURS & (LIVE | IS_OFF) | IS_FLAGGED)

# What the front page counts by the running totals alone.
COUNTS: dict[str, Aggregate] = {
    "every": Sum("shifts", filter=LIVE, default=0),
    "still_open": Sum("shifts", filter=LIVE & Q(result=Result.OPEN), default=0),
    "not_compared": Sum("shifts", filter=OURS & LIVE & UNSIGNED & Q(result=Result.NOT_COMPARED), default=0),
    "unverified_transfers": Sum("unverified_transfers", filter=OURS & LIVE, default=0),
    "unverified_amount": Sum("unverified_amount", filter=OURS & LIVE, default=0),
}


@dataclass(frozen=True)
class Figures:
    """The figures of who sees every shift, on the front page and above the queue of what is to review.

    `missing`: short now and not signed off, shifts (deleted ones too) and days as a whole, `missing_rows` of them, of
    which `missing_days` are days and `missing_deleted` shifts that were deleted; `corrected`: short at first and not
    now; `settle`: the rows that wait for a look, of `waiting`, which wait to be signed off; `alone`: shifts that were
    signed off by the same person lately; `between`: what is missing between shifts lately, whatever was signed off.
    """

    missing: int
    missing_rows: int
    missing_days: int
    missing_deleted: int
    corrected: int
    settle: int
    waiting: int
    alone: int
    between: Between

    @property
    def missing_shifts(self) -> int:
        return self.missing_rows - self.missing_days

    @property
    def only_to_sign_off(self) -> int:
        """How many shifts have nothing to settle, and wait to be signed off."""
        return self.waiting - self.settle


@dataclass(frozen=True)
class Worklist:
    """Counts of live shifts beside the figures; `every` counts all of them, `overdue` is open since an earlier day.

    `bank_lists` is how many lists of the bank are in force.

    What was imported from the old system is among `every`, `still_open` and `overdue` alone.
    """

    figures: Figures
    every: int
    still_open: int
    overdue: int
    not_compared: int
    unverified_transfers: int
    unverified_amount: int
    bank_lists: int
    # The first of those to settle.
    worst: list[CashSession | DayVerdict]
    # Those beyond their limit, by name.
    lines: list[ControlLine]


def worklist_of(user: "User", shifts: Iterable[CashSession] | None = None) -> Worklist:
    """Return what waits for `user`, counted by the running totals.

    `shifts`: those of first_to_settle, and maybe others to settle, where they were read already, with_place.
    """
    said = _counts(user).ask()
    days = _worst_days(user).ask() if said["days_to_settle"] else []
    return Worklist(
        _figures(said),
        **{name: said[name] for name in (*COUNTS, "overdue", "bank_lists")},
        worst=_worst(_worst_shifts(user).ask() if shifts is None else shifts, days)[:MOST_SHOWN],
        lines=sorted(_lines(user).ask(), key=lambda line: str(line.cashier)) if said["lines"] else [],
    )


def worst_of(shifts: "CashSessionQuerySet", days: "DayVerdictQuerySet") -> list[CashSession | DayVerdict]:
    """Return these shifts and days, as the queue puts them in order: a query each."""
    return _worst(_shifts_in_order(shifts), _days_in_order(days))


def first_to_settle(user: "User") -> Any:
    """Select the numbers of the first shifts to settle: to read all columns of each that waits takes twice as long."""
    waiting = CashSession.objects.visible_to(user).to_settle().ranked()
    return waiting.order_by(*IN_ORDER).values("pk")[:MOST_SHOWN]


@once_a_day
def _worst_shifts(user: "User") -> Rows[CashSession]:
    return Rows(_shifts_in_order(CashSession.objects.filter(pk__in=first_to_settle(user))))


@once_a_day
def _worst_days(user: "User") -> Rows[DayVerdict]:
    return Rows(_days_in_order(DayVerdict.objects.visible_to(user).to_settle())[:MOST_SHOWN])


@once_a_day
def _lines(user: "User") -> Rows[ControlLine]:
    return Rows(ControlLine.objects.told_to(user).select_related("cashier").defer("points"))


def _shifts_in_order(shifts: "CashSessionQuerySet") -> "CashSessionQuerySet":
    return _in_order(named(shifts, "pharmacy", "cashier", "deleted_by"))


def _days_in_order(days: "DayVerdictQuerySet") -> "DayVerdictQuerySet":
    return _in_order(named(days, "pharmacy"))


def _in_order(rows: R) -> R:
    in_order: R = with_place(rows).order_by(*IN_ORDER)
    return in_order


def _worst(shifts: Iterable[CashSession], days: Iterable[DayVerdict]) -> list[CashSession | DayVerdict]:
    return sorted(chain(shifts, days), key=_place)


def _place(row: Any) -> tuple[Any, ...]:
    """Return the place of a shift or a day in the queue, as TOGETHER has it."""
    return row.rank, -row.amount_off, row.business_date, row.is_day, row.pk


class Place(NamedTuple):
    """A place in the queue: of a shift, or of a day as a whole; `evidence` is None where nothing contradicts it."""

    rank: int
    amount_off: int
    business_date: date
    is_day: int
    id: int
    pharmacy: int
    result: str
    difference: int
    evidence: int | None

    def day(self, pharmacy: Pharmacy) -> DayVerdict:
        is_what = {"date": self.business_date, "result": self.result, "difference": self.difference}
        is_what["contradicted_by"] = self.evidence
        return DayVerdict(pk=self.id, pharmacy=pharmacy, is_signed_off=False, **is_what)


# The columns of a place: of these tables, what is different in each.
ENDS = {
    CashSession: ("total_difference", "evidence_difference"),
    DayVerdict: ("difference", "contradicted_by"),
}


class Asked(NamedTuple):
    """A slice of the rows in these ranges, in their order or turned round. The nearest range is the last one."""

    ranges: tuple[Q, ...]
    is_turned: bool
    start: int | None
    stop: int


@dataclass(frozen=True)
class Queue:
    """The places of shifts and of days in the order of the queue, for a paginator: narrowed, united, turned and sliced.

    `write` returns the queue_places that are asked for; the values of conditions are given to them afterwards.
    """

    write: Callable[[Asked], Rows[Any]]
    ranges: tuple[Q, ...] = (Q(),)
    is_turned: bool = False

    def filter(self, condition: Q) -> "Queue":
        return replace(self, ranges=tuple(range_ & condition for range_ in self.ranges))

    def __or__(self, others: "Queue") -> "Queue":
        return replace(self, ranges=self.ranges + others.ranges)

    def reverse(self) -> "Queue":
        return replace(self, is_turned=not self.is_turned)

    def __getitem__(self, slice_: slice) -> list[Place]:
        values: dict[str, Any] = {}
        ranges = tuple(with_given(range_, values) for range_ in self.ranges)
        rows = self.write(Asked(ranges, self.is_turned, slice_.start, slice_.stop))
        return [Place(*row) for row in rows.ask(**values)]


def queue_places(shifts: Any, days: Any, asked: Asked) -> Any:
    """Select the places of shifts and days that are asked for.

    As many of each range as reach to the end of the slice are found by an index; these alone are put in order together.
    Of a range beyond one that is enough there is none: to find how few are there, all that waits might be read.
    """
    of_days = _numbers(with_place(days), reduce(or_, asked.ranges), asked)[: asked.stop]
    one, *others = map(_places_of, [of_days, *_numbers_by_range(with_place(shifts), asked)])
    queue = one.union(*others, all=True).order_by(*TOGETHER)
    return (queue.reverse() if asked.is_turned else queue)[asked.start : asked.stop]


def _numbers_by_range(shifts: Any, asked: Asked) -> Iterator[Any]:
    """Yield a selection for each range, from the nearest on."""
    *further, nearest = asked.ranges
    numbers = _numbers(shifts, nearest, asked)
    yield numbers[: asked.stop]
    for range_ in reversed(further):
        shifts = shifts.filter(~holds_any(numbers[asked.stop - 1 : asked.stop]))
        numbers = _numbers(shifts, range_, asked)
        yield numbers[: asked.stop]


def _numbers(rows: Any, range_: Q, asked: Asked) -> Any:
    """Select the numbers of the rows in a range, in their order.

    What is one value all over the range is left out of the order: with it SQLite would not see that the index has it.
    """
    held = [child[0] for child in range_.children if isinstance(child, tuple)]
    found = rows.filter(range_).order_by(*(name for name in IN_ORDER if name.lstrip("-") not in held))
    return (found.reverse() if asked.is_turned else found).values("pk")


def _places_of(numbers: Any) -> Any:
    """Select the places of these rows, which are found apart: no part of a union has a limit in SQLite."""
    rows = with_place(numbers.model.objects.filter(pk__in=as_written(numbers))).order_by()
    return rows.values_list(*Place._fields[: -len(ENDS[rows.model])], *ENDS[rows.model])


def with_place(rows: Any) -> Any:
    """Add to each shift, or to each day as a whole, what puts it in the order of the queue."""
    return rows.ranked().annotate(is_day=Value(int(rows.model is DayVerdict)))


def figures_of(user: "User") -> Figures:
    return _figures(_figures_asked(user).ask())


@once_a_day
def _counts(user: "User") -> Sums:
    """Write what the front page counts, beside the running totals also the few shifts and days they do not know."""
    overdue = CashSession.objects.visible_to(user).live()
    overdue = overdue.filter(status=Status.OPEN, business_date__lt=periods.today())
    lines = ControlLine.objects.told_to(user)
    asked = {
        **_sums(user),
        **COUNTS,
        "lines": _beside(lines, Count("pk")),
        "overdue": _beside(overdue, Count("pk")),
        "bank_lists": _beside(bank_lists(), Count("pk")),
    }
    return Sums.of(RunningTotal.objects.visible_to(user), asked)


@once_a_day
def _figures_asked(user: "User") -> Sums:
    return Sums.of(RunningTotal.objects.visible_to(user), _sums(user))


def _sums(user: "User") -> dict[str, Aggregate]:
    """Return what the figures are made of. None of it may depend on the hour: it is written once a day."""
    shifts, days = CashSession.objects.visible_to(user), DayVerdict.objects.visible_to(user)
    return {
        "short": Sum("total_difference", filter=IS_SHORT, default=0),
        "short_rows": Sum("shifts", filter=IS_SHORT, default=0),
        "short_deleted": Sum("shifts", filter=IS_SHORT & ~LIVE, default=0),
        "first_short": Sum("first_difference", filter=IS_CORRECTED, default=0),
        "to_settle": Sum("shifts", filter=IS_TO_SETTLE, default=0),
        "waiting": Sum("shifts", filter=WAITS, default=0),
        "in_days": _beside(shifts.missing_in_days(), Sum("total_difference")),
        "in_days_rows": _beside(shifts.missing_in_days(), Count("pk")),
        "days": _beside(days.missing(), Sum("difference")),
        "days_rows": _beside(days.missing(), Count("pk")),
        "days_to_settle": _beside(days.to_settle(), Count("pk")),
        "alone": _beside(shifts.signed_off_alone_lately(), Count("pk")),
        "gaps_lacking": _beside(lately(user).filter(gap__lt=0), Sum("gap")),
        "gaps_over": _beside(lately(user).filter(gap__gt=0), Sum("gap")),
    }


class _Beside(Aggregate):
    """A figure among the aggregates of a query that needs no row of it: there may be days, and no shift yet."""

    template = "%(expressions)s"


def _beside(rows: QuerySet[Any], figure: Aggregate) -> _Beside:
    """Return `figure` of all these other rows as one of the aggregates of a query."""
    alike = rows.order_by().annotate(everything=Value(1)).values("everything")
    return _Beside(Subquery(alike.annotate(figure=figure).values("figure")), default=0)


def _figures(said: dict[str, int]) -> Figures:
    return Figures(
        missing=said["in_days"] - said["short"] - said["days"],
        missing_rows=said["short_rows"] - said["in_days_rows"] + said["days_rows"],
        missing_days=said["days_rows"],
        missing_deleted=said["short_deleted"],
        corrected=-said["first_short"],
        settle=said["to_settle"] + said["days_to_settle"],
        waiting=said["waiting"] + said["days_to_settle"],
        alone=said["alone"],
        between=between(lacking=said["gaps_lacking"], over=said["gaps_over"]),
    )

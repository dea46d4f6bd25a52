"""Whoever sees every shift finds here what waits: its figures, and one queue of what is to settle, in one order.

Each figure is the sum of exactly the rows that it leads to. Amounts are whole guaraníes, above zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Aggregate, Count, Q, QuerySet, Subquery, Sum, Value

from cashpilot import periods
from cashpilot.db.reading import named
from cashpilot.db.written_once import Rows, Sums, once_a_day
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import OFF, Result, Status
from sessions_app.models import CashSession, ControlLine, DayVerdict, RunningTotal
from sessions_app.queries.bank_leftovers import bank_lists
from sessions_app.queries.between import Between, between, lately

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.querysets.ledger import DayVerdictQuerySet
    from sessions_app.querysets.shifts import CashSessionQuerySet

# So many fit on the first screen of a notebook.
MOST_SHOWN = 6
SHIFTS_IN_ORDER = ("rank", "-amount_off", "business_date", "id")
DAYS_IN_ORDER = ("rank", "-amount_off", "date", "id")
# Both together, by the names that the first of them has; and what else the place of each says.
IN_ORDER = ("rank", "-amount_off", "business_date", "is_day", "id")
ENDS = ("is_day", "id", "pharmacy", "result")
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
    return waiting.order_by(*SHIFTS_IN_ORDER).values("pk")[:MOST_SHOWN]


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
    ranked = named(with_place(shifts), "pharmacy", "cashier", "deleted_by")
    in_order: CashSessionQuerySet = ranked.order_by(*SHIFTS_IN_ORDER)
    return in_order


def _days_in_order(days: "DayVerdictQuerySet") -> "DayVerdictQuerySet":
    ranked = named(_marked(days.ranked(), is_day=1), "pharmacy")
    in_order: DayVerdictQuerySet = ranked.order_by(*DAYS_IN_ORDER)
    return in_order


def _worst(shifts: Iterable[CashSession], days: Iterable[DayVerdict]) -> list[CashSession | DayVerdict]:
    return sorted(chain(shifts, days), key=_place)


def _place(row: Any) -> tuple[Any, ...]:
    """Return the place of a shift or a day in the queue, as `in_order` has it."""
    return row.rank, -row.amount_off, row.date if row.is_day else row.business_date, row.is_day, row.pk


class Place(NamedTuple):
    """A place in the queue: of a shift, or of a day as a whole; `evidence` is None where nothing contradicts it."""

    rank: int
    amount_off: int
    date: date
    is_day: int
    id: int
    pharmacy: int
    result: str
    difference: int
    evidence: int | None

    def day(self, pharmacy: Pharmacy) -> DayVerdict:
        is_what = {"date": self.date, "result": self.result, "difference": self.difference}
        is_what["contradicted_by"] = self.evidence
        return DayVerdict(pk=self.id, pharmacy=pharmacy, is_signed_off=False, **is_what)


class Queue:
    """The places of shifts and of days in the order of the queue, for a paginator, which slices it and turns it round.

    As many of both as reach to the end of a slice are found by their indexes; these alone are put in order together.
    """

    def __init__(self, shifts: "CashSessionQuerySet", days: "DayVerdictQuerySet", *, is_reversed: bool = False) -> None:
        self._shifts, self._days, self._is_reversed = shifts, days, is_reversed

    def reverse(self) -> "Queue":
        return Queue(self._shifts, self._days, is_reversed=not self._is_reversed)

    def count(self) -> int:
        return self._shifts.count() + self._days.count()

    def __getitem__(self, slice_: slice) -> list[Place]:
        of_shifts = ("rank", "amount_off", "business_date", *ENDS, "total_difference", "evidence_difference")
        of_days = ("rank", "amount_off", "date", *ENDS, "difference", "contradicted_by")
        places = self._first(self._shifts, SHIFTS_IN_ORDER, slice_.stop, is_day=0).values_list(*of_shifts)
        days = self._first(self._days, DAYS_IN_ORDER, slice_.stop, is_day=1).values_list(*of_days)
        queue: QuerySet[Any, Any] = places.union(days, all=True).order_by(*IN_ORDER)
        return [Place(*row) for row in (queue.reverse() if self._is_reversed else queue)[slice_]]

    def _first(self, rows: Any, order: tuple[str, ...], count: int, *, is_day: int) -> Any:
        found = rows.ranked().order_by(*order)
        found = found.reverse() if self._is_reversed else found
        first = rows.model.objects.filter(pk__in=found.values("pk")[:count])
        return _marked(first.ranked(), is_day=is_day).order_by()


def with_place(shifts: Any) -> Any:
    """Add to each shift what puts it in the order of the queue."""
    return _marked(shifts.ranked(), is_day=0)


def _marked(rows: Any, *, is_day: int) -> Any:
    return rows.annotate(is_day=Value(is_day))


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

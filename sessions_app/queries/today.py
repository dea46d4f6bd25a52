"""The front page answers what the owner asks in the morning: how yesterday went, how today goes, who opens late.

Days and hours are those of Asunción; amounts are whole guaraníes. What is not known yet is None, or goes unsaid.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import BigIntegerField, Case, Count, DateTimeField, F, Q, Sum, When, Window
from django.db.models.functions import Cast, Coalesce, Least, RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from cashpilot import periods
from cashpilot.db.written_once import Given, Rows, once_a_day
from cashpilot.money import with_sign
from sessions_app.domain.choices import Result
from sessions_app.models import CashSession

if TYPE_CHECKING:
    from accounts.models import User

# The same weekday of so many weeks says what is usual, if it was so in at least USUAL of them.
WEEKS, USUAL = 4, 3
WEEK = timedelta(weeks=1)
# So much later than ever in those weeks is late.
GRACE = timedelta(minutes=30)
# What tells the shifts of a Tally from those of another one, and what is counted and summed of them.
ALIKE = ("business_date", "place", "now", "at_close", "is_deleted")
CLOSED_BY_NOW = Q(closed_at__lte=Given("a_week_ago", DateTimeField()))
TALLIED: dict[str, Any] = {
    "shifts": Count("pk"),
    "difference": Sum("total_difference", default=0),
    "first": Sum("first_difference", default=0),
    "worst": Sum(Least(Coalesce("first_difference", 0), Coalesce("total_difference", 0)), default=0),
    "openings_corrected": Count("pk", filter=~Q(initial_cash=F("first_initial_cash"))),
    "sales": Sum("total_sales"),
    "sales_by_now": Sum("total_sales", filter=CLOSED_BY_NOW),
}


class Tally(NamedTuple):
    """The shifts of a day that are alike. Sums of differences have their signs, and are zero without any.

    Yesterday's are told apart by their `result` and `first_result`, those of the weeks before by their `pharmacy`, and
    today's by both; what does not tell them apart is None. `worst` sums of each the difference at the close or the
    present one, whichever is worse, or nothing; `sales` are None where none are known, and `sales_by_now` those that
    had closed by this hour a week ago. `opened_in_time` were open by this hour, less GRACE.
    """

    date: date
    pharmacy: int | None
    result: str | None
    first_result: str | None
    is_deleted: bool
    shifts: int
    difference: int
    first: int
    worst: int
    openings_corrected: int
    sales: int | None
    sales_by_now: int | None
    opened_in_time: int


@dataclass(frozen=True)
class Late:
    """A pharmacy where a shift is usually open at this hour, and is not; `by` is the latest of its usual openings."""

    pharmacy: str
    by: datetime

    def __str__(self) -> str:
        said = {"pharmacy": self.pharmacy, "hour": f"{self.by:%H:%M}"}
        return _("%(pharmacy)s usually opens by %(hour)s") % said


@dataclass(frozen=True)
class Days:
    """The live shifts of yesterday, of today, and of today a week ago.

    `deleted` are those of yesterday that are no longer there.
    """

    today: date
    yesterday: list[Tally]
    deleted: list[Tally]
    of_today: list[Tally]
    a_week_ago: list[Tally]
    late: list[Late]

    @property
    def before(self) -> date:
        """Return yesterday's date."""
        return self.today - timedelta(days=1)

    @property
    def count(self) -> int:
        """Return how many shifts today has."""
        return sum(tally.shifts for tally in self.of_today)

    @property
    def sales(self) -> int | None:
        """Return the sales of today's closed shifts; None while none of them is known."""
        return _sum(tally.sales for tally in self.of_today)

    @property
    def sales_a_week_ago(self) -> int | None:
        """Return what the shifts that had closed by this hour sold a week ago; None if there were none."""
        return _sum(tally.sales_by_now for tally in self.a_week_ago)

    @property
    def has_short(self) -> bool:
        return any(tally.result == Result.SHORT for tally in (*self.yesterday, *self.of_today))

    @property
    def sentence(self) -> str:
        """Tell yesterday as one would say it aloud: how many shifts, what they came to, whether money is missing."""
        short = [tally for tally in self.deleted if Result.SHORT in (tally.first_result, tally.result)]
        deleted = tell_deleted(sum(tally.shifts for tally in short), -sum(tally.worst for tally in short))
        if not self.yesterday:
            return " ".join([_("Yesterday there were no shifts."), *deleted])
        counts: Counter[str] = Counter()
        for tally in self.yesterday:
            counts[tally.result or ""] += tally.shifts
        told = _("Yesterday: %(shifts)s.") % {"shifts": tell_counts(counts)}
        corrected = [*_short_at_first(self.yesterday), *_openings_corrected(self.yesterday)]
        return " ".join([told, *_money(self.yesterday, counts, deleted), *corrected, *deleted])


TOLD = {
    Result.BALANCED: ngettext_lazy("%(count)s balances", "%(count)s balance", "count"),
    Result.SHORT: ngettext_lazy("%(count)s is short", "%(count)s are short", "count"),
    Result.OVER: ngettext_lazy("%(count)s is over", "%(count)s are over", "count"),
    Result.SWAPPED: ngettext_lazy(
        "%(count)s has another method of payment", "%(count)s have another method of payment", "count"
    ),
    Result.NOT_COMPARED: ngettext_lazy("%(count)s is not compared", "%(count)s are not compared", "count"),
    Result.OPEN: ngettext_lazy("%(count)s is still open", "%(count)s are still open", "count"),
}


def tell_counts(counts: Counter[str], results: Iterable[Result] = TOLD) -> str:
    """Say how many shifts there are, and how many of them came to each of the results, as far as any did."""
    count = counts.total()
    told = [ngettext("%(count)s shift", "%(count)s shifts", count) % {"count": count}]
    return ", ".join([*told, *(TOLD[result] % {"count": counts[result]} for result in results if counts[result])])


def _money(tallies: Sequence[Tally], counts: Counter[str], deleted: list[str]) -> list[str]:
    """Say what is missing; that nothing is, only of shifts that have ended."""
    if counts[Result.SHORT]:
        sum_ = -sum(tally.difference for tally in tallies if tally.result == Result.SHORT)
        return [_("%(sum)s are missing.") % {"sum": with_sign(sum_)}]
    if counts[Result.OPEN] == counts.total():
        return []
    return tell_no_shortage(counts[Result.NOT_COMPARED], deleted)


def tell_no_shortage(not_compared: int, deleted: list[str]) -> list[str]:
    """Say that no money is missing, unless of some shift nobody knows, or it was missing in a deleted one."""
    if not_compared:
        return [tell_unknown(not_compared)]
    return [] if deleted else [_("No money is missing.")]


def tell_unknown(count: int) -> str:
    """Say of how many shifts nobody knows whether money is missing; nothing where it is known of all."""
    told = ngettext(
        "Of %(count)s nobody knows yet whether money is missing.",
        "Of %(count)s nobody knows yet whether money is missing.",
        count,
    )
    return told % {"count": count} if count else ""


def tell_deleted(count: int, missing: int) -> list[str]:
    """Say how much was missing in deleted shifts: at the close or when they were deleted, whichever was more."""
    if not count:
        return []
    told = ngettext(
        "In %(count)s that was deleted %(sum)s were missing.",
        "In %(count)s that were deleted %(sum)s were missing.",
        count,
    )
    return [told % {"count": count, "sum": with_sign(missing)}]


def _short_at_first(tallies: Sequence[Tally]) -> list[str]:
    """Say what was missing at the close where it is not now: signed off or not, yesterday was not all right."""
    was_short = [tally for tally in tallies if tally.first_result == Result.SHORT and tally.result != Result.SHORT]
    if not was_short:
        return []
    count = sum(tally.shifts for tally in was_short)
    told = ngettext(
        "In %(count)s %(sum)s were missing at the close, and it was corrected since.",
        "In %(count)s %(sum)s were missing at the close, and they were corrected since.",
        count,
    )
    return [told % {"count": count, "sum": with_sign(-sum(tally.first for tally in was_short))}]


def _openings_corrected(tallies: Sequence[Tally]) -> list[str]:
    if not (count := sum(tally.openings_corrected for tally in tallies)):
        return []
    told = ngettext(
        "In %(count)s the opening cash was corrected.", "In %(count)s the opening cash was corrected.", count
    )
    return [told % {"count": count}]


def days_of(user: "User") -> Days:
    """Return yesterday and today as `user` sees them, however many shifts they have: a query, and one if it is late."""
    today, yesterday, *weeks = _dates()
    # By place: the query may have been written for the day before, at midnight.
    instants = {
        f"in_time_{place}": datetime.combine(day, _hour(), periods.ASUNCION) - GRACE for place, day in enumerate(weeks)
    }
    told = _tallies(user).ask(a_week_ago=periods.now() - WEEK, **instants)
    tallies = list(map(Tally._make, told))
    live = [tally for tally in tallies if not tally.is_deleted]
    return Days(
        today=today,
        yesterday=[tally for tally in live if tally.date == yesterday],
        deleted=[tally for tally in tallies if tally.is_deleted and tally.date == yesterday],
        of_today=[tally for tally in live if tally.date == today],
        a_week_ago=[tally for tally in live if tally.date == weeks[0]],
        late=_late(user, live, instants),
    )


def _dates() -> list[date]:
    """Return today, yesterday, and the same weekday of the weeks before, the last one first."""
    today = periods.today()
    return [today, today - timedelta(days=1), *(today - week * WEEK for week in range(1, WEEKS + 1))]


def _hour() -> time:
    return timezone.localtime(periods.now()).time()


@once_a_day
def _tallies(user: "User") -> Rows[Any]:
    _today, yesterday, *weeks = dates = _dates()
    shifts = CashSession.objects.visible_to(user).filter(business_date__in=dates).order_by()
    alike = shifts.annotate(
        place=Case(When(~Q(business_date=yesterday), then=F("pharmacy"))),
        now=Case(When(~Q(business_date__in=weeks), then=F("result"))),
        at_close=Case(When(~Q(business_date__in=weeks), then=F("first_result"))),
        is_deleted=Q(deleted_at__isnull=False),
    ).values(*ALIKE)
    tallied = {**TALLIED, "opened_in_time": Count("pk", filter=_in_time(weeks))}
    # A sum of PostgreSQL is no whole number by itself.
    whole = {name: Cast(figure, BigIntegerField()) for name, figure in tallied.items()}
    return Rows(alike.annotate(**whole).values_list(*ALIKE, *tallied))


def _in_time(weeks: Sequence[date]) -> Q:
    days = enumerate(weeks)
    opened = (Q(business_date=day, opened_at__lte=Given(f"in_time_{place}", DateTimeField())) for place, day in days)
    return Q(*opened, _connector=Q.OR)


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _late(user: "User", tallies: list[Tally], instants: dict[str, datetime]) -> list[Late]:
    """Return the pharmacies whose next shift of the day was open by now on this weekday, whenever it was usual.

    The next one comes after as many as were opened there today.
    """
    every, in_time = Counter[tuple[Any, date]](), Counter[tuple[Any, date]]()
    for tally in tallies:
        every[tally.pharmacy, tally.date] += tally.shifts
        in_time[tally.pharmacy, tally.date] += tally.opened_in_time
    today, _yesterday, *weeks = _dates()
    late = {}
    for pharmacy in {tally.pharmacy for tally in tallies} - {None}:
        place = every[pharmacy, today]
        usual = [day for day in weeks if every[pharmacy, day] > place]
        if len(usual) >= USUAL and all(in_time[pharmacy, day] > place for day in usual):
            late[pharmacy] = place
    return _tell_late(user, late, instants) if late else []


def _tell_late(user: "User", places: dict[Any, int], instants: dict[str, datetime]) -> list[Late]:
    """Tell the latest of the hours at which each of these pharmacies opened the shift at that place of its day."""
    turns = {pharmacy: place + 1 for pharmacy, place in places.items()}
    hours: dict[tuple[str, int], time] = {}
    asked = {"least": min(turns.values()), "most": max(turns.values())}
    for number, name, turn, opened_at in _openings(user).ask(**asked, **instants):
        if turns.get(number) == turn:
            hour = timezone.localtime(opened_at).time()
            hours[name, number] = max(hour, hours.get((name, number), hour))
    today = periods.today()
    return [Late(name, datetime.combine(today, by, periods.ASUNCION)) for (name, _number), by in sorted(hours.items())]


@once_a_day
def _openings(user: "User") -> Rows[Any]:
    """Ask when active pharmacies opened the shifts of given turns in the weeks before.

    Each was opened in time there, so what was opened later need not be put in order.
    """
    weeks = _dates()[2:]
    in_turn = Window(RowNumber(), partition_by=["pharmacy", "business_date"], order_by=["opened_at", "pk"])
    in_time = CashSession.objects.visible_to(user).live().filter(_in_time(weeks), business_date__in=weeks)
    shifts = in_time.filter(pharmacy__is_active=True).annotate(turn=in_turn)
    asked = shifts.filter(turn__gte=Given("least"), turn__lte=Given("most"))
    return Rows(asked.order_by().values_list("pharmacy", "pharmacy__name", "turn", "opened_at"))

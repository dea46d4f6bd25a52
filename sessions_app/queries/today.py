"""The front page answers what the owner asks in the morning: how yesterday went, how today goes, who opens late.

Days and hours are those of Asunción; amounts are whole guaraníes. What is not known yet is None, or goes unsaid.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cashpilot import periods
from cashpilot.db.reading import named
from cashpilot.db.written_once import Rows, once_a_day
from cashpilot.money import with_sign
from sessions_app.domain.choices import Result
from sessions_app.models import CashSession

if TYPE_CHECKING:
    from accounts.models import User

# The same weekday of so many weeks says what is usual, if it was so in at least USUAL of them.
WEEKS, USUAL = 4, 3
# So much later than ever in those weeks is late.
GRACE = timedelta(minutes=30)
# Of today's shifts, what nobody is told here; and of those of five days before, all that is read.
UNTOLD = (
    *("count_sheet", "uncounted_reason", "notes", "ticket_number", "ticket_count", "expected_cash"),
    *("flagged_at", "flagged_by", "flag_reason", "signed_off_at", "signed_off_by", "signed_off_note"),
    *("deleted_by", "delete_reason", "first_compared_at", "imported_at"),
)
TOLD_OF_BEFORE = (
    *("business_date", "pharmacy_id", "pharmacy__name", "pharmacy__is_active", "opened_at", "closed_at", "deleted_at"),
    *("result", "first_result", "total_difference", "first_difference", "total_sales"),
    *("initial_cash", "first_initial_cash"),
)


@dataclass(frozen=True)
class Late:
    """A pharmacy where a shift is usually open at this hour, and is not; `by` is the latest of its usual openings."""

    pharmacy: str
    by: datetime


@dataclass(frozen=True)
class Days:
    """The live shifts of yesterday and of today, the newest first, with what the same weekday before came to.

    `deleted` are those of yesterday that are no longer there, and in which money was missing. Those of yesterday are
    rows of TOLD_OF_BEFORE.
    """

    today: date
    yesterday: list[Any]
    deleted: list[Any]
    shifts: list[CashSession]
    # What the shifts that had closed by this hour sold a week ago; None if there were none.
    sales_a_week_ago: int | None
    late: list[Late]

    @property
    def sales(self) -> int | None:
        """Return the sales of today's closed shifts; None while none of them is known."""
        return _sales(self.shifts)

    @property
    def has_short(self) -> bool:
        return any(shift.result == Result.SHORT for shift in (*self.yesterday, *self.shifts))

    @property
    def sentence(self) -> str:
        """Tell yesterday as one would say it aloud: how many shifts, what they came to, whether money is missing."""
        deleted = tell_deleted(self.deleted)
        if not self.yesterday:
            return " ".join([_("Yesterday there were no shifts."), *deleted])
        counts = Counter(shift.result for shift in self.yesterday)
        told = _("Yesterday: %(shifts)s.") % {"shifts": tell_counts(counts)}
        corrected = [*_short_at_first(self.yesterday), *_openings_corrected(self.yesterday)]
        return " ".join([told, *_money(self.yesterday, counts, deleted), *corrected, *deleted])


TOLD = (Result.BALANCED, Result.SHORT, Result.OVER, Result.SWAPPED, Result.NOT_COMPARED, Result.OPEN)


def tell_counts(counts: Counter[str], results: Iterable[Result] = TOLD) -> str:
    """Say how many shifts there are, and how many of them came to each of the results, as far as any did."""
    count = counts.total()
    told = [ngettext("%(count)s shift", "%(count)s shifts", count) % {"count": count}]
    return ", ".join([*told, *(_count(result, counts[result]) for result in results if counts[result])])


def _count(result: Result, count: int) -> str:
    told = {
        Result.BALANCED: ngettext("%(count)s balances", "%(count)s balance", count),
        Result.SHORT: ngettext("%(count)s is short", "%(count)s are short", count),
        Result.OVER: ngettext("%(count)s is over", "%(count)s are over", count),
        Result.SWAPPED: ngettext(
            "%(count)s has another method of payment", "%(count)s have another method of payment", count
        ),
        Result.NOT_COMPARED: ngettext("%(count)s is not compared", "%(count)s are not compared", count),
        Result.OPEN: ngettext("%(count)s is still open", "%(count)s are still open", count),
    }
    return told[result] % {"count": count}


def _money(shifts: Sequence[Any], counts: Counter[str], deleted: list[str]) -> list[str]:
    """Say what is missing; that nothing is, only of shifts that have ended."""
    if counts[Result.SHORT]:
        sum_ = -sum(shift.total_difference for shift in shifts if shift.result == Result.SHORT)
        return [_("%(sum)s are missing.") % {"sum": with_sign(sum_)}]
    if counts[Result.OPEN] == len(shifts):
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


def tell_deleted(shifts: Sequence[CashSession]) -> list[str]:
    """Say how much was missing in deleted shifts: at the close or when they were deleted, whichever was more."""
    short = [shift for shift in shifts if Result.SHORT in (shift.first_result, shift.result)]
    if not short:
        return []
    told = ngettext(
        "In %(count)s that was deleted %(sum)s were missing.",
        "In %(count)s that were deleted %(sum)s were missing.",
        len(short),
    )
    sum_ = -sum(min(shift.first_difference or 0, shift.total_difference or 0) for shift in short)
    return [told % {"count": len(short), "sum": with_sign(sum_)}]


def _short_at_first(shifts: Sequence[Any]) -> list[str]:
    """Say what was missing at the close where it is not now: signed off or not, yesterday was not all right."""
    was_short = [shift for shift in shifts if shift.first_result == Result.SHORT and shift.result != Result.SHORT]
    if not was_short:
        return []
    told = ngettext(
        "In %(count)s %(sum)s were missing at the close, and it was corrected since.",
        "In %(count)s %(sum)s were missing at the close, and they were corrected since.",
        len(was_short),
    )
    sum_ = -sum(shift.first_difference for shift in was_short if shift.first_difference)
    return [told % {"count": len(was_short), "sum": with_sign(sum_)}]


def _openings_corrected(shifts: Sequence[Any]) -> list[str]:
    if not (count := sum(shift.initial_cash != shift.first_initial_cash for shift in shifts)):
        return []
    told = ngettext(
        "In %(count)s the opening cash was corrected.", "In %(count)s the opening cash was corrected.", count
    )
    return [told % {"count": count}]


def days_of(user: "User") -> Days:
    """Return yesterday and today as `user` sees them: two queries."""
    today, yesterday, *before = _dates()
    by_day: defaultdict[date, list[Any]] = defaultdict(list)
    deleted: defaultdict[date, list[Any]] = defaultdict(list)
    for shift in _before(user).ask():
        (by_day if shift.deleted_at is None else deleted)[shift.business_date].append(shift)
    a_week_ago = [shift for shift in by_day[before[0]] if _had_closed_by_this_hour(shift)]
    shifts = _today(user).ask()
    return Days(
        today=today,
        yesterday=by_day[yesterday],
        deleted=deleted[yesterday],
        shifts=shifts,
        sales_a_week_ago=_sales(a_week_ago),
        late=list(_late(shifts, [by_day[day] for day in before])),
    )


def _dates() -> list[date]:
    """Return today, yesterday, and the same weekday of the weeks before, the last one first."""
    today = periods.today()
    return [today, today - timedelta(days=1), *(today - timedelta(weeks=week) for week in range(1, WEEKS + 1))]


@once_a_day
def _today(user: "User") -> Rows[CashSession]:
    shifts = CashSession.objects.visible_to(user).live().filter(business_date=periods.today())
    return Rows(named(shifts, "pharmacy", "cashier").defer(*UNTOLD).order_by("-opened_at", "-pk"))


@once_a_day
def _before(user: "User") -> Rows[Any]:
    """Select the shifts of the days before, of which no more is read than is told: those of a large chain are many."""
    was_short = Q(first_result=Result.SHORT) | Q(result=Result.SHORT)
    shifts = CashSession.objects.visible_to(user).filter(Q(deleted_at=None) | was_short, business_date__in=_dates()[1:])
    return Rows(shifts.order_by("-opened_at", "-pk").values_list(*TOLD_OF_BEFORE, named=True))


def _sales(shifts: Iterable[Any]) -> int | None:
    known = [shift.total_sales for shift in shifts if shift.total_sales is not None]
    return sum(known) if known else None


def _had_closed_by_this_hour(shift: Any) -> bool:
    return shift.closed_at is not None and shift.closed_at <= periods.now() - timedelta(weeks=1)


def _late(today: list[CashSession], weeks: list[list[Any]]) -> Iterable[Late]:
    """Yield the pharmacies whose next shift of the day was open by now on this weekday, whenever it was usual."""
    opened = Counter(shift.pharmacy_id for shift in today)
    hours = defaultdict(list)
    for week in weeks:
        for (number, name), instants in _openings(week).items():
            if len(instants) > opened[number]:
                hours[name, number].append(timezone.localtime(instants[opened[number]]).time())
    for (name, _number), usual in sorted(hours.items()):
        by = datetime.combine(periods.today(), max(usual), periods.ASUNCION)
        if len(usual) >= USUAL and periods.now() >= by + GRACE:
            yield Late(name, by)


def _openings(shifts: list[Any]) -> dict[tuple[int, str], list[datetime]]:
    """Return the instants at which each active pharmacy, by number and name, opened its shifts of a day, in order."""
    openings = defaultdict(list)
    for shift in reversed(shifts):
        if shift.pharmacy__is_active:
            openings[shift.pharmacy_id, shift.pharmacy__name].append(shift.opened_at)
    return openings

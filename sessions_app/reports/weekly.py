"""A week as its owner reads it: in sentences, pharmacy by pharmacy, and what is still to settle of it.

Shifts count on the day of their opening in Asunción. Amounts are whole guaraníes, differences received minus billed:
negative is short. What is not known is None.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cashpilot import periods
from cashpilot.money import with_sign
from cashpilot.periods import Span
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Result, Status
from sessions_app.models import CashSession, ControlLine, DayVerdict
from sessions_app.queries.between import Between, between_of
from sessions_app.queries.both_verdicts import add_verdicts
from sessions_app.queries.contradictions import tell_contradicted_days
from sessions_app.queries.today import TOLD, tell_counts, tell_deleted, tell_no_shortage, tell_unknown
from sessions_app.queries.worklist import worst_of
from sessions_app.reports.report import Column, Look, ReportQuery, Row, Table, added, changed
from sessions_app.reports.sales import (
    CHANGE,
    NOT_COUNTED,
    PHARMACY,
    SALES,
    SAME_WEEKDAYS,
    SHIFTS,
    Sold,
    change_since,
    why_no_change,
)

if TYPE_CHECKING:
    from accounts.models import User

WEEK = timedelta(weeks=1)
IS_CLOSED = Q(status=Status.CLOSED)
UNCOUNTED = Column("uncounted", gettext_lazy("Not counted"), Look.COUNT, is_summed=True, is_sparse=True)
EXPENSES = Column("expenses", gettext_lazy("Expenses"), Look.MONEY, is_summed=True)
ENVELOPES = Column("envelopes", gettext_lazy("Envelopes"), Look.MONEY, is_summed=True)
COUNTS = [
    Column(Result.BALANCED.value, gettext_lazy("Balance"), Look.COUNT, is_summed=True, is_sparse=True),
    Column(Result.SHORT.value, gettext_lazy("Short"), Look.COUNT, is_summed=True, is_sparse=True),
    Column(Result.OVER.value, gettext_lazy("Over"), Look.COUNT, is_summed=True, is_sparse=True),
    Column(Result.SWAPPED.value, gettext_lazy("Other method"), Look.COUNT, is_summed=True, is_sparse=True),
    Column(Result.NOT_COMPARED.value, gettext_lazy("Not compared"), Look.COUNT, is_summed=True, is_sparse=True),
]
SHORT = Column("short_now", gettext_lazy("Short now"), Look.DIFFERENCE, is_summed=True, is_sparse=True)
DIFFERENCES = [
    Column("short_first", gettext_lazy("Short at the close"), Look.DIFFERENCE, is_summed=True, is_sparse=True),
    SHORT,
    Column("over_first", gettext_lazy("Over at the close"), Look.DIFFERENCE, is_summed=True, is_sparse=True),
    Column("over_now", gettext_lazy("Over now"), Look.DIFFERENCE, is_summed=True, is_sparse=True),
]
# Of each pharmacy, in SQL.
SUMS: dict[str, Any] = {
    "shifts": Count("pk"),
    **{result.value: Count("pk", filter=Q(result=result)) for result in TOLD},
    "closed": Count("pk", filter=IS_CLOSED),
    "uncounted": NOT_COUNTED,
    "sales": Sum("total_sales", filter=IS_CLOSED),
    "expenses": Sum("expense_total"),
    "envelopes": Sum("envelope_total"),
    "compared_first": Count("first_difference"),
    "short_first": Sum("first_difference", filter=Q(first_result=Result.SHORT)),
    "over_first": Sum("first_difference", filter=Q(first_result=Result.OVER)),
    "compared_now": Count("total_difference"),
    "short_now": Sum("total_difference", filter=Q(result=Result.SHORT)),
    "over_now": Sum("total_difference", filter=Q(result=Result.OVER)),
}


@dataclass(frozen=True)
class Week:
    """The live shifts of a week from Monday to Sunday, those of the running one as far as it has come.

    `to_settle` is what waits of it, in the order of the queue, each shift with its `at_close`; `lines` are those beyond
    their limit now, whatever the week.
    """

    span: Span
    today: date
    counts: Counter[str]
    sold: Sold
    sold_before: Sold
    sales: Table
    results: Table
    to_settle: list[CashSession | DayVerdict]
    lines: list[ControlLine]
    between: Between

    @property
    def title(self) -> str:
        return _("Week from %(first)s to %(last)s") % _days(self.span)

    @property
    def sentence(self) -> str:
        """Tell the week as one would say it aloud: how many shifts, what they came to, whether money is missing."""
        days = _days(self.span)
        deleted = self._deleted()
        if not self.counts.total():
            return " ".join([_("From %(first)s to %(last)s there were no shifts.") % days, *deleted])
        others = [result for result in TOLD if result != Result.SHORT]
        told = _("From %(first)s to %(last)s: %(shifts)s.") % (days | {"shifts": tell_counts(self.counts, others)})
        return " ".join(part for part in (told, *self._money(deleted), *deleted) if part)

    def _deleted(self) -> list[str]:
        deleted = [row for row in self.to_settle if isinstance(row, CashSession) and row.deleted_at]
        short = [row for row in deleted if Result.SHORT in (row.first_result, row.result)]
        missing = -sum(min(row.first_difference or 0, row.total_difference or 0) for row in short)
        return tell_deleted(len(short), missing)

    def _money(self, deleted: list[str]) -> list[str]:
        """Say what is missing; that nothing is, only where every shift that has ended was compared."""
        not_compared = self.counts[Result.NOT_COMPARED]
        if count := self.counts[Result.SHORT]:
            told = ngettext(
                "%(sum)s are missing in %(count)s shift.", "%(sum)s are missing in %(count)s shifts.", count
            )
            return [told % {"sum": with_sign(-self.missing), "count": count}, tell_unknown(not_compared)]
        if self.counts[Result.OPEN] == self.counts.total():
            return []
        return tell_no_shortage(not_compared, deleted)

    @property
    def missing(self) -> int:
        """Return the sum of what is short now: zero or below."""
        return added([row[SHORT.name] for row in self.results.rows]) or 0

    @property
    def sales_sentence(self) -> str:
        """Tell the sales beside those of the week before, as far as both are known."""
        if self.sold.sales is None:
            return ""
        sales = {"sales": with_sign(self.sold.sales)}
        if self.sold_before.sales is None:
            return _("Sales: %(sales)s.") % sales
        told = sales | {"before": with_sign(self.sold_before.sales)}
        if self.change is None:
            return _("Sales: %(sales)s; the same weekdays before: %(before)s.") % told
        told["change"] = changed(self.change)
        return _("Sales: %(sales)s, %(change)s against the week before (%(before)s).") % told

    @property
    def change(self) -> int | None:
        """Return how many percent more was sold than the week before; None while the week is not over."""
        return None if self.is_running else change_since(self.sold_before, self.sold)

    @property
    def is_running(self) -> bool:
        return self.span[0] <= self.today <= self.span[1]

    @property
    def before(self) -> date:
        return self.span[0] - WEEK

    @property
    def after(self) -> date | None:
        """Return the Monday of the week after; None while it has not begun."""
        monday = self.span[0] + WEEK
        return monday if monday <= self.today else None

    @property
    def list_address(self) -> str:
        """Return the address of the list of its shifts."""
        return f"{reverse('dashboard')}?{urlencode({'date_from': self.span[0], 'date_to': self.span[1]})}"


def _days(span: Span) -> dict[str, str]:
    """Return the first and the last day in words, the month of the first only where it is another one."""
    first, last = (f"{date_format(day, 'l')} {date_format(day, 'MONTH_DAY_FORMAT')}" for day in span)
    is_one_month = span[0].month == span[1].month
    return {"first": date_format(span[0], "l j") if is_one_month else first, "last": last}


def last_whole_week() -> date:
    """Return the Monday of the last week that is over."""
    return periods.preset("last_week", periods.today())[0]


def week_of(user: "User", monday: date) -> Week:
    """Return the week that begins on `monday`, as `user` sees it."""
    span = periods.around(monday, "week")
    pharmacies = {place.pk: place for place in Pharmacy.objects.visible_to(user)}
    names = {pk: str(place) for pk, place in pharmacies.items()}
    query = ReportQuery(CashSession.objects.visible_to(user), names, span)
    # Of the running week as many weekdays as have come.
    begun = span[0], min(span[1], query.today)
    before = _sums(replace(query, span=periods.moved(begun, -WEEK)))
    found = _sums(query)
    rows = [
        _row(query, pk, found.get(pk), before.get(pk))
        for pk in names
        if pk in found or pk in before or pharmacies[pk].is_active
    ]
    counts = Counter({result.value: sum(one[result.value] for one in found.values()) for result in TOLD})
    return Week(
        span=span,
        today=query.today,
        counts=counts,
        sold=_sold(*found.values()),
        sold_before=_sold(*before.values()),
        sales=_table(_sales_columns(found), rows),
        results=_table([PHARMACY, *COUNTS, *DIFFERENCES], rows),
        to_settle=_to_settle(user, span),
        lines=sorted(ControlLine.objects.told_to(user).select_related("cashier").defer("points"), key=str),
        between=between_of(user, span),
    )


def _table(columns: list[Column], rows: list[Row]) -> Table:
    return Table(columns, rows, least_summed=2)


def _sales_columns(found: dict[int, dict[str, Any]]) -> list[Column]:
    """Say how many were not counted only where that is so: their sales are in no sum."""
    uncounted = [UNCOUNTED] if any(one["uncounted"] for one in found.values()) else []
    return [
        PHARMACY,
        SHIFTS,
        *uncounted,
        SALES,
        replace(SAME_WEEKDAYS, is_summed=True, is_detail=True),
        CHANGE,
        EXPENSES,
        ENVELOPES,
    ]


def _sums(query: ReportQuery) -> dict[int, dict[str, Any]]:
    """Return the sums of each pharmacy that had shifts; nothing short among shifts that were compared is a zero."""
    sums: Any = query.in_range().values("pharmacy").annotate(**SUMS)
    found: dict[int, dict[str, Any]] = {one.pop("pharmacy"): one for one in sums}
    for one in found.values():
        for when in ("first", "now"):
            if one[f"compared_{when}"]:
                one |= {f"{side}_{when}": one[f"{side}_{when}"] or 0 for side in ("short", "over")}
    return found


def _sold(*sums: dict[str, Any]) -> Sold:
    return Sold(
        shifts=sum(one["closed"] for one in sums),
        uncounted=sum(one["uncounted"] for one in sums),
        sales=added([one["sales"] for one in sums]),
    )


def _row(query: ReportQuery, pk: int, found: dict[str, Any] | None, before: dict[str, Any] | None) -> Row:
    same = _sold(before) if before else None
    beside = {PHARMACY.name: query.pharmacies[pk], SAME_WEEKDAYS.name: same.sales if same else None, CHANGE.name: None}
    if not found:
        return Row(dict.fromkeys([*SUMS, *beside]) | beside)
    link, sold = query.list_link(pharmacy=pk), _sold(found)
    if query.is_partial(query.span):
        return Row(found | beside, link, reasons={CHANGE.name: _("so far")})
    beside[CHANGE.name] = change_since(same, sold)
    return Row(found | beside, link, reasons={CHANGE.name: why_no_change(same, sold)})


def _to_settle(user: "User", span: Span) -> list[CashSession | DayVerdict]:
    rows = worst_of(
        CashSession.objects.visible_to(user).to_settle().filter(business_date__range=span),
        DayVerdict.objects.visible_to(user).to_settle().filter(date__range=span),
    )
    add_verdicts((row for row in rows if isinstance(row, CashSession)), user)
    tell_contradicted_days(row for row in rows if isinstance(row, DayVerdict))
    return rows

"""Sales over time, by method of payment, by pharmacy. Closed shifts only, on the day of their opening."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cashpilot import periods
from cashpilot.charts.bars import Bars
from cashpilot.charts.base import Chart
from cashpilot.charts.columns import Columns
from cashpilot.periods import Span
from sessions_app.domain.choices import Method, Result, Status
from sessions_app.querysets.shifts import UNCOUNTED
from sessions_app.reports.differences import known_sides
from sessions_app.reports.report import (
    PERIODS,
    Column,
    Look,
    ReportQuery,
    Row,
    Table,
    added,
    axis,
    drawn,
    share,
    values_of,
)

# Those that nobody counted, whose cash sales are not known and in no sum.
NOT_COUNTED = Count("pk", filter=UNCOUNTED)
RECEIVED = {"cash": "cash_sales", "card": "card_total", "transfer": "transfer_total", "credit": "credit_sale_total"}

SHIFTS = Column("shifts", gettext_lazy("Shifts"), Look.COUNT, is_summed=True)
SALES = Column("sales", gettext_lazy("Sales"), Look.MONEY, is_summed=True)
PART = Column("part", gettext_lazy("Part"), Look.PERCENT, is_sparse=True)
SAME_WEEKDAYS = Column("same_weekdays", gettext_lazy("Same weekdays before"), Look.MONEY)
CHANGE = Column("change", gettext_lazy("Change"), Look.CHANGE)
NOTE = Column("note", gettext_lazy("Note"))
PERIOD_FIGURES = [SHIFTS, SALES, SAME_WEEKDAYS, CHANGE, NOTE]
METHOD = Column("method", gettext_lazy("Method"))
AMOUNT = Column("received", gettext_lazy("Received"), Look.MONEY, is_summed=True)
METHOD_COLUMNS = [
    METHOD,
    AMOUNT,
    PART,
    Column("compared", gettext_lazy("Shifts compared"), Look.COUNT),
    Column("received_compared", gettext_lazy("Received in these"), Look.MONEY, is_detail=True),
    Column("billed", gettext_lazy("Billed in these"), Look.MONEY, is_detail=True),
    Column("difference", gettext_lazy("Difference"), Look.DIFFERENCE, is_summed=True),
]
PHARMACY = Column("pharmacy_name", gettext_lazy("Pharmacy"))
PHARMACY_COLUMNS = [
    PHARMACY,
    SHIFTS,
    SALES,
    PART,
    Column("short", gettext_lazy("Short"), Look.DIFFERENCE, is_summed=True, is_sparse=True),
    Column("over", gettext_lazy("Over"), Look.DIFFERENCE, is_summed=True, is_sparse=True),
    Column("not_compared", gettext_lazy("Not compared"), Look.COUNT, is_summed=True, is_sparse=True),
    Column("uncounted", gettext_lazy("Not counted"), Look.COUNT, is_summed=True, is_detail=True),
]


@dataclass(frozen=True)
class Sold:
    """How many closed shifts, how many of them nobody counted, and the sales of the others, None if there is none."""

    shifts: int
    uncounted: int
    sales: int | None


@dataclass(frozen=True)
class Days:
    """Return the sales of each day that had closed shifts, in guaraníes."""

    sold: dict[date, Sold]

    def of(self, span: Span) -> Sold | None:
        """Return None where there was no shift: a gap, not a zero."""
        found = [self.sold[day] for day in periods.days(span) if day in self.sold]
        if not found:
            return None
        sales = added([day.sales for day in found])
        return Sold(sum(day.shifts for day in found), sum(day.uncounted for day in found), sales)


def by_period(query: ReportQuery) -> Table:
    """Compare each day, week or month with the same weekdays: as many whole weeks earlier as make room for it.

    A Thursday held against its Wednesday would tell nothing. Of a period that is not over no change is shown.
    """
    spans = list(periods.divided((query.span[0], min(query.span[1], query.today)), query.by))
    rows = []
    if spans:
        days = _days(query, earliest=_same_weekdays(spans[0])[0])
        rows = [_period_row(query, days, span) for span in spans]
    period = Column("period", periods.STEPS[query.by], PERIODS[query.by])
    return Table([period, *PERIOD_FIGURES], rows, _period_charts(query, rows), least_summed=2)


def _days(query: ReportQuery, earliest: date) -> Days:
    live = query.sessions.live().order_by()
    closed = live.filter(status=Status.CLOSED, business_date__range=(earliest, query.span[1]))
    sums = closed.values_list("business_date").annotate(
        shifts=Count("pk"), uncounted=NOT_COUNTED, sales=Sum("total_sales")
    )
    return Days({day: Sold(*figures) for day, *figures in sums})


def _same_weekdays(span: Span) -> Span:
    days = (span[1] - span[0]).days + 1
    return periods.moved(span, -timedelta(weeks=-(-days // 7)))


def _period_row(query: ReportQuery, days: Days, span: Span) -> Row:
    sold, whole = days.of(span), periods.around(span[0], query.by)
    same = days.of(_same_weekdays(span))
    values = {
        "period": whole[0],
        "shifts": sold.shifts if sold else None,
        "sales": sold.sales if sold else None,
        "same_weekdays": same.sales if same else None,
        "change": None if query.is_partial(span) else change_since(same, sold),
        "note": _note(query, span, whole, sold),
    }
    reasons = {} if query.is_partial(span) else {CHANGE.name: why_no_change(same, sold)}
    return Row(values, query.list_link(span) if sold else "", reasons=reasons)


def _note(query: ReportQuery, span: Span, whole: Span, sold: Sold | None) -> str:
    if query.is_partial(span):
        return _("so far")
    if not sold:
        return _("no shifts")
    if sold.uncounted:
        return ngettext("%(count)s not counted", "%(count)s not counted", sold.uncounted) % {"count": sold.uncounted}
    return "" if span == whole else _("in part")


def change_since(before: Sold | None, sold: Sold | None) -> int | None:
    """Return percent, halves away from zero; unknown without both, from nothing, or where a shift was not counted."""
    if not sold or not before or sold.uncounted or before.uncounted:
        return None
    return _percent_more(sold.sales, before.sales)


def why_no_change(before: Sold | None, sold: Sold | None) -> str:
    """Say why sales are held against nothing; nothing where they are, or where there are none."""
    if not sold or sold.sales is None:
        return ""
    if sold.uncounted or (before and before.uncounted):
        return _("shifts not counted")
    return "" if before and before.sales and before.sales > 0 else _("nothing to compare with")


def _percent_more(now: int | None, base: int | None) -> int | None:
    if now is None or not base or base < 0:
        return None
    size = (200 * abs(now - base) + base) // (2 * base)
    return size if now >= base else -size


def _period_charts(query: ReportQuery, rows: list[Row]) -> list[Chart]:
    if all(row[SALES.name] is None for row in rows):
        return []
    about = _(
        "Columns are the sales, the line is the same weekdays before. No column means no shifts; "
        "what is not over yet is hatched."
    )
    starts = axis([row["period"] for row in rows], query.by)
    series = [drawn(rows, SALES), drawn(rows, SAME_WEEKDAYS)]
    return [Columns(_("Sales"), about, starts, series, is_last_partial=query.is_partial(query.span))]


# --- By method --------------------------------------------------------------------------------------------------------


def by_method(query: ReportQuery) -> Table:
    """Return the received amount of each method, and what is missing of it where it was compared. Money under the wrong
    method stands where it was booked: over there, short where it belongs. Where the billing system counts transfers
    as cash they are compared there."""
    sums: dict[str, Any] = {f"{method}_received": Sum(column) for method, column in RECEIVED.items()}
    for method in RECEIVED:
        was_compared = Q(**{f"{method}_difference__isnull": False})
        sums[f"{method}_compared"] = Count(f"{method}_difference")
        sums[f"{method}_billed"] = Sum(f"billed_{method}", filter=was_compared)
        sums[f"{method}_difference"] = Sum(f"{method}_difference")
    found = query.in_range().filter(status=Status.CLOSED).aggregate(shifts=Count("pk"), uncounted=NOT_COUNTED, **sums)
    if not found["shifts"]:
        return Table(METHOD_COLUMNS, [])
    received = None if found["uncounted"] else sum(found[f"{method}_received"] for method in RECEIVED)
    rows = [_method_row(query, method, found, received) for method in Method]
    return Table(METHOD_COLUMNS, rows, [_bars(_("Received by method"), rows, METHOD, AMOUNT)])


def _method_row(query: ReportQuery, method: Method, found: dict[str, Any], whole: int | None) -> Row:
    """Return the row of a method; `whole` is None where a shift was not counted: then no part of it is known."""
    received, compared = found[f"{method}_received"], found[f"{method}_compared"]
    billed, difference = found[f"{method}_billed"], found[f"{method}_difference"]
    values = {
        "method": str(method.label),
        "received": received,
        "part": share(received, whole),
        "compared": compared,
        "received_compared": billed + difference if compared else None,
        "billed": billed if compared else None,
        "difference": difference if compared else None,
    }
    return Row(values, query.list_link())


# --- By pharmacy ------------------------------------------------------------------------------------------------------


def by_pharmacy(query: ReportQuery) -> Table:
    """Every chosen pharmacy, those without shifts too."""
    short, over = (Sum("total_difference", filter=Q(result=result)) for result in (Result.SHORT, Result.OVER))
    not_compared = Count("pk", filter=Q(result=Result.NOT_COMPARED))
    counts = {"shifts": Count("pk"), "compared": Count("total_difference"), "not_compared": not_compared}
    closed = query.in_range().filter(status=Status.CLOSED)
    sums = closed.values("pharmacy").annotate(
        **counts, uncounted=NOT_COUNTED, sales=Sum("total_sales"), short=short, over=over
    )
    found = {row["pharmacy"]: known_sides(dict(row)) for row in sums}
    whole = None if any(row["uncounted"] for row in found.values()) else sum(row["sales"] for row in found.values())
    rows = [_pharmacy_row(query, pk, name, found.get(pk), whole) for pk, name in query.pharmacies.items()]
    if not found:
        return Table(PHARMACY_COLUMNS, [])
    return Table(PHARMACY_COLUMNS, rows, [_bars(_("Sales by pharmacy"), rows, PHARMACY, SALES)])


def _pharmacy_row(query: ReportQuery, pk: int, name: str, found: dict[str, Any] | None, whole: int | None) -> Row:
    if not found:
        return Row({column.name: None for column in PHARMACY_COLUMNS} | {PHARMACY.name: name})
    told = {PHARMACY.name: name, "part": share(found["sales"], whole)}
    return Row(found | told, query.list_link(pharmacy=pk))


def _bars(title: str, rows: list[Row], name: Column, drawn_column: Column) -> Chart:
    return Bars(title, "", values_of(rows, name), [drawn(rows, drawn_column)])

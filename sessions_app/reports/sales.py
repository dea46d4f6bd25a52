"""What was sold: over time, by method of payment, by pharmacy. Closed shifts only, on the day of their opening."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.charts.bars import Bars
from cashpilot.charts.base import Chart, Series
from cashpilot.charts.columns import Columns
from cashpilot.periods import Span
from sessions_app.domain.choices import Result, Status
from sessions_app.reports.differences import known_sides
from sessions_app.reports.report import PERIODS, Column, Look, ReportQuery, Row, Table, added, axis, share

RECEIVED = {"cash": "cash_sales", "card": "card_total", "transfer": "transfer_total", "credit": "credit_sale_total"}


def _methods() -> dict[str, str]:
    return {"cash": _("Cash"), "card": _("Card"), "transfer": _("Bank transfer"), "credit": _("Credit sale")}


@dataclass(frozen=True)
class Sold:
    shifts: int
    sales: int


@dataclass(frozen=True)
class Days:
    """What each day sold that had closed shifts."""

    sold: dict[date, Sold]

    def of(self, span: Span) -> Sold | None:
        """None where there was no shift: a gap, not a zero."""
        found = [self.sold[day] for day in periods.days(span) if day in self.sold]
        return Sold(sum(day.shifts for day in found), sum(day.sales for day in found)) if found else None

    def sales(self, span: Span) -> int | None:
        sold = self.of(span)
        return sold.sales if sold else None


def by_period(query: ReportQuery) -> Table:
    """Each day, week or month against the one before it, and against the same weekdays: as many whole weeks earlier
    as make room for it. A period that is not over is held against the same part of the others, and no change is told.
    """
    spans = list(periods.divided((query.span[0], min(query.span[1], query.today)), query.by))
    rows, same = [], []
    if spans:
        days = _days(query, earliest=min(_the_one_before(spans[0], query.by)[0], _same_weekdays(spans[0])[0]))
        same = [days.sales(_same_weekdays(span)) for span in spans]
        rows = [_period_row(query, days, span) for span in spans]
    columns = [
        Column(periods.STEPS[query.by], PERIODS[query.by]),
        Column(_("Shifts"), Look.COUNT),
        Column(_("Sales"), Look.MONEY),
        Column(_("The one before"), Look.MONEY),
        Column(_("Change"), Look.CHANGE),
        Column(_("Same weekdays before"), Look.MONEY),
        Column(_("Change on these"), Look.CHANGE),
        Column(_("Note")),
    ]
    return Table(columns, rows, _period_total(rows), _period_charts(query, rows, same))


def _days(query: ReportQuery, earliest: date) -> Days:
    closed = query.sessions.filter(status=Status.CLOSED, business_date__range=(earliest, query.span[1])).order_by()
    sums = closed.values_list("business_date").annotate(Count("pk"), Sum("total_sales"))
    return Days({day: Sold(shifts, sales) for day, shifts, sales in sums})


def _the_one_before(span: Span, step: str) -> Span:
    """As much of it as `span` has of its own: the first half of a month against the first half of the last one."""
    whole = periods.before(span, step)
    if span == periods.around(span[0], step):
        return whole
    skipped = span[0] - periods.around(span[0], step)[0]
    return min(whole[0] + skipped, whole[1]), min(whole[0] + skipped + (span[1] - span[0]), whole[1])


def _same_weekdays(span: Span) -> Span:
    days = (span[1] - span[0]).days + 1
    return periods.moved(span, -timedelta(weeks=-(-days // 7)))


def _period_row(query: ReportQuery, days: Days, span: Span) -> Row:
    sold, whole = days.of(span), periods.around(span[0], query.by)
    figures: list[int | None] = [sold.shifts, sold.sales] if sold else [None, None]
    for base in days.sales(_the_one_before(span, query.by)), days.sales(_same_weekdays(span)):
        figures += [base, None if query.is_partial(span) else _change(figures[1], base)]
    note = _note(query, span, whole, sold)
    return Row([whole[0], *figures, note], query.list_link(span) if sold else "")


def _note(query: ReportQuery, span: Span, whole: Span, sold: Sold | None) -> str:
    if query.is_partial(span):
        return _("so far")
    if not sold:
        return _("no shifts")
    return "" if span == whole else _("in part")


def _change(now: int | None, base: int | None) -> int | None:
    """Percent, halves away from zero; unknown without both, or from nothing."""
    if now is None or not base or base < 0:
        return None
    size = (200 * abs(now - base) + base) // (2 * base)
    return size if now >= base else -size


def _period_total(rows: list[Row]) -> Row | None:
    shifts, sales = (added([row.values[place] for row in rows]) for place in (1, 2))
    return Row([_("Total"), shifts, sales, *[""] * 5]) if len(rows) > 1 and shifts else None


def _period_charts(query: ReportQuery, rows: list[Row], same: list[int | None]) -> list[Chart]:
    if all(row.values[2] is None for row in rows):
        return []
    about = _(
        "Columns are the sales, the line is the same weekdays before. No column means no shifts; "
        "what is not over yet is hatched."
    )
    return [
        Columns(
            _("Sales"),
            about,
            axis([row.values[0] for row in rows], query.by),
            [Series(_("Sales"), [row.values[2] for row in rows]), Series(_("Same weekdays before"), same)],
            is_last_partial=query.is_partial(query.span),
        )
    ]


# --- By method --------------------------------------------------------------------------------------------------------


def by_method(query: ReportQuery) -> Table:
    """What was received by each method, and what is missing there where it was compared. Money booked under the wrong
    method stands where it was booked: over there, short where it belongs. Where the billing system counts transfers
    as cash they are compared there."""
    sums: dict[str, Any] = {f"{method}_received": Sum(column) for method, column in RECEIVED.items()}
    for method in RECEIVED:
        was_compared = Q(**{f"{method}_difference__isnull": False})
        sums[f"{method}_compared"] = Count(f"{method}_difference")
        sums[f"{method}_billed"] = Sum(f"billed_{method}", filter=was_compared)
        sums[f"{method}_difference"] = Sum(f"{method}_difference")
    found = query.in_range().filter(status=Status.CLOSED).aggregate(shifts=Count("pk"), **sums)
    columns = [
        Column(_("Method")),
        Column(_("Received"), Look.MONEY),
        Column(_("Part"), Look.PERCENT),
        Column(_("Shifts compared"), Look.COUNT),
        Column(_("Received in these"), Look.MONEY),
        Column(_("Billed in these"), Look.MONEY),
        Column(_("Difference"), Look.DIFFERENCE),
    ]
    if not found["shifts"]:
        return Table(columns, [])
    received = sum(found[f"{method}_received"] for method in RECEIVED)
    rows = []
    for method, label in _methods().items():
        amount = found[f"{method}_received"]
        compared, billed, difference = (found[f"{method}_{name}"] for name in ("compared", "billed", "difference"))
        figures = [compared, billed + difference, billed, difference] if compared else [0, None, None, None]
        rows.append(Row([label, amount, share(amount, received), *figures]))
    total = Row([_("Total"), received, "", "", "", "", added([row.values[6] for row in rows])])
    return Table(columns, rows, total, [_bars(_("Received by method"), rows, 1)])


# --- By pharmacy ------------------------------------------------------------------------------------------------------


def by_pharmacy(query: ReportQuery) -> Table:
    """Every chosen pharmacy, those without shifts too."""
    short, over = (Sum("total_difference", filter=Q(result=result)) for result in (Result.SHORT, Result.OVER))
    unverified = Count("pk", filter=Q(result=Result.NOT_COMPARED))
    counts = {"shifts": Count("pk"), "compared": Count("total_difference"), "not_compared": unverified}
    closed = query.in_range().filter(status=Status.CLOSED)
    sums = closed.values("pharmacy").annotate(**counts, sales=Sum("total_sales"), short=short, over=over)
    found = {row["pharmacy"]: known_sides(row) for row in sums}
    whole = sum(row["sales"] for row in found.values())
    columns = [
        Column(_("Pharmacy")),
        Column(_("Shifts"), Look.COUNT),
        Column(_("Sales"), Look.MONEY),
        Column(_("Part"), Look.PERCENT),
        Column(_("Short"), Look.DIFFERENCE),
        Column(_("Over"), Look.DIFFERENCE),
        Column(_("Not compared"), Look.COUNT),
    ]
    rows = [_pharmacy_row(query, pk, name, found.get(pk), whole) for pk, name in query.pharmacies.items()]
    sums_below: list[Any] = [added([row.values[place] for row in rows]) for place in range(1, len(columns))]
    sums_below[2] = ""
    total = Row([_("Total"), *sums_below]) if found else None
    return Table(columns, rows if found else [], total, [_bars(_("Sales by pharmacy"), rows, 2)] if found else [])


def _pharmacy_row(query: ReportQuery, pk: int, name: str, found: dict[str, Any] | None, whole: int) -> Row:
    if not found:
        return Row([name, *[None] * 6])
    figures = [found["shifts"], found["sales"], share(found["sales"], whole)]
    figures += [found[column] for column in ("short", "over", "not_compared")]
    return Row([name, *figures], query.list_link(pharmacy=pk))


def _bars(title: str, rows: list[Row], place: int) -> Chart:
    series = Series(title, [row.values[place] for row in rows])
    return Bars(title, "", [row.values[0] for row in rows], [series])

"""What left the drawer: expenses and envelopes, those of open shifts too, because that money is gone already."""

from collections import Counter

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.charts.base import Chart, Series
from cashpilot.charts.columns import Columns
from sessions_app.reports.report import BEGINS, PERIODS, Column, Look, ReportQuery, Row, Table, axis


def envelopes(query: ReportQuery) -> Table:
    """Each day, week or month, and each pharmacy in it."""
    noted = query.in_range().filter(envelope_total__gt=0).annotate(period=BEGINS[query.by])
    sums = noted.values_list("period", "pharmacy").annotate(Count("pk"), Sum("envelope_total"))
    found = sorted((period, query.pharmacies[pharmacy], pharmacy, *rest) for period, pharmacy, *rest in sums)
    columns = [
        Column(periods.STEPS[query.by], PERIODS[query.by]),
        Column(_("Pharmacy")),
        Column(_("Shifts with an envelope"), Look.COUNT),
        Column(_("Amount"), Look.MONEY),
    ]
    rows = []
    by_period = Counter[object]()
    for period, name, pharmacy, shifts, amount in found:
        first, last = periods.around(period, query.by)
        span = max(first, query.span[0]), min(last, query.span[1])
        rows.append(Row([period, name, shifts, amount], query.list_link(span, pharmacy=pharmacy)))
        by_period[period] += amount
    total = Row([_("Total"), "", sum(one[3] for one in found), by_period.total()]) if found else None
    return Table(columns, rows, total, _envelope_charts(query, by_period))


def _envelope_charts(query: ReportQuery, by_period: Counter[object]) -> list[Chart]:
    starts = query.starts(query.by)
    amounts = [by_period.get(start) for start in starts]
    about = _("No column means no envelope.")
    series = [Series(_("Amount"), amounts)]
    return [Columns(_("Envelopes"), about, axis(starts, query.by), series)] if by_period else []

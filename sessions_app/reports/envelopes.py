"""Envelopes, those of open shifts too: their money has left the drawer already."""

from collections import Counter
from datetime import date
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot import periods
from cashpilot.charts.base import Chart, Series
from cashpilot.charts.columns import Columns
from sessions_app.reports.report import BEGINS, PERIODS, Column, Look, ReportQuery, Row, Table, axis

PHARMACY = Column("pharmacy_name", gettext_lazy("Pharmacy"))
SHIFTS = Column("shifts", gettext_lazy("Shifts with an envelope"), Look.COUNT, is_summed=True)
AMOUNT = Column("amount", gettext_lazy("Amount"), Look.MONEY, is_summed=True)


def envelopes(query: ReportQuery) -> Table:
    """Return the envelopes of each day, week or month, and of each pharmacy in it."""
    noted = query.in_range().filter(envelope_total__gt=0).annotate(period=BEGINS[query.by])
    found = noted.values("period", "pharmacy").annotate(shifts=Count("pk"), amount=Sum("envelope_total"))
    named = [one | {"pharmacy_name": query.pharmacies[one["pharmacy"]]} for one in found]
    named.sort(key=lambda one: (one["period"], one["pharmacy_name"], one["pharmacy"]))
    rows = [_row(query, one) for one in named]
    period = Column("period", periods.STEPS[query.by], PERIODS[query.by])
    return Table([period, PHARMACY, SHIFTS, AMOUNT], rows, _charts(query, rows))


def _row(query: ReportQuery, one: dict[str, Any]) -> Row:
    first, last = periods.around(one["period"], query.by)
    span = max(first, query.span[0]), min(last, query.span[1])
    return Row(one, query.list_link(span, pharmacy=one["pharmacy"]))


def _charts(query: ReportQuery, rows: list[Row]) -> list[Chart]:
    if not rows:
        return []
    by_period = Counter[date]()
    for row in rows:
        by_period[row["period"]] += row[AMOUNT.name]
    starts = query.starts(query.by)
    series = [Series(AMOUNT.heading, [by_period.get(start) for start in starts])]
    return [Columns(_("Envelopes"), _("No column means no envelope."), axis(starts, query.by), series)]

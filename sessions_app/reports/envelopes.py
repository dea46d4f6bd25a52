"""Envelopes, those of open shifts too: their money has left the drawer already."""

from collections import defaultdict
from datetime import date

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot import periods
from cashpilot.charts.base import Chart, Series
from cashpilot.charts.columns import Columns
from sessions_app.reports.report import BEGINS, PERIODS, Column, Look, ReportQuery, Row, Table, axis

AMOUNT = gettext_lazy("Amount")
MOST_ON_A_PHONE = 2  # pharmacies; of more a phone shows what left them together
TOTAL = Column("total", gettext_lazy("Together"), Look.MONEY, is_summed=True)


def envelopes(query: ReportQuery) -> Table:
    """Return what left each pharmacy, None if nothing did: a row for each day, week or month with an envelope."""
    noted = query.in_range().filter(envelope_total__gt=0).annotate(period=BEGINS[query.by])
    amounts: dict[date, dict[int, int]] = defaultdict(dict)
    for start, pharmacy, amount in noted.values_list("period", "pharmacy").annotate(amount=Sum("envelope_total")):
        amounts[start][pharmacy] = amount
    rows = [_row(query, start, amounts[start]) for start in sorted(amounts)]
    period = Column("period", periods.STEPS[query.by], PERIODS[query.by])
    is_wide = len(query.pharmacies) > MOST_ON_A_PHONE
    pharmacies = [
        Column(_name(pk), name, Look.MONEY, is_summed=True, is_detail=is_wide, is_sparse=True)
        for pk, name in query.pharmacies.items()
    ]
    together = [TOTAL] if len(pharmacies) > 1 else []
    return Table([period, *pharmacies, *together], rows, _charts(query, rows))


def _name(pharmacy: int) -> str:
    return f"pharmacy_{pharmacy}"


def _row(query: ReportQuery, start: date, amounts: dict[int, int]) -> Row:
    first, last = periods.around(start, query.by)
    span = max(first, query.span[0]), min(last, query.span[1])
    values = {_name(pk): amounts.get(pk) for pk in query.pharmacies}
    links = {_name(pk): query.list_link(span, pharmacy=pk) for pk in amounts}
    return Row({"period": start, TOTAL.name: sum(amounts.values())} | values, query.list_link(span), links)


def _charts(query: ReportQuery, rows: list[Row]) -> list[Chart]:
    if not rows:
        return []
    found = {row["period"]: row for row in rows}
    starts = query.starts(query.by)
    amounts = [found[start][TOTAL.name] if start in found else None for start in starts]
    links = [found[start].link if start in found else "" for start in starts]
    series = [Series(AMOUNT, amounts, links)]
    return [Columns(_("Envelopes"), _("No column means no envelope."), axis(starts, query.by), series)]

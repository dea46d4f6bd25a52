"""Envelopes, those of open shifts too: their money has left the drawer already."""

from collections import defaultdict
from datetime import date
from urllib.parse import urlencode

from django.db.models import F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.querysets import full_name
from cashpilot import periods
from cashpilot.charts.base import Chart, Series
from cashpilot.charts.columns import Columns
from sessions_app.domain.choices import Kind
from sessions_app.reports.report import BEGINS, PERIODS, Column, Look, ReportQuery, Row, Table, axis

EACH = "envelope"
ENVELOPES_BY = periods.STEPS | {EACH: gettext_lazy("Envelope")}
AMOUNT = gettext_lazy("Amount")
MOST_ON_A_PHONE = 2  # pharmacies; of more a phone shows what left them together
TOTAL = Column("total", gettext_lazy("Together"), Look.MONEY, is_summed=True)
# Of each envelope: what its shift says, and what it says itself.
COLUMNS = [
    Column("created_at", gettext_lazy("Time"), Look.MOMENT),
    Column("shift", gettext_lazy("Shift")),
    Column("pharmacy_name", gettext_lazy("Pharmacy")),
    Column("cashier_name", gettext_lazy("Cashier")),
    Column("description", gettext_lazy("Description")),
    Column("amount", AMOUNT, Look.MONEY, is_summed=True),
]
NAMES = {
    "created_at": F("movements__created_at"),
    "pharmacy_name": F("pharmacy__name"),
    "cashier_name": full_name("cashier"),
    "description": F("movements__description"),
    "amount": F("movements__amount"),
}


def envelopes(query: ReportQuery) -> Table:
    """Return what left each pharmacy, None if nothing did: a row for each day, week or month with an envelope."""
    if query.by == EACH:
        return Table(COLUMNS, _each(query))
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


def _each(query: ReportQuery) -> list[Row]:
    """Return the envelopes one by one, in the order in which they were noted; a voided one never left."""
    with_any = query.in_range().filter(envelope_total__gt=0)
    noted = with_any.filter(movements__kind=Kind.ENVELOPE, movements__voided_at=None).annotate(**NAMES)
    found = noted.order_by("movements__created_at", "movements__pk").values("pk", *NAMES)
    return [Row(one | {"shift": f"#{one['pk']}"}, links={"shift": reverse("shift", args=[one["pk"]])}) for one in found]


def _name(pharmacy: int) -> str:
    return f"pharmacy_{pharmacy}"


def _row(query: ReportQuery, start: date, amounts: dict[int, int]) -> Row:
    first, last = periods.around(start, query.by)
    span = max(first, query.span[0]), min(last, query.span[1])
    values = {_name(pk): amounts.get(pk) for pk in query.pharmacies}
    links = {_name(pk): _link(span, pk) for pk in amounts}
    return Row({"period": start, TOTAL.name: sum(amounts.values())} | values, query.list_link(span), links)


def _link(span: periods.Span, pharmacy: int) -> str:
    """Return the address where the envelopes behind a sum stand one by one."""
    asked = {"date_from": span[0], "date_to": span[1], "by": EACH, "pharmacy": pharmacy}
    return f"{reverse('report_envelopes')}?{urlencode(asked)}"


def _charts(query: ReportQuery, rows: list[Row]) -> list[Chart]:
    if not rows:
        return []
    found = {row["period"]: row for row in rows}
    starts = query.starts(query.by)
    amounts = [found[start][TOTAL.name] if start in found else None for start in starts]
    links = [found[start].link if start in found else "" for start in starts]
    series = [Series(AMOUNT, amounts, links)]
    return [Columns(_("Envelopes"), _("No column means no envelope."), axis(starts, query.by), series)]

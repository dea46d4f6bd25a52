"""The shifts that carry a flag now."""

from collections import Counter

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.querysets import full_name
from cashpilot.charts.bars import Bars
from cashpilot.charts.base import Series
from sessions_app.domain.choices import Result
from sessions_app.reports.report import Column, Look, ReportQuery, Row, Table


def newest_first(query: ReportQuery) -> Table:
    people = {"cashier_name": full_name("cashier"), "who": full_name("flagged_by"), "place": F("pharmacy__name")}
    columns = ("pk", "business_date", "place", "cashier_name", "result", "total_difference", "flagged_at", "who")
    shifts = query.in_range().filter(flagged_at__isnull=False).annotate(**people).order_by("-business_date", "-pk")
    rows, places = [], Counter[str]()
    for pk, *facts, reason in shifts.values_list(*columns, "flag_reason"):
        facts[3] = str(Result(facts[3]).label)
        places[facts[1]] += 1
        rows.append(Row([f"#{pk}", *facts, reason], reverse("shift", args=[pk])))
    headings = [
        Column(_("Shift")),
        Column(_("Date"), Look.DAY),
        Column(_("Pharmacy")),
        Column(_("Cashier")),
        Column(_("Result")),
        Column(_("Difference"), Look.DIFFERENCE),
        Column(_("Flagged"), Look.MOMENT),
        Column(_("Flagged by")),
        Column(_("Reason")),
    ]
    names = sorted(places)
    series = [Series(_("Flagged shifts"), [places[name] for name in names])]
    charts = [Bars(_("Flagged shifts by pharmacy"), "", names, series)] if rows else []
    return Table(headings, rows, charts=charts)

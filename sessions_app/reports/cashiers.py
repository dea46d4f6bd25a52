"""The differences of each cashier, honestly: how many shifts were compared at all, and what they can tell.

They are those of the first verdicts, deleted shifts included; what is left after corrections stands beside them.
First come those whose control line tells of a steady cause, short before over, then by name: this is no ranking.
The lines are stored (sessions_app/ledger/control_lines.py) and tell of a person's last shifts, whatever the dates;
sessions_app/domain/cusum.py explains the statistics.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cashpilot.charts.base import Chart, Series
from cashpilot.charts.lines import Lines
from sessions_app.domain import cusum
from sessions_app.domain.choices import Result
from sessions_app.models import ControlLine
from sessions_app.querysets.shifts import DIFFERENCE_AT_CLOSE
from sessions_app.reports.report import Column, Look, ReportQuery, Row, Table

MOST_CHARTS = 12
LEAST_DAYS = 14  # from fewer nothing is told about a month
MONTH = 30  # days
COLUMNS = [
    Column("cashier", gettext_lazy("Cashier")),
    Column("verdict", gettext_lazy("What the last shifts tell")),
    Column("a_month", gettext_lazy("Per month"), Look.SIGNED, is_sparse=True),
    Column("differences", gettext_lazy("At the close"), Look.SIGNED),
    Column("corrected", gettext_lazy("After corrections"), Look.SIGNED, is_detail=True),
    Column("mean", gettext_lazy("Per shift"), Look.SIGNED, is_detail=True),
    Column("spread", gettext_lazy("Usual spread"), Look.MONEY, is_detail=True),
    Column("shifts", gettext_lazy("Shifts"), Look.COUNT, is_detail=True),
    Column("compared", gettext_lazy("Compared"), Look.COUNT, is_detail=True),
    Column("not_compared", gettext_lazy("Not compared"), Look.COUNT, is_detail=True),
]
SUMS = {
    "shifts": Count("pk"),
    "compared": Count("first_difference"),
    "differences": Sum(DIFFERENCE_AT_CLOSE),
    "corrected": Sum("total_difference", filter=Q(deleted_at=None)),
}


def by_cashier(query: ReportQuery) -> Table:
    found = {one["cashier"]: one for one in query.closed_by_people().values("cashier").annotate(**SUMS)}
    people = User.objects.select_related("control_line").in_bulk(found).values()
    lines = {person.pk: getattr(person, "control_line", None) or ControlLine() for person in people}
    in_order = sorted(people, key=lambda person: (_place(lines[person.pk]), str(person), person.pk))
    rows = [_row(query, str(person), found[person.pk], lines[person.pk]) for person in in_order]
    drawn = [person for person in in_order if is_conclusive(lines[person.pk])][:MOST_CHARTS]
    charts: list[Chart] = [_chart(str(person), lines[person.pk]) for person in drawn]
    return Table(COLUMNS, rows, charts)


def _place(line: ControlLine) -> int:
    steady = _steady(line)
    return [Result.SHORT, Result.OVER].index(Result(steady)) if steady else 2


def _steady(line: ControlLine) -> str:
    """Return "short" or "over" where the line is beyond its limit, else ""."""
    return line.direction if is_conclusive(line) else ""


def _row(query: ReportQuery, name: str, sums: Mapping[str, Any], line: ControlLine) -> Row:
    compared, differences = sums["compared"], sums["differences"]
    values = {
        **sums,
        "cashier": name,
        "not_compared": sums["shifts"] - compared,
        "a_month": _a_month(query, differences) if _steady(line) else None,
        "mean": cusum.rounded_mean(differences, compared) if compared else None,
        "spread": line.spread,
        "verdict": verdict(line),
    }
    return Row(values, query.list_link(cashier=sums["cashier"]), results={"verdict": _steady(line)})


def _a_month(query: ReportQuery, differences: int | None) -> int | None:
    """Return the differences of as many days as a month has, halves up; None where the dates hold too few."""
    days = (min(query.span[1], query.today) - query.span[0]).days + 1
    if differences is None or days < LEAST_DAYS:
        return None
    return cusum.rounded_mean(differences * MONTH, days)


def is_conclusive(line: ControlLine) -> bool:
    return line.compared >= cusum.CONCLUSIVE


def verdict(line: ControlLine) -> str:
    """Return what the control line tells; never more than the numbers hold."""
    if not is_conclusive(line):
        return _("Not conclusive: fewer than %(number)s compared") % {"number": cusum.CONCLUSIVE}
    if line.since is None:
        return _("Nothing unusual")
    is_short = line.direction == Result.SHORT
    sentence = _("Steadily short, since about %(day)s") if is_short else _("Steadily over, since about %(day)s")
    return sentence % {"day": date_format(line.since, "d/m/Y")}


def _chart(name: str, line: ControlLine) -> Lines:
    about = _(
        "The last shifts that were compared, whatever the dates above: small differences at the close added up, shift"
        " by shift. A line that passes the limit tells of a steady cause."
    )
    days, short, over = zip(*line.points, strict=True)
    labels = [f"{date.fromisoformat(day):%d/%m}" for day in days]
    series = [Series(_("Short"), list(short)), Series(_("Over"), list(over))]
    return Lines(name, about, labels, series, limit=(_("limit"), line.limit), is_difference=True)

"""The differences of each cashier, honestly: how many shifts were compared at all, and what they can tell.

They are those of the first verdicts, deleted shifts included; what is left after corrections stands beside them. By
name and never by amount: this is no ranking. The control lines are stored (sessions_app/ledger/control_lines.py) and
tell of a person's last shifts, whatever the dates; sessions_app/domain/cusum.py explains the statistics.
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
from sessions_app.reports.report import Column, Look, ReportQuery, Row, Table

MOST_CHARTS = 12
COLUMNS = [
    Column("cashier", gettext_lazy("Cashier")),
    Column("shifts", gettext_lazy("Shifts"), Look.COUNT),
    Column("compared", gettext_lazy("Compared"), Look.COUNT),
    Column("not_compared", gettext_lazy("Not compared"), Look.COUNT),
    Column("differences", gettext_lazy("Differences at the close"), Look.SIGNED),
    Column("corrected", gettext_lazy("After corrections"), Look.SIGNED),
    Column("mean", gettext_lazy("Per shift"), Look.SIGNED),
    Column("spread", gettext_lazy("Usual spread"), Look.MONEY),
    Column("verdict", gettext_lazy("What the last shifts tell")),
]
SUMS = {
    "shifts": Count("pk"),
    "compared": Count("first_difference"),
    "differences": Sum("first_difference"),
    "corrected": Sum("total_difference", filter=Q(deleted_at=None)),
}


def by_cashier(query: ReportQuery) -> Table:
    found = {one["cashier"]: one for one in query.closed_by_people().values("cashier").annotate(**SUMS)}
    people = User.objects.select_related("control_line").in_bulk(found).values()
    in_order = sorted(people, key=lambda person: (str(person), person.pk))
    lines = {person.pk: getattr(person, "control_line", None) or ControlLine() for person in in_order}
    rows = [_row(query, str(person), found[person.pk], lines[person.pk]) for person in in_order]
    drawn = [person for person in in_order if is_conclusive(lines[person.pk])][:MOST_CHARTS]
    charts: list[Chart] = [_chart(str(person), lines[person.pk]) for person in drawn]
    return Table(COLUMNS, rows, charts)


def _row(query: ReportQuery, name: str, sums: Mapping[str, Any], line: ControlLine) -> Row:
    compared, differences = sums["compared"], sums["differences"]
    values = {
        **sums,
        "cashier": name,
        "not_compared": sums["shifts"] - compared,
        "mean": cusum.rounded_mean(differences, compared) if compared else None,
        "spread": line.spread,
        "verdict": verdict(line),
    }
    return Row(values, query.list_link(cashier=sums["cashier"]))


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

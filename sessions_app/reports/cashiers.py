"""The differences of each cashier, honestly: how many shifts were compared at all, and what they can tell.

By name and never by amount: this is no ranking. sessions_app/reports/cusum.py explains the statistics.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from operator import attrgetter

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cashpilot.charts.base import Chart, Series
from cashpilot.charts.lines import Lines
from sessions_app.domain.choices import Status
from sessions_app.reports import cusum
from sessions_app.reports.report import Column, Look, ReportQuery, Row, Table

MOST_CHARTS = 12
COLUMNS = [
    Column("cashier", gettext_lazy("Cashier")),
    Column("shifts", gettext_lazy("Shifts"), Look.COUNT),
    Column("compared", gettext_lazy("Compared"), Look.COUNT),
    Column("not_compared", gettext_lazy("Not compared"), Look.COUNT),
    Column("differences", gettext_lazy("All differences"), Look.SIGNED),
    Column("mean", gettext_lazy("Per shift"), Look.SIGNED),
    Column("spread", gettext_lazy("Usual spread"), Look.MONEY),
    Column("verdict", gettext_lazy("What it tells")),
]


@dataclass
class Performance:
    """A cashier's closed shifts in the order of time: how many, and the days and differences of those compared."""

    name: str
    cashier: int
    shifts: int = 0
    days: list[date] = field(default_factory=list)
    differences: list[int] = field(default_factory=list)

    @property
    def is_conclusive(self) -> bool:
        return len(self.differences) >= cusum.CONCLUSIVE

    @cached_property
    def loss(self) -> cusum.ControlLine:
        return cusum.loss(self.differences)

    @cached_property
    def surplus(self) -> cusum.ControlLine:
        return cusum.surplus(self.differences)


def by_cashier(query: ReportQuery) -> Table:
    closed = query.in_range().filter(status=Status.CLOSED).order_by("opened_at", "pk")
    found: dict[int, Performance] = {}
    for cashier, day, difference in closed.values_list("cashier", "business_date", "total_difference"):
        if (person := found.get(cashier)) is None:
            person = found[cashier] = Performance("", cashier)
        person.shifts += 1
        if difference is not None:
            person.days.append(day)
            person.differences.append(difference)
    for cashier, user in User.objects.in_bulk(found).items():
        found[cashier].name = str(user)
    people = sorted(found.values(), key=attrgetter("name", "cashier"))
    charts: list[Chart] = [_chart(person) for person in [one for one in people if one.is_conclusive][:MOST_CHARTS]]
    return Table(COLUMNS, [_row(query, person) for person in people], charts)


def _row(query: ReportQuery, person: Performance) -> Row:
    found = person.differences
    values = {
        "cashier": person.name,
        "shifts": person.shifts,
        "compared": len(found),
        "not_compared": person.shifts - len(found),
        "differences": sum(found) if found else None,
        "mean": cusum.mean(found) if found else None,
        "spread": cusum.spread(found) if found else None,
        "verdict": verdict(person),
    }
    return Row(values, query.list_link(cashier=person.cashier))


def verdict(person: Performance) -> str:
    """Return what the differences tell; never more than the numbers hold."""
    if not person.is_conclusive:
        return _("Not conclusive: fewer than %(number)s compared") % {"number": cusum.CONCLUSIVE}
    for line, sentence in (
        (person.loss, _("Steadily short, since about %(day)s")),
        (person.surplus, _("Steadily over, since about %(day)s")),
    ):
        if line.since is not None:
            return sentence % {"day": date_format(person.days[line.since], "d/m/Y")}
    return _("Nothing unusual")


def _chart(person: Performance) -> Lines:
    about = _("Small differences added up, shift by shift. A line that passes the limit tells of a steady cause.")
    series = [Series(_("Short"), person.loss.values), Series(_("Over"), person.surplus.values)]
    labels = [f"{day:%d/%m}" for day in person.days]
    return Lines(person.name, about, labels, series, limit=(_("limit"), person.loss.limit), is_difference=True)

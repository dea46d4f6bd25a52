"""The differences of each cashier, honestly: how many shifts were compared at all, and what they can tell.

By name and never by amount: this is no ranking. What counts is said by sessions_app/reports/control.py.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from operator import attrgetter

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from cashpilot.charts.base import Series
from cashpilot.charts.lines import Lines
from sessions_app.domain.choices import Status
from sessions_app.reports import cusum
from sessions_app.reports.report import Column, Look, ReportQuery, Row, Table

MOST_CHARTS = 12


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
    headings = [
        Column(_("Cashier")),
        Column(_("Shifts"), Look.COUNT),
        Column(_("Compared"), Look.COUNT),
        Column(_("Not compared"), Look.COUNT),
        Column(_("All differences"), Look.SIGNED),
        Column(_("Per shift"), Look.SIGNED),
        Column(_("Usual spread"), Look.MONEY),
        Column(_("What it tells")),
    ]
    drawn = [person for person in people if person.is_conclusive][:MOST_CHARTS]
    return Table(headings, [_row(query, person) for person in people], charts=[_chart(person) for person in drawn])


def _row(query: ReportQuery, person: Performance) -> Row:
    found = person.differences
    counts = [person.shifts, len(found), person.shifts - len(found)]
    statistics = [sum(found), cusum.mean(found), cusum.spread(found)] if found else [None] * 3
    return Row([person.name, *counts, *statistics, verdict(person)], query.list_link(cashier=person.cashier))


def verdict(person: Performance) -> str:
    """What can be said of the whole; never more than the numbers hold."""
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

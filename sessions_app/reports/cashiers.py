"""The differences of each cashier, honestly: how many shifts were compared at all, and what they can tell.

By name and never by amount: this is no ranking. What counts is said by sessions_app/reports/control.py.
"""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.querysets import full_name
from cashpilot.charts import Chart, Series
from sessions_app.reports import control
from sessions_app.reports.tables import Asked, Column, Look, Row, Table
from sessions_app.states import Status

MOST_CHARTS = 12


class Shift(NamedTuple):
    name: str
    cashier: int
    day: date
    difference: int | None


@dataclass(frozen=True)
class Performance:
    """A cashier's closed shifts in the order of time."""

    shifts: list[Shift]

    @property
    def name(self) -> str:
        return self.shifts[0].name

    @property
    def compared(self) -> list[Shift]:
        return [shift for shift in self.shifts if shift.difference is not None]

    @property
    def differences(self) -> list[int]:
        return [shift.difference for shift in self.shifts if shift.difference is not None]

    @property
    def is_conclusive(self) -> bool:
        return len(self.differences) >= control.CONCLUSIVE


def by_cashier(asked: Asked) -> Table:
    closed = asked.in_range().filter(status=Status.CLOSED).annotate(cashier_name=full_name("cashier"))
    columns = ("cashier_name", "cashier", "business_date", "total_difference")
    shifts = map(Shift._make, closed.order_by("cashier_name", "cashier", "opened_at", "pk").values_list(*columns))
    people = [Performance(list(of_one)) for _cashier, of_one in groupby(shifts, attrgetter("cashier"))]
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
    return Table(headings, [_row(asked, person) for person in people], charts=[_chart(person) for person in drawn])


def _row(asked: Asked, person: Performance) -> Row:
    found = person.differences
    counts = [len(person.shifts), len(found), len(person.shifts) - len(found)]
    statistics = [sum(found), control.mean(found), control.spread(found)] if found else [None] * 3
    return Row([person.name, *counts, *statistics, verdict(person)], asked.list_link(cashier=person.shifts[0].cashier))


def verdict(person: Performance) -> str:
    """What can be said of the whole; never more than the numbers hold."""
    compared, found = person.compared, person.differences
    if not person.is_conclusive:
        return _("Not conclusive: fewer than %(number)s compared") % {"number": control.CONCLUSIVE}
    for line, sentence in (
        (control.loss(found), _("Steadily short, since about %(day)s")),
        (control.surplus(found), _("Steadily over, since about %(day)s")),
    ):
        if line.since is not None:
            return sentence % {"day": date_format(compared[line.since].day, "d/m/Y")}
    return _("Nothing unusual")


def _chart(person: Performance) -> Chart:
    short, over = control.loss(person.differences), control.surplus(person.differences)
    about = _("Small differences added up, shift by shift. A line that passes the limit tells of a steady cause.")
    series = [Series(_("Short"), short.values), Series(_("Over"), over.values)]
    labels = [date_format(shift.day, "d/m") for shift in person.compared]
    return Chart("lines", person.name, about, labels, series, limit=(_("limit"), short.limit), is_difference=True)

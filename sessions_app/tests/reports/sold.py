"""Shifts that a person can add up, and the reports about them.

Today is Wednesday, 18 November 2026.
"""

from datetime import date, datetime, time

from cashpilot import periods
from pharmacies.models import Pharmacy
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession
from sessions_app.reports.catalogue import REPORTS
from sessions_app.reports.report import ReportQuery
from testing.factories import ShiftFactory

TODAY = date(2026, 11, 18)
MONTH = (date(2026, 11, 1), TODAY)


def noon(day):
    return periods.at(datetime.combine(day, time(12), periods.ASUNCION))


def sold(cashier, day, cash, gap=None, **values):
    """A closed shift that took `cash`; compared if there is a gap, and then off by it."""
    billed = {} if gap is None else {"billed": {"billed_cash": cash - gap}}
    with noon(day):
        return ShiftFactory(closed=True, cashier=cashier, initial_cash=0, final_cash=cash, **billed, **values)


def table(name, span=MONTH, by="", **more):
    report = REPORTS[name]
    names = {place.pk: place.name for place in Pharmacy.objects.all()}
    query = ReportQuery(
        CashSession.objects.all(), names, span, by=by or next(iter(report.by), ""), **{"today": TODAY, **more}
    )
    return report.make(query)


def values(name, *columns, **query):
    """The values of these columns, row by row."""
    made = table(name, **query)
    names = {str(column.heading): column.name for column in made.columns}
    return [tuple(row[names[column]] for column in columns) for row in made.rows]


def expense(amount, words):
    return NewMovement(Kind.EXPENSE, amount, words)

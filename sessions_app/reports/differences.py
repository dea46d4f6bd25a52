"""Differences by pharmacy, register, cashier or weekday, over the whole range or over time.

Of a place they are the present ones, and beside them stands what they were at the close; of a person they are those at
the close, by the evidence where that says otherwise, as in all statistics of a person, and beside them stands what they
are after corrections.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import Aggregate, Count, Q, Sum
from django.db.models.functions import ExtractIsoWeekDay
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cashpilot import periods
from cashpilot.charts.bars import Bars
from cashpilot.charts.base import Chart, Series
from cashpilot.charts.lines import MOST_LINES, Lines
from sessions_app.domain.choices import Result, Status
from sessions_app.querysets.shifts import DIFFERENCE_AT_CLOSE, RESULT_AT_CLOSE
from sessions_app.reports.report import BEGINS, PERIODS, Column, Look, ReportQuery, Row, Table, added, axis, drawn

GROUPS = {
    "pharmacy": gettext_lazy("Pharmacy"),
    "register": gettext_lazy("Register"),
    "cashier": gettext_lazy("Cashier"),
    "weekday": gettext_lazy("Weekday"),
}
SHORT = Column("short", gettext_lazy("Short"), Look.DIFFERENCE, is_summed=True)
OVER = Column("over", gettext_lazy("Over"), Look.DIFFERENCE, is_summed=True)
# What is short or over by no more than is tolerated, and what stands under the wrong method: with it the row adds up.
WITHIN = Column("within", gettext_lazy("Within tolerance"), Look.DIFFERENCE, is_summed=True, is_detail=True)
ALL = Column("all", gettext_lazy("All differences"), Look.DIFFERENCE, is_summed=True, is_detail=True)
OF_PLACES = Column("beside", gettext_lazy("All at the close"), Look.DIFFERENCE, is_summed=True)
OF_PEOPLE = Column("beside", gettext_lazy("All after corrections"), Look.DIFFERENCE, is_summed=True)
FIGURES = [
    Column("shifts", gettext_lazy("Shifts"), Look.COUNT, is_summed=True, is_detail=True),
    Column("compared", gettext_lazy("Compared"), Look.COUNT, is_summed=True),
    Column("swapped", gettext_lazy("Wrong method"), Look.COUNT, is_summed=True, is_detail=True),
    SHORT,
    OVER,
    WITHIN,
    ALL,
]
SIDES = ("short", "over", "within")
# The fields that make a group.
KEYS = {"pharmacy": ["pharmacy"], "register": ["pharmacy", "register"], "cashier": ["cashier"], "weekday": ["weekday"]}


def _sums(result: str, difference: str, beside: Sum) -> dict[str, Aggregate]:
    return {
        "shifts": Count("pk"),
        "compared": Count(difference),
        "swapped": Count("pk", filter=Q((result, Result.SWAPPED))),
        "short": Sum(difference, filter=Q((result, Result.SHORT))),
        "over": Sum(difference, filter=Q((result, Result.OVER))),
        "within": Sum(difference, filter=Q((f"{result}__in", [Result.BALANCED, Result.SWAPPED]))),
        "all": Sum(difference),
        "beside": beside,
    }


SUMS_OF_PLACES = _sums("result", "total_difference", Sum("first_difference"))
SUMS_OF_PEOPLE = _sums("judged", "judged_difference", Sum("total_difference", filter=Q(deleted_at=None)))
JUDGED = {"judged": RESULT_AT_CLOSE, "judged_difference": DIFFERENCE_AT_CLOSE}


def by_place_or_person(query: ReportQuery) -> Table:
    keys, is_of_people = KEYS[query.by], query.by == "cashier"
    of_people = query.closed_by_people().annotate(**JUDGED)
    closed = of_people if is_of_people else query.in_range().filter(status=Status.CLOSED)
    closed = closed.annotate(weekday=ExtractIsoWeekDay("business_date"))
    if query.over:
        closed = closed.annotate(period=BEGINS[query.over])
        keys = ["period", *keys]
    sums = SUMS_OF_PEOPLE if is_of_people else SUMS_OF_PLACES
    found = _named(query, [known_sides(one) for one in closed.values(*keys).annotate(**sums)])
    name = Column("name", GROUPS[query.by])
    period = [Column("period", periods.STEPS[query.over], PERIODS[query.over])] if query.over else []
    rows = [_row(query, one) for one in found]
    figures = [*FIGURES, OF_PEOPLE if is_of_people else OF_PLACES]
    return Table([*period, name, *figures], rows, _charts(query, rows), least_summed=2)


def known_sides(one: dict[str, Any]) -> dict[str, Any]:
    """Nothing short among shifts that were compared is a zero; without any it stays unknown."""
    return one | {side: one[side] or 0 for side in SIDES if side in one} if one["compared"] else one


def _named(query: ReportQuery, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With their names, and in the order of these: people never by what is missing."""
    people = User.objects.in_bulk({one["cashier"] for one in found}) if query.by == "cashier" else {}
    for one in found:
        if query.by == "cashier":
            one["name"] = str(people[one["cashier"]])
        elif query.by == "weekday":
            one["name"] = capfirst(WEEKDAYS[one["weekday"] - 1])
        else:
            one["name"] = query.pharmacies[one["pharmacy"]]
        if query.by == "register":
            one["name"] = _("%(pharmacy)s, register %(number)s") % {"pharmacy": one["name"], "number": one["register"]}

    def place(one: dict[str, Any]) -> tuple[Any, ...]:
        return one.get("period", query.span[0]), one.get("weekday", 0), one["name"]

    return sorted(found, key=place)


def _row(query: ReportQuery, one: dict[str, Any]) -> Row:
    span = periods.around(one["period"], query.over) if query.over else query.span
    span = max(span[0], query.span[0]), min(span[1], query.span[1])
    known = {name: one[name] for name in ("pharmacy", "cashier") if name in one}
    return Row(one, query.list_link(span, **known) if known else "")


def _charts(query: ReportQuery, rows: list[Row]) -> list[Chart]:
    if not any(row["compared"] for row in rows):
        return []
    if query.over:
        return [_over_time(query, rows)]
    about = _("To the left what was short, to the right what was over.")
    names = [row["name"] for row in rows]
    return [Bars(_("Differences"), about, names, [drawn(rows, SHORT), drawn(rows, OVER)], is_difference=True)]


def _over_time(query: ReportQuery, rows: list[Row]) -> Lines:
    groups: dict[str, dict[date, int | None]] = defaultdict(dict)
    for row in rows:
        groups[row["name"]][row["period"]] = row[ALL.name]
    starts = query.starts(query.over)
    if len(groups) > MOST_LINES:
        groups = {_("All together"): {start: added([of.get(start) for of in groups.values()]) for start in starts}}
    about = _("The sum of the differences: below the line short, above it over. Gaps are times without a comparison.")
    series = [Series(name, [of.get(start) for start in starts]) for name, of in groups.items()]
    return Lines(_("Differences over time"), about, axis(starts, query.over), series)

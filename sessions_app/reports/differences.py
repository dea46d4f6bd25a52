"""Where drawers were off: by pharmacy, register, cashier or weekday, over the whole range or over time."""

from collections import defaultdict
from typing import Any

from django.db.models import Count, Q, Sum
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
from sessions_app.reports.report import BEGINS, PERIODS, Column, Look, ReportQuery, Row, Table, added, axis

GROUPS = {
    "pharmacy": gettext_lazy("Pharmacy"),
    "register": gettext_lazy("Register"),
    "cashier": gettext_lazy("Cashier"),
    "weekday": gettext_lazy("Weekday"),
}
# What makes a group.
KEYS = {"pharmacy": ["pharmacy"], "register": ["pharmacy", "register"], "cashier": ["cashier"], "weekday": ["weekday"]}
SUMS = {
    "shifts": Count("pk"),
    "compared": Count("total_difference"),
    "swapped": Count("pk", filter=Q(result=Result.SWAPPED)),
    "short": Sum("total_difference", filter=Q(result=Result.SHORT)),
    "over": Sum("total_difference", filter=Q(result=Result.OVER)),
    "all": Sum("total_difference"),
}


def by_place_or_person(query: ReportQuery) -> Table:
    keys = KEYS[query.by]
    closed = query.in_range().filter(status=Status.CLOSED).annotate(weekday=ExtractIsoWeekDay("business_date"))
    if query.over:
        closed = closed.annotate(period=BEGINS[query.over])
        keys = ["period", *keys]
    found = _named(query, [known_sides(one) for one in closed.values(*keys).annotate(**SUMS)])
    columns = [
        *([Column(periods.STEPS[query.over], PERIODS[query.over])] if query.over else []),
        Column(GROUPS[query.by]),
        Column(_("Shifts"), Look.COUNT),
        Column(_("Compared"), Look.COUNT),
        Column(_("Wrong method"), Look.COUNT),
        Column(_("Short"), Look.DIFFERENCE),
        Column(_("Over"), Look.DIFFERENCE),
        Column(_("All differences"), Look.DIFFERENCE),
    ]
    rows = [_row(query, one) for one in found]
    sums = [added([one[name] for one in found]) for name in SUMS]
    total = Row([*[_("Total"), ""][: 1 + bool(query.over)], *sums]) if len(found) > 1 else None
    return Table(columns, rows, total, _charts(query, found))


def known_sides(one: dict[str, Any]) -> dict[str, Any]:
    """Nothing short among shifts that were compared is a zero; without any it stays unknown."""
    return one | {side: one[side] or 0 for side in ("short", "over")} if one["compared"] else one


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
    period = [one["period"]] if query.over else []
    span = periods.around(one["period"], query.over) if query.over else query.span
    span = max(span[0], query.span[0]), min(span[1], query.span[1])
    known = {name: one[name] for name in ("pharmacy", "cashier") if name in one}
    link = query.list_link(span, **known) if known else ""
    return Row([*period, one["name"], *(one[name] for name in SUMS)], link)


def _charts(query: ReportQuery, found: list[dict[str, Any]]) -> list[Chart]:
    if not any(one["compared"] for one in found):
        return []
    if not query.over:
        about = _("To the left what was short, to the right what was over.")
        names = [one["name"] for one in found]
        series = [
            Series(_("Short"), [one["short"] for one in found]),
            Series(_("Over"), [one["over"] for one in found]),
        ]
        return [Bars(_("Differences"), about, names, series, is_difference=True)]
    groups: dict[str, dict[Any, int | None]] = defaultdict(dict)
    for one in found:
        groups[one["name"]][one["period"]] = one["all"]
    starts = query.starts(query.over)
    if len(groups) > MOST_LINES:
        groups = {_("All together"): {start: added([of.get(start) for of in groups.values()]) for start in starts}}
    about = _("The sum of the differences: below the line short, above it over. Gaps are times without a comparison.")
    series = [Series(name, [of.get(start) for start in starts]) for name, of in groups.items()]
    return [Lines(_("Differences over time"), about, axis(starts, query.over), series)]

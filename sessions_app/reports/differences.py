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
from cashpilot.charts import MOST_LINES, Chart, Series
from sessions_app.formulas import Result
from sessions_app.reports.tables import BEGINS, PERIODS, Asked, Column, Look, Row, Table, added, axis
from sessions_app.states import Status

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


def by_place_or_person(asked: Asked) -> Table:
    keys = KEYS[asked.by]
    closed = asked.in_range().filter(status=Status.CLOSED).annotate(weekday=ExtractIsoWeekDay("business_date"))
    if asked.over:
        closed = closed.annotate(period=BEGINS[asked.over])
        keys = ["period", *keys]
    found = _named(asked, [known_sides(one) for one in closed.values(*keys).annotate(**SUMS)])
    columns = [
        *([Column(periods.STEPS[asked.over], PERIODS[asked.over])] if asked.over else []),
        Column(GROUPS[asked.by]),
        Column(_("Shifts"), Look.COUNT),
        Column(_("Compared"), Look.COUNT),
        Column(_("Wrong method"), Look.COUNT),
        Column(_("Short"), Look.DIFFERENCE),
        Column(_("Over"), Look.DIFFERENCE),
        Column(_("All differences"), Look.DIFFERENCE),
    ]
    rows = [_row(asked, one) for one in found]
    sums = [added([one[name] for one in found]) for name in SUMS]
    total = Row([*[_("Total"), ""][: 1 + bool(asked.over)], *sums]) if len(found) > 1 else None
    return Table(columns, rows, total, _charts(asked, found))


def known_sides(one: dict[str, Any]) -> dict[str, Any]:
    """Nothing short among shifts that were compared is a zero; without any it stays unknown."""
    return one | {side: one[side] or 0 for side in ("short", "over")} if one["compared"] else one


def _named(asked: Asked, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With their names, and in the order of these: people never by what is missing."""
    people = User.objects.in_bulk({one["cashier"] for one in found}) if asked.by == "cashier" else {}
    for one in found:
        if asked.by == "cashier":
            one["name"] = str(people[one["cashier"]])
        elif asked.by == "weekday":
            one["name"] = capfirst(WEEKDAYS[one["weekday"] - 1])
        else:
            one["name"] = asked.pharmacies[one["pharmacy"]]
        if asked.by == "register":
            one["name"] = _("%(pharmacy)s, register %(number)s") % {"pharmacy": one["name"], "number": one["register"]}

    def place(one: dict[str, Any]) -> tuple[Any, ...]:
        return one.get("period", asked.span[0]), one.get("weekday", 0), one["name"]

    return sorted(found, key=place)


def _row(asked: Asked, one: dict[str, Any]) -> Row:
    period = [one["period"]] if asked.over else []
    span = periods.around(one["period"], asked.over) if asked.over else asked.span
    span = max(span[0], asked.span[0]), min(span[1], asked.span[1])
    known = {name: one[name] for name in ("pharmacy", "cashier") if name in one}
    link = asked.list_link(span, **known) if known else ""
    return Row([*period, one["name"], *(one[name] for name in SUMS)], link)


def _charts(asked: Asked, found: list[dict[str, Any]]) -> list[Chart]:
    if not any(one["compared"] for one in found):
        return []
    if not asked.over:
        about = _("To the left what was short, to the right what was over.")
        names = [one["name"] for one in found]
        series = [
            Series(_("Short"), [one["short"] for one in found]),
            Series(_("Over"), [one["over"] for one in found]),
        ]
        return [Chart("bars", _("Differences"), about, names, series, is_difference=True)]
    groups: dict[str, dict[Any, int | None]] = defaultdict(dict)
    for one in found:
        groups[one["name"]][one["period"]] = one["all"]
    starts = asked.starts(asked.over)
    if len(groups) > MOST_LINES:
        groups = {_("All together"): {start: added([of.get(start) for of in groups.values()]) for start in starts}}
    about = _("The sum of the differences: below the line short, above it over. Gaps are times without a comparison.")
    series = [Series(name, [of.get(start) for start in starts]) for name, of in groups.items()]
    return [Chart("lines", _("Differences over time"), about, axis(starts, asked.over), series)]

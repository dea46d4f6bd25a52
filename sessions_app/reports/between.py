"""Shifts that opened with other than what the shift before left in the drawer; charged to nobody."""

from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.querysets import full_name
from sessions_app.models import CashSession
from sessions_app.reports.report import Column, Look, ReportQuery, Row, Table

# What is shown -> its name, and the condition.
GAPS_BY = {
    "all": gettext_lazy("All gaps"),
    "missing": gettext_lazy("What is missing"),
    "over": gettext_lazy("What is too much"),
}
CONDITIONS: dict[str, dict[str, int]] = {"all": {}, "missing": {"gap__lt": 0}, "over": {"gap__gt": 0}}
COLUMNS = [
    Column("shift", gettext_lazy("Shift")),
    Column("business_date", gettext_lazy("Date"), Look.DAY),
    Column("pharmacy_name", gettext_lazy("Pharmacy")),
    Column("register", gettext_lazy("Register"), Look.COUNT, is_detail=True),
    Column("left_by", gettext_lazy("Left by shift"), is_detail=True),
    Column("left_by_name", gettext_lazy("Its cashier"), is_detail=True),
    Column("left", gettext_lazy("Left"), Look.MONEY),
    Column("first_initial_cash", gettext_lazy("Opened with"), Look.MONEY),
    Column("missing", gettext_lazy("Missing between shifts"), Look.MONEY, is_summed=True, is_sparse=True),
    Column("over", gettext_lazy("Too much between shifts"), Look.MONEY, is_summed=True, is_sparse=True),
]
NAMES: dict[str, Any] = {
    "pharmacy_name": F("pharmacy__name"),
    "left_by_name": Subquery(
        CashSession.objects.filter(pk=OuterRef("left_by")).annotate(name=full_name("cashier")).values("name")
    ),
}
FIELDS = ("pk", "business_date", "register", "left_by", "left", "first_initial_cash", "gap", *NAMES)


def between_shifts(query: ReportQuery) -> Table:
    shifts = query.in_range().filter(**CONDITIONS[query.by]).with_a_gap().with_what_was_left().annotate(**NAMES)
    return Table(COLUMNS, [_row(shift) for shift in shifts.order_by("-business_date", "-pk").values(*FIELDS)])


def _row(shift: dict[str, Any]) -> Row:
    gap = shift["gap"]
    told = {
        "shift": f"#{shift['pk']}",
        "left_by": f"#{shift['left_by']}",
        "missing": -gap if gap < 0 else None,
        "over": gap if gap > 0 else None,
    }
    return Row(shift | told, reverse("shift", args=[shift["pk"]]))

"""The shifts that carry a flag now."""

from collections import Counter
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.querysets import full_name
from cashpilot.charts.bars import Bars
from cashpilot.charts.base import Chart, Series
from sessions_app.domain.choices import Result
from sessions_app.domain.verdicts import at_the_close
from sessions_app.reports.report import Column, Look, ReportQuery, Row, Table, values_of

PHARMACY = Column("pharmacy_name", gettext_lazy("Pharmacy"))
COLUMNS = [
    Column("shift", gettext_lazy("Shift")),
    Column("business_date", gettext_lazy("Date"), Look.DAY),
    PHARMACY,
    Column("cashier_name", gettext_lazy("Cashier")),
    Column("result", gettext_lazy("Result")),
    Column("total_difference", gettext_lazy("Difference"), Look.DIFFERENCE),
    Column("at_close", gettext_lazy("At the close")),
    Column("flagged_at", gettext_lazy("Flagged"), Look.MOMENT, is_detail=True),
    Column("flagged_by_name", gettext_lazy("Flagged by"), is_detail=True),
    Column("flag_reason", gettext_lazy("Reason")),
]
NAMES = {
    "pharmacy_name": F("pharmacy__name"),
    "cashier_name": full_name("cashier"),
    "flagged_by_name": full_name("flagged_by"),
}
VERDICTS = ("result", "total_difference", "first_result", "first_difference")
FIELDS = ("pk", "business_date", *VERDICTS, "flagged_at", "flag_reason", *NAMES)


def newest_first(query: ReportQuery) -> Table:
    flagged = query.in_range().filter(flagged_at__isnull=False).annotate(**NAMES)
    rows = [_row(shift) for shift in flagged.order_by("-business_date", "-pk").values(*FIELDS)]
    return Table(COLUMNS, rows, _charts(query, rows))


def _row(shift: dict[str, Any]) -> Row:
    told = {
        "shift": f"#{shift['pk']}",
        "result": str(Result(shift["result"]).label),
        "at_close": _at_close(*(shift[name] for name in VERDICTS)),
    }
    return Row(shift | told, reverse("shift", args=[shift["pk"]]))


def _at_close(result: str, difference: int | None, first_result: str | None, first_difference: int) -> str:
    """Return the first verdict in words where it is not the present one."""
    is_other = first_result is not None and (first_result, first_difference) != (result, difference)
    return at_the_close(str(first_result), first_difference) if is_other else ""


def _charts(query: ReportQuery, rows: list[Row]) -> list[Chart]:
    counts = dict(sorted(Counter(values_of(rows, PHARMACY)).items()))
    links = [query.link_of_pharmacy(name, flagged=1) for name in counts]
    series = [Series(_("Flagged shifts"), list(counts.values()), links)]
    return [Bars(_("Flagged shifts by pharmacy"), "", list(counts), series)] if rows else []

"""The query string of the list of days."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cashpilot import periods
from cashpilot.normalize import folded
from cashpilot.web.http import Request
from pharmacies.models import Pharmacy
from pharmacies.query_forms import check_boxes, day
from sessions_app.filters.base import ShiftQueryForm
from sessions_app.queries.day_figures import DayFigures
from sessions_app.queries.search import Search


class DaysFilter(ShiftQueryForm):
    """A page asked for without a question shows the last week."""

    FINDS = _("Pharmacy, amount")
    LONGEST = 62  # days, the first and the last included
    # Columns of the list, under the names that the figures of a day have.
    SORTS: ClassVar = {
        "date": _("Date"),
        "received": _("Received"),
        "billed": _("Billed"),
        "difference": _("Difference"),
    }

    date_from = day(_("From"))
    date_to = day(_("To"))
    pharmacy = check_boxes(_("Pharmacies"))

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        for name in ("date_from", "date_to"):
            self.fields[name].required = True

    def defaults(self, asked: QueryDict) -> dict[str, str]:
        today = periods.today()
        if asked.get("date_from") or asked.get("date_to"):
            return {}
        return {"date_from": str(today - timedelta(days=6)), "date_to": str(today)}

    def clean(self) -> None:
        first, last = self.cleaned_data.get("date_from"), self.cleaned_data.get("date_to")
        if first and last and not 1 <= (last - first).days + 1 <= self.LONGEST:
            self.add_error("date_to", _("Choose at most 62 days, the first one first."))

    def asked(self) -> tuple[list[Pharmacy], date, date]:
        """Return the pharmacies, the first day and the last."""
        typed = self.cleaned_data
        chosen = [one for one in self.pharmacies if not typed["pharmacy"] or str(one.pk) in typed["pharmacy"]]
        return chosen, typed["date_from"], typed["date_to"]

    def listed(self, days: Iterable[DayFigures]) -> list[DayFigures]:
        """Return those that are searched for, in the order asked for; what is not known stands last."""
        found = [one for one in days if not self.search or _is_like(self.search, one)]
        sort = self.cleaned_data["sort"]
        if not sort:
            return found
        name = sort.removeprefix("-")
        known = [one for one in found if getattr(one, name) is not None]
        known.sort(key=lambda one: getattr(one, name), reverse=sort.startswith("-"))
        return known + [one for one in found if getattr(one, name) is None]


def _is_like(search: Search, day: DayFigures) -> bool:
    """Say whether the day's pharmacy has the words in its name, or one of its figures is the amount."""
    figures = (day.received, day.billed, day.difference)
    is_amount = search.amount is not None and search.amount in [abs(figure) for figure in figures if figure is not None]
    return is_amount or search.words in folded(str(day.pharmacy))

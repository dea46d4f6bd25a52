"""The query string of the list of days."""

from datetime import date, timedelta

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cashpilot import periods
from cashpilot.web.http import Request
from pharmacies.models import Pharmacy
from sessions_app.filters.base import QueryForm, check_boxes, day


class DaysFilter(QueryForm):
    """A page asked for without a question shows the last week."""

    LONGEST = 62  # days, the first and the last included

    date_from = day(_("From"))
    date_to = day(_("To"))
    pharmacy = check_boxes(_("Pharmacies"))

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        for name in ("date_from", "date_to"):
            self.fields[name].required = True

    def defaults(self, asked: QueryDict) -> dict[str, str]:
        today = periods.today()
        return {} if asked else {"date_from": str(today - timedelta(days=6)), "date_to": str(today)}

    def clean(self) -> None:
        first, last = self.cleaned_data.get("date_from"), self.cleaned_data.get("date_to")
        if first and last and not 1 <= (last - first).days + 1 <= self.LONGEST:
            self.add_error("date_to", _("Choose at most 62 days, the first one first."))

    def asked(self) -> tuple[list[Pharmacy], date, date]:
        """Return the pharmacies, the first day and the last."""
        typed = self.cleaned_data
        chosen = [one for one in self.pharmacies if not typed["pharmacy"] or str(one.pk) in typed["pharmacy"]]
        return chosen, typed["date_from"], typed["date_to"]

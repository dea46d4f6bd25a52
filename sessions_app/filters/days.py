"""Query strings: which of the visible shifts the dashboard's asks for, what a report is asked, which changes."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cashpilot import periods
from cashpilot.web.http import Request
from pharmacies.models import Pharmacy
from sessions_app.filters.fields import _day_field


class DaysFilter(forms.Form):
    """A page asked for without a question shows the last week."""

    LONGEST = timedelta(days=62)

    date_from = _day_field(_("From"))
    date_to = _day_field(_("To"))
    pharmacy = forms.MultipleChoiceField(label=_("Pharmacies"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, request: Request) -> None:
        today = periods.today()
        super().__init__(request.GET or {"date_from": str(today - timedelta(days=6)), "date_to": str(today)})
        self.pharmacies = list(Pharmacy.objects.visible_to(request.user))
        choice: Any = self.fields["pharmacy"]
        choice.choices = [(pharmacy.pk, str(pharmacy)) for pharmacy in self.pharmacies]
        for name in ("date_from", "date_to"):
            self.fields[name].required = True

    def clean(self) -> None:
        first, last = self.cleaned_data.get("date_from"), self.cleaned_data.get("date_to")
        if first and last and not timedelta(0) <= last - first <= self.LONGEST:
            self.add_error("date_to", _("Choose at most 62 days, the first one first."))

    def asked(self) -> tuple[list[Pharmacy], date, date]:
        """Which pharmacies, from which day to which."""
        typed = self.cleaned_data
        chosen = [one for one in self.pharmacies if not typed["pharmacy"] or str(one.pk) in typed["pharmacy"]]
        return chosen, typed["date_from"], typed["date_to"]

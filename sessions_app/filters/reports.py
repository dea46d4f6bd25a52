"""Query strings: which of the visible shifts the dashboard's asks for, what a report is query, which changes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cashpilot import periods
from cashpilot.web.http import Request
from pharmacies.models import Pharmacy
from sessions_app.filters.fields import _day_field, preset_links
from sessions_app.models import CashSession
from sessions_app.reports.report import Report, ReportQuery


class ReportFilter(forms.Form):
    """A range of at most a year, this month unless another is asked for; all pharmacies unless some are chosen."""

    MOST_DAYS = 366

    date_from = _day_field(_("From"))
    date_to = _day_field(_("To"))
    by = forms.ChoiceField(label=_("Divided by"), required=False)
    over = forms.ChoiceField(label=_("Over time"), required=False)
    pharmacy = forms.TypedMultipleChoiceField(
        label=_("Pharmacies"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple({"class": "ticks"}),
        help_text=_("All of them, if none is ticked."),
    )

    def __init__(self, request: Request, report: Report) -> None:
        month = periods.preset("this_month", periods.today())
        self.query = request.GET.copy()
        if not self.query.get("date_from") and not self.query.get("date_to"):
            self.query["date_from"], self.query["date_to"] = map(str, month)
        super().__init__(self.query)
        self.report, self.user = report, request.user
        self.pharmacies = {place.pk: str(place) for place in Pharmacy.objects.visible_to(request.user).only("name")}
        self._offer("by", list(report.by.items()))
        self._offer("over", [("", _("The whole range")), *report.over.items()] if report.over else [])
        self._offer("pharmacy", list(self.pharmacies.items()) if len(self.pharmacies) > 1 else [])

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices
        if not choices:
            del self.fields[name]

    def clean(self) -> None:
        """One end alone: from the first of that month, or until today."""
        first, last = self.cleaned_data.get("date_from"), self.cleaned_data.get("date_to")
        if last:
            first = first or last.replace(day=1)
        elif first:
            last = max(first, periods.today())
        if self.errors or not first or not last:
            return
        self.cleaned_data |= {"date_from": first, "date_to": last}
        if first > last:
            self.add_error("date_to", _("The last day comes before the first."))
        elif (last - first).days >= self.MOST_DAYS:
            self.add_error("date_from", _("Choose at most a year."))

    def asked(self) -> ReportQuery:
        """Raises KeyError on what is not valid."""
        typed = self.cleaned_data
        chosen = typed.get("pharmacy") or self.pharmacies
        sessions = CashSession.objects.visible_to(self.user).live()
        if typed.get("pharmacy"):
            sessions = sessions.filter(pharmacy__in=typed["pharmacy"])
        return ReportQuery(
            sessions=sessions,
            pharmacies={pk: name for pk, name in self.pharmacies.items() if pk in chosen},
            span=(typed["date_from"], typed["date_to"]),
            by=typed.get("by") or next(iter(self.report.by), ""),
            over=typed.get("over", ""),
        )

    def presets(self) -> list[dict[str, Any]]:
        return preset_links(self.query)

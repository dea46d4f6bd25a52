"""The query string of a report."""

from typing import Any, Self

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cashpilot import periods
from cashpilot.money import WholeNumberFormField
from cashpilot.web.forms import FreeText
from cashpilot.web.http import Request
from pharmacies.query_forms import day
from sessions_app.filters.base import ShiftQueryForm
from sessions_app.models import CashSession
from sessions_app.reports.catalogue import REPORTS
from sessions_app.reports.report import Report, ReportQuery, Table


class ReportFilter(ShiftQueryForm):
    """A range of at most a year, this month unless another is asked for; all pharmacies unless some are chosen."""

    MOST_DAYS = 366
    FINDS = _("Any text of the table")

    date_from = day(_("From"))
    date_to = day(_("To"))
    by = forms.ChoiceField(required=False)
    over = forms.ChoiceField(label=_("Over time"), required=False)
    pharmacy = forms.TypedMultipleChoiceField(
        label=_("Pharmacies"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple({"class": "ticks"}),
        help_text=_("All of them, if none is ticked."),
    )

    # Links ask for one person; the page has no field for it.
    cashier = WholeNumberFormField(label=_("One cashier alone"), required=False, widget=forms.HiddenInput)
    # A column of the table; one that it does not have puts nothing in order.
    sort = FreeText(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, request: Request, report: Report) -> None:
        super().__init__(request)
        self.report = report
        self.fields["by"].label = report.by_label
        self.add_choices("by", report.by.items())
        self.add_choices("over", [("", _("The whole range")), *report.over.items()] if report.over else [])
        for name, fewest in {"by": 1, "over": 1, "pharmacy": 2}.items():
            self._drop(name, fewest)

    @classmethod
    def of(cls, request: Request, **address: Any) -> Self:
        return cls(request, REPORTS[address["name"]])

    def _drop(self, name: str, fewest: int) -> None:
        """Leave out a question with fewer answers."""
        field: Any = self.fields[name]
        if len(list(field.choices)) < fewest:
            del self.fields[name]

    def defaults(self, asked: QueryDict) -> dict[str, str]:
        if asked.get("date_from") or asked.get("date_to"):
            return {}
        first, last = periods.preset("this_month", periods.today())
        return {"date_from": str(first), "date_to": str(last)}

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

    def on_paper(self) -> list[str]:
        if not self.is_valid():
            return []
        query = self.asked()
        lines = [self._dates_on_paper(), ", ".join(query.pharmacies.values())]
        divided = [(self.report.by_label, self.report.by, query.by), (_("Over time"), self.report.over, query.over)]
        lines += [f"{label}: {choices[chosen]}" for label, choices, chosen in divided if chosen]
        return lines + [chip.text for name in ("text", "cashier") for chip in self._chips_of(self[name])]

    def arranged(self, table: Table) -> Table:
        """Return the table with the rows that are searched for, in the order asked for."""
        return table.found(self.cleaned_data["text"]).sorted(self.cleaned_data["sort"])

    def asked(self) -> ReportQuery:
        """Raises KeyError on what is not valid."""
        typed = self.cleaned_data
        chosen = typed.get("pharmacy") or [place.pk for place in self.pharmacies]
        sessions = CashSession.objects.visible_to(self.user)
        if typed.get("pharmacy"):
            sessions = sessions.filter(pharmacy__in=typed["pharmacy"])
        if typed.get("cashier"):
            sessions = sessions.filter(cashier=typed["cashier"])
        return ReportQuery(
            sessions=sessions,
            pharmacies={place.pk: str(place) for place in self.pharmacies if place.pk in chosen},
            span=(typed["date_from"], typed["date_to"]),
            by=typed.get("by") or next(iter(self.report.by), ""),
            over=typed.get("over", ""),
            cashier=typed["cashier"],
        )

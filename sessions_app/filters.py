"""Query strings: which of the visible shifts the dashboard's asks for, what a report is asked, which changes."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ChoiceField

from accounts.models import User
from cashpilot import periods
from cashpilot.money import WholeNumberFormField
from cashpilot.requests import Request
from cashpilot.text import folded
from pharmacies.models import Pharmacy
from sessions_app import audit, reports
from sessions_app.formulas import Result
from sessions_app.models import CashSession, Movement, Tally
from sessions_app.querysets import CashSessionQuerySet, MovementQuerySet
from sessions_app.states import Status

DELETED = "deleted"
YES_NO = [("1", _("Yes")), ("0", _("No"))]

# Filter -> the condition on tallies that says the same as on shifts.
TALLIED: dict[str, Callable[[str], Q]] = {
    "pharmacy": lambda value: Q(pharmacy=value),
    "cashier": lambda value: Q(cashier=value),
    "status": lambda value: Q(result=Result.OPEN) if value == Status.OPEN else ~Q(result=Result.OPEN),
    "result": lambda value: Q(result=value),
    "flagged": lambda value: Q(is_flagged=value == "1"),
    "reviewed": lambda value: Q(is_reviewed=value == "1"),
}


def _day(label: Any, lookup: str) -> django_filters.DateFilter:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return django_filters.DateFilter(field_name="business_date", lookup_expr=lookup, label=label, widget=widget)


class YesNoField(ChoiceField):
    """`1` or `0` as the page writes it, or the words that people and other programs put in an address."""

    WORDS = {"true": "1", "yes": "1", "on": "1", "false": "0", "no": "0", "off": "0"}

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value)
        return self.WORDS.get(text.lower(), text)


class YesNoFilter(django_filters.ChoiceFilter):
    field_class = YesNoField


class ShiftFilter(django_filters.FilterSet):
    """Choices are loaded once and checked in memory: a filtered page costs no more queries than a bare one."""

    date_from = _day(_("From"), "gte")
    date_to = _day(_("To"), "lte")
    pharmacy = django_filters.ChoiceFilter(label=_("Pharmacy"), empty_label=_("All"))
    cashier = django_filters.ChoiceFilter(label=_("Cashier"), empty_label=_("All"))
    status = django_filters.ChoiceFilter(label=_("Status"), empty_label=_("All"), method="of_status")
    result = django_filters.ChoiceFilter(label=_("Result"), empty_label=_("All"), choices=Result.choices)
    flagged = YesNoFilter(label=_("Flagged"), empty_label=_("All"), choices=YES_NO, method="of_mark")
    reviewed = YesNoFilter(label=_("Signed off"), empty_label=_("All"), choices=YES_NO, method="of_mark")

    class Meta:
        model = CashSession
        fields: list[str] = []

    def __init__(self, request: Request) -> None:
        super().__init__(request.GET, queryset=CashSession.objects.visible_to(request.user), request=request)
        pharmacies = Pharmacy.objects.visible_to(request.user).only("name")
        self.filters["pharmacy"].extra["choices"] = [(pharmacy.pk, str(pharmacy)) for pharmacy in pharmacies]
        self.filters["status"].extra["choices"] = list(Status.choices)
        if not request.user.has_perm("sessions_app.view_every_cashsession"):
            del self.filters["cashier"]
            return
        people = User.objects.visible_to(request.user).only("first_name", "last_name", "email")
        self.filters["cashier"].extra["choices"] = [(person.pk, str(person)) for person in people]
        self.filters["status"].extra["choices"] += [(DELETED, _("Deleted"))]

    def filter_queryset(self, queryset: CashSessionQuerySet) -> CashSessionQuerySet:
        """Deleted shifts are shown only where they are asked for."""
        if self.form.cleaned_data["status"] != DELETED:
            queryset = queryset.live()
        return super().filter_queryset(queryset)

    def of_status(self, queryset: CashSessionQuerySet, name: str, value: str) -> CashSessionQuerySet:
        return queryset.deleted() if value == DELETED else queryset.filter(status=value)

    def of_mark(self, queryset: CashSessionQuerySet, name: str, value: str) -> CashSessionQuerySet:
        return queryset.filter(**{f"{name}_at__isnull": value == "0"})

    def totals(self) -> dict[str, int]:
        """Of what is filtered. Over all dates they are read off the tallies, which say the same."""
        chosen = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        if chosen.get("status") == DELETED or chosen.keys() - TALLIED:
            return reports.totals(self.qs)
        tallies = Tally.objects.visible_to(self.request.user)
        for name, lookup in TALLIED.items():
            if name in chosen:
                tallies = tallies.filter(lookup(chosen[name]))
        return reports.tallied_totals(tallies)

    def presets(self) -> list[dict[str, Any]]:
        return preset_links(self.data)


def preset_links(asked: QueryDict) -> list[dict[str, Any]]:
    """Links to the usual ranges, keeping the other filters; dates as the address writes them."""
    today = periods.today()
    links = []
    for name, label in periods.PRESETS.items():
        first, last = map(str, periods.preset(name, today))
        query = asked.copy()
        query.pop("page", None)
        query["date_from"], query["date_to"] = first, last
        chosen = (asked.get("date_from"), asked.get("date_to")) == (first, last)
        links.append({"label": label, "query": query.urlencode(), "is_chosen": chosen})
    return links


class ReviewFilter(django_filters.FilterSet):
    """Of the shifts that wait to be signed off."""

    pharmacy = django_filters.ChoiceFilter(label=_("Pharmacy"), empty_label=_("All"))
    result = django_filters.ChoiceFilter(label=_("Result"), empty_label=_("All"), choices=Result.choices[1:])

    class Meta:
        model = CashSession
        fields: list[str] = []

    def __init__(self, request: Request) -> None:
        waiting = CashSession.objects.visible_to(request.user).unreviewed()
        super().__init__(request.GET, queryset=waiting, request=request)
        pharmacies = Pharmacy.objects.visible_to(request.user).only("name")
        self.filters["pharmacy"].extra["choices"] = [(pharmacy.pk, str(pharmacy)) for pharmacy in pharmacies]


def _choice(label: Any, choices: Iterable[tuple[Any, Any]] = ()) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", _("All")), *choices])


def _day_field(label: Any) -> forms.DateField:
    """Within the years that an instant can be made of."""
    limits = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, validators=limits)


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

    def __init__(self, request: Request, report: reports.Report) -> None:
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

    def asked(self) -> reports.Asked:
        """Raises KeyError on what is not valid."""
        typed = self.cleaned_data
        chosen = typed.get("pharmacy") or self.pharmacies
        sessions = CashSession.objects.visible_to(self.user).live()
        if typed.get("pharmacy"):
            sessions = sessions.filter(pharmacy__in=typed["pharmacy"])
        return reports.Asked(
            sessions=sessions,
            pharmacies={pk: name for pk, name in self.pharmacies.items() if pk in chosen},
            span=(typed["date_from"], typed["date_to"]),
            by=typed.get("by") or next(iter(self.report.by), ""),
            over=typed.get("over", ""),
        )

    def presets(self) -> list[dict[str, Any]]:
        return preset_links(self.query)


class AuditFilter(forms.Form):
    date_from = _day_field(_("From"))
    date_to = _day_field(_("To"))
    who = _choice(_("Who did it"))
    kind = _choice(_("What was changed"), [(kind, capfirst(label)) for kind, label in audit.KINDS.items()])
    number = WholeNumberFormField(label=_("Its number"), required=False)
    sort = _choice(_("Kind of change"), [(sort, capfirst(label)) for sort, (label, _rows) in audit.SORTS.items()])
    pharmacy = _choice(_("Pharmacy"))
    before = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, request: Request) -> None:
        super().__init__(request.GET)
        rows = {"who": User.objects.visible_to(request.user), "pharmacy": Pharmacy.objects.visible_to(request.user)}
        for name, offered in rows.items():
            choice: Any = self.fields[name]
            choice.choices += [(row.pk, str(row)) for row in offered]

    def clean_before(self) -> audit.Cursor | None:
        try:
            return audit.Cursor.read(self.cleaned_data["before"]) if self.cleaned_data["before"] else None
        except (ValueError, OverflowError):
            raise forms.ValidationError(_("Go back to the newest changes and page from there.")) from None

    def clean(self) -> None:
        if self.cleaned_data.get("number") is not None and self.cleaned_data.get("kind") == "":
            self.add_error("kind", _("Choose what the number belongs to."))

    def asked(self) -> audit.Asked:
        typed = self.cleaned_data
        return audit.Asked(**{**typed, "who": typed["who"] or None, "pharmacy": typed["pharmacy"] or None})

    def query(self) -> str:
        """The filters as they stand, without the page, for links."""
        query = QueryDict(mutable=True)
        query.update(self.data)
        query.pop("before", None)
        return query.urlencode()


class TransferFilter(forms.Form):
    """Of the transfers that can be held against the bank. A page asked for without a question shows what is pending."""

    PENDING, SEEN = "0", "1"

    date_from = _day_field(_("From"))
    date_to = _day_field(_("To"))
    verified = _choice(_("In the bank"), [(PENDING, _("Pending")), (SEEN, _("Seen"))])
    text = forms.CharField(label=_("Text"), required=False, max_length=200)
    pharmacy = forms.MultipleChoiceField(label=_("Pharmacies"), required=False, widget=forms.CheckboxSelectMultiple)
    cashier = forms.MultipleChoiceField(label=_("Cashiers"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, request: Request) -> None:
        super().__init__(request.GET or {"verified": self.PENDING})
        self.user = request.user
        offered = {"pharmacy": Pharmacy.objects.visible_to(self.user), "cashier": User.objects.can_open_shifts()}
        for name, rows in offered.items():
            choice: Any = self.fields[name]
            choice.choices = [(row.pk, str(row)) for row in rows]

    def is_narrowed(self) -> bool:
        """By more than the dates and the tick, which are always in sight."""
        return any(self.data.get(name) for name in ("text", "pharmacy", "cashier"))

    def transfers(self) -> MovementQuerySet:
        """Pending and seen ones alike."""
        transfers, typed = Movement.objects.visible_to(self.user).transfers(), self.cleaned_data
        if typed["date_from"]:
            transfers = transfers.filter(created_at__gte=periods.midnight(typed["date_from"]))
        if typed["date_to"]:
            transfers = transfers.filter(created_at__lt=periods.midnight(typed["date_to"] + timedelta(days=1)))
        for name in ("pharmacy", "cashier"):
            if typed[name]:
                transfers = transfers.filter(**{f"session__{name}__in": typed[name]})
        return transfers.filter(search__contains=folded(typed["text"])) if typed["text"] else transfers

    def rows(self) -> MovementQuerySet:
        tick = self.cleaned_data["verified"]
        return self.transfers().filter(verified_at__isnull=tick == self.PENDING) if tick else self.transfers()

    def totals(self) -> dict[str, int]:
        """How many are pending and how many seen, and guaraníes, whichever of them are listed."""
        return reports.transfer_totals(self.transfers())

    def count(self, totals: dict[str, int]) -> int:
        """How many are listed."""
        counts = {self.PENDING: totals["pending"], self.SEEN: totals["seen"]}
        return counts.get(self.cleaned_data["verified"], sum(counts.values()))


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

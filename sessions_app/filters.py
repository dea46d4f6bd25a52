"""The dashboard's query string: which of the visible shifts."""

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ChoiceField

from accounts.models import User
from cashpilot import periods
from cashpilot.requests import Request
from pharmacies.models import Pharmacy
from sessions_app.formulas import Result
from sessions_app.models import CashSession
from sessions_app.querysets import CashSessionQuerySet
from sessions_app.states import Status

DELETED = "deleted"


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
    flagged = YesNoFilter(
        label=_("Flagged"), empty_label=_("All"), choices=[("1", _("Yes")), ("0", _("No"))], method="of_flag"
    )

    class Meta:
        model = CashSession
        fields: list[str] = []

    def __init__(self, request: Request) -> None:
        super().__init__(request.GET, queryset=CashSession.objects.visible_to(request.user), request=request)
        pharmacies = Pharmacy.objects.visible_to(request.user)
        self.filters["pharmacy"].extra["choices"] = [(pharmacy.pk, str(pharmacy)) for pharmacy in pharmacies]
        self.filters["status"].extra["choices"] = list(Status.choices)
        if not request.user.has_perm("sessions_app.view_every_cashsession"):
            del self.filters["cashier"]
            return
        people = User.objects.visible_to(request.user)
        self.filters["cashier"].extra["choices"] = [(person.pk, str(person)) for person in people]
        self.filters["status"].extra["choices"] += [(DELETED, _("Deleted"))]

    def filter_queryset(self, queryset: CashSessionQuerySet) -> CashSessionQuerySet:
        """Deleted shifts are shown only where they are asked for."""
        if self.form.cleaned_data["status"] != DELETED:
            queryset = queryset.live()
        return super().filter_queryset(queryset)

    def of_status(self, queryset: CashSessionQuerySet, name: str, value: str) -> CashSessionQuerySet:
        return queryset.deleted() if value == DELETED else queryset.filter(status=value)

    def of_flag(self, queryset: CashSessionQuerySet, name: str, value: str) -> CashSessionQuerySet:
        return queryset.filter(flagged_at__isnull=value == "0")

    def presets(self) -> list[dict[str, Any]]:
        """Links to the usual ranges, keeping the other filters; dates as the address writes them."""
        today = periods.today()
        links = []
        for name, label in periods.PRESETS.items():
            first, last = periods.preset(name, today)
            query = self.data.copy()
            query.pop("page", None)
            query["date_from"], query["date_to"] = str(first), str(last)
            chosen = (self.data.get("date_from"), self.data.get("date_to")) == (str(first), str(last))
            links.append({"label": label, "query": query.urlencode(), "is_chosen": chosen})
        return links

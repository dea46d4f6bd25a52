"""Query strings: which of the visible shifts the dashboard's asks for, what a report is asked, which changes."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot.web.http import Request
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Result, Status
from sessions_app.filters.fields import YES_NO, YesNoFilter, _day, preset_links
from sessions_app.models import CashSession, RunningTotal
from sessions_app.queries.totals import sum_running_totals, sum_shifts
from sessions_app.querysets.shifts import CashSessionQuerySet

DELETED = "deleted"
# Filter -> the condition on running_totals that says the same as on shifts.
IN_RUNNING_TOTALS: dict[str, Callable[[str], Q]] = {
    "pharmacy": lambda value: Q(pharmacy=value),
    "cashier": lambda value: Q(cashier=value),
    "status": lambda value: Q(result=Result.OPEN) if value == Status.OPEN else ~Q(result=Result.OPEN),
    "result": lambda value: Q(result=value),
    "flagged": lambda value: Q(is_flagged=value == "1"),
    "signed_off": lambda value: Q(is_signed_off=value == "1"),
}


class ShiftFilter(django_filters.FilterSet):
    """Choices are loaded once and checked in memory: a filtered page costs no more queries than a bare one."""

    date_from = _day(_("From"), "gte")
    date_to = _day(_("To"), "lte")
    pharmacy = django_filters.ChoiceFilter(label=_("Pharmacy"), empty_label=_("All"))
    cashier = django_filters.ChoiceFilter(label=_("Cashier"), empty_label=_("All"))
    status = django_filters.ChoiceFilter(label=_("Status"), empty_label=_("All"), method="of_status")
    result = django_filters.ChoiceFilter(label=_("Result"), empty_label=_("All"), choices=Result.choices)
    flagged = YesNoFilter(label=_("Flagged"), empty_label=_("All"), choices=YES_NO, method="of_mark")
    signed_off = YesNoFilter(label=_("Signed off"), empty_label=_("All"), choices=YES_NO, method="of_mark")

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
        """Of what is filtered. Over all dates they are read off the running_totals, which say the same."""
        chosen = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        if chosen.get("status") == DELETED or chosen.keys() - IN_RUNNING_TOTALS:
            return sum_shifts(self.qs)
        rows = RunningTotal.objects.visible_to(self.request.user)
        for name, lookup in IN_RUNNING_TOTALS.items():
            if name in chosen:
                rows = rows.filter(lookup(chosen[name]))
        return sum_running_totals(rows)

    def presets(self) -> list[dict[str, Any]]:
        return preset_links(self.data)

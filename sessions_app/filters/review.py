"""Query strings: which of the visible shifts the dashboard's asks for, what a report is asked, which changes."""

import django_filters
from django.utils.translation import gettext_lazy as _

from cashpilot.web.http import Request
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Result
from sessions_app.models import CashSession


class ReviewFilter(django_filters.FilterSet):
    """Of the shifts that wait to be signed off."""

    pharmacy = django_filters.ChoiceFilter(label=_("Pharmacy"), empty_label=_("All"))
    result = django_filters.ChoiceFilter(label=_("Result"), empty_label=_("All"), choices=Result.choices[1:])

    class Meta:
        model = CashSession
        fields: list[str] = []

    def __init__(self, request: Request) -> None:
        waiting = CashSession.objects.visible_to(request.user).awaiting_sign_off()
        super().__init__(request.GET, queryset=waiting, request=request)
        pharmacies = Pharmacy.objects.visible_to(request.user).only("name")
        self.filters["pharmacy"].extra["choices"] = [(pharmacy.pk, str(pharmacy)) for pharmacy in pharmacies]

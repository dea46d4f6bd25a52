"""The query string of the shifts that wait to be signed off."""

from django.utils.translation import gettext_lazy as _

from sessions_app.domain.choices import Result
from sessions_app.filters.base import QueryForm, choice
from sessions_app.models import CashSession
from sessions_app.querysets.shifts import CashSessionQuerySet


class ReviewFilter(QueryForm):
    pharmacy = choice(_("Pharmacy"))
    result = choice(_("Result"), Result.choices[1:])

    def rows(self) -> CashSessionQuerySet:
        return CashSession.objects.visible_to(self.user).awaiting_sign_off().filter(**self.chosen())

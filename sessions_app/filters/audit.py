"""Query strings: which of the visible shifts the dashboard's asks for, what a report is asked, which changes."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot.money import WholeNumberFormField
from cashpilot.web.http import Request
from pharmacies.models import Pharmacy
from sessions_app.filters.fields import _choice, _day_field
from sessions_app.queries.audit.rows import CHANGE_KINDS, KINDS, AuditQuery, Cursor


class AuditFilter(forms.Form):
    date_from = _day_field(_("From"))
    date_to = _day_field(_("To"))
    who = _choice(_("Who did it"))
    kind = _choice(_("What was changed"), [(kind, capfirst(label)) for kind, label in KINDS.items()])
    number = WholeNumberFormField(label=_("Its number"), required=False)
    change = _choice(_("Kind of change"), [(name, capfirst(label)) for name, (label, _rows) in CHANGE_KINDS.items()])
    pharmacy = _choice(_("Pharmacy"))
    before = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, request: Request) -> None:
        super().__init__(request.GET)
        rows = {"who": User.objects.visible_to(request.user), "pharmacy": Pharmacy.objects.visible_to(request.user)}
        for name, offered in rows.items():
            choice: Any = self.fields[name]
            choice.choices += [(row.pk, str(row)) for row in offered]

    def clean_before(self) -> Cursor | None:
        try:
            return Cursor.read(self.cleaned_data["before"]) if self.cleaned_data["before"] else None
        except (ValueError, OverflowError):
            raise forms.ValidationError(_("Go back to the newest changes and page from there.")) from None

    def clean(self) -> None:
        if self.cleaned_data.get("number") is not None and self.cleaned_data.get("kind") == "":
            self.add_error("kind", _("Choose what the number belongs to."))

    def asked(self) -> AuditQuery:
        typed = self.cleaned_data
        return AuditQuery(**{**typed, "who": typed["who"] or None, "pharmacy": typed["pharmacy"] or None})

    def query(self) -> str:
        """The filters as they stand, without the page, for links."""
        query = QueryDict(mutable=True)
        query.update(self.data)
        query.pop("before", None)
        return query.urlencode()

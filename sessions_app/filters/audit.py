"""The query string of the changes."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot.money import WholeNumberFormField
from cashpilot.web.http import Request
from pharmacies.query_forms import choice, day
from sessions_app.filters.base import ShiftQueryForm
from sessions_app.queries.audit.rows import CHANGE_KINDS, KINDS, AuditQuery, Cursor


class AuditFilter(ShiftQueryForm):
    date_from = day(_("From"))
    date_to = day(_("To"))
    who = choice(_("Who did it"))
    kind = choice(_("What was changed"), [(kind, capfirst(label)) for kind, label in KINDS.items()])
    number = WholeNumberFormField(label=_("Its number"), required=False)
    change = choice(_("Kind of change"), [(name, capfirst(label)) for name, (label, _rows) in CHANGE_KINDS.items()])
    pharmacy = choice(_("Pharmacy"))
    before = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.offer("who", lambda: User.objects.visible_to(self.user))

    def clean_before(self) -> Cursor | None:
        try:
            return Cursor.read(self.cleaned_data["before"]) if self.cleaned_data["before"] else None
        except (ValueError, OverflowError):
            raise forms.ValidationError(_("Go back to the newest changes and page from there.")) from None

    def clean(self) -> None:
        if self.cleaned_data.get("number") is not None and self.cleaned_data.get("kind") == "":
            self.add_error("kind", _("Choose what the number belongs to."))

    def asked(self) -> AuditQuery:
        typed = {name: value for name, value in self.cleaned_data.items() if name != "text"}
        people = {name: typed[name] or None for name in ("who", "pharmacy")}
        return AuditQuery(**{**typed, **people}, search=self.search)

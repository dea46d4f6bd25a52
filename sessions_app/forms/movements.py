"""Forms for movements: they turn text into values. They do not decide what a person may do."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cashpilot.money import MoneyFormField
from cashpilot.web.forms import reason_field
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.forms.fields import DESCRIBED
from sessions_app.models import CashSession

if TYPE_CHECKING:
    pass


class MovementForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices, initial=Kind.EXPENSE, widget=forms.RadioSelect)
    amount = MoneyFormField(label=_("Amount"), min_value=1)
    description = forms.CharField(label=_("Description"), max_length=200, required=False)
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    reason = reason_field(_("Reason"), required=False)

    def __init__(self, data: Any = None, *, shift: CashSession) -> None:
        super().__init__(data)
        if shift.is_open:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = True

    def clean(self) -> None:
        if self.cleaned_data.get("kind") in DESCRIBED and self.cleaned_data.get("description") == "":
            self.add_error("description", _("Describe it in a few words."))

    def values(self) -> dict[str, Any]:
        typed = self.cleaned_data
        token = {"token": typed["token"]} if typed["token"] else {}
        new = NewMovement(typed["kind"], typed["amount"], typed["description"], **token)
        return {"new": new, "reason": typed.get("reason", "")}

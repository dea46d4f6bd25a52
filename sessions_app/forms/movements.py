"""Forms for movements: they turn text into values. They do not decide what a person may do."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot.money import MoneyFormField
from cashpilot.web.forms import FreeText, reason_field
from pharmacies.models import Pharmacy
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.forms.fields import DESCRIBED, AskedOnceMore, KeyedRadios, reference_field
from sessions_app.models import CashSession, Movement


class DescriptionsForm(forms.Form):
    """For which pharmacy and kind descriptions are offered."""

    pharmacy = forms.ModelChoiceField(Pharmacy.objects.none())
    kind = forms.ChoiceField(choices=Kind.choices)

    def __init__(self, data: Any, *, by: User) -> None:
        super().__init__(data)
        cast("forms.ModelChoiceField[Pharmacy]", self.fields["pharmacy"]).queryset = Pharmacy.objects.visible_to(by)


class TransfersField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic in the stubs alone
    # No number of a row is longer, and no driver sends one beyond 64 bits.
    MOST_DIGITS = 18

    def clean(self, value: Any) -> Any:
        for number in value or ():
            if len(number) > self.MOST_DIGITS:
                raise forms.ValidationError(self.error_messages["invalid_choice"], params={"value": number})
        return super().clean(value)


class TransfersForm(forms.Form):
    """The transfers that were found in the bank's list."""

    transfer = TransfersField(
        Movement.objects.none(), error_messages={"required": _("Tick the ones that you found in the bank's list.")}
    )

    def __init__(self, data: Any, *, by: User) -> None:
        super().__init__(data)
        field = cast("forms.ModelMultipleChoiceField[Movement]", self.fields["transfer"])
        field.queryset = Movement.objects.visible_to(by)


class MovementForm(AskedOnceMore):
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices, initial=Kind.EXPENSE, widget=KeyedRadios)
    amount = MoneyFormField(label=_("Amount"), min_value=1)
    description = FreeText(label=_("Description"), max_length=200, required=False)
    reference = reference_field()
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    reason = reason_field(_("Reason"), required=False)

    def __init__(self, data: Any = None, *, shift: CashSession, kinds: Sequence[Kind] = (), **options: Any) -> None:
        """`kinds`: those that are offered, the first one chosen; all of them where none are named."""
        super().__init__(data, **options)
        if kinds:
            self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]
            self.fields["kind"].initial = kinds[0]
        if shift.is_open:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = True
        chosen = self.get_initial_for_field(self.fields["kind"], "kind")
        # All that its fields are drawn by, while nobody typed into them.
        self.shown = f"{self.auto_id} {shift.is_open} {[*map(str, kinds)]} {chosen}"

    def clean(self) -> None:
        if self.cleaned_data.get("kind") in DESCRIBED and self.cleaned_data.get("description") == "":
            self.add_error("description", _("Describe it in a few words."))
        if self.cleaned_data.get("kind", Kind.TRANSFER) != Kind.TRANSFER and self.cleaned_data.get("reference"):
            self.add_error("reference", _("Only bank transfers have a reference."))

    def compared(self) -> dict[str, str]:
        return {self.cleaned_data["kind"]: "amount"}

    def values(self) -> dict[str, Any]:
        typed = self.cleaned_data
        token = {"token": typed["token"]} if typed["token"] else {}
        new = NewMovement(typed["kind"], typed["amount"], typed["description"], reference=typed["reference"], **token)
        return {"new": new, "reason": typed.get("reason", "")}

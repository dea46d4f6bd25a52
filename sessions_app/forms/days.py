"""Forms for days: they turn text into values. They do not decide what a person may do."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cashpilot.money import MoneyFormField, SignedMoneyFormField, WholeNumberFormField
from cashpilot.web.forms import reason_field
from pharmacies.models import Pharmacy
from sessions_app.actions.days import WRITABLE
from sessions_app.forms.fields import say_transfers_are_cash
from sessions_app.forms.marks import SignOffForm
from sessions_app.models import Day

if TYPE_CHECKING:
    pass


class DayForm(forms.Form):
    """The billed figures of a day, or that there was no business. Blank is unknown, never zero."""

    is_closed = forms.BooleanField(label=_("No business that day"), required=False)
    billed_cash = MoneyFormField(label=_("Billed in cash"), required=False)
    billed_card = MoneyFormField(label=_("Billed by card"), required=False)
    billed_transfer = MoneyFormField(label=_("Billed by transfer"), required=False)
    billed_credit = MoneyFormField(label=_("Billed on credit"), required=False)
    invoices = WholeNumberFormField(label=_("Number of invoices"), required=False)
    cost = SignedMoneyFormField(
        label=_("Cost of what was sold"), required=False, help_text=_("Sums are fine, and it may be below zero.")
    )
    reason = reason_field(_("Reason"), help_text=_("The day was signed off, and will have to be again."))
    version = WholeNumberFormField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, pharmacy: Pharmacy, day: Day | None) -> None:
        initial = {name: getattr(day, name, None) for name in WRITABLE}
        super().__init__(data, initial=initial | {"version": day.version if day else 0})
        if not (day and day.signed_off_at):
            del self.fields["reason"]
        if pharmacy.transfers_billed_as_cash:
            say_transfers_are_cash(self)

    def values(self) -> dict[str, Any]:
        return self.cleaned_data


class SignOffDayForm(SignOffForm):
    version = WholeNumberFormField(widget=forms.HiddenInput)

"""Forms for days: they turn text into values. They do not decide what a person may do."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cashpilot.money import SignedMoneyFormField, WholeNumberFormField
from cashpilot.web.forms import reason_field
from sessions_app.actions.days import WRITABLE
from sessions_app.forms.fields import DrawnUnderField, decide_on, decide_under, say_transfers_are_cash
from sessions_app.forms.marks import SignOffForm
from sessions_app.queries.day_figures import DayFigures


class DayForm(forms.Form):
    """The billed figures of a day, or that there was no business. Blank is unknown, never zero."""

    is_closed = forms.BooleanField(label=_("No business that day"), required=False)
    billed_cash = SignedMoneyFormField(label=_("Billed in cash"), required=False)
    billed_card = SignedMoneyFormField(label=_("Billed by card"), required=False)
    billed_transfer = SignedMoneyFormField(label=_("Billed by transfer"), required=False)
    billed_credit = SignedMoneyFormField(label=_("Billed on credit"), required=False)
    invoices = WholeNumberFormField(label=_("Number of invoices"), required=False)
    cost = SignedMoneyFormField(
        label=_("Cost of what was sold"), required=False, help_text=_("Sums are fine, and it may be below zero.")
    )
    reason = reason_field(_("Reason"), help_text=_("The day was signed off, and will have to be again."))
    version = WholeNumberFormField(widget=forms.HiddenInput)
    transfers_billed_as_cash = DrawnUnderField(required=False)

    def __init__(self, data: Any = None, *, figures: DayFigures) -> None:
        self.day, self.as_cash = figures.day, figures.settings.transfers_billed_as_cash
        initial = {name: getattr(self.day, name, None) for name in WRITABLE}
        drawn = {"version": self.day.version if self.day else 0, "transfers_billed_as_cash": self.as_cash}
        super().__init__(data, initial=initial | drawn)
        if not (self.day and self.day.signed_off_at):
            del self.fields["reason"]
        if self.as_cash:
            say_transfers_are_cash(self)

    def renew(self) -> None:
        """Let it be sent again on the day as it stands. As in CloseForm, the setting is renewed once it was told."""
        version = self.day.version if self.day else 0
        if self.cleaned_data["version"] == version:
            decide_under(self, as_cash=self.as_cash)
        elif self.day:
            decide_on(self, self.day)


class SignOffDayForm(SignOffForm):
    version = WholeNumberFormField(widget=forms.HiddenInput)

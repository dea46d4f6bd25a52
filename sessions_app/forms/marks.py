"""Forms for marks on shifts: they turn text into values. They do not decide what a person may do."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cashpilot.money import WholeNumberFormField
from cashpilot.web.forms import reason_field
from sessions_app.forms.fields import VersionsField
from sessions_app.models import CashSession


class SignOffForm(forms.Form):
    note = reason_field(_("Note"))


class SignOffRowForm(SignOffForm):
    """In the queue, about the shift as it was when the page was drawn."""

    version = WholeNumberFormField(widget=forms.HiddenInput)
    # Notes that are sent by one press.
    usual = (_("I talked it over with the cashier."), _("I saw the receipt."), _("It is of no account."))

    def __init__(self, data: Any = None, *, shift: CashSession) -> None:
        super().__init__(data, initial={"version": shift.version}, auto_id=f"shift_{shift.pk}_%s")
        self.shift = shift


class DecideForm(forms.Form):
    """About the shift, or the day, as it was when the page was drawn; `version` is None where a day has no row."""

    decision = forms.ChoiceField(
        label=_("What counts"),
        choices=[("arrived", _("What arrived")), ("written", _("What was written"))],
        widget=forms.RadioSelect,
    )
    reason = reason_field(_("Reason"))
    version = WholeNumberFormField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, version: int | None) -> None:
        super().__init__(data, initial={"version": version}, auto_id="decide_%s")

    def values(self) -> dict[str, Any]:
        """Return what decide_on_evidence takes."""
        typed = self.cleaned_data
        return {"is_taken": typed["decision"] == "arrived", "reason": typed["reason"], "version": typed["version"]}


class UndoForm(forms.Form):
    """`shift`: the shifts whose sign-off is taken back, each with the version that it made."""

    shift = VersionsField()


class SignOffTogetherForm(SignOffForm):
    shift = VersionsField(error_messages={"required": _("Tick the shifts that you looked at.")})

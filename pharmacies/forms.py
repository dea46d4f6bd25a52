from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cashpilot.versions import version_of
from cashpilot.web.forms import FreeText, version_field
from pharmacies.actions import EDITABLE, facts_of
from pharmacies.models import ApiToken, Pharmacy


class PharmacyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """An administrator says what a pharmacy is like; whether it is active is an act of its own."""

    class Meta:
        model = Pharmacy
        fields = EDITABLE
        labels = {"address": _("Address (optional)"), "phone": _("Phone (optional)")}
        field_classes = {"name": FreeText, "address": FreeText, "phone": FreeText}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["version"] = version_field()
            self.initial["version"] = version_of(facts_of(self.instance))


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """The name of a billing system that shall send what it billed."""

    class Meta:
        model = ApiToken
        fields = ("name",)
        field_classes = {"name": FreeText}
        labels = {"name": _("Which system will send figures")}

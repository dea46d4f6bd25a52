from django import forms

from cashpilot.web.forms import FreeText
from pharmacies.actions import EDITABLE
from pharmacies.models import Pharmacy


class PharmacyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """What an administrator says about a pharmacy; whether it is active is an act of its own."""

    class Meta:
        model = Pharmacy
        fields = EDITABLE
        field_classes = {"name": FreeText, "address": FreeText, "phone": FreeText}

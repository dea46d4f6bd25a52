"""How forms are drawn, and the field for the reason that people give for what they do."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy

from cashpilot.exceptions import REASON_LENGTH


class FormRenderer(TemplatesSetting):
    """Every field is drawn by one component."""

    field_template_name = "components/field.html"


class FreeText(forms.CharField):
    """A field for free text. A till is shared, so the browser offers nobody what others wrote into it."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "autocomplete": "off"}


def reason_field(label: Any, **options: Any) -> FreeText:
    """Return a field for the words that an action asks for, as long as a reason may be."""
    return FreeText(label=label, max_length=REASON_LENGTH, widget=forms.Textarea({"rows": 2}), **options)


class ReasonForm(forms.Form):
    reason = reason_field(gettext_lazy("Reason"))

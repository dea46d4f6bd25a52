"""The plain controls are drawn as Django's own templates draw them."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from cashpilot.web.forms import FormRenderer

HOSTILE = "\"'<b>&\n"
ATTRIBUTES = {
    "id": "id_it",
    "data-said": HOSTILE,
    "required": True,
    "disabled": False,
    "rows": 2,
    "class": mark_safe("a&amp;b"),
}
WIDGETS = [
    forms.TextInput,
    forms.NumberInput,
    forms.EmailInput,
    forms.PasswordInput,
    forms.HiddenInput,
    forms.DateInput,
    forms.CheckboxInput,
    forms.Textarea,
]


@pytest.mark.parametrize("value", [None, "", 0, 1_250_000, "\nwords", HOSTILE, mark_safe("<i>"), True])
@pytest.mark.parametrize("widget", WIDGETS)
def test_a_control_is_as_django_draws_it(widget, value):
    ours, djangos = (
        widget().render("it", value, dict(ATTRIBUTES), renderer) for renderer in (FormRenderer(), DjangoTemplates())
    )
    assert ours == djangos


@pytest.mark.parametrize("wrap_label", [True, False])
@pytest.mark.parametrize("widget", [forms.RadioSelect, forms.CheckboxSelectMultiple])
def test_so_is_each_of_several_answers(widget, wrap_label):
    widget = widget(choices=[("1", HOSTILE), ("2", "two")])
    for option in widget.options("it", ["2"], dict(ATTRIBUTES)):
        context = {"widget": {**option, "wrap_label": wrap_label}}
        ours, djangos = (
            renderer.render(option["template_name"], context) for renderer in (FormRenderer(), DjangoTemplates())
        )
        # Between control and words theirs has a line break beside the space.
        assert ours == djangos.replace(">\n ", "> ")

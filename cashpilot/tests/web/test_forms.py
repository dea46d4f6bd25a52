"""The plain controls are drawn as Django's own templates draw them; what nobody typed into stays drawn."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import override

from cashpilot.web.forms import Blank, FormRenderer, ReasonForm, fields_of, reason_field

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


class NoteForm(forms.Form):
    note = reason_field("Note")


def test_what_nobody_typed_into_stays_drawn_and_what_somebody_typed_is_in_no_other_form():
    blank = Blank(ReasonForm, auto_id="kept_%s")
    drawn = fields_of(blank)
    typed = fields_of(ReasonForm({"reason": "it was me"}, auto_id="kept_%s"))
    assert ("it was me" in typed, "it was me" in fields_of(blank)) == (True, False)
    assert drawn == fields_of(ReasonForm(auto_id="kept_%s"))
    assert fields_of(Blank(ReasonForm, auto_id="kept_%s")) is drawn


def test_it_is_drawn_for_each_language_each_place_and_each_form():
    drawn = []
    for language in ("es", "en"):
        with override(language):
            drawn.append(fields_of(Blank(ReasonForm, "here_%s")))
    assert [word in text for word, text in zip(("Motivo", "Reason"), drawn, strict=True)] == [True, True]
    assert 'for="there_reason"' in fields_of(Blank(ReasonForm, "there_%s"))
    assert 'for="there_note"' in fields_of(Blank(NoteForm, "there_%s"))

"""The plain controls are drawn as Django's own templates draw them; what nobody typed into stays drawn."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import override

from cashpilot.web.forms import FormRenderer, ReasonForm, fields_of

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


class TwoAnswersForm(forms.Form):
    answer = forms.ChoiceField(choices=[("1", "one")])


class ToldForm(ReasonForm):
    def __init__(self, label: str) -> None:
        super().__init__()
        self.fields["reason"].label = label


def test_what_somebody_typed_is_in_no_other_form():
    blank = fields_of(ReasonForm(auto_id="kept_%s"))
    typed = fields_of(ReasonForm({"reason": "it was me"}, auto_id="kept_%s"))
    assert ("it was me" in typed, "it was me" in blank) == (True, False)
    assert fields_of(ReasonForm(auto_id="kept_%s")) is blank


def test_a_form_says_what_was_told_to_it_and_no_other_does():
    told = fields_of(ReasonForm(initial={"reason": "as before"}))
    assert ("as before" in told, "as before" in fields_of(ReasonForm())) == (True, False)
    assert ["first" in fields_of(ToldForm(label)) for label in ("first", "second")] == [True, False]


def test_it_is_drawn_for_each_language_and_each_place():
    drawn = []
    for language in ("es", "en"):
        with override(language):
            drawn.append(fields_of(ReasonForm()))
    assert [word in text for word, text in zip(("Motivo", "Reason"), drawn, strict=True)] == [True, True]
    assert 'for="there_reason"' in fields_of(ReasonForm(auto_id="there_%s"))


def test_answers_to_choose_from_are_drawn_anew(monkeypatch):
    assert "one" in fields_of(TwoAnswersForm())
    monkeypatch.setattr(TwoAnswersForm.base_fields["answer"], "choices", [("1", "another")])
    assert "another" in fields_of(TwoAnswersForm())

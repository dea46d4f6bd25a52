"""How forms are drawn and carried out, and the field for the reason that people give for what they do."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, cast

from django import forms
from django.forms.renderers import TemplatesSetting
from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cashpilot.exceptions import REASON_LENGTH, ActionRefused
from cashpilot.markup import filled, joined
from cashpilot.web.stale_forms import refuses_stale


class FormRenderer(TemplatesSetting):
    """Every field is drawn by one function, and so is each plain control, for which Django takes three templates."""

    field_template_name = "field"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name == self.field_template_name:
            return _field(context["field"])
        name = template_name.removeprefix("django/forms/widgets/").removesuffix(".html")
        draw = CONTROLS.get(name) if "widget" in context else None
        return draw(context["widget"]) if draw else super().render(template_name, context, request)


def _field(field: Any) -> SafeString:
    """Draw a field with its label, its errors and its help."""
    if field.use_fieldset:
        described = filled(' aria-describedby="{}"', field.aria_describedby) if field.aria_describedby else ""
        inside = filled("<fieldset{}><legend>{}</legend>{}{}</fieldset>", described, field.label, _help(field), field)
    elif field.widget_type == "checkbox":
        label = filled('<label class="check" for="{}">{} {}</label>', field.id_for_label, field, field.label)
        inside = filled("{}{}", label, _help(field))
    else:
        label = filled('<label for="{}">{}</label>', field.id_for_label, field.label)
        inside = filled("{}\n{}{}", label, field, _help(field))
    return filled('<div class="field">{}</div>', inside)


def _help(field: Any) -> SafeString:
    """Draw what describes a field, under the ids that aria-describedby names. Even no error would take a template."""
    errors = field.errors or ""
    if not field.help_text:
        return filled("{}", errors)
    help_text = mark_safe(field.help_text)  # noqa: S308 - of the code, as Django takes it
    return filled('{}<div class="help" id="{}_helptext">{}</div>', errors, field.auto_id, help_text)


def _input(widget: dict[str, Any]) -> SafeString:
    value = "" if widget["value"] is None else filled(' value="{}"', widget["value"])
    return filled('<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], value, _attributes(widget))


def _option(widget: dict[str, Any]) -> SafeString:
    if not widget.get("wrap_label"):
        return _input(widget)
    belongs = filled(' for="{}"', widget["attrs"]["id"]) if widget["attrs"].get("id") else ""
    return filled("<label{}>{} {}</label>", belongs, _input(widget), widget["label"])


def _textarea(widget: dict[str, Any]) -> SafeString:
    # The line break, which browsers leave out, keeps one that the text begins with.
    shown = '<textarea name="{}"{}>\n{}</textarea>'
    return filled(shown, widget["name"], _attributes(widget), widget["value"] or "")


def _attributes(widget: dict[str, Any]) -> SafeString:
    named = ((name, value) for name, value in widget["attrs"].items() if value is not False)
    return joined(filled(" {}" if value is True else ' {}="{}"', name, value) for name, value in named)


CONTROLS: dict[str, Callable[[dict[str, Any]], SafeString]] = {
    **dict.fromkeys(("text", "number", "email", "password", "hidden", "date", "checkbox"), _input),
    **dict.fromkeys(("radio_option", "checkbox_option"), _option),
    "textarea": _textarea,
}


class FreeText(forms.CharField):
    """A field for free text. A till is shared, so the browser offers nobody what others wrote into it."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "autocomplete": "off"}


def reason_field(label: Any, **options: Any) -> FreeText:
    """Return a field for the words that an action asks for, as long as a reason may be."""
    return FreeText(label=label, max_length=REASON_LENGTH, widget=forms.Textarea({"rows": 2}), **options)


@dataclass(frozen=True)
class Blank:
    """A form that nobody typed into, and to which nothing is told: it is as its class says, and stays drawn."""

    form_class: type[forms.Form]
    auto_id: str
    is_bound: ClassVar[bool] = False


def fields_of(form: forms.BaseForm | Blank) -> SafeString:
    """Draw all fields of a form."""
    return _as_declared(form, get_language()) if isinstance(form, Blank) else _fields(form)


# As many as there are acts beside a shift, in each language, and more.
@lru_cache(maxsize=100)
def _as_declared(form: Blank, language: str | None) -> SafeString:
    return _fields(form.form_class(auto_id=form.auto_id))


def _fields(form: forms.BaseForm) -> SafeString:
    hidden = (filled("{}", field) for field in form.hidden_fields())
    return joined([*hidden, *(field.as_field_group() for field in form.visible_fields())], "\n")


class ReasonForm(forms.Form):
    reason = reason_field(gettext_lazy("Reason"))


class Outcome(NamedTuple):
    """The outcome of a form: `written` if it was carried out, else the status to answer with, and the refusal."""

    status: int
    written: Any = None
    refusal: ActionRefused | None = None


def submit(form: forms.BaseForm, write: Callable[[], Any]) -> Outcome:
    """Carry out what a valid form says; a refusal's sentence is shown by the form. A stale one is only shown again."""
    if refuses_stale(form):
        return Outcome(403)
    if not form.is_valid():
        return Outcome(422 if form.is_bound else 200)
    try:
        return Outcome(302, written=write())
    except ActionRefused as refusal:
        form.add_error(None, refusal.sentence)
        return Outcome(refusal.status, refusal=refusal)


def version_field() -> forms.CharField:
    """Return a field for the version (cashpilot/versions.py) of what a form was drawn on."""
    return forms.CharField(required=False, widget=forms.HiddenInput)


def renew(form: Any) -> None:
    """Say beside each answer what is stored instead, and let a form that was refused as older be sent again on that."""
    sent = cast(QueryDict, form.data).copy()
    if sent.get("version", "") in ("", form.initial["version"]):
        return
    for name in form.changed_data:
        if not form.fields[name].widget.is_hidden:
            form.add_error(name, _("Saved meanwhile: %(value)s") % {"value": _in_words(form, name)})
    sent["version"] = form.initial["version"]
    form.data = sent


def _in_words(form: forms.BaseForm, name: str) -> str:
    """Return what a field held when the form was drawn, as a person reads it."""
    field: Any = form.fields[name]
    value = form.get_initial_for_field(field, name)
    if isinstance(field, forms.BooleanField):
        return _("Yes") if value else _("No")
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(map(str, value)) or "—"
    choices = dict(getattr(field, "choices", ()))
    return str(choices.get(value) or field.widget.format_value(value) or "—")

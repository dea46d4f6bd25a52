"""Fields shared by the forms: they turn text into values. They do not decide what a person may do."""

import re
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cashpilot.money import with_sign
from cashpilot.web.forms import FreeText
from sessions_app.domain.choices import Kind

DESCRIBED = {Kind.EXPENSE, Kind.TRANSFER}


def reference_field() -> FreeText:
    """Return a field for the number that the bank gives a transfer."""
    return FreeText(label=_("Reference (if the bank gives one)"), max_length=50, required=False)


def notes_field() -> FreeText:
    """Return a field for what somebody wants to add, as long as the shift's notes may be."""
    widget = forms.Textarea({"rows": 2})
    return FreeText(label=_("Notes (optional)"), max_length=2000, required=False, widget=widget)


def decide_on(form: forms.Form, row: Any) -> None:
    """Let the form be sent again as decided on the row's present version; it was refused on an older one."""
    sent = cast(QueryDict, form.data).copy()
    sent["version"] = str(row.version)
    form.data = sent


def decide_under(form: forms.Form, *, as_cash: bool) -> None:
    """Let the form be sent again as typed under this setting; it was refused under the other one."""
    sent = cast(QueryDict, form.data).copy()
    sent["transfers_billed_as_cash"] = str(as_cash)
    form.data = sent


class KeyedRadios(forms.RadioSelect):
    """Radio buttons that Alt and a digit choose, the first one by 1 (static/js/shortcuts.js)."""

    def create_option(self, *facts: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(*facts, **options)
        option["attrs"]["aria-keyshortcuts"] = f"Alt+{int(option['index']) + 1}"
        return option


class DrawnUnderField(forms.NullBooleanField):
    """Whether transfers were billed as cash when the page was drawn; None if the page does not say."""

    widget = forms.HiddenInput


class VersionsField(forms.Field):
    """Several `<shift>:<version>`, as a dict."""

    widget = forms.MultipleHiddenInput
    PAIR = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")

    def to_python(self, value: Any) -> dict[int, int]:
        pairs = [self.PAIR.fullmatch(text) for text in value or []]
        if not all(pairs):
            raise forms.ValidationError(_("Reload the page and tick them again."))
        return {int(pair[1]): int(pair[2]) for pair in pairs if pair}


class AskedOnceMore(forms.Form):
    """A form whose amounts are asked about when they are far more than usual; `confirm_amount` says they are right.

    `doubts`: label and sentence of each that is asked about.
    """

    confirm_amount = forms.BooleanField(
        label=_("Yes, it is right"), required=False, widget=forms.CheckboxInput({"value": "1"})
    )
    doubts: tuple[tuple[str, str], ...] = ()

    def compared(self) -> dict[str, str]:
        """Return the name of each amount that is compared with the usual ones, and its field."""
        raise NotImplementedError

    def amounts(self) -> dict[str, int | None]:
        """Return the same names with what was typed, in guaraníes. The form is valid."""
        return {name: self.cleaned_data.get(field) for name, field in self.compared().items()}

    def ask_about(self, names: Iterable[str]) -> None:
        amounts, compared = self.amounts(), self.compared()
        for name in names:
            told = {"amount": with_sign(amounts[name] or 0)}
            sentence = gettext("Is %(amount)s right? It is far more than usual here.") % told
            self.add_error(compared[name], sentence)
            self.doubts = (*self.doubts, (str(self[compared[name]].label), sentence))


class OfferedField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among the rows that `offer` read: the chosen one is not read again."""

    def __init__(self, model: type[Model], **told: Any) -> None:
        super().__init__(model._default_manager.none(), **told)
        self.rows: Iterable[Any] = ()

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        chosen = next((row for row in self.rows if str(row.pk) == str(value)), None)
        if chosen is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
        return chosen


def offer(field: forms.Field, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Let these be chosen from, read once; the only one that must be chosen stands alone."""
    choice = cast(OfferedField, field)
    choice.rows = rows
    blank = [] if choice.required and len(rows) == 1 else [("", choice.empty_label)]
    choice.choices = [*blank, *((row.pk, str(row)) for row in rows)]
    return rows


def begin_at(form: forms.Form, name: str) -> None:
    """Put the cursor into a field when the page opens; after a refusal the reason comes first."""
    if not form.is_bound:
        form.fields[name].widget.attrs["autofocus"] = True


def require_description(form: forms.Form, amount: str, description: str) -> None:
    if form.cleaned_data.get(amount) and description in form.cleaned_data and not form.cleaned_data[description]:
        form.add_error(description, _("Describe it in a few words."))


def say_transfers_are_cash(form: forms.Form) -> None:
    """Ask for one figure, because the billing system has one for both; what was typed as transfers stays in sight."""
    del form.fields["billed_transfer"]
    form.fields["billed_cash"].label = _("Billed in cash, with transfers")
    form.fields["billed_cash"].help_text = _("As the ticket says it: here it counts transfers as cash.")
    if form.is_bound and (typed := form.data.get("billed_transfer")):
        told = _("As the ticket says it: here it counts transfers as cash. You wrote %(typed)s as transfers.")
        form.fields["billed_cash"].help_text = told % {"typed": escape(typed)}

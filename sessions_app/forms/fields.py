"""Fields shared by the forms: they turn text into values. They do not decide what a person may do."""

import re
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from sessions_app.domain.choices import Kind

if TYPE_CHECKING:
    pass
DESCRIBED = {Kind.EXPENSE, Kind.TRANSFER}


def decide_on(form: forms.Form, row: Any) -> None:
    """Let the form be sent again as decided on the row's present version; it was refused on an older one."""
    sent = cast(QueryDict, form.data).copy()
    sent["version"] = str(row.version)
    form.data = sent


class VersionsField(forms.Field):
    """Several `<shift>:<version>`, as a dict."""

    widget = forms.MultipleHiddenInput
    PAIR = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")

    def to_python(self, value: Any) -> dict[int, int]:
        pairs = [self.PAIR.fullmatch(text) for text in value or []]
        if not all(pairs):
            raise forms.ValidationError(_("Reload the page and tick them again."))
        return {int(pair[1]): int(pair[2]) for pair in pairs if pair}


def _offer(field: forms.Field, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Let these be chosen from, read once; the only one that must be chosen stands alone."""
    choice = cast("forms.ModelChoiceField[Any]", field)
    choice.queryset = rows
    blank = [] if choice.required and len(rows) == 1 else [("", choice.empty_label)]
    choice.choices = [*blank, *((row.pk, str(row)) for row in rows)]
    return rows


def _begin_at(form: forms.Form, name: str) -> None:
    """Put the cursor into a field when the page opens; after a refusal the reason comes first."""
    if not form.is_bound:
        form.fields[name].widget.attrs["autofocus"] = True


def _require_description(form: forms.Form, amount: str, description: str) -> None:
    if form.cleaned_data.get(amount) and description in form.cleaned_data and not form.cleaned_data[description]:
        form.add_error(description, _("Describe it in a few words."))


def say_transfers_are_cash(form: forms.Form) -> None:
    """Ask for one figure, because the billing system has one for both."""
    del form.fields["billed_transfer"]
    form.fields["billed_cash"].label = _("Billed in cash, with transfers")
    form.fields["billed_cash"].help_text = _("As the ticket says it: here it counts transfers as cash.")

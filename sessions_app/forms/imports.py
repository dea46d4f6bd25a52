"""Forms for imports: they turn text into values. They do not decide what a person may do."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot.files import uploads
from pharmacies.models import Pharmacy
from sessions_app.forms.fields import _offer
from sessions_app.models import DayImport
from sessions_app.queries import imports

if TYPE_CHECKING:
    pass


class DayFileForm(forms.Form):
    """A table of the billing system: `rows` once it is valid."""

    pharmacy = forms.ModelChoiceField(Pharmacy.objects.none(), label=_("Pharmacy"))
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX, with a row of titles and one row a day; at most 1 MB."),
        widget=forms.FileInput({"accept": ".csv,.txt,.xlsx"}),
    )

    def __init__(self, data: Any = None, files: Any = None, *, by: User) -> None:
        super().__init__(data, files)
        pharmacy = _offer(self.fields["pharmacy"], Pharmacy.objects.visible_to(by))
        if len(pharmacy) == 1:
            self.fields["pharmacy"].initial = pharmacy[0]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        self.rows = uploads.read(file.read(uploads.LARGEST_FILE + 1))
        return file


# The day, and something of it.
FEWEST_COLUMNS = 2


class ColumnsForm(forms.Form):
    """The meaning of each column of a file."""

    def __init__(self, data: Any = None, *, file: DayImport, columns: imports.Columns) -> None:
        super().__init__(data, initial=columns)
        titles = [(place, title or f"({place + 1})") for place, title in enumerate(file.titles)]
        for name, (label, _read, _words) in imports.FIELDS.items():
            choices = [("", "—"), *titles]
            required = name == "date"
            self.fields[name] = forms.TypedChoiceField(
                label=label, choices=choices, required=required, coerce=int, empty_value=None
            )

    def clean(self) -> None:
        chosen = [place for place in self.cleaned_data.values() if place is not None]
        if len(chosen) != len(set(chosen)):
            self.add_error(None, _("One column cannot be two things."))
        elif len(chosen) < FEWEST_COLUMNS and not self.errors:
            self.add_error(None, _("Choose at least one column beside the day."))

    def columns(self) -> imports.Columns:
        return {name: place for name, place in self.cleaned_data.items() if place is not None}

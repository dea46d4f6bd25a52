"""Forms for imports: they turn text into values. They do not decide what a person may do."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cashpilot.web.forms import FreeText
from pharmacies.models import Pharmacy
from sessions_app.evidence.bank_lists import BankField
from sessions_app.evidence.billing_types import TableReading
from sessions_app.evidence.columns import CHOSEN, labelled
from sessions_app.evidence.titles import Field
from sessions_app.forms.fields import OfferedField, offer
from sessions_app.models import EvidenceKind, Source
from sessions_app.queries.imports import READERS, guess_kind

if TYPE_CHECKING:
    from sessions_app.queries.invoice_proposals import InvoiceReading

# In the addresses of previews: what stands before a column, a question, a point.
COLUMN, ANSWER, POINT = "column_", "answer_", "point_"
# Before the transfer that a line is chosen for; and what a form says that offers this choice.
SEEN, TICKED = "seen_", "ticked"


class FileForm(forms.Form):
    """A file, whose it is, and which kind; a blank kind is guessed from the file."""

    pharmacy = OfferedField(
        Pharmacy, label=gettext_lazy("Pharmacy"), required=False, empty_label=gettext_lazy("Choose one")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        help_text=gettext_lazy(
            "A table or a bank's list (CSV, XLSX, XLS, ODS), or electronic invoices (XML, or a zip of them)."
        ),
        widget=forms.FileInput({"accept": ".csv,.txt,.xlsx,.xls,.ods,.xml,.zip,.htm,.html"}),
    )
    account = FreeText(
        label=gettext_lazy("Account (of a bank's list)"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("As you call it, the same every time: how its lists are read is remembered."),
    )

    def __init__(self, data: Any = None, files: Any = None, *, by: User) -> None:
        super().__init__(data, files)
        kinds = [(kind.value, kind.label) for kind in READERS]
        self.fields["kind"].choices = [("", _("As the file looks")), *kinds]  # type: ignore[attr-defined]
        pharmacy = offer(self.fields["pharmacy"], Pharmacy.objects.visible_to(by))
        if len(pharmacy) == 1:
            self.fields["pharmacy"].initial = pharmacy[0]
        self.accounts = list(
            Source.objects.visible_to(by).filter(kind=EvidenceKind.BANK).order_by("name").values_list("name", flat=True)
        )
        self.fields["account"].widget.attrs["list"] = "accounts"

    def clean(self) -> None:
        sent, file = self.cleaned_data, self.cleaned_data.get("file")
        if file and not sent.get("kind"):
            sent["kind"] = EvidenceKind.BANK if sent.get("account") else guess_kind(file)
        if sent.get("kind") == EvidenceKind.BANK:
            sent["pharmacy"] = None
            if not sent.get("account"):
                self.add_error("account", _("Say which account the list is of."))
        else:
            sent["account"] = ""
            if not sent.get("pharmacy") and "pharmacy" not in self.errors:
                self.add_error("pharmacy", _("Choose a pharmacy, or name the account."))


def chosen_in(sent: QueryDict, kind: str) -> dict[str, Any]:
    """Return the choices in the fields of a preview, as JSON keeps them. What is no choice is left away."""
    if kind == EvidenceKind.INVOICES:
        points = {name.removeprefix(POINT): str(sent[name]) for name in sent if name.startswith(POINT)}
        return {
            "issuer": sent.get("issuer", ""),
            "points": {point: int(value) for point, value in points.items() if value.isdecimal()},
        }
    columns = {name.removeprefix(COLUMN): str(sent[name]) for name in sent if name.startswith(COLUMN)}
    answers = {name.removeprefix(ANSWER): str(sent[name]) for name in sent if name.startswith(ANSWER) and sent[name]}
    fields: list[str] = list(BankField if kind == EvidenceKind.BANK else Field)
    chosen = {
        "sheet": sent.get("sheet", ""),
        "titles_row": _number(sent.get("titles_row", "")),
        "columns": {place: value for place, value in columns.items() if place.isdecimal() and value in fields},
        "answers": answers,
        "left_out": [int(row) for row in sent.getlist("leave") if row.isdecimal()],
        "taken": [int(row) for row in sent.getlist("take") if row.isdecimal()],
    }
    if TICKED in sent:
        chosen["pairs"] = {name.removeprefix(SEEN): str(sent[name]) for name in sent if name.startswith(SEEN)}
    return chosen


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def hidden_fields(chosen: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the choices as names and values of hidden fields: what `chosen_in` reads."""
    fields = [(name, chosen[name]) for name in ("issuer", "sheet", "titles_row") if chosen.get(name)]
    for name, prefix in (("columns", COLUMN), ("answers", ANSWER), ("points", POINT)):
        fields += [(f"{prefix}{key}", value) for key, value in chosen.get(name, {}).items()]
    for name, sent in (("left_out", "leave"), ("taken", "take")):
        fields += [(sent, row) for row in chosen.get(name, ())]
    return fields


class TableChoicesForm(forms.Form):
    """How a table is read: its sheet, the row of its titles, its columns, each one of `names`, and what is asked."""

    def __init__(self, reading: Any, chosen: Mapping[str, Any], names: Mapping[Any, str]) -> None:
        super().__init__()
        if len(reading.sheets) > 1:
            sheets = [(name, name) for name in reading.sheets]
            self.fields["sheet"] = forms.ChoiceField(label=_("Sheet"), choices=sheets, initial=reading.sheet)
        self.fields["titles_row"] = forms.IntegerField(
            label=_("Row of the titles"), initial=reading.titles_row, min_value=1, required=False
        )
        for column in reading.columns:
            self.fields[f"{COLUMN}{column.place}"] = _column_field(column, chosen, names)


def _column_field(column: Any, chosen: Mapping[str, Any], names: Mapping[Any, str]) -> forms.ChoiceField:
    picked = chosen.get("columns", {}).get(str(column.place), "")
    found = _("%(field)s, as found") % {"field": names[column.field]} if column.how != CHOSEN else _("as found")
    choices = [("", found), *((str(name), label) for name, label in names.items())]
    title = column.title or f"({column.place + 1})"
    return forms.ChoiceField(label=title, choices=choices, initial=picked, required=False)


def labelled_fields() -> dict[Field, str]:
    """Return everything that a column may be, with its name for people."""
    others = {
        Field.DATE: _("Date"),
        Field.HOUR: _("Hour"),
        Field.OPENED: _("Opened"),
        Field.CLOSED: _("Closed"),
        Field.REGISTER: _("Register"),
        Field.BRANCH: _("Pharmacy"),
        Field.CASHIER: _("Cashier"),
        Field.SHIFT: _("Shift"),
        Field.NUMBER: _("Number of the invoice"),
        Field.CONDITION: _("How it was paid"),
        Field.STATUS: _("Annulled or not"),
        Field.KIND: _("Kind of document"),
        Field.CURRENCY: _("Currency"),
    }
    return {**others, **labelled()}


def labelled_bank_fields() -> dict[BankField, str]:
    """Return everything that a column of a bank's list may be, with its name for people."""
    return {
        BankField.DATE: _("Date"),
        BankField.IN: _("Money that came in"),
        BankField.OUT: _("Money that went out"),
        BankField.AMOUNT: _("Amount"),
        BankField.SIDE: _("Came in or went out"),
        BankField.BALANCE: _("Balance"),
        BankField.REFERENCE: _("Reference"),
        BankField.TEXT: _("Description"),
        BankField.NONE: _("not used"),
    }


class QuestionsForm(forms.Form):
    """A person answers what a reading was not sure of: one field a question, under the name of its key."""

    def __init__(self, reading: TableReading, chosen: Mapping[str, Any]) -> None:
        super().__init__()
        given = chosen.get("answers", {})
        for question in reading.questions:
            name = f"{ANSWER}{question.key}"
            if question.options:
                choices = [("", "—"), *question.options.items()]
                field: forms.Field = forms.ChoiceField(label=question.text, choices=choices, required=False)
            else:
                field = forms.DateField(label=question.text, widget=forms.DateInput({"type": "date"}), required=False)
            field.initial = given.get(question.key)
            self.fields[name] = field

    @staticmethod
    def answers_before(reading: TableReading, chosen: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the answers that were given and are asked no more, as hidden fields."""
        asked = {question.key for question in reading.questions}
        return [(f"{ANSWER}{key}", value) for key, value in chosen.get("answers", {}).items() if key not in asked]


class InvoiceChoicesForm(forms.Form):
    """A person chooses whose invoices count, and which register each of their points is."""

    def __init__(self, reading: "InvoiceReading", registers: int) -> None:
        super().__init__()
        issuers = [
            (ruc, _("%(name)s, RUC %(ruc)s: %(count)s documents") % {"name": name, "ruc": ruc, "count": count})
            for ruc, name, count in reading.issuers
        ]
        self.fields["issuer"] = forms.ChoiceField(label=_("Issuer"), choices=issuers, initial=reading.issuer)
        offered = [("0", _("no register of this pharmacy"))]
        offered += [(str(number), _("Register %(number)s") % {"number": number}) for number in range(1, registers + 1)]
        for point, register in reading.points.items():
            label = _("Point %(point)s") % {"point": point}
            self.fields[f"{POINT}{point}"] = forms.ChoiceField(label=label, choices=offered, initial=str(register))

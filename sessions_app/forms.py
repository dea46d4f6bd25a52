"""Text in, numbers out. What a person may do is not decided here."""

import re
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot import tables
from cashpilot.money import (
    DENOMINATIONS,
    MAXIMUM,
    TOO_MUCH,
    MoneyFormField,
    PiecesFormField,
    SignedMoneyFormField,
    WholeNumberFormField,
    group,
    with_sign,
)
from cashpilot.refusals import words
from pharmacies.models import Pharmacy
from sessions_app import billing
from sessions_app.actions import CORRECTABLE, Note
from sessions_app.actions.days import WRITABLE
from sessions_app.formulas import Kind
from sessions_app.models import REPLY_LENGTH, CashSession, Day, DayImport

if TYPE_CHECKING:
    from django.forms import BoundField

DESCRIBED = {Kind.EXPENSE, Kind.TRANSFER}


def decide_on(form: forms.Form, row: Any) -> None:
    """What is sent next is decided on the row as it is now; the form was refused on an older version of it."""
    sent = cast(QueryDict, form.data).copy()
    sent["version"] = str(row.version)
    form.data = sent


class ReviewForm(forms.Form):
    note = words(_("Note"))


class ReviewRowForm(ReviewForm):
    """In the queue, about the shift as it was when the page was drawn."""

    version = WholeNumberFormField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, shift: CashSession) -> None:
        super().__init__(data, initial={"version": shift.version}, auto_id=f"shift_{shift.pk}_%s")
        self.shift = shift


class VersionsField(forms.Field):
    """Several `<shift>:<version>`, as a dict."""

    widget = forms.MultipleHiddenInput
    PAIR = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")

    def to_python(self, value: Any) -> dict[int, int]:
        pairs = [self.PAIR.fullmatch(text) for text in value or []]
        if not all(pairs):
            raise forms.ValidationError(_("Reload the page and tick them again."))
        return {int(pair[1]): int(pair[2]) for pair in pairs if pair}


class ReviewTogetherForm(ReviewForm):
    shift = VersionsField(error_messages={"required": _("Tick the shifts that you looked at.")})


class ReplyForm(forms.Form):
    text = forms.CharField(label=_("Your reply"), max_length=REPLY_LENGTH, widget=forms.Textarea({"rows": 3}))


class OpenForm(forms.Form):
    pharmacy = forms.ModelChoiceField(Pharmacy.objects.none(), label=_("Pharmacy"), empty_label=_("Choose one"))
    register = WholeNumberFormField(label=_("Register"), required=False, initial=1)
    cashier = forms.ModelChoiceField(User.objects.none(), label=_("Cashier"), required=False, empty_label=_("Myself"))
    initial_cash = MoneyFormField(label=_("Opening cash"), help_text=_("What is in the drawer now."))
    expense = MoneyFormField(label=_("First expense"), required=False)
    expense_description = forms.CharField(label=_("What it was for"), max_length=200, required=False)
    notes = forms.CharField(label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))

    def __init__(self, data: Any = None, *, by: User) -> None:
        super().__init__(data)
        self.by = by
        pharmacy = _offer(self.fields["pharmacy"], Pharmacy.objects.openable_by(by))
        if len(pharmacy) == 1:
            self.fields["pharmacy"].initial = pharmacy[0]
        if by.has_perm("sessions_app.open_cashsession_for_others"):
            _offer(self.fields["cashier"], User.objects.can_open_shifts().exclude(pk=by.pk))
        else:
            del self.fields["cashier"]
        _begin_at(self, "initial_cash" if len(pharmacy) == 1 else "pharmacy")

    def clean(self) -> None:
        _require_description(self, "expense", "expense_description")

    def values(self) -> dict[str, Any]:
        typed = self.cleaned_data
        notes = [Note(Kind.EXPENSE, typed["expense"], typed["expense_description"])] if typed["expense"] else []
        return {
            "pharmacy": typed["pharmacy"],
            "register": 1 if typed["register"] is None else typed["register"],
            "cashier": typed.get("cashier") or self.by,
            "initial_cash": typed["initial_cash"],
            "notes": typed["notes"],
            "movements": notes,
        }


def _offer(field: forms.Field, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Let these be chosen from, read once; the only one that must be chosen stands alone."""
    choice = cast(forms.ModelChoiceField, field)
    choice.queryset = rows
    blank = [] if choice.required and len(rows) == 1 else [("", choice.empty_label)]
    choice.choices = [*blank, *((row.pk, str(row)) for row in rows)]
    return rows


def _begin_at(form: forms.Form, name: str) -> None:
    """Where the cursor stands when the page opens; after a refusal the reason comes first."""
    if not form.is_bound:
        form.fields[name].widget.attrs["autofocus"] = True


def _require_description(form: forms.Form, amount: str, description: str) -> None:
    if form.cleaned_data.get(amount) and description in form.cleaned_data and not form.cleaned_data[description]:
        form.add_error(description, _("Describe it in a few words."))


class MovementForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices, initial=Kind.EXPENSE, widget=forms.RadioSelect)
    amount = MoneyFormField(label=_("Amount"), min_value=1)
    description = forms.CharField(label=_("Description"), max_length=200, required=False)
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    reason = words(_("Reason"), required=False)

    def __init__(self, data: Any = None, *, session: CashSession) -> None:
        super().__init__(data)
        if session.is_open:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = True

    def clean(self) -> None:
        if self.cleaned_data.get("kind") in DESCRIBED and self.cleaned_data.get("description") == "":
            self.add_error("description", _("Describe it in a few words."))

    def values(self) -> dict[str, Any]:
        typed = self.cleaned_data
        token = {"token": typed["token"]} if typed["token"] else {}
        note = Note(typed["kind"], typed["amount"], typed["description"], **token)
        return {"note": note, "reason": typed.get("reason", "")}


def say_transfers_are_cash(form: forms.Form) -> None:
    """The billing system has one figure for both, so one is asked for."""
    del form.fields["billed_transfer"]
    form.fields["billed_cash"].label = _("Billed in cash, with transfers")
    form.fields["billed_cash"].help_text = _("As the ticket says it: here it counts transfers as cash.")


class TicketFields(forms.Form):
    """What the billing system's closing ticket says. Blank is unknown, never zero."""

    billed_cash = MoneyFormField(label=_("Billed in cash"), required=False)
    billed_card = MoneyFormField(label=_("Billed by card"), required=False)
    billed_transfer = MoneyFormField(label=_("Billed by transfer"), required=False)
    billed_credit = MoneyFormField(label=_("Billed on credit"), required=False)
    ticket_number = forms.CharField(label=_("Ticket number"), max_length=50, required=False)
    ticket_count = WholeNumberFormField(label=_("Number of invoices"), required=False)
    notes = forms.CharField(label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))
    version = WholeNumberFormField(required=False, widget=forms.HiddenInput)

    def renew(self, session: CashSession) -> None:
        self.session = session
        decide_on(self, session)


class CloseForm(TicketFields):
    """The count (a total, or pieces per denomination), what is still to be noted, and the ticket."""

    final_cash = MoneyFormField(
        label=_("Counted cash"), required=False, help_text=_("If you already know the total, write only that.")
    )
    envelope = MoneyFormField(label=_("Envelope"), required=False)
    card = MoneyFormField(label=_("Cards (batch close)"), required=False)
    transfer = MoneyFormField(label=_("Bank transfer"), required=False)
    transfer_description = forms.CharField(label=_("Who sent it"), max_length=200, required=False)
    expense = MoneyFormField(label=_("Expense"), required=False)
    expense_description = forms.CharField(label=_("What it was for"), max_length=200, required=False)
    collection = MoneyFormField(label=_("Debt collected (in cash)"), required=False)
    cash_in = MoneyFormField(label=_("Cash added"), required=False)
    credit_sale = MoneyFormField(label=_("Credit sale"), required=False)

    def __init__(self, data: Any = None, *, session: CashSession) -> None:
        super().__init__(data, initial={"version": session.version, "notes": session.notes})
        self.session = session
        if session.pharmacy.transfers_billed_as_cash:
            say_transfers_are_cash(self)
        for denomination in DENOMINATIONS:
            self.fields[f"count_{denomination}"] = PiecesFormField(label=with_sign(denomination), required=False)
        _begin_at(self, f"count_{DENOMINATIONS[0]}")

    def counts(self) -> list[tuple[int, "BoundField"]]:
        return [(denomination, self[f"count_{denomination}"]) for denomination in DENOMINATIONS]

    def to_note(self) -> list[dict[str, Any]]:
        """One line a kind: its fields, and the sum already noted during the shift (guaraníes)."""
        return [
            {
                "kind": kind,
                "amount": self[kind],
                "description": self[f"{kind}_description"] if kind in DESCRIBED else None,
                "noted": getattr(self.session, f"{kind}_total"),
            }
            for kind in ("envelope", "card", "transfer", "expense", "collection", "cash_in", "credit_sale")
        ]

    def clean(self) -> None:
        for kind in DESCRIBED:
            _require_description(self, kind, f"{kind}_description")
        self._clean_count()

    def _clean_count(self) -> None:
        names = [f"count_{denomination}" for denomination in DENOMINATIONS]
        if self.errors.keys() & {"final_cash", *names}:
            return
        sheet = {name.removeprefix("count_"): self.cleaned_data[name] for name in names}
        sheet = {denomination: pieces for denomination, pieces in sheet.items() if pieces is not None}
        typed, counted = self.cleaned_data["final_cash"], sum(int(value) * pieces for value, pieces in sheet.items())
        if typed is None and not sheet:
            self.add_error("final_cash", _("Count the drawer: write the total, or the pieces of each denomination."))
        elif sheet and typed not in (None, counted):
            message = _(
                "The pieces add up to %(counted)s, but the total says %(typed)s. Recount, or clear one of the two."
            )
            self.add_error("final_cash", message % {"counted": group(counted), "typed": group(typed)})
        elif counted > MAXIMUM:
            self.add_error("final_cash", TOO_MUCH)
        self.cleaned_data["final_cash"] = counted if sheet else typed
        self.cleaned_data["count_sheet"] = sheet or None

    def values(self) -> dict[str, Any]:
        typed = self.cleaned_data
        movements = [
            Note(kind, typed[kind], typed.get(f"{kind}_description", "")) for kind in Kind.values if typed[kind]
        ]
        names = ("final_cash", "count_sheet", "ticket_number", "ticket_count", "version")
        return {
            **{name: typed[name] for name in names},
            "billed": {name: typed[name] for name in typed if name.startswith("billed_")},
            "notes": typed["notes"] if "notes" in self.data else self.session.notes,
            "movements": movements,
        }


class CorrectForm(TicketFields):
    """Every figure that can be corrected, as it stands; what the request leaves out stays as it is."""

    initial_cash = MoneyFormField(label=_("Opening cash"))
    final_cash = MoneyFormField(label=_("Counted cash"))
    reason = words(_("Reason"))

    def __init__(self, data: Any = None, *, session: CashSession) -> None:
        initial = {name: getattr(session, name) for name in (*CORRECTABLE, "version")}
        super().__init__(data, initial=initial)
        if session.transfers_billed_as_cash:
            say_transfers_are_cash(self)
        self.fields["version"].required = True
        for name in ("initial_cash", "final_cash"):
            self.fields[name].required = data is None or name in data
        _begin_at(self, "final_cash")

    def values(self) -> dict[str, Any]:
        names = (*(name for name in CORRECTABLE if name in self.data and name in self.fields), "version", "reason")
        return {name: self.cleaned_data[name] for name in names}

    def show_current(self, session: CashSession) -> None:
        """Beside each field whose typed value differs, what the shift says now."""
        for name in CORRECTABLE:
            current, typed = getattr(session, name), self.cleaned_data.get(name)
            if typed != current and name in self.data and name in self.fields:
                text = group(current) if isinstance(current, int) else current or _("nothing")
                self[name].help_text = _("The shift now says: %(current)s") % {"current": text}
        self.renew(session)


class DayForm(forms.Form):
    """What the billing system says of a day, or that there was no business. Blank is unknown, never zero."""

    is_closed = forms.BooleanField(label=_("No business that day"), required=False)
    billed_cash = MoneyFormField(label=_("Billed in cash"), required=False)
    billed_card = MoneyFormField(label=_("Billed by card"), required=False)
    billed_transfer = MoneyFormField(label=_("Billed by transfer"), required=False)
    billed_credit = MoneyFormField(label=_("Billed on credit"), required=False)
    invoices = WholeNumberFormField(label=_("Number of invoices"), required=False)
    cost = SignedMoneyFormField(
        label=_("Cost of what was sold"), required=False, help_text=_("Sums are fine, and it may be below zero.")
    )
    reason = words(_("Reason"), help_text=_("The day was signed off, and will have to be again."))
    version = WholeNumberFormField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, pharmacy: Pharmacy, day: Day | None) -> None:
        initial = {name: getattr(day, name, None) for name in WRITABLE}
        super().__init__(data, initial=initial | {"version": day.version if day else 0})
        if not (day and day.signed_at):
            del self.fields["reason"]
        if pharmacy.transfers_billed_as_cash:
            say_transfers_are_cash(self)

    def values(self) -> dict[str, Any]:
        return self.cleaned_data


class SignDayForm(ReviewForm):
    version = WholeNumberFormField(widget=forms.HiddenInput)


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
        self.rows = tables.read(file.read(tables.LARGEST_FILE + 1))
        return file


class ColumnsForm(forms.Form):
    """Which column of a file is what."""

    def __init__(self, data: Any = None, *, file: DayImport, columns: billing.Columns) -> None:
        super().__init__(data, initial=columns)
        titles = [(place, title or f"({place + 1})") for place, title in enumerate(file.titles)]
        for name, (label, _read, _words) in billing.FIELDS.items():
            choices = [("", "—"), *titles]
            required = name == "date"
            self.fields[name] = forms.TypedChoiceField(
                label=label, choices=choices, required=required, coerce=int, empty_value=None
            )

    def clean(self) -> None:
        chosen = [place for place in self.cleaned_data.values() if place is not None]
        if len(chosen) != len(set(chosen)):
            self.add_error(None, _("One column cannot be two things."))
        elif len(chosen) < 2 and not self.errors:
            self.add_error(None, _("Choose at least one column beside the day."))

    def columns(self) -> billing.Columns:
        return {name: place for name, place in self.cleaned_data.items() if place is not None}

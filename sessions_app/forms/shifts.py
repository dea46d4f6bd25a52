"""Forms for shifts: they turn text into values. They do not decide what a person may do."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot.money import (
    DENOMINATIONS,
    MAXIMUM,
    TOO_MUCH,
    MoneyFormField,
    PiecesFormField,
    WholeNumberFormField,
    group,
    with_sign,
)
from cashpilot.web.forms import FreeText, reason_field
from pharmacies.models import Pharmacy
from sessions_app.actions.shifts import CORRECTABLE
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind, Method
from sessions_app.models import CashSession

if TYPE_CHECKING:
    from django.forms import BoundField
from sessions_app.forms.fields import (
    DESCRIBED,
    AskedOnceMore,
    _begin_at,
    _offer,
    _require_description,
    decide_on,
    say_transfers_are_cash,
)


class OpenForm(AskedOnceMore):
    pharmacy = forms.ModelChoiceField(Pharmacy.objects.none(), label=_("Pharmacy"), empty_label=_("Choose one"))
    register = WholeNumberFormField(label=_("Register"), required=False, initial=1)
    cashier = forms.ModelChoiceField(User.objects.none(), label=_("Cashier"), required=False, empty_label=_("Myself"))
    initial_cash = MoneyFormField(label=_("Opening cash"), help_text=_("What is in the drawer now."))
    expense = MoneyFormField(label=_("First expense"), required=False)
    expense_description = FreeText(label=_("What it was for"), max_length=200, required=False)
    notes = FreeText(label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))

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

    def compared(self) -> dict[str, str]:
        return {name: name for name in ("initial_cash", Kind.EXPENSE)}

    def values(self) -> dict[str, Any]:
        typed = self.cleaned_data
        notes = [NewMovement(Kind.EXPENSE, typed["expense"], typed["expense_description"])] if typed["expense"] else []
        return {
            "pharmacy": typed["pharmacy"],
            "register": 1 if typed["register"] is None else typed["register"],
            "cashier": typed.get("cashier") or self.by,
            "initial_cash": typed["initial_cash"],
            "notes": typed["notes"],
            "movements": notes,
        }


class TicketFields(forms.Form):
    """The figures of the billing system's closing ticket. Blank is unknown, never zero."""

    billed_cash = MoneyFormField(label=_("Billed in cash"), required=False)
    billed_card = MoneyFormField(label=_("Billed by card"), required=False)
    billed_transfer = MoneyFormField(label=_("Billed by transfer"), required=False)
    billed_credit = MoneyFormField(label=_("Billed on credit"), required=False)
    ticket_number = FreeText(label=_("Ticket number"), max_length=50, required=False)
    ticket_count = WholeNumberFormField(label=_("Number of invoices"), required=False)
    notes = FreeText(label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))
    version = WholeNumberFormField(required=False, widget=forms.HiddenInput)

    def renew(self, shift: CashSession) -> None:
        self.shift = shift
        decide_on(self, shift)


class CloseForm(AskedOnceMore, TicketFields):
    """The count (a total, or pieces per denomination), what is still to be noted, and the ticket."""

    final_cash = MoneyFormField(
        label=_("Counted cash"), required=False, help_text=_("If you already know the total, write only that.")
    )
    envelope = MoneyFormField(label=_("Envelope"), required=False)
    card = MoneyFormField(label=_("Cards (batch close)"), required=False)
    transfer = MoneyFormField(label=Method.TRANSFER.label, required=False)
    transfer_description = FreeText(label=_("Who sent it"), max_length=200, required=False)
    expense = MoneyFormField(label=_("Expense"), required=False)
    expense_description = FreeText(label=_("What it was for"), max_length=200, required=False)
    collection = MoneyFormField(label=_("Debt collected (in cash)"), required=False)
    cash_in = MoneyFormField(label=_("Cash added"), required=False)
    credit_sale = MoneyFormField(label=Method.CREDIT.label, required=False)

    def __init__(self, data: Any = None, *, shift: CashSession) -> None:
        super().__init__(data, initial={"version": shift.version, "notes": shift.notes})
        self.shift = shift
        if shift.pharmacy.transfers_billed_as_cash:
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
                "noted": getattr(self.shift, f"{kind}_total"),
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

    def compared(self) -> dict[str, str]:
        billed = [name for name in self.fields if name.startswith("billed_")]
        return {name: name for name in ("final_cash", *billed, *Kind.values)}

    def values(self) -> dict[str, Any]:
        typed = self.cleaned_data
        movements = [
            NewMovement(kind, typed[kind], typed.get(f"{kind}_description", "")) for kind in Kind.values if typed[kind]
        ]
        names = ("final_cash", "count_sheet", "ticket_number", "ticket_count", "version")
        return {
            **{name: typed[name] for name in names},
            "billed": {name: typed[name] for name in typed if name.startswith("billed_")},
            "notes": typed["notes"] if "notes" in self.data else self.shift.notes,
            "movements": movements,
        }


class CorrectForm(TicketFields):
    """Every figure that can be corrected, as it stands; what the request leaves out stays as it is."""

    initial_cash = MoneyFormField(label=_("Opening cash"))
    final_cash = MoneyFormField(label=_("Counted cash"))
    reason = reason_field(_("Reason"))

    def __init__(self, data: Any = None, *, shift: CashSession) -> None:
        initial = {name: getattr(shift, name) for name in (*CORRECTABLE, "version")}
        super().__init__(data, initial=initial)
        if shift.transfers_billed_as_cash:
            say_transfers_are_cash(self)
        self.fields["version"].required = True
        for name in ("initial_cash", "final_cash"):
            self.fields[name].required = data is None or name in data
        _begin_at(self, "final_cash")

    def values(self) -> dict[str, Any]:
        names = (*(name for name in CORRECTABLE if name in self.data and name in self.fields), "version", "reason")
        return {name: self.cleaned_data[name] for name in names}

    def show_current(self, shift: CashSession) -> None:
        """Beside each field whose typed value differs, what the shift says now."""
        for name in CORRECTABLE:
            current, typed = getattr(shift, name), self.cleaned_data.get(name)
            if typed != current and name in self.data and name in self.fields:
                text = group(current) if isinstance(current, int) else current or _("nothing")
                self[name].help_text = _("The shift now says: %(current)s") % {"current": text}
        self.renew(shift)

"""Forms for shifts: they turn text into values. They do not decide what a person may do."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.http import QueryDict
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot.formatting import moment
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
from sessions_app.domain.blind_count import is_blind_to
from sessions_app.domain.choices import Kind, Method
from sessions_app.domain.rules.shifts import why_not_card_batch
from sessions_app.forms.fields import (
    DESCRIBED,
    AskedOnceMore,
    DrawnUnderField,
    OfferedField,
    begin_at,
    decide_on,
    decide_under,
    notes_field,
    offer,
    reference_field,
    require_description,
    say_transfers_are_cash,
)
from sessions_app.models import BILLED, CashSession
from sessions_app.queries.openings import held_registers, register_choices, usual_opening

if TYPE_CHECKING:
    from django.forms import BoundField

PIECES = [f"count_{denomination}" for denomination in DENOMINATIONS]
NOT_COUNTED = _("Count the drawer: write the total, or the pieces of each denomination.")


def _register_label(register: int, held: CashSession | None) -> str:
    if held is None:
        return str(register)
    facts = {"register": register, "who": held.cashier, "since": moment(held.opened_at)}
    return gettext("%(register)s · held by %(who)s since %(since)s") % facts


class OpenForm(AskedOnceMore):
    pharmacy = OfferedField(Pharmacy, label=_("Pharmacy"), empty_label=_("Choose one"))
    register = WholeNumberFormField(label=_("Register"), required=False, widget=forms.Select)
    cashier = OfferedField(User, label=_("Cashier"), required=False, empty_label=_("Myself"))
    initial_cash = MoneyFormField(label=_("Opening cash"), help_text=_("What is in the drawer now."))
    expense = MoneyFormField(label=_("First expense"), required=False)
    expense_description = FreeText(label=_("What it was for"), max_length=200, required=False)
    notes = notes_field()

    def __init__(self, data: Any = None, *, by: User, place: str = "") -> None:
        """`place`: the number of the pharmacy that was chosen on the page, before anything is sent."""
        super().__init__(data)
        self.by = by
        self.held = held_registers(by)
        self.pharmacies = offer(self.fields["pharmacy"], Pharmacy.objects.openable_by(by))
        asked = self["pharmacy"].data if self.is_bound else place
        chosen = next((one for one in self.pharmacies if len(self.pharmacies) == 1 or str(one.pk) == asked), None)
        self.fields["pharmacy"].initial = self.chosen = chosen
        self._offer_registers(register_choices(self.pharmacies, chosen, self.held))
        if by.has_perm("sessions_app.open_cashsession_for_others"):
            offer(self.fields["cashier"], User.objects.can_open_shifts().exclude(pk=by.pk))
        else:
            del self.fields["cashier"]
        begin_at(self, "initial_cash" if len(self.pharmacies) == 1 else "pharmacy")

    def tell_usual_opening(self) -> None:
        """Say beside the opening cash what most shifts of the chosen pharmacy open with; of a form that is drawn."""
        if self.chosen and (usual := usual_opening(self.chosen)) is not None:
            said = _("What is in the drawer now. Most shifts here open with %(amount)s.")
            self["initial_cash"].help_text = said % {"amount": with_sign(usual)}

    def _offer_registers(self, registers: dict[int, CashSession | None]) -> None:
        """Offer each register with who holds it; the first free one stands there."""
        choices = [(register, _register_label(register, held)) for register, held in registers.items()]
        self.fields["register"].widget.choices = choices
        self.fields["register"].initial = next((register for register, held in registers.items() if not held), 1)
        if all(registers.values()):
            self.fields["register"].help_text = gettext("It is free once that shift is closed.")

    def clean(self) -> None:
        require_description(self, "expense", "expense_description")

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
    ticket_number = FreeText(label=_("Ticket number (optional)"), max_length=50, required=False)
    ticket_count = WholeNumberFormField(label=_("Number of invoices (optional)"), required=False)
    notes = notes_field()
    version = WholeNumberFormField(required=False, widget=forms.HiddenInput)

    def renew(self, shift: CashSession) -> None:
        self.shift = shift
        decide_on(self, shift)


class CountFields(forms.Form):
    """The count of the drawer: a total, or the pieces of each denomination."""

    final_cash = MoneyFormField(
        label=_("Counted cash"), required=False, help_text=_("If you already know the total, write only that.")
    )
    version = WholeNumberFormField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, shift: CashSession, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial or {"version": shift.version, "notes": shift.notes})
        self.shift = shift
        for denomination in DENOMINATIONS:
            self.fields[f"count_{denomination}"] = PiecesFormField(label=with_sign(denomination), required=False)
        begin_at(self, PIECES[0])

    def counts(self) -> list[tuple[int, "BoundField"]]:
        return [(denomination, self[f"count_{denomination}"]) for denomination in DENOMINATIONS]

    def clean(self) -> None:
        if not self.errors.keys() & {"final_cash", *PIECES}:
            self._clean_count(self._pieces(), self.cleaned_data["final_cash"])

    def _pieces(self) -> dict[str, int]:
        typed = {name.removeprefix("count_"): self.cleaned_data[name] for name in PIECES}
        return {denomination: pieces for denomination, pieces in typed.items() if pieces is not None}

    def _clean_count(self, sheet: dict[str, int], total: int | None) -> None:
        if total is None and not sheet:
            self.add_error("final_cash", NOT_COUNTED)
        self._take_count(sheet, total)

    def _take_count(self, sheet: dict[str, int], total: int | None) -> None:
        """Take what the pieces add up to, or the total where there are none. Both must say the same."""
        counted = sum(int(value) * pieces for value, pieces in sheet.items())
        if sheet and total not in (None, counted):
            message = _(
                "The pieces add up to %(counted)s, but the total says %(typed)s. Recount, or clear one of the two."
            )
            self.add_error("final_cash", message % {"counted": group(counted), "typed": group(total)})
        elif counted > MAXIMUM:
            self.add_error("final_cash", TOO_MUCH)
        self.cleaned_data["final_cash"] = counted if sheet else total
        self.cleaned_data["count_sheet"] = sheet or None


class CloseForm(AskedOnceMore, CountFields, TicketFields):
    """The count (a total, or pieces per denomination), what is still to be noted, and the ticket."""

    envelope = MoneyFormField(label=_("Envelope"), required=False)
    card = MoneyFormField(
        label=_("Cards (total of the batch)"),
        required=False,
        help_text=_("What the terminal's batch comes to for the whole shift, what you noted already included."),
    )
    transfer = MoneyFormField(label=Method.TRANSFER.label, required=False)
    transfer_description = FreeText(label=_("Who sent it"), max_length=200, required=False)
    transfer_reference = reference_field()
    expense = MoneyFormField(label=_("Expense"), required=False)
    expense_description = FreeText(label=_("What it was for"), max_length=200, required=False)
    collection = MoneyFormField(label=_("Debt collected (in cash)"), required=False)
    cash_in = MoneyFormField(label=_("Cash added"), required=False)
    credit_sale = MoneyFormField(label=Method.CREDIT.label, required=False)
    transfers_billed_as_cash = DrawnUnderField(required=False)

    def __init__(self, data: Any = None, *, shift: CashSession) -> None:
        super().__init__(data, shift=shift)
        self.as_cash = self.initial["transfers_billed_as_cash"] = shift.pharmacy.transfers_billed_as_cash
        if self.as_cash:
            say_transfers_are_cash(self)

    def renew(self, shift: CashSession) -> None:
        """The setting is renewed once it was told: while the version is what is wrong, nothing was said of it yet."""
        if self.cleaned_data["version"] in (None, shift.version):
            decide_under(self, as_cash=self.as_cash)
        super().renew(shift)

    def to_note(self) -> list[dict[str, Any]]:
        """One line a kind: its fields, and the sum already noted during the shift (guaraníes)."""
        return [
            {
                "kind": kind,
                "amount": self[kind],
                "words": [self[name] for name in (f"{kind}_description", f"{kind}_reference") if name in self.fields],
                "noted": getattr(self.shift, f"{kind}_total"),
            }
            for kind in ("envelope", "card", "transfer", "expense", "collection", "cash_in", "credit_sale")
        ]

    def clean(self) -> None:
        for kind in DESCRIBED:
            require_description(self, kind, f"{kind}_description")
        self._clean_batch()
        super().clean()

    def _clean_batch(self) -> None:
        """Say it at the field; the action asks again under the lock. A form sent again finds the shift closed."""
        batch = self.cleaned_data.get("card")
        sentence = self.shift.is_open and batch is not None and why_not_card_batch(batch, self.shift.card_total)
        if sentence:
            self.add_error("card", sentence)

    def compared(self) -> dict[str, str]:
        billed = [name for name in self.fields if name.startswith("billed_")]
        kinds = [kind for kind in Kind.values if kind != Kind.CARD]
        return {name: name for name in ("final_cash", *billed, *kinds)} | {"card_batch": "card"}

    def values(self) -> dict[str, Any]:
        typed = self.cleaned_data
        kinds = [kind for kind in Kind.values if kind != Kind.CARD and typed[kind]]
        movements = [
            NewMovement(
                kind,
                typed[kind],
                typed.get(f"{kind}_description", ""),
                reference=typed.get(f"{kind}_reference", ""),
            )
            for kind in kinds
        ]
        names = (
            *("final_cash", "count_sheet", "ticket_number", "ticket_count"),
            *("version", "transfers_billed_as_cash"),
        )
        return {
            **{name: typed[name] for name in names},
            "billed": {name: typed[name] for name in typed if name.startswith("billed_")},
            "notes": typed["notes"] if "notes" in self.data else self.shift.notes,
            "movements": movements,
            "card_batch": typed["card"],
        }


class RecountForm(CountFields):
    """The second count of a shift whose first one was off, and a note; whatever else is sent is not read."""

    notes = notes_field()

    def values(self) -> dict[str, Any]:
        typed = self.cleaned_data
        notes = typed["notes"] if "notes" in self.data else None
        return {name: typed[name] for name in ("final_cash", "count_sheet", "version")} | {"notes": notes}

    def renew(self, shift: CashSession) -> None:
        """Let it be sent again on the shift's present version; the count of a first form is no second one."""
        self.shift = shift
        decide_on(self, shift)
        if "billed_cash" in self.data:
            sent = cast(QueryDict, self.data)
            for name in self.fields.keys() - {"version", "notes"}:
                sent[name] = ""


class ShowsCurrent(forms.Form):
    """Say beside each field of `correctable` whose typed value differs what the shift says now."""

    correctable: tuple[str, ...]

    def show_current(self, shift: CashSession) -> None:
        for name in self.correctable:
            current, typed = getattr(shift, name), self.cleaned_data.get(name)
            if typed != current and name in self.data and name in self.fields:
                text = group(current) if isinstance(current, int) else current or _("nothing")
                self[name].help_text = _("The shift now says: %(current)s") % {"current": escape(text)}
        decide_on(self, shift)


class OpeningForm(ShowsCurrent):
    """A form for the opening cash and notes of an open shift; a field that the request leaves out stays as it is."""

    correctable = ("initial_cash", "notes")
    initial_cash = MoneyFormField(label=_("Opening cash"))
    notes = notes_field()
    reason = reason_field(_("Reason"))
    version = WholeNumberFormField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, shift: CashSession) -> None:
        self.standing = {name: getattr(shift, name) for name in self.correctable}
        super().__init__(data, initial={**self.standing, "version": shift.version})
        self.fields["initial_cash"].required = data is None or "initial_cash" in data
        begin_at(self, "initial_cash")

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("version", "reason")} | {
            name: self.cleaned_data[name] if name in self.data else value for name, value in self.standing.items()
        }


class CorrectForm(ShowsCurrent, CountFields, TicketFields):
    """Every figure that can be corrected, as it stands; what the request leaves out stays as it is.

    A shift that was closed without a count need not get one. Until then what was billed is not `reader`'s to see or to
    change where the count is blind to them; what is unknown they may type.
    """

    correctable = CORRECTABLE
    initial_cash = MoneyFormField(label=_("Opening cash"))
    reason = reason_field(_("Reason"))

    def __init__(self, data: Any = None, *, shift: CashSession, reader: User) -> None:
        initial = {name: getattr(shift, name) for name in (*CORRECTABLE, "version")}
        initial |= {f"count_{denomination}": pieces for denomination, pieces in (shift.count_sheet or {}).items()}
        super().__init__(data, shift=shift, initial=initial)
        if shift.transfers_billed_as_cash:
            say_transfers_are_cash(self)
        self.fields["version"].required = True
        self.fields["initial_cash"].required = data is None or "initial_cash" in data
        uncounted = _("Nobody counted. Leave it blank until somebody has.")
        self.fields["final_cash"].help_text = uncounted if shift.is_uncounted else ""
        self.reader = reader
        self._keep_the_count_blind(shift)

    def _clean_count(self, sheet: dict[str, int], total: int | None) -> None:
        sent, standing = {"final_cash", *PIECES} & self.data.keys(), self.shift.final_cash
        if sent - {"final_cash"} and sheet != (self.shift.count_sheet or {}):
            # The total that stands there from before is no total that somebody typed.
            total = None if sheet and total == standing else total
            self._take_count(sheet, total)
        if sent and not sheet and total is None and standing is not None:
            self.add_error("final_cash", NOT_COUNTED)
        elif sheet and total is None and "count_sheet" not in self.cleaned_data:
            self.cleaned_data["final_cash"] = standing

    def values(self) -> dict[str, Any]:
        sent = [name for name in CORRECTABLE if name in self.data and name in self.fields]
        if "count_sheet" in self.cleaned_data:
            sent += ["final_cash", "count_sheet"]
        return {name: self.cleaned_data[name] for name in (*sent, "version", "reason")}

    def _keep_the_count_blind(self, shift: CashSession) -> None:
        if is_blind_to(shift, self.reader):
            for name in [name for name in BILLED if name in self.fields and getattr(shift, name) is not None]:
                del self.fields[name]

    def show_current(self, shift: CashSession) -> None:
        self._keep_the_count_blind(shift)
        super().show_current(shift)

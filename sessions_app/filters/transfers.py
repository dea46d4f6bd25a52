"""The query string of the bank transfers."""

from datetime import timedelta

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot import periods
from cashpilot.normalize import folded
from cashpilot.web.forms import FreeText
from cashpilot.web.http import Request
from sessions_app.filters.base import QueryForm, check_boxes, choice, day, yes_no
from sessions_app.models import Movement
from sessions_app.queries.totals import sum_transfers
from sessions_app.querysets.movements import MovementQuerySet


class TransferFilter(QueryForm):
    """The query of the transfers that can be held against the bank; without one, the pending ones are shown."""

    PENDING, VERIFIED = "0", "1"

    date_from = day(_("From"))
    date_to = day(_("To"))
    verified = choice(_("In the bank"), [(PENDING, _("Pending")), (VERIFIED, _("Seen"))])
    imported = yes_no(_("Of the former system"))
    text = FreeText(label=_("Text"), required=False, max_length=200)
    pharmacy = check_boxes(_("Pharmacies"))
    cashier = check_boxes(_("Cashiers"))

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.offer("cashier", User.objects.can_open_shifts())

    def defaults(self, asked: QueryDict) -> dict[str, str]:
        return {} if asked else {"verified": self.PENDING}

    def is_narrowed(self) -> bool:
        """Say whether more narrows it than the dates and the state, which are always in sight."""
        return any(self.data.get(name) for name in ("imported", "text", "pharmacy", "cashier"))

    def everything(self) -> MovementQuerySet:
        return Movement.objects.visible_to(self.user).transfers()

    def transfers(self) -> MovementQuerySet:
        """Return the transfers of the other filters, pending and verified alike."""
        transfers, typed = self.everything(), self.cleaned_data
        if typed["date_from"]:
            transfers = transfers.filter(created_at__gte=periods.midnight(typed["date_from"]))
        if typed["date_to"]:
            transfers = transfers.filter(created_at__lt=periods.midnight(typed["date_to"] + timedelta(days=1)))
        if typed["imported"]:
            transfers = transfers.filter(session__imported_at__isnull=typed["imported"] == "0")
        for name in ("pharmacy", "cashier"):
            if typed[name]:
                transfers = transfers.filter(**{f"session__{name}__in": typed[name]})
        if typed["text"]:
            transfers = transfers.filter(
                Q(search__contains=folded(typed["text"])) | Q(reference__icontains=typed["text"])
            )
        return transfers

    def rows(self) -> MovementQuerySet:
        state = self.cleaned_data["verified"]
        return self.transfers().filter(verified_at__isnull=state == self.PENDING) if state else self.transfers()

    def totals(self) -> dict[str, int]:
        """Return the number and the sum (guaraníes) of pending and of verified ones, whichever of them are listed."""
        return sum_transfers(self.transfers())

    def count(self, totals: dict[str, int]) -> int:
        """Return how many are listed."""
        counts = {self.PENDING: totals["pending"], self.VERIFIED: totals["verified"]}
        return counts.get(self.cleaned_data["verified"], sum(counts.values()))

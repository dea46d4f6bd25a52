"""The query string of the bank transfers."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from inspect import unwrap
from typing import ClassVar

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot import periods
from cashpilot.db.reading import named
from cashpilot.db.written_once import Listed, Rows, Steps, Sums, once_a_day, take
from cashpilot.web.http import Request
from pharmacies.query_forms import PLACES, check_boxes, choice, day, yes_no
from sessions_app.filters.base import ShiftQueryForm
from sessions_app.models import Movement, RunningTotal
from sessions_app.queries.bank_leftovers import Reach, reach_of_lists
from sessions_app.queries.search import transfers_like
from sessions_app.queries.totals import NONE_MISSING, TRANSFERS_OF_RUNNING_TOTALS, sum_missing, sum_transfers
from sessions_app.querysets.ledger import RunningTotalQuerySet
from sessions_app.querysets.movements import MovementQuerySet

# Who and where is told in a row, of those that it belongs to.
SHOWN = ("session__pharmacy", "session__cashier", "verified_by")


class TransferFilter(ShiftQueryForm):
    """The query of the transfers that can be held against the bank; without one, the pending ones are shown."""

    PENDING, VERIFIED, MISSING = "0", "1", "missing"
    SORTS: ClassVar = {"noted": _("Noted"), "amount": _("Amount")}
    BLANK_ANSWERS = ("verified",)

    date_from = day(_("From"))
    date_to = day(_("To"))
    verified = choice(
        _("In the bank"), [(PENDING, _("Pending")), (VERIFIED, _("Seen")), (MISSING, _("Not in it after 3 days"))]
    )
    imported = yes_no(_("Of the old system"))
    pharmacy = check_boxes(_("Pharmacies"))
    cashier = check_boxes(_("Cashiers"))

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.offer("cashier", User.objects.can_open_shifts)

    def defaults(self, asked: QueryDict) -> dict[str, str]:
        return {} if asked.keys() - set(PLACES) else {"verified": self.PENDING}

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
        return transfers.filter(transfers_like(self.search)) if self.search else transfers

    @cached_property
    def reach(self) -> Reach | None:
        """Return the days of which the bank's lists say everything."""
        return reach_of_lists()

    def missing(self) -> MovementQuerySet:
        """Return those of the other filters that were noted and are not in the bank after 3 days."""
        return self.reach.missing_in(self.transfers()) if self.reach else self.transfers().none()

    def rows(self) -> MovementQuerySet:
        state = self.cleaned_data["verified"]
        if state == self.MISSING:
            return self.missing()
        return self.transfers().filter(verified_at__isnull=state == self.PENDING) if state else self.transfers()

    def in_order(self) -> MovementQuerySet:
        sort = self.cleaned_data["sort"]
        columns = {"noted": "created_at", "amount": "amount"}
        if not sort:
            return self.rows().newest()
        sign = "-" if sort.startswith("-") else ""
        return self.rows().order_by(f"{sign}{columns[sort.removeprefix('-')]}", "-id")

    def listed(self) -> Listed[Movement]:
        """Return the rows of the list, in the order asked for, for a paginator.

        A search is written each time, because the people whom it finds may be others by then, and so are missing ones.
        """
        is_other_soon = self.search or self.cleaned_data["verified"] == self.MISSING
        write = unwrap(_list) if is_other_soon else _list
        return Listed(lambda steps: write(self.user, self._question(), steps))

    def totals(self) -> dict[str, int]:
        """Return the number and the sum (guaraníes) of pending, verified and missing ones, whichever are listed.

        Over all dates from the running totals, which say the same.
        """
        if self.search or self.cleaned_data["date_from"] or self.cleaned_data["date_to"]:
            return sum_transfers(self.transfers(), self.missing())
        missing = sum_missing(self.missing()) if self.reach else NONE_MISSING
        return _totals(self.user, self._question()).ask() | missing

    def _question(self) -> "_Question":
        return _Question(self.address(), self)

    def running_totals(self) -> RunningTotalQuerySet:
        rows, typed = RunningTotal.objects.visible_to(self.user).live(), self.cleaned_data
        if typed["imported"]:
            rows = rows.filter(is_imported=typed["imported"] == "1")
        asked = {f"{name}__in": typed[name] for name in ("pharmacy", "cashier") if typed[name]}
        return rows.filter(**asked)

    def count(self, totals: dict[str, int]) -> int:
        """Return how many are listed."""
        counts = {self.PENDING: totals["pending"], self.VERIFIED: totals["verified"], self.MISSING: totals["missing"]}
        return counts.get(self.cleaned_data["verified"], totals["pending"] + totals["verified"])


@dataclass(frozen=True)
class _Question:
    """A question: where the address is the same, what it asks is."""

    address: str
    form: TransferFilter = field(compare=False)


@once_a_day
def _list(_user: User, question: _Question, steps: Steps) -> Rows[Movement]:
    return Rows(take(named(question.form.in_order(), *SHOWN), steps))


@once_a_day
def _totals(_user: User, question: _Question) -> Sums:
    return Sums.of(question.form.running_totals(), TRANSFERS_OF_RUNNING_TOTALS)

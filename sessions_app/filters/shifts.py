"""The query string of the list of shifts."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot.db.reading import named
from cashpilot.db.written_once import Listed, Rows, Steps, Sums, once_a_day, take
from cashpilot.web.http import Request
from pharmacies.query_forms import any_day, choice, yes_no
from sessions_app.domain.choices import BilledSource, Result, Status
from sessions_app.filters.base import Chosen, ShiftQueryForm
from sessions_app.models import CashSession, RunningTotal
from sessions_app.queries.search import Search, shifts_like
from sessions_app.queries.totals import BY_METHOD, SALES_ALONE, totals_of_running_totals, totals_of_shifts
from sessions_app.querysets.shifts import UNCOUNTED, UNLISTED, CashSessionQuerySet

DELETED = "deleted"
# Off when they were closed, and something else now.
CORRECTED = Q(first_result__in=[Result.SHORT, Result.OVER, Result.SWAPPED]) & (
    ~Q(result=F("first_result")) | ~Q(total_difference=F("first_difference"))
)
# Filter -> its condition on shifts.
IN_SHIFTS: dict[str, Callable[[Any], Q]] = {
    "date_from": lambda value: Q(business_date__gte=value),
    "date_to": lambda value: Q(business_date__lte=value),
    "pharmacy": lambda value: Q(pharmacy=value),
    "cashier": lambda value: Q(cashier=value),
    "status": lambda value: Q(status=value),
    "result": lambda value: Q(result=value),
    "flagged": lambda value: Q(flagged_at__isnull=value == "0"),
    "signed_off": lambda value: Q(signed_off_at__isnull=value == "0"),
    "uncounted": lambda value: UNCOUNTED if value == "1" else ~UNCOUNTED,
    "corrected": lambda value: Q(CORRECTED) if value == "1" else ~CORRECTED,
    "source": lambda value: Q(billed_source=value),
    "contradicted": lambda value: Q(evidence_result__isnull=value == "0"),
    "text": lambda value: shifts_like(Search(value)),
}
# Column of the list -> what puts it in order; without one the list is in the order of `newest`.
SORTED_BY = {
    "date": "opened_at",
    "sales": "total_sales",
    "counted": "final_cash",
    "difference": "total_difference",
}
# Filter -> the condition on running_totals that says the same as on shifts.
IN_RUNNING_TOTALS: dict[str, Callable[[Any], Q]] = {
    "pharmacy": lambda value: Q(pharmacy=value),
    "cashier": lambda value: Q(cashier=value),
    "status": lambda value: Q(result=Result.OPEN) if value == Status.OPEN else ~Q(result=Result.OPEN),
    "result": lambda value: Q(result=value),
    "flagged": lambda value: Q(is_flagged=value == "1"),
    "signed_off": lambda value: Q(is_signed_off=value == "1"),
    "contradicted": lambda value: Q(is_contradicted=value == "1"),
}


class ShiftFilter(ShiftQueryForm):
    SORTS: ClassVar = {
        "date": _("Date"),
        "sales": _("Sales"),
        "counted": _("Counted cash"),
        "difference": _("Difference"),
    }

    date_from = any_day(_("From"))
    date_to = any_day(_("To"))
    pharmacy = choice(_("Pharmacy"))
    cashier = choice(_("Cashier"))
    status = choice(_("Status"), Status.choices)
    result = choice(_("Result"), Result.choices)
    flagged = yes_no(_("Flagged"))
    signed_off = yes_no(_("Signed off"))
    uncounted = yes_no(_("Not counted"))
    corrected = yes_no(_("Corrected since the close"))
    source = choice(_("Billed figure from"), BilledSource.choices)
    contradicted = yes_no(_("Contradicted by what arrived"))

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        # The sums by method take longer than all others together, and are read where somebody opens them.
        self.summed = BY_METHOD if "by_method" in request.GET else SALES_ALONE
        if not self.user.has_perm("sessions_app.view_every_cashsession"):
            del self.fields["cashier"]
            return
        self.offer("cashier", lambda: User.objects.visible_to(self.user).only("first_name", "last_name", "email"))
        self.add_choices("status", [(DELETED, _("Deleted"))])

    def rows(self) -> CashSessionQuerySet:
        """Return the shifts asked for. Deleted ones are shown only where they are asked for."""
        return _rows(self.user, self.chosen())

    def totals(self) -> dict[str, int]:
        """Return the totals of what is filtered; over all dates from the running totals, which say the same."""
        if not self.is_valid():
            return CashSession.objects.none().aggregate(**totals_of_shifts(self.summed))
        return self._kept(_sums, self.summed).ask()

    def listed(self) -> Listed[CashSession]:
        """Return the rows of the list, in the order asked for, for a paginator."""
        return Listed(lambda steps: self._kept(_list, self.cleaned_data["sort"], steps))

    def in_order(self, shifts: CashSessionQuerySet) -> CashSessionQuerySet:
        return _in_order(shifts, self.cleaned_data["sort"])


def _rows(user: User, chosen: dict[str, Any]) -> CashSessionQuerySet:
    shifts, chosen = CashSession.objects.visible_to(user), dict(chosen)
    if chosen.get("status") == DELETED:
        shifts = shifts.deleted()
        del chosen["status"]
    else:
        shifts = shifts.live()
    return shifts.filter(*(IN_SHIFTS[name](value) for name, value in chosen.items()))


@once_a_day
def _sums(user: User, narrowed: Chosen, names: tuple[str, ...]) -> Sums:
    chosen = dict(narrowed)
    if chosen.get("status") == DELETED or chosen.keys() - IN_RUNNING_TOTALS:
        return Sums.of(_rows(user, chosen), totals_of_shifts(names))
    rows = RunningTotal.objects.visible_to(user).live()
    conditions = (IN_RUNNING_TOTALS[name](value) for name, value in chosen.items())
    return Sums.of(rows.filter(*conditions), totals_of_running_totals(names))


@once_a_day
def _list(user: User, narrowed: Chosen, sort: str, steps: Steps) -> Rows[CashSession]:
    chosen = dict(narrowed)
    people = ["cashier", "deleted_by"] if chosen.get("status") == DELETED else ["cashier"]
    shifts = named(_rows(user, chosen), "pharmacy", *people).defer(*UNLISTED)
    return Rows(take(_in_order(shifts, sort), steps))


def _in_order(shifts: CashSessionQuerySet, sort: str) -> CashSessionQuerySet:
    """Put them in this order, what is not known last; those that are equal there by number."""
    if not sort:
        return shifts.newest()
    column = F(SORTED_BY[sort.removeprefix("-")])
    return shifts.order_by(OrderBy(column, descending=sort.startswith("-"), nulls_last=True), "-id")

"""A day of a pharmacy: the sum of its shifts beside what the billing system says, by the formulas of a shift.

A day is a row as the formulas take it: its operands are the sums over its closed shifts, what was billed is that of the
day. All amounts are whole guaraníes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pharmacies.models import Pharmacy
from sessions_app.domain import formulas
from sessions_app.domain.choices import Result, Status
from sessions_app.models import BILLED, MOVEMENT_SUMS, CashSession, Day

if TYPE_CHECKING:
    from accounts.models import User

OPERANDS = ("initial_cash", *MOVEMENT_SUMS)


@dataclass(frozen=True)
class DayFigures:
    """`day` is what was written of it, None while nothing was; `row` is for the formulas."""

    pharmacy: Pharmacy
    date: date
    day: Day | None
    shifts: int = 0
    open: int = 0
    not_compared: int = 0
    sums: dict[str, int | None] = field(default_factory=dict)

    @property
    def row(self) -> Any:
        """Return the day as a row for the formulas; an unwritten one is compared by the settings of today."""
        settings, day = self.day or self.pharmacy, self.day
        return SimpleNamespace(
            status=Status.CLOSED,
            **{name: self.sums.get(name) or 0 for name in OPERANDS},
            final_cash=self.sums.get("final_cash"),
            **{name: getattr(day, name, None) for name in (*BILLED, "cost")},
            tolerance=day.tolerance if day else self.pharmacy.cash_tolerance,
            transfers_billed_as_cash=settings.transfers_billed_as_cash,
        )

    @property
    def is_closed(self) -> bool:
        return bool(self.day and self.day.is_closed)

    @property
    def is_empty(self) -> bool:
        """Neither shifts nor anything written: nobody knows whether there was business."""
        return not self.shifts and self.day is None

    @property
    def invoices(self) -> int | None:
        return self.day.invoices if self.day else None

    @property
    def sales(self) -> int | None:
        amount: int | None = formulas.total_sales(self.row)
        return amount

    @property
    def difference(self) -> int | None:
        amount: int | None = formulas.total_difference(self.row)
        return amount

    @property
    def billed(self) -> int | None:
        amount: int | None = formulas.billed_total(self.row)
        return amount

    @property
    def margin(self) -> int | None:
        return formulas.margin(self.row)

    @property
    def margin_percent(self) -> int | None:
        """Return the margin in whole percent of the billed amount, rounded down."""
        return self.margin * 100 // self.billed if self.margin is not None and self.billed else None

    @property
    def missing(self) -> list[str]:
        """Why the day cannot be called balanced, nor anything else, yet."""
        reasons = []
        if self.open:
            told = ngettext("%(count)s shift is still open.", "%(count)s shifts are still open.", self.open)
            reasons.append(told % {"count": self.open})
        if self.not_compared:
            told = ngettext("%(count)s shift is not compared.", "%(count)s shifts are not compared.", self.not_compared)
            reasons.append(told % {"count": self.not_compared})
        if self.is_closed and self.shifts:
            reasons.append(_("It was marked as a day without business, but has shifts."))
        elif not self.is_closed and self.billed is None:
            reasons.append(_("What the billing system says is missing."))
        elif not self.is_closed and not self.shifts:
            reasons.append(_("No shift was noted."))
        return reasons

    @property
    def result(self) -> Result | None:
        """None where there is nothing to compare: without business, or not all there yet."""
        return None if self.missing or self.is_closed else Result(formulas.result(self.row))


def of_day(user: "User", pharmacy: Pharmacy, day: date) -> DayFigures:
    return figures_of_days(user, [pharmacy], day, day)[0]


def figures_of_days(user: "User", pharmacies: Iterable[Pharmacy], first: date, last: date) -> list[DayFigures]:
    """Every day from the last to the first at each pharmacy; of inactive ones only where there is something."""
    pharmacies = list(pharmacies)
    sums, written = _sums(user, pharmacies, first, last), _written(user, pharmacies, first, last)
    figures = [
        DayFigures(pharmacy, day, written.get((pharmacy.pk, day)), **sums.get((pharmacy.pk, day), {}))
        for day in (last - timedelta(days=ago) for ago in range((last - first).days + 1))
        for pharmacy in pharmacies
    ]
    return [one for one in figures if one.pharmacy.is_active or not one.is_empty]


def _sums(user: "User", pharmacies: list[Pharmacy], first: date, last: date) -> dict[Any, dict[str, Any]]:
    shifts = CashSession.objects.visible_to(user).live().filter(pharmacy__in=pharmacies)
    closed = Q(status=Status.CLOSED)
    rows = (
        shifts.filter(business_date__range=(first, last))
        .order_by()
        .values("pharmacy_id", "business_date")
        .annotate(
            shifts=Count("pk"),
            open=Count("pk", filter=~closed),
            not_compared=Count("pk", filter=Q(result=Result.NOT_COMPARED)),
            **{f"sum_{name}": Sum(name, filter=closed) for name in (*OPERANDS, "final_cash")},
        )
    )
    return {
        (row["pharmacy_id"], row["business_date"]): {
            "shifts": row["shifts"],
            "open": row["open"],
            "not_compared": row["not_compared"],
            "sums": {name: dict(row)[f"sum_{name}"] for name in (*OPERANDS, "final_cash")},
        }
        for row in rows
    }


def _written(user: "User", pharmacies: list[Pharmacy], first: date, last: date) -> dict[Any, Day]:
    days = Day.objects.visible_to(user).filter(pharmacy__in=pharmacies, date__range=(first, last))
    return {(day.pharmacy_id, day.date): day for day in days.select_related("signed_off_by")}

"""A day of a pharmacy: the sum of its shifts beside what the billing system says, by the formulas of a shift.

A day is a row as the formulas take it: its operands are the sums over its closed shifts, what was billed is that of the
day. All amounts are whole guaraníes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from operator import attrgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.db.models import Count, DateField, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cashpilot.db.written_once import Given, Rows, once_a_day
from cashpilot.money import group
from pharmacies.models import Pharmacy
from sessions_app.domain import formulas
from sessions_app.domain.choices import Level, Result, Status
from sessions_app.domain.day_verdict import NOT_COMPARED, RECEIVED, UNCOUNTED
from sessions_app.models import BILLED, MOVEMENT_SUMS, CashSession, Day
from sessions_app.queries import shift_summary
from sessions_app.queries.day_settings import DaySettings, settings_now, settings_of_day, settings_of_written

if TYPE_CHECKING:
    from accounts.models import User

SPAN = (Given("first", DateField()), Given("last", DateField()))
# Of the closed ones.
COUNTS = {
    "uncounted": Count("pk", filter=UNCOUNTED),
    "not_compared": Count("pk", filter=NOT_COMPARED),
    "as_cash": Count("pk", filter=Q(transfers_billed_as_cash=True)),
}


@dataclass(frozen=True)
class DayFigures:
    """`day` is what was written of it, None while nothing was; `row` is for the formulas.

    `shifts`, `open`, `uncounted`, `not_compared` and `as_cash` (transfers billed as cash) count its live shifts. `sums`
    is of the closed ones; `billed_by_shifts` too, None for a method that one of them does not know.
    """

    pharmacy: Pharmacy
    date: date
    day: Day | None
    settings: DaySettings
    shifts: int = 0
    open: int = 0
    uncounted: int = 0
    not_compared: int = 0
    as_cash: int = 0
    sums: dict[str, int | None] = field(default_factory=dict)
    billed_by_shifts: dict[str, int | None] = field(default_factory=dict)

    @property
    def as_read(self) -> tuple[Any, ...]:
        """Return all that these figures are made of."""
        counts = tuple(getattr(self, name) for name in ("shifts", "open", *COUNTS))
        sums = (*self.sums.values(), *self.billed_by_shifts.values())
        written = _columns()(self.day) if self.day else None
        return (self.pharmacy.pk, self.pharmacy.name, self.date, self.settings, counts, sums, written)

    @cached_property
    def row(self) -> Any:
        """Return the day as a row for the formulas; its received cash is unknown while a closed shift is uncounted."""
        received = {name: self.sums.get(name) or 0 for name in RECEIVED}
        known = {"final_cash": None if self.uncounted else self.sums.get("final_cash")}
        return SimpleNamespace(
            status=Status.CLOSED,
            **dict.fromkeys(("initial_cash", *MOVEMENT_SUMS), 0) | received | known,
            **{name: getattr(self.day, name, None) for name in (*BILLED, "cost")},
            **vars(self.settings),
        )

    @cached_property
    def is_closed(self) -> bool:
        return bool(self.day and self.day.is_closed)

    @cached_property
    def is_empty(self) -> bool:
        """Neither shifts nor anything written: nobody knows whether there was business."""
        return not self.shifts and self.day is None

    @cached_property
    def invoices(self) -> int | None:
        return self.day.invoices if self.day else None

    @cached_property
    def sales(self) -> int | None:
        amount: int | None = formulas.total_sales(self.row)
        return amount

    @cached_property
    def received(self) -> int | None:
        """Return what is held against `billed`: only methods with a billed figure, once the cash has one."""
        compared: int | None = formulas.compared_total(self.row)
        return self.sales if compared is None else compared

    @cached_property
    def difference(self) -> int | None:
        """Return received less billed; unknown while the day has no verdict."""
        amount: int | None = formulas.total_difference(self.row)
        return amount if self.result else None

    @cached_property
    def billed(self) -> int | None:
        amount: int | None = formulas.billed_total(self.row)
        return amount

    @cached_property
    def margin(self) -> int | None:
        return formulas.margin(self.row)

    @cached_property
    def margin_percent(self) -> int | None:
        """Return the margin in whole percent of the billed amount, rounded down."""
        return self.margin * 100 // self.billed if self.margin is not None and self.billed else None

    @cached_property
    def missing(self) -> list[str]:
        """Why the day cannot be called balanced, nor anything else, yet."""
        reasons = []
        if self.open:
            told = ngettext("%(count)s shift is still open.", "%(count)s shifts are still open.", self.open)
            reasons.append(told % {"count": self.open})
        if self.uncounted:
            told = ngettext("%(count)s shift was not counted.", "%(count)s shifts were not counted.", self.uncounted)
            reasons.append(told % {"count": self.uncounted})
        if self.is_closed and self.shifts:
            reasons.append(_("It was marked as a day without business, but has shifts."))
        elif not self.is_closed and self.billed is None:
            reasons.append(_("What the billing system says is missing."))
        elif not self.is_closed and not self.shifts:
            reasons.append(_("No shift was noted."))
        return reasons

    @cached_property
    def result(self) -> Result | None:
        """None where there is nothing to compare: without business, or not all there yet."""
        return None if self.missing or self.is_closed else Result(formulas.result(self.row))

    @cached_property
    def level(self) -> Level | None:
        """Whether the verdict is that of its shifts too, or of the day alone; None without a verdict."""
        if self.result is None:
            return None
        return Level.DAY if self.not_compared else Level.SHIFT

    @cached_property
    def notes(self) -> list[str]:
        """Return what has to be known to read the verdict, as sentences."""
        told = _("The billed figure of %(methods)s is missing: left out of both sums.")
        left_out = told % {"methods": ", ".join(self.left_out)} if self.left_out else ""
        return [sentence for sentence in (self._as_a_whole, left_out, self._other_than_shifts) if sentence]

    @cached_property
    def left_out(self) -> list[str]:
        """Return the names of the methods that brought money of which nothing billed is known, in lower case."""
        lines = shift_summary.methods(self.row) if self.billed is not None else []
        return [line.label.lower() for line in lines if line.billed is None and line.received]

    @cached_property
    def _as_a_whole(self) -> str:
        if self.level != Level.DAY:
            return ""
        sentences: dict[Result | None, str] = {
            Result.SHORT: _("Short %(amount)s on the day; it belongs to no single shift (%(count)s not compared)."),
            Result.OVER: _("Over %(amount)s on the day; it belongs to no single shift (%(count)s not compared)."),
        }
        judged = _("This is the day as a whole, not each shift (%(count)s not compared).")
        return sentences.get(self.result, judged) % {
            "amount": group(abs(self.difference or 0)),
            "count": self.not_compared,
        }

    @cached_property
    def _other_than_shifts(self) -> str:
        """Say what the shifts bill and what the day does, by the methods that every one of them knows."""
        closed = self.shifts - self.open
        if self.as_cash != (closed if self.settings.transfers_billed_as_cash else 0):
            return ""  # what one of them calls cash is something else than what the day does
        of_day = {name: getattr(self.day, name, None) for name in BILLED}
        if self.settings.transfers_billed_as_cash:
            del of_day["billed_transfer"]
        pairs = {name: (self.billed_by_shifts.get(name), amount) for name, amount in of_day.items()}
        known = {name: (shifts, day) for name, (shifts, day) in pairs.items() if shifts is not None and day is not None}
        by_shifts, by_day = (sum(pair[side] for pair in known.values()) for side in (0, 1))
        if "billed_cash" not in known or by_shifts == by_day:
            return ""
        told = _("The shifts add up to %(shifts)s billed; the day says %(day)s.")
        return told % {"shifts": group(by_shifts), "day": group(by_day)}


@cache
def _columns() -> "attrgetter[Any]":
    return attrgetter(*(column.attname for column in Day._meta.concrete_fields))


def of_day(user: "User", pharmacy: Pharmacy, day: date) -> DayFigures:
    """Return the figures of one day; an unwritten one goes by the settings under which it will be written."""
    key = (pharmacy.pk, day)
    written = _written(user, [pharmacy], day, day).get(key)
    settings = settings_of_day(pharmacy, day, written)
    return DayFigures(pharmacy, day, written, settings, **_sums(user, [pharmacy], day, day).get(key, {}))


def figures_of_days(user: "User", pharmacies: Iterable[Pharmacy], first: date, last: date) -> list[DayFigures]:
    """Every day from the last to the first at each pharmacy; of inactive ones only where there is something."""
    pharmacies = list(pharmacies)
    sums, written = _sums(user, pharmacies, first, last), _written(user, pharmacies, first, last)
    figures = []
    for ago in range((last - first).days + 1):
        for pharmacy in pharmacies:
            key = (pharmacy.pk, last - timedelta(days=ago))
            day = written.get(key)
            settings = settings_of_written(day) if day else settings_now(pharmacy)
            figures.append(DayFigures(pharmacy, key[1], day, settings, **sums.get(key, {})))
    return [one for one in figures if one.pharmacy.is_active or not one.is_empty]


def _sums(user: "User", pharmacies: list[Pharmacy], first: date, last: date) -> dict[Any, dict[str, Any]]:
    """Return the counts and sums of DayFigures, by pharmacy and day."""
    found: dict[Any, dict[str, Any]] = defaultdict(dict)
    for row in _sums_asked(user, _numbers(pharmacies)).ask(first=first, last=last):
        found[row["pharmacy_id"], row["business_date"]][row["status"]] = row
    return {key: _read(by_status) for key, by_status in found.items()}


def _numbers(pharmacies: list[Pharmacy]) -> tuple[int, ...]:
    return tuple(pharmacy.pk for pharmacy in pharmacies)


@once_a_day
def _sums_asked(user: "User", pharmacies: tuple[int, ...]) -> Rows[dict[str, Any]]:
    shifts = CashSession.objects.visible_to(user).live().filter(pharmacy__in=pharmacies, business_date__range=SPAN)
    sums = {
        "shifts": Count("pk"),
        **COUNTS,
        **{f"sum_{name}": Sum(column) for name, column in RECEIVED.items()},
        **{f"sum_{name}": Sum(name) for name in BILLED},
        **{f"know_{name}": Count(name) for name in BILLED},
    }
    # Open ones apart, instead of asking for each figure of each shift whether it is closed.
    by_day: Any = shifts.order_by().values("pharmacy_id", "business_date", "status")
    return Rows(by_day.annotate(**sums))


def _read(by_status: dict[str, Any]) -> dict[str, Any]:
    opened = by_status[Status.OPEN]["shifts"] if Status.OPEN in by_status else 0
    closed = by_status.get(Status.CLOSED)
    if closed is None:
        return {"shifts": opened, "open": opened}
    count = closed["shifts"]
    return {
        "shifts": opened + count,
        "open": opened,
        **{name: closed[name] for name in COUNTS},
        "sums": {name: closed[f"sum_{name}"] for name in RECEIVED},
        "billed_by_shifts": {
            name: closed[f"sum_{name}"] if closed[f"know_{name}"] == count else None for name in BILLED
        },
    }


def _written(user: "User", pharmacies: list[Pharmacy], first: date, last: date) -> dict[Any, Day]:
    days = _written_asked(user, _numbers(pharmacies)).ask(first=first, last=last)
    return {(day.pharmacy_id, day.date): day for day in days}


@once_a_day
def _written_asked(user: "User", pharmacies: tuple[int, ...]) -> Rows[Day]:
    days = Day.objects.visible_to(user).filter(pharmacy__in=pharmacies, date__range=SPAN)
    return Rows(days.with_evidence().select_related("signed_off_by"))

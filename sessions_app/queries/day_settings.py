"""The settings of a pharmacy that a day is judged by: copied when the day is first written, and kept from then on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cashpilot import periods
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import Status
from sessions_app.models import CashSession, Day


@dataclass(frozen=True)
class DaySettings:
    """`tolerance` in guaraníes; `transfers_billed_as_cash`: the billing system counted transfers as cash."""

    tolerance: int
    transfers_billed_as_cash: bool


def settings_now(pharmacy: Pharmacy) -> DaySettings:
    return DaySettings(pharmacy.cash_tolerance, pharmacy.transfers_billed_as_cash)


def settings_of_written(day: Day) -> DaySettings:
    return DaySettings(day.tolerance, day.transfers_billed_as_cash)


def settings_of_unwritten(pharmacy: Pharmacy, days: Iterable[date]) -> dict[date, DaySettings]:
    """Return the settings of days that nobody has written yet.

    A past day takes those of the last shift that closed on it: they were in force then. Every other day takes those of
    the pharmacy now.
    """
    settings = dict.fromkeys(days, settings_now(pharmacy))
    past = [day for day in settings if day < periods.today()]
    closed = CashSession.objects.live().filter(pharmacy=pharmacy, business_date__in=past, status=Status.CLOSED)
    kept = closed.order_by("closed_at", "id").values_list("business_date", "tolerance", "transfers_billed_as_cash")
    for day, tolerance, as_cash in kept:
        settings[day] = DaySettings(tolerance or 0, as_cash)
    return settings


def settings_of_day(pharmacy: Pharmacy, day: date, written: Day | None) -> DaySettings:
    return settings_of_written(written) if written else settings_of_unwritten(pharmacy, [day])[day]

"""The days that are listed, and the figures of each."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from cashpilot import periods
from pharmacies import actions as pharmacies
from pharmacies.models import Pharmacy
from sessions_app.queries.day_figures import DayFigures, figures_of_days
from testing.factories import ShiftFactory

TODAY = date(2026, 7, 3)


def days_of(user, pharmacy):
    pharmacy = Pharmacy.objects.get(pk=pharmacy.pk)
    return [one.date for one in figures_of_days(user, [pharmacy], TODAY - timedelta(days=1), TODAY)]


def test_of_an_inactive_pharmacy_only_the_days_with_something_are_listed(luque, otto, marta):
    with periods.at(datetime(2026, 7, 3, 15, tzinfo=UTC)):
        ShiftFactory(closed=True, cashier=otto)
        assert days_of(marta, luque) == [TODAY, TODAY - timedelta(days=1)]
        pharmacies.deactivate_pharmacy(luque.pk, reason="moved", by=marta)
        assert days_of(marta, luque) == [TODAY]


def test_the_margin_is_told_in_whole_percent_of_what_was_billed_rounded_down(luque):
    day = SimpleNamespace(billed_cash=3_000, billed_card=None, billed_transfer=None, billed_credit=None, cost=1_000)
    day.tolerance, day.transfers_billed_as_cash = 0, False
    assert DayFigures(luque, TODAY, day).margin_percent == 66

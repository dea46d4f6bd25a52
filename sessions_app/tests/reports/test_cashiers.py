"""The differences of each cashier, read in the order of time."""

from datetime import datetime, timedelta

from django.utils import translation

from cashpilot import periods
from testing.client import signed_in
from testing.factories import ShiftFactory

FIRST = datetime(2026, 11, 1, 12, tzinfo=periods.ASUNCION)
FAIR, SHORT = {"billed_cash": 700_000}, {"billed_cash": 710_000}


def test_a_loss_is_dated_by_the_day_of_the_shift_whenever_it_was_typed(ana, marta):
    """Ten fair shifts, then ten that are short: the later ones are stored first."""
    for day in [*range(10, 20), *range(10)]:
        with periods.at(FIRST + timedelta(days=day)):
            ShiftFactory(closed=True, cashier=ana, billed=SHORT if day >= 10 else FAIR)
    marta.language = "en"
    marta.save()
    with translation.override("en"):
        page = signed_in(marta).get("/reports/cashiers/?date_from=2026-11-01&date_to=2026-11-20")
    assert "Steadily short, since about 11/11/2026" in page.text

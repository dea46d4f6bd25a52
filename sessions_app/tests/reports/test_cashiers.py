"""The differences of each cashier, read in the order of time."""

from datetime import datetime, timedelta

from django.utils import translation

from cashpilot import periods
from sessions_app.reports import cashiers, cusum
from sessions_app.tests.reports.sold import table, values
from testing.client import signed_in
from testing.factories import PersonFactory, ShiftFactory

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


def test_of_each_cashier_by_name_how_many_shifts_were_compared_and_what_they_tell(ana, beto):
    """A difference of nothing is compared; of shifts that nobody compared nothing is known, and that is no zero."""
    billed = [{"billed_cash": 700_000}, {"billed_cash": 701_000}, None]
    for day, known in enumerate(billed):
        with periods.at(FIRST + timedelta(days=day)):
            ShiftFactory(closed=True, cashier=beto, register=2)
            ShiftFactory(closed=True, cashier=ana, billed=known)
    with translation.override("en"):
        told = values("cashiers", "Cashier", "Shifts", "Compared", "Not compared", "All differences", "Per shift")
    assert told == [("Ana Benítez", 3, 2, 1, -1_000, -500), ("Beto Benítez", 3, 0, 3, None, None)]


def test_two_shifts_of_one_day_are_read_in_the_order_in_which_they_were_opened(ana, monkeypatch):
    """The later one is stored first. From two shifts on the line is drawn here."""
    monkeypatch.setattr(cusum, "CONCLUSIVE", 2)
    for hours, billed in ((3, {"billed_cash": 702_000}), (0, FAIR)):
        with periods.at(FIRST + timedelta(hours=hours)):
            ShiftFactory(closed=True, cashier=ana, billed=billed)
    (chart,) = table("cashiers").charts
    assert list(chart.series[0].values) == [0, 2_000 - 1_414 // 4]


def test_a_chart_is_drawn_of_the_first_who_can_tell_something(monkeypatch, central):
    """Of Ana nothing can be told yet."""
    monkeypatch.setattr(cusum, "CONCLUSIVE", 2)
    monkeypatch.setattr(cashiers, "MOST_CHARTS", 2)
    for name, count in (("Ana", 1), ("Dora", 2), ("Beto", 2), ("Carmen", 2)):
        cashier = PersonFactory(first_name=name, pharmacies=[central])
        for day in range(count):
            with periods.at(FIRST + timedelta(days=day)):
                ShiftFactory(closed=True, cashier=cashier, billed=FAIR)
    made = table("cashiers")
    assert [row["cashier"] for row in made.rows] == [f"{name} Benítez" for name in ("Ana", "Beto", "Carmen", "Dora")]
    assert [chart.title for chart in made.charts] == ["Beto Benítez", "Carmen Benítez"]

"""The differences of each cashier at the close, and the control lines that are stored."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import translation

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.domain import cusum
from sessions_app.ledger import control_lines
from sessions_app.models import ControlLine
from sessions_app.reports import cashiers
from sessions_app.tests.reports.sold import sold, table, values
from testing.client import signed_in
from testing.factories import PersonFactory, ShiftFactory

FIRST = datetime(2026, 11, 1, 12, tzinfo=periods.ASUNCION)
FAIR, SHORT = {"billed_cash": 700_000}, {"billed_cash": 710_000}


def test_a_loss_is_dated_by_the_day_of_the_shift_whenever_it_was_typed(ana, marta):
    """Ten fair shifts, then ten that are short: the later ones are stored first."""
    for day in [*range(10, 20), *range(10)]:
        with periods.at(FIRST + timedelta(days=day)):
            ShiftFactory(closed=True, cashier=ana, billed=SHORT if day >= 10 else FAIR)
    control_lines.compute_stale()
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
    columns = ("Cashier", "Shifts", "Compared", "Not compared", "At the close", "Per shift")
    assert values("cashiers", *columns) == [
        ("Ana Benítez", 3, 2, 1, -1_000, -500),
        ("Beto Benítez", 3, 0, 3, None, None),
    ]


def test_what_was_corrected_away_or_deleted_stays_at_the_close_and_shows_beside_it(ana, marta):
    """20.000 short, then corrected to balance; 5.000 short, then deleted; 1.000 over, which nobody touched."""
    corrected = sold(ana, date(2026, 11, 3), 100_000, gap=-20_000)
    deleted = sold(ana, date(2026, 11, 4), 100_000, gap=-5_000)
    sold(ana, date(2026, 11, 5), 100_000, gap=1_000)
    shift_actions.correct_shift(corrected.pk, version=corrected.version, reason="recount", final_cash=120_000, by=marta)
    mark_actions.delete_shift(deleted.pk, reason="twice", by=marta)
    told = values("cashiers", "Shifts", "Compared", "At the close", "After corrections", "Per shift")
    assert told == [(3, 3, -24_000, 1_000, -8_000)]


def test_a_shift_that_was_deleted_without_a_verdict_is_no_shift_of_anybody(ana, marta):
    deleted = sold(ana, date(2026, 11, 4), 100_000)
    sold(ana, date(2026, 11, 5), 100_000)
    mark_actions.delete_shift(deleted.pk, reason="twice", by=marta)
    assert values("cashiers", "Shifts", "Compared") == [(1, 0)]


def test_two_shifts_of_one_day_are_read_in_the_order_in_which_they_were_opened(ana, monkeypatch):
    """The later one is stored first. From two shifts on the line is drawn here."""
    monkeypatch.setattr(cusum, "CONCLUSIVE", 2)
    for hours, billed in ((3, {"billed_cash": 702_000}), (0, FAIR)):
        with periods.at(FIRST + timedelta(hours=hours)):
            ShiftFactory(closed=True, cashier=ana, billed=billed)
    control_lines.compute_stale()
    (chart,) = table("cashiers").charts
    assert list(chart.series[0].values) == [0, 2_000 - 1_414 // 4]
    assert values("cashiers", "Usual spread") == [(1_414,)]


def test_a_chart_is_drawn_of_the_first_who_can_tell_something(monkeypatch, central):
    """Nothing can be told of Ana yet."""
    monkeypatch.setattr(cusum, "CONCLUSIVE", 2)
    monkeypatch.setattr(cashiers, "MOST_CHARTS", 2)
    for name, count in (("Ana", 1), ("Dora", 2), ("Beto", 2), ("Carmen", 2)):
        cashier = PersonFactory(first_name=name, pharmacies=[central])
        for day in range(count):
            with periods.at(FIRST + timedelta(days=day)):
                ShiftFactory(closed=True, cashier=cashier, billed=FAIR)
    control_lines.compute_stale()
    made = table("cashiers")
    assert [row["cashier"] for row in made.rows] == [f"{name} Benítez" for name in ("Ana", "Beto", "Carmen", "Dora")]
    assert [chart.title for chart in made.charts] == ["Beto Benítez", "Carmen Benítez"]


def test_the_page_draws_what_is_stored_and_computes_nothing(ana, monkeypatch):
    monkeypatch.setattr(cusum, "CONCLUSIVE", 1)
    sold(ana, date(2026, 11, 5), 100_000, gap=-7_000)
    monkeypatch.setattr(cusum, "loss", lambda differences: pytest.fail("it is stored"))
    (chart,) = table("cashiers").charts
    assert list(chart.series[0].values) == [3_000 - 250]


def test_a_link_asks_for_one_person(ana, beto, marta):
    for person, register in ((ana, 1), (beto, 2)):
        sold(person, date(2026, 11, 5), 100_000, gap=-7_000, register=register)
    page = signed_in(marta).get(f"/reports/cashiers/?cashier={beto.pk}")
    assert [row["cashier"] for row in page.context["table"].rows] == ["Beto Benítez"]
    assert f'<input type="hidden" name="cashier" value="{beto.pk}"' in page.text
    assert signed_in(marta).get("/reports/cashiers/?cashier=x").status_code == 422


def test_the_rows_of_a_report_about_one_person_lead_to_that_persons_shifts(ana, marta):
    sold(ana, date(2026, 11, 5), 100_000)
    for name in ("sales", "methods", "pharmacies", "differences"):
        rows = signed_in(marta).get(f"/reports/{name}/?cashier={ana.pk}").context["table"].rows
        links = [row.link for row in rows if row.link]
        assert links
        assert all(f"cashier={ana.pk}" in link for link in links)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"compared": 19, "direction": "short", "since": date(2026, 11, 1)}, "Not conclusive: fewer than 20 compared"),
        ({"compared": 20, "direction": "short", "since": date(2026, 11, 1)}, "Steadily short, since about 01/11/2026"),
        ({"compared": 20, "direction": "over", "since": date(2026, 11, 1)}, "Steadily over, since about 01/11/2026"),
        ({"compared": 20}, "Nothing unusual"),
    ],
)
def test_what_is_told_and_from_how_many(line, told):
    assert cashiers.verdict(ControlLine(**line)) == told

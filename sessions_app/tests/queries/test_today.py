"""Yesterday in a sentence; today's sales beside those of a week ago; and who is late to open. It is Monday noon."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.models import CashSession
from sessions_app.queries import today
from sessions_app.queries.today import days_of
from testing.client import signed_in
from testing.database import update
from testing.factories import ShiftFactory

NOON = datetime(2026, 7, 20, 15, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def _noon():
    with periods.at(NOON), translation.override("en"):
        yield


def closed(cashier, gap, *, ago=DAY, **values):
    """A shift of 700.000 that is off by `gap`, None: not compared."""
    billed = None if gap is None else {"billed_cash": 700_000 - gap}
    with periods.at(NOON - ago):
        return ShiftFactory(closed=True, cashier=cashier, billed=billed, **values)


def sentence(marta):
    return days_of(marta).sentence


def test_without_a_shift_yesterday_it_says_so(ana, marta):
    closed(ana, -1, ago=2 * DAY)
    assert sentence(marta) == "Yesterday there were no shifts."


def test_a_good_day_with_one_still_open(ana, beto, marta):
    for _ in range(3):
        closed(ana, 0)
    with periods.at(NOON - DAY):
        ShiftFactory(cashier=beto, register=2)
    assert sentence(marta) == "Yesterday: 4 shifts, 3 balance, 1 is still open. No money is missing."


def test_what_is_missing_is_summed_and_never_made_up_for_by_what_is_over(ana, otto, marta):
    closed(ana, -50_000), closed(ana, -7), closed(otto, 90_000)
    assert sentence(marta) == "Yesterday: 3 shifts, 2 are short, 1 is over. ₲\N{NO-BREAK SPACE}50.007 are missing."


def test_what_was_missing_at_the_close_is_told_though_it_was_corrected_since(ana, marta):
    closed(ana, 0)
    for gap in (-50_000, -7):
        shift = closed(ana, gap)
        with periods.at(NOON - DAY):
            found = {"final_cash": shift.final_cash - gap, "version": shift.version, "reason": "I miscounted"}
            shift_actions.correct_shift(shift.pk, **found, by=ana)
    told = "In 2 ₲\N{NO-BREAK SPACE}50.007 were missing at the close, and they were corrected since."
    assert sentence(marta) == f"Yesterday: 3 shifts, 3 balance. No money is missing. {told}"


def test_what_was_missing_in_a_deleted_shift_is_told_and_nobody_says_that_no_money_is_missing(ana, marta):
    mark_actions.delete_shift(closed(ana, -50_000).pk, reason="duplicate", by=marta)
    mark_actions.delete_shift(closed(ana, 90_000).pk, reason="duplicate", by=marta)
    told = f"In 1 that was deleted ₲{SPACE}50.000 were missing."
    assert sentence(marta) == f"Yesterday there were no shifts. {told}"
    closed(ana, 0)
    assert sentence(marta) == f"Yesterday: 1 shift, 1 balances. {told}"


def test_of_what_is_not_compared_nobody_says_that_nothing_is_missing(ana, marta):
    closed(ana, 0), closed(ana, None)
    told = "Yesterday: 2 shifts, 1 balances, 1 is not compared. Of 1 nobody knows yet whether money is missing."
    assert sentence(marta) == told


def test_while_all_are_open_nothing_is_said_about_money(ana, marta):
    with periods.at(NOON - DAY):
        ShiftFactory(cashier=ana)
    assert sentence(marta) == "Yesterday: 1 shift, 1 is still open."


def test_where_an_opening_was_corrected_is_told(ana, marta):
    closed(ana, 0)
    with periods.at(NOON - DAY):
        shift = ShiftFactory(cashier=ana, initial_cash=550_000)
        lowered = {"initial_cash": 500_000, "notes": "", "version": 1, "reason": "I forgot"}
        shift_actions.correct_opening(shift.pk, **lowered, by=ana)
        shift_actions.close_shift(shift.pk, final_cash=1_200_000, billed={"billed_cash": 700_000}, by=ana)
    told = "Yesterday: 2 shifts, 2 balance. No money is missing. In 1 the opening cash was corrected."
    assert sentence(marta) == told


def test_sales_are_those_of_closed_shifts_and_stand_beside_the_same_hour_a_week_ago(ana, beto, marta):
    assert (days_of(marta).sales, days_of(marta).sales_a_week_ago) == (None, None)
    closed(ana, 0, ago=timedelta())
    closed(ana, 0, ago=7 * DAY)
    closed(ana, 0, ago=7 * DAY - HOUR)  # an hour later than now
    ShiftFactory(cashier=beto, register=2)
    assert (days_of(marta).sales, days_of(marta).sales_a_week_ago) == (700_000, 700_000)


def opened(cashier, *hours_before_noon, weeks=range(1, 5)):
    """On this weekday of each of those weeks."""
    for week in weeks:
        for hours in hours_before_noon:
            with periods.at(NOON - week * 7 * DAY - hours * HOUR):
                shift = ShiftFactory(cashier=cashier)
                shift_actions.close_shift(shift.pk, final_cash=1, by=cashier)


def late(marta):
    return [(str(one.pharmacy), f"{one.by:%H:%M}") for one in days_of(marta).late]


def test_who_usually_opened_by_now_and_has_not_is_told_with_the_latest_usual_hour(ana, otto, marta):
    opened(ana, 5, weeks=range(1, 4)), opened(ana, 4, weeks=[4])
    opened(otto, 5)
    with periods.at(NOON - 5 * HOUR):
        ShiftFactory(cashier=otto)
    assert late(marta) == [("Central", "08:00")]


@pytest.mark.parametrize(("weeks", "is_told"), [([1, 2, 3], True), ([1, 2], False)])
def test_what_was_not_usual_is_not_told(weeks, is_told, ana, marta):
    opened(ana, 5, weeks=weeks)
    assert bool(late(marta)) is is_told


def test_half_an_hour_of_grace(ana, marta):
    opened(ana, 0.5)
    with periods.at(NOON - timedelta(minutes=1)):
        assert late(marta) == []
    assert late(marta) == [("Central", "11:30")]


def test_right_after_midnight_nobody_is_late_yet(ana, marta):
    opened(ana, -8)
    with periods.at(NOON - 12 * HOUR + timedelta(minutes=10)):
        assert late(marta) == []
    with periods.at(NOON + 9 * HOUR):
        assert late(marta) == [("Central", "20:00")]


def test_a_page_that_was_asked_for_before_midnight_is_answered_after_it(ana, marta, monkeypatch):
    opened(ana, -8)
    written = today._tallies(marta)
    monkeypatch.setattr(today, "_tallies", lambda _user: written)
    with periods.at(NOON + 12 * HOUR):
        assert days_of(marta).today == date(2026, 7, 21)


def test_the_second_shift_of_a_day_is_waited_for_too(ana, marta):
    opened(ana, 5, 2)
    with periods.at(NOON - 5 * HOUR):
        ShiftFactory(cashier=ana)
    assert late(marta) == [("Central", "10:00")]


def test_of_each_pharmacy_the_next_shift_of_its_own_day_is_waited_for(ana, otto, marta):
    opened(ana, 5, 2), opened(otto, 4, 1)
    with periods.at(NOON - 5 * HOUR):
        ShiftFactory(cashier=ana)
    assert late(marta) == [("Central", "10:00"), ("Luque", "08:00")]


def test_a_pharmacy_that_was_deactivated_is_not_waited_for(ana, central, marta):
    opened(ana, 5)
    central.is_active = False
    central.save()
    assert late(marta) == []


def test_the_sentence_of_yesterday_leads_to_its_shifts(ana, marta):
    closed(ana, 0)
    link = '<a class="answer__yesterday" href="/?date_from=2026-07-19&amp;date_to=2026-07-19">'
    assert link in signed_in(marta).get("/").text
    update(CashSession.objects.all(), business_date=date(2026, 7, 18))
    assert "answer__yesterday" not in signed_in(marta).get("/").text

"""Days, weeks and months in Asuncion: UTC-3 all year since October 2024, UTC-4 in the winters before."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from cashpilot import periods


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        # 23:59:59 and midnight of a July night; with the rules before October 2024 both would be the 14th.
        (datetime(2026, 7, 15, 2, 59, 59, tzinfo=UTC), date(2026, 7, 14)),
        (datetime(2026, 7, 15, 3, 0, 0, tzinfo=UTC), date(2026, 7, 15)),
        # The same in January, when nothing changed.
        (datetime(2026, 1, 15, 2, 59, 59, tzinfo=UTC), date(2026, 1, 14)),
        (datetime(2026, 1, 15, 3, 0, 0, tzinfo=UTC), date(2026, 1, 15)),
        # July 2024 was the last winter at UTC-4.
        (datetime(2024, 7, 15, 3, 59, 59, tzinfo=UTC), date(2024, 7, 14)),
        (datetime(2024, 7, 15, 4, 0, 0, tzinfo=UTC), date(2024, 7, 15)),
        # Months and years end at midnight there, not in Greenwich.
        (datetime(2026, 8, 1, 1, 0, tzinfo=UTC), date(2026, 7, 31)),
        (datetime(2027, 1, 1, 2, 0, tzinfo=UTC), date(2026, 12, 31)),
    ],
)
def test_a_day_begins_at_midnight_in_asuncion(instant, day):
    assert periods.local_date(instant) == day


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 7, 13), date(2026, 7, 13)),  # a Monday
        (date(2026, 7, 15), date(2026, 7, 13)),
        (date(2026, 7, 19), date(2026, 7, 13)),  # the Sunday after it
        (date(2026, 7, 20), date(2026, 7, 20)),
        (date(2027, 1, 1), date(2026, 12, 28)),  # a Friday: its week began last year
    ],
)
def test_a_week_begins_on_monday(today, first):
    assert periods.preset("this_week", today) == (first, today)


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 7, 1), date(2026, 7, 1)),
        (date(2026, 7, 31), date(2026, 7, 1)),
        (date(2028, 2, 29), date(2028, 2, 1)),
    ],
)
def test_a_month_begins_on_its_first(today, first):
    assert periods.preset("this_month", today) == (first, today)


def test_today_and_yesterday_are_one_day_each():
    first_of_march = date(2028, 3, 1)
    assert periods.preset("today", first_of_march) == (first_of_march, first_of_march)
    assert periods.preset("yesterday", first_of_march) == (date(2028, 2, 29), date(2028, 2, 29))


def test_every_preset_that_is_offered_works():
    for name in periods.PRESETS:
        first, last = periods.preset(name, date(2026, 7, 15))
        assert first <= last <= date(2026, 7, 15)


@time_machine.travel(datetime(2026, 7, 15, 2, 30, tzinfo=UTC), tick=False)
def test_at_half_past_eleven_in_the_evening_it_is_still_the_same_day():
    assert periods.now() == datetime(2026, 7, 15, 2, 30, tzinfo=UTC)
    assert periods.today() == date(2026, 7, 14)


def test_the_clock_can_be_told_for_a_while():
    told = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
    with periods.at(told):
        assert periods.now() == told
        assert periods.today() == date(2026, 7, 15)
    assert periods.now() != told


def test_the_clock_is_in_utc_wherever_it_was_told():
    with periods.at(datetime(2026, 7, 15, 9, 0, tzinfo=periods.ASUNCION)):
        assert periods.now().isoformat() == "2026-07-15T12:00:00+00:00"


def test_the_clock_goes_on_by_itself_after_a_failure():
    told = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="broken"), periods.at(told):
        raise ValueError("broken")
    assert periods.now() != told


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("last_week", date(2028, 2, 21), date(2028, 2, 27)),
        ("last_month", date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_last_week_and_last_month_are_whole(name, first, last):
    """Seen from Thursday, 2 March 2028; February had 29 days."""
    assert periods.preset(name, date(2028, 3, 2)) == (first, last)


@pytest.mark.parametrize(
    ("step", "spans"),
    [
        ("day", [(date(2026, 11, day), date(2026, 11, day)) for day in (28, 29, 30)]),
        # Saturday and Sunday, then Monday.
        ("week", [(date(2026, 11, 28), date(2026, 11, 29)), (date(2026, 11, 30), date(2026, 11, 30))]),
        ("month", [(date(2026, 11, 28), date(2026, 11, 30))]),
    ],
)
def test_a_range_is_divided_and_its_ends_may_be_a_part(step, spans):
    assert list(periods.divided((date(2026, 11, 28), date(2026, 11, 30)), step)) == spans


@pytest.mark.parametrize(
    ("step", "span"),
    [
        ("day", (date(2026, 2, 28), date(2026, 2, 28))),
        ("week", (date(2026, 2, 16), date(2026, 2, 22))),
        ("month", (date(2026, 2, 1), date(2026, 2, 28))),
    ],
)
def test_what_came_before_is_whole(step, span):
    assert periods.before((date(2026, 3, 1), date(2026, 3, 1)), step) == span


def test_a_range_whose_end_comes_first_has_no_days():
    backwards = date(2026, 3, 2), date(2026, 3, 1)
    assert list(periods.days(backwards)) == list(periods.divided(backwards, "day")) == []

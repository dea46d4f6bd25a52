"""Amounts, texts and clocks."""

from datetime import date, time
from decimal import Decimal

import pytest

from sessions_app.legacy.codes import Code
from sessions_app.legacy.findings import Told
from sessions_app.legacy.values import bounded, closing_day, fitted, guaranies, read_clock, rounded, unescaped
from sessions_app.tests.legacy.old_rows import utc


@pytest.fixture
def told():
    return Told("cash_sessions", "s1", "1")


@pytest.mark.parametrize(
    ("amount", "whole"),
    [("1000.49", 1000), ("99.50", 100), ("0.5", 1), ("1234567.50", 1234568), ("-0.5", -1), ("7.00", 7)],
)
def test_amounts_are_rounded_half_up(amount, whole):
    assert rounded(Decimal(amount)) == whole


def test_an_amount_with_decimals_is_told_with_its_effect(told):
    assert guaranies(Decimal("1000.49"), told, "envelope_amount") == 1000
    assert told.all()[0].effects == {"envelope_amount": Decimal("-0.49")}
    assert (told.all()[0].was, told.all()[0].now) == (Decimal("1000.49"), 1000)


def test_whole_amounts_are_not_worth_a_word(told):
    assert guaranies(Decimal("1000.00"), told, "envelope_amount") == 1000
    assert told.all() == ()


@pytest.mark.parametrize(
    ("amount", "code"), [("-1", Code.NEGATIVE), ("9999999999.50", Code.ABOVE_THE_LIMIT), ("9999999999.40", None)]
)
def test_an_opening_or_a_count_outside_the_limits_is_for_a_person_to_decide(told, amount, code):
    bounded(Decimal(amount), told, "initial_cash")
    assert [finding.code for finding in told.all() if finding.severity == "blocker"] == ([code] if code else [])


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Lote A &amp; B", "Lote A & B"),
        ("O&#x27;Higgins &quot;viejo&quot;", 'O\'Higgins "viejo"'),
        ("a &amp;amp; b", "a & b"),
        ("A & B &amp; C", "A & B &amp; C"),
        ("5 < 6 &lt; 7", "5 < 6 &lt; 7"),
        ("&copy y más", "&copy y más"),
        ("", ""),
    ],
)
def test_a_text_is_unescaped_if_it_was_escaped_as_a_whole(stored, typed):
    assert unescaped(stored) == typed


def test_a_text_is_cut_after_it_was_unescaped_and_both_are_told(told):
    assert fitted("&lt;12345 ", 4, told, "notes") == "<123"
    cut = told.all()[1]
    assert [finding.code for finding in told.all()] == [Code.TEXT_UNESCAPED, Code.TEXT_CUT]
    assert (cut.was, cut.now) == ("<12345 ", 6)


@pytest.mark.parametrize(
    ("day", "at", "instant", "doubt"),
    [
        # Winters were four hours behind until October 2024, when Paraguay gave up changing its clocks.
        (date(2024, 7, 15), time(7), utc(2024, 7, 15, 11), None),
        (date(2024, 12, 15), time(7), utc(2024, 12, 15, 10), None),
        (date(2026, 7, 15), time(7), utc(2026, 7, 15, 10), None),
        # At midnight it was one o'clock.
        (date(2024, 10, 6), time(0, 30), utc(2024, 10, 6, 4, 30), Code.TIME_THAT_WAS_NOT),
        (date(2024, 10, 6), time(1), utc(2024, 10, 6, 4), None),
        # At midnight it was eleven again.
        (date(2024, 3, 23), time(23, 30), utc(2024, 3, 24, 2, 30), Code.TIME_THAT_WAS_TWICE),
        (date(2024, 3, 23), time(22, 59), utc(2024, 3, 24, 1, 59), None),
        (date(2024, 3, 24), time(0), utc(2024, 3, 24, 4), None),
    ],
)
def test_a_clock_is_read_as_it_was_set_then(day, at, instant, doubt):
    reading = read_clock(day, at)
    assert (reading.instant, reading.doubt) == (instant, doubt)


@pytest.mark.parametrize(("closed", "days"), [(time(15), 0), (time(7), 0), (time(6, 59), 1), (time(0, 30), 1)])
def test_a_shift_that_closes_at_an_earlier_hour_closes_the_next_day(closed, days):
    assert closing_day(date(2026, 3, 10), time(7), closed) == date(2026, 3, 10 + days)

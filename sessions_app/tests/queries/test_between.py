"""Money that is missing between two shifts of a register is told: rule, figure, rows. Now: noon of 20 July 2026."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.domain import formulas
from sessions_app.models import CashSession
from sessions_app.queries.worklist import figures_of
from testing.client import signed_in
from testing.factories import ShiftFactory

NOON = datetime(2026, 7, 20, 15, tzinfo=UTC)
SAYS_NO_MATCH = "What you counted is not what the shift before left."


@pytest.fixture(autouse=True)
def _now():
    with periods.at(NOON):
        yield


@pytest.fixture
def boss(marta):
    marta.language = "en"
    marta.save()
    return signed_in(marta)


def shift_at(cashier, before, opening, left=None, **values):
    """A shift of `before` now, open for an hour unless it leaves nothing."""
    with periods.at(NOON - before):
        shift = ShiftFactory(cashier=cashier, initial_cash=opening, **values)
    if left is None:
        return shift
    with periods.at(NOON - before + timedelta(hours=1)):
        return shift_actions.close_shift(shift.pk, final_cash=left, by=cashier)


def gap_of(shift):
    return CashSession.objects.get(pk=shift.pk).gap


def days(count):
    return timedelta(days=count)


def test_sql_and_python_agree_on_the_gap(ana):
    shift_at(ana, days(3), 500_000, 400_000)
    less = shift_at(ana, days(2), 350_000, 600_000)
    more = shift_at(ana, days(1), 620_000)
    rows = CashSession.objects.with_what_was_left().order_by("pk")

    assert [row.gap for row in rows] == [formulas.gap(row) for row in rows] == [None, -50_000, 20_000]
    assert set(CashSession.objects.with_a_gap()) == {less, more}


@pytest.mark.parametrize(("hours", "gap"), [(7 * 24 - 1, -1), (7 * 24, -1), (7 * 24 + 1, None)])
def test_what_was_left_is_held_against_the_opening_for_seven_days(hours, gap, ana):
    shift_at(ana, timedelta(hours=hours + 1), 500_000, 500_001)
    assert gap_of(shift_at(ana, timedelta(), 500_000)) == gap


def test_a_night_shift_open_for_long_still_counts_by_its_closing(ana):
    with periods.at(NOON - days(20)):
        long = ShiftFactory(cashier=ana)
    with periods.at(NOON - days(1)):
        shift_actions.close_shift(long.pk, final_cash=500_010, by=ana)
    assert gap_of(shift_at(ana, timedelta(), 500_000)) == -10


def test_other_registers_and_deleted_shifts_left_nothing(ana, beto, marta):
    shift_at(ana, days(3), 500_000, 400_000)
    shift_at(beto, days(2), 500_000, 1, register=2)
    deleted = shift_at(ana, days(1), 400_000, 2)
    mark_actions.delete_shift(deleted.pk, reason="twice", by=marta)
    assert gap_of(shift_at(ana, timedelta(), 390_000)) == -10_000


def test_what_was_not_counted_is_not_known(ana, marta, boss):
    opened = shift_at(ana, days(1), 500_000)
    shift_actions.close_uncounted_shift(opened.pk, reason="forgotten", by=marta)
    following = shift_at(ana, timedelta(), 1)
    assert gap_of(following) is None
    assert "not known: that shift was not counted" in boss.get(f"/sessions/{following.pk}/").text


def test_the_gap_is_reckoned_with_the_opening_as_first_typed(ana):
    shift_at(ana, days(1), 500_000, 400_000)
    shift = shift_at(ana, timedelta(), 390_000)
    shift_actions.correct_opening(
        shift.pk, version=shift.version, initial_cash=400_000, notes="", reason="counted again", by=ana
    )
    assert gap_of(shift) == -10_000


@pytest.fixture
def week(ana, beto, marta):
    """Gaps of -50, -7 and +20 in the last days, one of before, one that is none, and one of a deleted shift."""
    shift_at(beto, days(3), 1, 300_000, register=2)
    mark_actions.delete_shift(shift_at(beto, days(2), 1, register=2).pk, reason="twice", by=marta)
    shift_at(ana, days(8), 500_000, 500_000)
    shift_at(ana, days(7), 1, 400_000)
    less = shift_at(ana, days(6), 399_950, 300_000)
    more = shift_at(ana, days(2), 300_020, 300_000)
    shift_at(ana, days(1), 300_000, 200_000)
    still_open = shift_at(ana, timedelta(), 199_993)
    return less, more, still_open


def test_the_figure_is_the_sum_of_exactly_the_rows_that_it_leads_to(week, boss, marta):
    less, _more, still_open = week
    found = r'href="([^"]*)"[^>]*data-figure="between" data-amount="(\d+)"'
    [(link, amount)] = re.findall(found, boss.get("/").text)
    assert re.findall(found, boss.get("/review/").text) == [(link, amount)]
    table = boss.get(unescape(link)).context["table"]

    assert (amount, figures_of(marta).between.over) == ("57", 20)
    assert [row.link for row in table.rows] == [f"/sessions/{shift.pk}/" for shift in (still_open, less)]
    assert table.total["missing"] == 57


def test_the_report_has_both_sums_apart_and_says_who_left_what(week, boss):
    table = boss.get("/reports/between/?date_from=2026-07-14&date_to=2026-07-20").context["table"]
    names = ("pharmacy_name", "register", "left_by_name", "left", "first_initial_cash", "missing", "over")
    assert [tuple(row[name] for name in names) for row in table.rows] == [
        ("Central", 1, "Ana Benítez", 200_000, 199_993, 7, None),
        ("Central", 1, "Ana Benítez", 300_000, 300_020, None, 20),
        ("Central", 1, "Ana Benítez", 400_000, 399_950, 50, None),
    ]
    assert (table.total["missing"], table.total["over"]) == (57, 20)


@pytest.mark.parametrize(("opening", "is_told"), [(400_000, False), (399_999, True), (400_001, True)])
def test_who_opens_is_told_that_it_does_not_match_without_amounts(opening, is_told, ana, central):
    shift_at(ana, days(1), 500_000, 400_000)
    ana.language = "en"
    ana.save()
    typed = {"pharmacy": central.pk, "register": 1, "initial_cash": opening}
    page = signed_in(ana).post("/sessions/open/", typed, follow=True)
    told = [str(message) for message in page.context["messages"] if SAYS_NO_MATCH in str(message)]
    assert [re.search(r"\d", sentence) for sentence in told] == [None] * is_told
    assert "400.000" not in page.text or opening == 400_000

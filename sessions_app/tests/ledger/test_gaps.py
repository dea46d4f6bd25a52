"""The gap that a shift says itself, against the one that the shift before makes. Now: noon of 20 July 2026."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.ledger import gaps
from sessions_app.models import CashSession
from testing.database import disagreements, tamper, update
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]
NOON = datetime(2026, 7, 20, 15, tzinfo=UTC)
SHIFT = "sessions_app_cashsession"


def shift_at(cashier, ago, opening, left=None, **values):
    """A shift of so long ago, open for an hour unless it leaves nothing."""
    with periods.at(NOON - ago):
        shift = ShiftFactory(cashier=cashier, initial_cash=opening, **values)
    if left is None:
        return shift
    with periods.at(NOON - ago + timedelta(hours=1)):
        return shift_actions.close_shift(shift.pk, final_cash=left, by=cashier)


def uncounted_at(cashier, ago, opening, by):
    shift = shift_at(cashier, ago, opening)
    with periods.at(NOON - ago + timedelta(hours=1)):
        return shift_actions.close_uncounted_shift(shift.pk, reason="forgotten", by=by)


def days(number):
    return timedelta(days=number)


def gap_of(shift):
    return CashSession.objects.get(pk=shift.pk).gap


def correct(shift, by, **values):
    return shift_actions.correct_shift(shift.pk, version=shift.version, reason="because", by=by, **values)


@pytest.fixture(autouse=True)
def _now():
    with periods.at(NOON):
        yield


@pytest.fixture
def life(ana, beto, marta):
    """Each way in which a shift may follow another one, or none: more, less, the same, a week and a little more."""
    shift_at(ana, days(30), 1, 400_000)
    shift_at(ana, days(22), 2, 400_000)
    shift_at(ana, days(15) - timedelta(hours=1, microseconds=1), 3, 400_000)
    shift_at(ana, days(8) - timedelta(hours=2, microseconds=1), 350_000, 600_000)
    shift_at(ana, days(6), 620_000, 500_000)
    deleted = shift_at(ana, days(5), 500_000, 1)
    mark_actions.delete_shift(deleted.pk, reason="twice", by=marta)
    uncounted_at(ana, days(4), 480_000, marta)
    shift_at(beto, days(3), 490_000, 500_000, register=2)
    past = shift_at(beto, days(2), 480_000, 8, register=2)
    update([past], imported_at=NOON)
    shift_at(beto, days(1), 490_000, register=2)
    gaps.rebuild()
    return [shift.gap for shift in CashSession.objects.order_by("opened_at")]


def test_the_upgrade_tells_the_gaps_as_the_actions_do(life):
    assert life == [None, None, None, -50_000, 20_000, 0, -20_000, None, None, -10_000]
    CashSession.objects.update(gap=None)
    connection.check_constraints()  # or what is still to be checked would keep the table from being made anew
    with connection.cursor() as cursor:
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        import_module("sessions_app.migrations.0031_gap_between_shifts").tell_gaps(None, editor)
    assert list(CashSession.objects.order_by("opened_at").values_list("gap", flat=True)) == life


def test_a_gap_that_is_told_wrongly_is_found_and_put_right(ana):
    first, second = shift_at(ana, days(2), 500_000, 400_000), shift_at(ana, days(1), 390_000)
    tamper(f"UPDATE {SHIFT} SET gap = 5 WHERE id = {first.pk}", f"UPDATE {SHIFT} SET gap = NULL WHERE id = {second.pk}")
    assert sorted(disagreements()) == [
        f"{SHIFT} {first.pk}: gap is 5, what the shift before left makes it None",
        f"{SHIFT} {second.pk}: gap is None, what the shift before left makes it -10000",
    ]
    gaps.rebuild()
    assert (gap_of(first), gap_of(second), list(gaps.drift())) == (None, -10_000, [])


def test_it_follows_what_the_shift_before_left(ana, marta):
    """The count of the last one, of the one before while that is deleted, and none while the count is not known."""
    first = shift_at(ana, days(8) + timedelta(hours=1), 500_000, 300_000)
    before = uncounted_at(ana, days(2), 300_000, marta)
    shift = shift_at(ana, days(1), 400_000)
    seen = [gap_of(shift)]
    for step in (
        lambda: correct(before, marta, final_cash=410_000),
        lambda: correct(CashSession.objects.get(pk=before.pk), marta, final_cash=400_000, initial_cash=290_000),
        lambda: mark_actions.delete_shift(before.pk, reason="twice", by=marta),
        lambda: correct(first, marta, final_cash=390_000),
        lambda: mark_actions.restore_shift(before.pk, reason="once", by=marta),
    ):
        step()
        seen.append(gap_of(shift))
        assert list(gaps.drift()) == []
    assert seen == [None, -10_000, 0, 100_000, 10_000, 0]


def test_of_two_that_closed_at_the_same_instant_the_one_that_was_opened_later_left_it(ana):
    with periods.at(NOON - days(1)):
        for left in (400_000, 300_000):
            ShiftFactory(closed=True, cashier=ana, final_cash=left)
    shift = shift_at(ana, timedelta(), 290_000)
    assert (gap_of(shift), list(gaps.drift())) == (-10_000, [])


def test_a_shift_that_was_open_when_it_was_imported_has_a_gap_once_it_is_closed_here(ana, marta):
    shift_at(ana, days(2), 500_000, 400_000)
    shift = shift_at(ana, days(1), 390_000)
    update([CashSession.objects.get(pk=shift.pk)], imported_at=NOON, gap=None)
    assert list(gaps.drift()) == []
    shift_actions.close_uncounted_shift(shift.pk, reason="forgotten", by=marta)
    assert (gap_of(shift), list(gaps.drift())) == (-10_000, [])

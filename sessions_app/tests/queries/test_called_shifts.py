"""The shift that a call means by its register and its time."""

from datetime import UTC, datetime

import pytest

from cashpilot import periods
from sessions_app.actions.shifts import close_shift
from sessions_app.evidence.calls import Call, WrongCall
from sessions_app.queries.called_shifts import called_shift
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db


def hour(number, minute=0):
    return datetime(2026, 7, 3, number, minute, tzinfo=UTC)


@pytest.fixture
def shifts(ana):
    """Give one register three shifts: from 8:00 to 14:05, from 14:10 to 20:00, and one that was opened at 20:00."""
    found = []
    for start, end in ((hour(8), hour(14, 5)), (hour(14, 10), hour(20))):
        with periods.at(start):
            shift = ShiftFactory(cashier=ana)
        with periods.at(end):
            found.append(close_shift(shift.pk, final_cash=500_000, by=ana))
    with periods.at(hour(20)):
        return [*found, ShiftFactory(cashier=ana)]


def found(pharmacy, since, until, register=1):
    with periods.at(hour(21)):
        return called_shift(pharmacy, Call(said={"billed_cash": 1}, register=register, since=since, until=until))


@pytest.mark.parametrize(
    ("since", "until", "place"),
    [
        (hour(8), hour(14, 5), 0),
        (hour(7), hour(14), 0),
        (hour(14), hour(20), 1),
        (hour(17, 5), hour(20), 1),
        (hour(20), hour(23), 2),
        (hour(20, 30), hour(21), 2),
    ],
)
def test_it_is_the_one_that_lies_mostly_within(since, until, place, shifts, central):
    assert found(central, since, until) == shifts[place]


@pytest.mark.parametrize(
    ("since", "until", "register", "field"),
    [
        (hour(1), hour(8), 1, "from"),
        (hour(17, 6), hour(20), 1, "from"),
        (hour(8), hour(20), 1, "to"),
        (hour(8), hour(14), 2, "register"),
    ],
)
def test_where_it_is_none_or_more_than_one_the_field_is_said(since, until, register, field, shifts, central):
    central.registers = 1
    with pytest.raises(WrongCall) as wrong:
        found(central, since, until, register)
    assert list(wrong.value.fields) == [field]


def test_a_deleted_shift_is_not_meant(shifts, central, marta):
    from sessions_app.actions.marks import delete_shift

    delete_shift(shifts[0].pk, reason="otra vez", by=marta)
    for call in (Call(said={}, shift=shifts[0].pk), Call(said={}, register=1, since=hour(8), until=hour(14))):
        with pytest.raises(WrongCall):
            called_shift(central, call)

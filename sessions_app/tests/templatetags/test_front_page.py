"""How rows of the front page are drawn: a row says what is so now, however often it was drawn before."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from cashpilot import periods
from sessions_app.domain.choices import Result
from sessions_app.models import ControlLine
from sessions_app.templatetags.front_page import line_rows, settle_rows, today_rows
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(ana):
    found = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 900_000})
    found.at_close = found.contradiction = None
    found.is_day = 0
    return found


@pytest.mark.parametrize("draw", [settle_rows, today_rows])
def test_a_shift_that_was_drawn_before_is_drawn_anew_when_anything_in_its_row_is_another(draw, shift):
    def others():
        shift.register = 7
        yield draw([shift])
        shift.pharmacy.name = "Sucursal 2"
        yield draw([shift])
        shift.cashier.last_name = "Benítez de Rojas"
        yield draw([shift])
        shift.first_initial_cash = 1
        yield draw([shift])
        shift.at_close = "short at the close"
        yield draw([shift])
        shift.at_close = None
        with override("es"):
            yield draw([shift])

    rows = [draw([shift]), *others()]
    assert (len(set(rows)), draw([shift])) == (7, rows[4])


def test_what_is_to_settle_is_told_by_its_date_once_it_is_of_yesterday(time_machine, shift):
    assert "today" in settle_rows([shift])
    time_machine.move_to(periods.now() + timedelta(days=1))
    assert "yesterday" in settle_rows([shift])


def test_a_line_that_was_drawn_before_is_drawn_anew_when_anything_in_it_is_another(ana, marta):
    since = periods.today() - timedelta(days=30)
    line = ControlLine(cashier=ana, direction=Result.SHORT, since=since)

    def others():
        line.direction = Result.OVER
        yield line_rows([line])
        line.since = since - timedelta(days=1)
        yield line_rows([line])
        line.cashier.last_name = "Benítez de Rojas"
        yield line_rows([line])
        line.cashier = marta
        yield line_rows([line])
        with override("es"):
            yield line_rows([line])

    rows = [line_rows([line]), *others()]
    assert len(set(rows)) == 6

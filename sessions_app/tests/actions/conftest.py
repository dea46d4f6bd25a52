"""A shift of Ana in each state: she opened it at 08:00, the rest happens at 20:30."""

import pytest
from django.utils import translation

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.tests.actions.clock import NOW, OPENED
from testing.factories import ShiftFactory


@pytest.fixture
def evening():
    with periods.at(NOW), translation.override("en"):
        yield


@pytest.fixture
def opened(ana):
    with periods.at(OPENED):
        return ShiftFactory(cashier=ana)


@pytest.fixture
def closed(opened, ana):
    """Counted by pieces, and short 15.000."""
    return shift_actions.close_shift(
        opened.pk, final_cash=1_200_000, count_sheet={"100000": 12}, billed={"billed_cash": 715_000}, by=ana
    )


@pytest.fixture
def reviewed(closed, marta):
    return mark_actions.sign_off_shift(closed.pk, note="fine", by=marta)


@pytest.fixture
def transfer(opened, ana):
    movement_actions.add_movement(opened.pk, new=NewMovement(Kind.TRANSFER, 1_000, "Duarte"), by=ana)
    return movement_actions.add_movement(opened.pk, new=NewMovement(Kind.TRANSFER, 80_000, "Gómez"), by=ana)

"""The opening of a shift is corrected while it is open: its history tells it, and the first value stays."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.ledger import integrity, running_totals
from sessions_app.models import CashSession, Mail
from testing.database import nothing_written
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)
TYPED = {"initial_cash": 450_000, "notes": "a coin roll less", "version": 1, "reason": "miscounted"}


@pytest.fixture(autouse=True)
def _clock_and_language():
    with periods.at(NOW), translation.override("en"):
        yield


@pytest.fixture
def opened(ana):
    return ShiftFactory(cashier=ana)


def correct(shift, by, **differing):
    return shift_actions.correct_opening(shift.pk, by=by, **TYPED | differing)


def test_it_is_in_the_history_and_neither_sealed_nor_mailed(opened, ana):
    correct(opened, ana)
    shift = CashSession.objects.get()
    assert (shift.initial_cash, shift.notes, shift.version) == (450_000, "a coin roll less", 2)
    told = shift.history.latest()
    assert (told.initial_cash, told.history_user, told.history_change_reason) == (450_000, ana, "miscounted")
    assert (shift.seals.count(), Mail.objects.count()) == (0, 0)


def test_the_first_opening_cash_stays(opened, ana):
    correct(opened, ana)
    assert CashSession.objects.get().first_initial_cash == 500_000
    assert [*integrity.first_openings_follow_the_history(), *running_totals.drift()] == []


def test_an_administrator_corrects_that_of_anybody(opened, marta):
    assert correct(opened, marta).initial_cash == 450_000


@pytest.mark.parametrize(
    ("differing", "sentence"),
    [
        ({"reason": " "}, "Write the reason in a few words."),
        ({"initial_cash": 500_000, "notes": ""}, "Nothing is different from what the shift already says."),
    ],
)
def test_without_a_reason_or_a_difference_it_is_refused(differing, sentence, opened, ana):
    with nothing_written(), pytest.raises(ActionRefused) as refused:
        correct(opened, ana, **differing)
    assert (str(refused.value), refused.value.status) == (sentence, 422)


def test_on_an_old_page_it_is_refused(opened, ana):
    correct(opened, ana)
    with nothing_written(), pytest.raises(ActionRefused, match="changed while you had this page open") as refused:
        correct(opened, ana, initial_cash=1)
    assert refused.value.status == 409


def test_once_closed_or_deleted_it_is_too_late(opened, ana, marta):
    shift_actions.close_shift(opened.pk, final_cash=1, by=ana)
    for sentence in (r"already closed on 03/07/2026 20:30", "was deleted"):
        with nothing_written(), pytest.raises(ActionRefused, match=sentence) as refused:
            correct(opened, marta)
        assert refused.value.status == 409
        if sentence != "was deleted":
            mark_actions.delete_shift(opened.pk, reason="otra vez", by=marta)

"""A shift that is closed without a count: nothing is taken for zero, and a count may still be given."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.ledger import first_verdicts, hash_chain, integrity, running_totals
from sessions_app.models import CashSession, Mail
from testing.database import nothing_written
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)
WHY = "He went home and left the drawer open"
FIGURES = ["status", "final_cash", "cash_sales", "total_sales", "card_total", "transfer_total", "result"]


@pytest.fixture(autouse=True)
def _clock_and_language():
    with periods.at(NOW), translation.override("en"):
        yield


@pytest.fixture
def opened(ana):
    noted = [NewMovement(Kind.CARD, 80_000), NewMovement(Kind.TRANSFER, 20_000, "Gómez")]
    with periods.at(NOW - timedelta(hours=9)):
        return ShiftFactory(cashier=ana, movements=noted)


@pytest.fixture
def uncounted(opened, marta):
    return shift_actions.close_uncounted_shift(opened.pk, reason=WHY, by=marta)


def correct(shift, by, **changes):
    version = CashSession.objects.get(pk=shift.pk).version
    return shift_actions.correct_shift(shift.pk, version=version, reason="otra vez", by=by, **changes)


def verdict(shift):
    return CashSession.objects.values_list("first_result", "first_difference", "result", "total_difference").get(
        pk=shift.pk
    )


def drift():
    checks = [first_verdicts.drift, running_totals.drift, hash_chain.drift, integrity.count_sheets_add_up]
    return [str(fault) for check in checks for fault in check()]


def test_its_cash_is_unknown_and_what_was_noted_is_kept(uncounted):
    stored = CashSession.objects.values(*FIGURES).get(pk=uncounted.pk)
    assert stored == {
        "status": "closed",
        "final_cash": None,
        "cash_sales": None,
        "total_sales": None,
        "card_total": 80_000,
        "transfer_total": 20_000,
        "result": "not_compared",
    }
    assert (uncounted.closed_at, uncounted.uncounted_reason, uncounted.seals.count()) == (NOW, WHY, 1)
    assert drift() == []


def test_it_keeps_the_settings_of_its_closing(opened, central, marta):
    central.cash_tolerance, central.transfers_billed_as_cash = 7_000, True
    central.save()
    closed = shift_actions.close_uncounted_shift(opened.pk, reason=WHY, by=marta)
    assert (closed.tolerance, closed.transfers_billed_as_cash) == (7_000, True)


def test_register_and_cashier_are_free_at_once(uncounted, ana):
    assert ShiftFactory(cashier=ana, register=1).is_open


def test_nobody_is_mailed_about_it(uncounted):
    assert not Mail.objects.exists()


@pytest.mark.parametrize("reason", ["", "   "])
def test_it_says_why(reason, opened, marta):
    with nothing_written(), pytest.raises(ActionRefused, match="Write the reason"):
        shift_actions.close_uncounted_shift(opened.pk, reason=reason, by=marta)


def test_a_cashier_does_not_close_without_a_count(opened, ana):
    with nothing_written(), pytest.raises(ActionRefused, match="Your role does not include this"):
        shift_actions.close_uncounted_shift(opened.pk, reason=WHY, by=ana)


def test_whoever_comes_second_is_told_so(uncounted, ana, marta):
    for act in (
        lambda: shift_actions.close_uncounted_shift(uncounted.pk, reason=WHY, by=marta),
        lambda: shift_actions.close_shift(uncounted.pk, final_cash=1, by=ana),
    ):
        with nothing_written(), pytest.raises(ActionRefused, match=r"already closed on 03/07/2026 20:30") as refused:
            act()
        assert refused.value.status == 409


# 500.000 opened with, 80.000 and 20.000 are no cash: 1.150.000 counted are 650.000 sold.
def test_the_first_verdict_is_that_of_the_first_count_when_the_ticket_came_before(uncounted, ana, marta):
    correct(uncounted, marta, billed_cash=700_000)
    assert verdict(uncounted) == (None, None, "not_compared", None)
    correct(uncounted, ana, final_cash=1_150_000)
    correct(uncounted, ana, final_cash=1_200_000)
    assert verdict(uncounted) == ("short", -50_000, "balanced", 0)
    assert drift() == []


def test_the_first_verdict_is_that_of_the_first_count_when_the_ticket_comes_after(uncounted, ana, marta):
    correct(uncounted, ana, final_cash=1_150_000)
    correct(uncounted, ana, final_cash=1_200_000)
    assert verdict(uncounted) == (None, None, "not_compared", None)
    correct(uncounted, marta, billed_cash=700_000)
    assert verdict(uncounted) == ("short", -50_000, "balanced", 0)
    assert drift() == []


def test_the_count_that_gave_the_verdict_is_no_later_change(uncounted, ana, marta):
    correct(uncounted, marta, billed_cash=700_000)
    correct(uncounted, ana, final_cash=1_150_000)
    counted = CashSession.objects.get(pk=uncounted.pk)
    assert first_verdicts.later_changes([counted]) == {}
    correct(uncounted, ana, final_cash=1_200_000)
    [change] = first_verdicts.later_changes([counted])[uncounted.pk]
    assert (change.before, change.after) == (-50_000, 0)


def test_other_figures_are_corrected_without_a_count(uncounted, marta):
    corrected = correct(uncounted, marta, billed_card=80_000)
    assert (corrected.final_cash, corrected.billed_card, corrected.uncounted_reason) == (None, 80_000, WHY)


def test_a_count_is_not_taken_back(uncounted, ana, marta):
    correct(uncounted, ana, final_cash=1_150_000)
    with nothing_written(), pytest.raises(ActionRefused, match="is not taken back"):
        correct(uncounted, marta, final_cash=None)


def test_a_cashier_counts_within_the_window_alone(uncounted, ana):
    with periods.at(NOW + timedelta(hours=13)), nothing_written(), pytest.raises(ActionRefused, match="Ask an admin"):
        correct(uncounted, ana, final_cash=1_150_000)

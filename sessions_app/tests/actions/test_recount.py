"""The recount before the verdict: a first count that is off is kept, and the second one closes the shift."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.ledger import first_verdicts, hash_chain, integrity, running_totals
from sessions_app.models import CashSession, Mail
from testing.database import nothing_written, update
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)
FIRST_THE_COUNT = "First the drawer is counted once more; nothing else of this shift changes until then."
GOOD_COUNT = {"final_cash": 1_200_000, "count_sheet": None}
NOT_YET = {"status": "open", "final_cash": None, "closed_at": None, "first_result": None, "result": "open"}


@pytest.fixture(autouse=True)
def _clock_and_language():
    with periods.at(NOW), translation.override("en"):
        yield


@pytest.fixture
def careful(central):
    """Central counts again before the verdict, tolerates 1.000, and its administrators are told of anything."""
    update([central], recounts_before_verdict=True, cash_tolerance=1_000, alert_threshold=0)
    return central


@pytest.fixture
def opened(careful, ana):
    return ShiftFactory(cashier=ana)


def close(shift, by, **differing):
    """500.000 opened with and 700.000 billed make 1.200.000; 50.000 of them are missing."""
    said = {"final_cash": 1_150_000, "count_sheet": {"50000": 23}, "billed": {"billed_cash": 700_000}}
    return shift_actions.close_shift(shift.pk, by=by, **said | differing)


@pytest.fixture
def waiting(opened, ana):
    noted = [NewMovement(Kind.CARD, 80_000)]
    return close(opened, ana, movements=noted, ticket_number="7", notes="late", billed={"billed_cash": 700_000})


def stored(shift, *names):
    return CashSession.objects.values(*names).get(pk=shift.pk)


def drift():
    checks = [first_verdicts.drift, running_totals.drift, hash_chain.drift, integrity.count_sheets_add_up]
    checks += [integrity.movements_add_up, integrity.history_ends_in_the_present, integrity.rows_keep_the_constraints]
    return [str(fault) for check in checks for fault in check()]


def test_a_first_count_that_is_off_is_kept_with_all_that_was_typed_and_gives_no_verdict(waiting):
    assert stored(waiting, *NOT_YET) == NOT_YET
    names = ("first_count", "count_sheet", "billed_cash", "card_total", "ticket_number", "notes", "version")
    assert stored(waiting, *names) == {
        "first_count": 1_150_000,
        "count_sheet": {"50000": 23},
        "billed_cash": 700_000,
        "card_total": 80_000,
        "ticket_number": "7",
        "notes": "late",
        "version": 2,
    }
    assert (waiting.seals.count(), Mail.objects.count(), drift()) == (0, 0, [])


@pytest.mark.parametrize(
    ("differing", "why"),
    [
        ({"final_cash": 1_201_000, "count_sheet": None}, "within the tolerance"),
        ({"billed": {"billed_cash": None, "billed_card": 1}}, "not compared"),
        (
            {"final_cash": 1_200_000, "count_sheet": None, "billed": {"billed_cash": 700_000, "billed_card": 5_000}},
            "card",
        ),
        ({"movements": [NewMovement(Kind.EXPENSE, 50_000, "taxi")]}, "explained by what is noted with it"),
    ],
)
def test_nothing_is_asked_where_the_cash_is_not_off(differing, why, opened, ana):
    closed = close(opened, ana, **differing)
    assert (closed.is_open, closed.first_count) == (False, None), why


@pytest.mark.parametrize("final_cash", [1_198_999, 1_201_001])
def test_beyond_the_tolerance_either_way_one_more_count_is_asked_for(final_cash, opened, ana):
    assert close(opened, ana, final_cash=final_cash, count_sheet=None).awaits_recount


def test_a_movement_of_the_form_may_be_what_makes_it_off(opened, ana):
    taken = [NewMovement(Kind.ENVELOPE, 50_000)]
    assert close(opened, ana, final_cash=1_200_000, count_sheet=None, movements=taken).awaits_recount


def test_without_the_setting_nothing_is_asked(opened, careful, ana):
    update([careful], recounts_before_verdict=False)
    assert stored(close(opened, ana), "status", "first_result") == {"status": "closed", "first_result": "short"}


def test_an_administrator_is_asked_too(opened, marta):
    assert close(opened, marta).awaits_recount


@pytest.mark.parametrize(("second", "verdict"), [(1_200_000, ("balanced", 0)), (1_150_000, ("short", -50_000))])
def test_the_second_count_closes_and_gives_the_first_verdict(second, verdict, waiting, ana):
    shift_actions.recount_shift(waiting.pk, final_cash=second, version=2, by=ana)
    names = ("final_cash", "first_count", "count_sheet", "first_result", "first_difference", "version")
    assert tuple(stored(waiting, *names).values()) == (second, 1_150_000, None, *verdict, 3)
    assert (waiting.seals.count(), drift()) == (1, [])


def test_a_note_may_come_with_it_and_what_is_not_said_stays(waiting, ana):
    shift_actions.recount_shift(waiting.pk, final_cash=1, notes="a roll was hidden", by=ana)
    assert stored(waiting, "notes", "billed_cash", "ticket_number") == {
        "notes": "a roll was hidden",
        "billed_cash": 700_000,
        "ticket_number": "7",
    }


def test_the_second_count_is_judged_by_the_settings_of_the_first(waiting, careful, ana):
    update([careful], cash_tolerance=60_000, transfers_billed_as_cash=True)
    shift_actions.recount_shift(waiting.pk, final_cash=1_150_000, by=ana)
    assert stored(waiting, "tolerance", "transfers_billed_as_cash", "first_result") == {
        "tolerance": 1_000,
        "transfers_billed_as_cash": False,
        "first_result": "short",
    }


def test_the_pieces_of_the_second_count_add_up_too(waiting, ana):
    with nothing_written(), pytest.raises(ActionRefused, match="do not add up"):
        shift_actions.recount_shift(waiting.pk, final_cash=2, count_sheet={"1000": 1}, by=ana)


def test_the_difference_is_mailed_once_it_is_final(waiting, ana, marta):
    shift_actions.recount_shift(waiting.pk, final_cash=1_150_000, by=ana)
    assert Mail.objects.filter(person=marta, occasion=f"difference {waiting.pk}.3").count() == 1


def test_nothing_else_changes_until_the_second_count(waiting, ana, marta):
    [card] = waiting.movements.all()
    opening = {"initial_cash": 1, "notes": "", "version": 2, "reason": "otra vez"}
    acts = {
        "movement": lambda: movement_actions.add_movement(waiting.pk, new=NewMovement(Kind.CARD, 1), by=ana),
        "void": lambda: movement_actions.void_movement(waiting.pk, card.pk, reason="otra vez", by=ana),
        "opening": lambda: shift_actions.correct_opening(waiting.pk, **opening, by=ana),
        "close": lambda: close(waiting, ana),
        "deletion": lambda: mark_actions.delete_shift(waiting.pk, reason="otra vez", by=marta),
    }
    for name, act in acts.items():
        with nothing_written(), pytest.raises(ActionRefused) as refused:
            act()
        assert (str(refused.value), name) == (FIRST_THE_COUNT, name)
    with nothing_written(), pytest.raises(ActionRefused, match="still open"):
        shift_actions.correct_shift(waiting.pk, version=2, reason="otra vez", billed_cash=1, by=marta)


def test_a_first_form_of_before_is_told_that_it_comes_late(waiting, ana):
    with nothing_written(), pytest.raises(ActionRefused, match="changed while you had this page open") as refused:
        close(waiting, ana, version=1)
    assert refused.value.status == 409


def test_there_is_one_recount_a_shift(waiting, opened, beto, ana):
    shift_actions.recount_shift(waiting.pk, final_cash=1_150_000, by=ana)
    other = ShiftFactory(cashier=beto)
    for pk, sentence in ((waiting.pk, "already closed"), (other.pk, "waits for no second count")):
        with nothing_written(), pytest.raises(ActionRefused, match=sentence):
            shift_actions.recount_shift(pk, final_cash=1, by=ana if pk == waiting.pk else beto)


def test_the_database_keeps_the_first_count(waiting):
    with pytest.raises(IntegrityError, match="set once"), transaction.atomic():
        CashSession.objects.raw("UPDATE sessions_app_cashsession SET first_count = 1")._fetch_all()


def test_it_may_be_closed_without_the_second_count(waiting, careful, marta):
    update([careful], cash_tolerance=60_000)
    closed = shift_actions.close_uncounted_shift(waiting.pk, reason="went home", by=marta)
    assert (closed.is_uncounted, closed.first_count, closed.billed_cash) == (True, 1_150_000, 700_000)
    assert (closed.tolerance, stored(waiting, "first_result")["first_result"], drift()) == (1_000, None, [])
    shift_actions.correct_shift(waiting.pk, version=3, reason="counted", final_cash=1_200_000, by=marta)
    assert stored(waiting, "first_result", "first_difference") == {"first_result": "balanced", "first_difference": 0}
    assert drift() == []

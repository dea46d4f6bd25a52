"""Everybody at once, with real threads: a crowd of twenty on PostgreSQL, a smaller one on either engine."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection
from django.utils import translation

from cashpilot.testing import closed_shift, open_shift, person
from sessions_app import actions, rules, seals, tallies
from sessions_app.actions import Note
from sessions_app.formulas import Kind
from sessions_app.models import CashSession, Movement, Seal
from sessions_app.rules import Refused

pytestmark = pytest.mark.django_db(transaction=True)
CROWDS = [pytest.param(20, marks=pytest.mark.races), 5]
PATIENCE = 30  # seconds until a thread that waits for the others gives up


@pytest.fixture(params=CROWDS)
def crowd(request):
    return request.param


def all_at_once(calls: list[Callable]) -> tuple[list, list]:
    """Make every call in a thread of its own at one moment: what those that passed answered, and the refusals."""
    start = Barrier(len(calls), timeout=PATIENCE)

    def run(call):
        try:
            connection.ensure_connection()
            start.wait()
            with translation.override("en"):
                return call()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        outcomes = list(pool.map(run, calls))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    return [outcome for outcome in outcomes if outcome not in refused], refused


@pytest.fixture
def without_the_lock(monkeypatch):
    """A crowd that reads the shift before any of it writes, and locks nothing."""

    def arrange(crowd):
        everybody_read = Barrier(crowd, timeout=PATIENCE)

        def look(pk, by):
            session = CashSession.objects.visible_to(by).select_related("pharmacy").get(pk=pk)
            everybody_read.wait()
            return session

        monkeypatch.setattr(actions, "_lock", look)

    return arrange


# --- Opening ----------------------------------------------------------------------------------------------------------


def is_told_who_came_first(refused, winner):
    with translation.override("en"):
        return {str(refusal) for refusal in refused} == {rules.why_taken(winner, winner.cashier)}


def test_a_register_is_opened_once_and_the_others_are_told_by_whom(crowd, central):
    cashiers = [person(f"C{number}", "Cashier", central) for number in range(crowd)]
    opened, refused = all_at_once([partial(open_shift, cashier) for cashier in cashiers])

    winner = CashSession.objects.get()
    assert opened == [winner]
    with translation.override("en"):
        held = rules.why_taken(winner, next(cashier for cashier in cashiers if cashier != winner.cashier))
    assert [str(refusal) for refusal in refused] == [held] * (crowd - 1)
    assert [refusal.session for refusal in refused] == [winner] * (crowd - 1)
    assert winner.history.count() == 1


def test_a_cashier_opens_once_in_a_pharmacy(crowd, ana, central):
    central.registers = crowd
    central.save()
    opened, refused = all_at_once([partial(open_shift, ana, register=number + 1) for number in range(crowd)])

    winner = CashSession.objects.get()
    assert (opened, len(refused)) == ([winner], crowd - 1)
    assert is_told_who_came_first(refused, winner)


def test_a_shift_is_restored_or_its_register_opened_again_never_both(crowd, ana, beto, marta):
    deleted = actions.delete_session(open_shift(ana).pk, reason="wrong drawer", by=marta)
    calls = [
        partial(actions.restore_session, deleted.pk, reason="right after all", by=marta),
        partial(open_shift, beto),
    ]
    passed, refused = all_at_once(calls * (crowd // 2))

    assert passed == [CashSession.objects.live().get()]
    assert len(refused) == len(calls) * (crowd // 2) - 1


# --- Closing ----------------------------------------------------------------------------------------------------------


def close_all_at_once(shift, crowd):
    """Each counts another sum and notes another card sale."""
    calls = [
        partial(
            actions.close_session,
            shift.pk,
            final_cash=500_000 + number,
            movements=[Note(Kind.CARD, 1_000 + number)],
            by=shift.cashier,
        )
        for number in range(crowd)
    ]
    return all_at_once(calls)


def check_closed_once(shift, closed, refused, crowd):
    shift.refresh_from_db()
    assert (len(closed), len(refused)) == (1, crowd - 1)
    assert [refusal.conflict for refusal in refused] == [True] * (crowd - 1)
    assert {str(refusal).partition(" on ")[0] for refusal in refused} == {"This shift was already closed"}
    assert (shift.final_cash, shift.card_total) == (closed[0].final_cash, 1_000 + closed[0].final_cash - 500_000)
    assert (shift.version, shift.history.count(), shift.movements.count()) == (2, 2, 1)


def test_a_shift_is_closed_once_and_the_others_overwrite_nothing(crowd, ana):
    shift = open_shift(ana)

    check_closed_once(shift, *close_all_at_once(shift, crowd), crowd)


def test_shifts_that_close_together_are_sealed_one_after_the_other(crowd, central):
    central.registers = crowd
    central.save()
    cashiers = [person(f"C{number}", "Cashier", central) for number in range(crowd)]
    shifts = [open_shift(cashier, register=number + 1) for number, cashier in enumerate(cashiers)]
    closed, refused = all_at_once(
        [partial(actions.close_session, shift.pk, final_cash=0, by=shift.cashier) for shift in shifts]
    )

    assert ({shift.pk for shift in closed}, refused) == ({shift.pk for shift in shifts}, [])
    assert list(Seal.objects.order_by("number").values_list("number", flat=True)) == list(range(1, crowd + 1))
    assert list(seals.broken()) == []


@pytest.mark.races
def test_without_the_lock_the_check_of_closing_would_fail(without_the_lock, ana):
    shift = open_shift(ana)
    without_the_lock(20)

    with pytest.raises(AssertionError, match=r"\(20, 0\) == \(1, 19\)"):
        check_closed_once(shift, *close_all_at_once(shift, 20), 20)


# --- Movements --------------------------------------------------------------------------------------------------------


def note_all_at_once(shift, notes):
    return all_at_once([partial(actions.add_movement, shift.pk, note=note, by=shift.cashier) for note in notes])


def cards(crowd):
    return [Note(Kind.CARD, 1_000) for _ in range(crowd)]


def check_all_are_added(shift, crowd):
    shift.refresh_from_db()
    assert (shift.card_total, shift.version) == (1_000 * crowd, 1 + crowd)


def test_no_movement_is_lost(crowd, ana):
    shift = open_shift(ana)
    noted, refused = note_all_at_once(shift, cards(crowd))

    assert (len(noted), refused) == (crowd, [])
    check_all_are_added(shift, crowd)
    assert (shift.movements.count(), shift.history.count()) == (crowd, 1 + crowd)


@pytest.mark.races
def test_without_the_lock_the_check_of_movements_would_fail(without_the_lock, ana):
    shift = open_shift(ana)
    without_the_lock(20)
    noted, refused = note_all_at_once(shift, cards(20))

    assert (len(noted), refused) == (20, [])
    with pytest.raises(AssertionError):
        check_all_are_added(shift, 20)


def test_the_same_form_is_the_same_movement_however_often_it_is_sent(crowd, ana):
    shift = open_shift(ana)
    noted, refused = note_all_at_once(shift, [Note(Kind.CARD, 1_000, token=UUID(int=7))] * crowd)
    shift.refresh_from_db()

    assert (noted, refused) == ([Movement.objects.get()] * crowd, [])
    assert (shift.card_total, shift.version) == (1_000, 2)


def test_a_movement_is_voided_once(crowd, ana):
    shift = open_shift(ana)
    movement = actions.add_movement(shift.pk, note=Note(Kind.CARD, 1_000), by=ana)
    voided, refused = all_at_once([partial(actions.void_movement, shift.pk, movement.pk, reason="x", by=ana)] * crowd)
    shift.refresh_from_db()

    assert (voided, [str(refusal) for refusal in refused]) == (
        [movement],
        ["This movement was already voided."] * (crowd - 1),
    )
    assert (shift.card_total, shift.version) == (0, 3)


def test_a_movement_that_races_the_close_is_in_its_count_or_refused(crowd, ana):
    shift = open_shift(ana)
    close = partial(actions.close_session, shift.pk, final_cash=0, by=ana)
    notes = [partial(actions.add_movement, shift.pk, note=note, by=ana) for note in cards(crowd - 1)]
    passed, refused = all_at_once([*notes[::2], close, *notes[1::2]])
    noted = [row for row in passed if isinstance(row, Movement)]
    shift.refresh_from_db()

    assert (len(passed) - len(noted), len(noted) + len(refused)) == (1, crowd - 1)
    assert {str(refusal) for refusal in refused} <= {"Write the reason."}
    assert shift.card_total == shift.total_sales + 500_000 == 1_000 * len(noted)
    assert shift.history.latest().card_total == 1_000 * Movement.objects.count()


# --- Correcting -------------------------------------------------------------------------------------------------------


def test_of_corrections_decided_on_one_version_the_first_wins(crowd, ana):
    shift = closed_shift(ana)
    correct = partial(actions.correct_session, shift.pk, version=2, reason="recounted", by=ana)
    corrected, refused = all_at_once([partial(correct, final_cash=number) for number in range(crowd)])
    shift.refresh_from_db()

    assert [row.final_cash for row in corrected] == [shift.final_cash]
    assert [(refusal.conflict, refusal.session.version) for refusal in refused] == [(True, 3)] * (crowd - 1)
    assert (shift.version, shift.history.count()) == (3, 3)


# --- Tallies ----------------------------------------------------------------------------------------------------------


def test_shifts_that_change_places_in_the_tallies_never_wait_for_each_other_in_a_ring(crowd, ana, marta, central):
    """Half of them from short to over, half from over to short, all of one cashier."""
    counted = [400_000 if number % 2 else 600_000 for number in range(crowd)]
    shifts = [closed_shift(ana, final_cash=cash, billed={"billed_cash": 0}) for cash in counted]
    other = {400_000: 600_000, 600_000: 400_000}
    calls = [
        partial(
            actions.correct_session,
            shift.pk,
            version=shift.version,
            reason="recount",
            final_cash=other[shift.final_cash],
            by=marta,
        )
        for shift in shifts
    ]
    passed, refused = all_at_once(calls)

    assert (len(passed), refused) == (crowd, [])
    assert list(tallies.drift()) == []

"""The verdict at the close stands, whatever is corrected afterwards."""

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.imports import undo_batch
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.ledger import first_verdicts
from sessions_app.models import CashSession
from testing.calls import say
from testing.client import signed_in
from testing.database import tamper
from testing.factories import PersonFactory, ShiftFactory

pytestmark = pytest.mark.django_db
TAXI = NewMovement(Kind.EXPENSE, 50_000, "Taxi")


@pytest.fixture
def short(ana):
    """500.000 opened with, 1.150.000 counted, 700.000 billed: 50.000 are missing."""
    return ShiftFactory(closed=True, cashier=ana, final_cash=1_150_000, billed={"billed_cash": 700_000})


@pytest.fixture
def ticketless(ana):
    """A shift with those figures, closed before the ticket was printed."""
    return ShiftFactory(closed=True, cashier=ana, final_cash=1_150_000)


def verdicts(shift):
    shift.refresh_from_db()
    return shift.first_result, shift.first_difference, shift.result, shift.total_difference


def test_a_late_expense_changes_the_present_verdict_alone(short, ana):
    movement_actions.add_movement(short.pk, new=TAXI, reason="me olvidé", by=ana)
    assert verdicts(short) == ("short", -50_000, "balanced", 0)


def test_a_count_that_is_corrected_to_what_was_expected_changes_the_present_verdict_alone(short, ana):
    shift_actions.correct_shift(short.pk, version=2, reason="Reconté", final_cash=1_200_000, by=ana)
    assert verdicts(short) == ("short", -50_000, "balanced", 0)


def test_a_ticket_that_comes_later_is_held_against_the_figures_of_the_closing(ticketless, ana):
    assert verdicts(ticketless) == (None, None, "not_compared", None)
    shift_actions.correct_shift(ticketless.pk, version=2, reason="Reconté", final_cash=1_200_000, by=ana)
    movement_actions.add_movement(ticketless.pk, new=TAXI, reason="me olvidé", by=ana)
    shift_actions.correct_shift(ticketless.pk, version=4, reason="El ticket", billed_cash=700_000, by=ana)
    assert verdicts(ticketless) == ("short", -50_000, "over", 50_000)


def test_a_billed_figure_that_is_corrected_changes_the_present_verdict_alone(short, marta):
    shift_actions.correct_shift(short.pk, version=2, reason="Otro ticket", billed_cash=650_000, by=marta)
    assert verdicts(short) == ("short", -50_000, "balanced", 0)


def test_what_is_changed_while_the_ticket_is_taken_back_is_a_change_too(short, marta, olga):
    """Olga takes the billed cash back, Marta notes an expense, Olga types the cash again: both changed the figures."""
    nora = PersonFactory(first_name="Nora", role="Admin")
    shift_actions.correct_shift(short.pk, version=2, reason="Otro ticket", billed_cash=None, by=olga)
    movement_actions.add_movement(short.pk, new=TAXI, reason="me olvidé", by=marta)
    shift_actions.correct_shift(short.pk, version=4, reason="El ticket", billed_cash=700_000, by=olga)
    short.refresh_from_db()
    changes = first_verdicts.later_changes([short])[short.pk]
    assert [(change.who, change.why) for change in changes] == [
        ("Olga Benítez", "Otro ticket"),
        ("Marta Benítez", "me olvidé"),
    ]
    waiting = CashSession.objects.awaiting_sign_off_by
    assert [list(waiting(who)) for who in (marta, olga, nora)] == [[], [], [short]]


@pytest.mark.parametrize(
    "change",
    ["first_result = 'balanced'", "first_difference = 0", "first_compared_at = closed_at", "first_result = NULL"],
)
def test_the_database_refuses_another_verdict(short, change):
    with pytest.raises(IntegrityError, match="set once"), transaction.atomic():
        CashSession.objects.raw(f"UPDATE sessions_app_cashsession SET {change}")._fetch_all()


WITHDRAWN = "first_result = NULL, first_difference = NULL, first_compared_at = NULL"


def say_to_the_database(change):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE sessions_app_cashsession SET {change}")


@pytest.mark.parametrize("change", [WITHDRAWN, f"{WITHDRAWN}, billed_cash = NULL, billed_source = ''"])
def test_the_database_refuses_to_withdraw_a_verdict_that_no_undone_import_gave(change, short, ticketless, marta):
    """Not of cash that was typed, whatever else is undone; of cash that arrived not while its import is in force."""
    undo_batch(say(short, 700_000, card=15_000, by=marta).pk, reason="another shift", by=marta)
    say(ticketless, 700_000, by=marta)
    for shift in (short, ticketless):
        with pytest.raises(IntegrityError, match="set once"):
            say_to_the_database(f"{change} WHERE id = {shift.pk}")


def test_the_database_refuses_to_withdraw_what_was_typed_after_an_import_was_undone(ticketless, marta):
    undo_batch(say(ticketless, 700_000, by=marta).pk, reason="another shift", by=marta)
    shift_actions.correct_shift(ticketless.pk, version=4, reason="El ticket", billed_cash=700_000, by=marta)
    with pytest.raises(IntegrityError, match="set once"):
        say_to_the_database(f"{WITHDRAWN}, billed_cash = NULL, billed_source = '' WHERE id = {ticketless.pk}")


def test_an_import_that_is_undone_takes_the_verdict_that_it_gave_along(ticketless, marta):
    batch = say(ticketless, 700_000, by=marta)
    assert verdicts(ticketless) == ("short", -50_000, "short", -50_000)
    undo_batch(batch.pk, reason="another shift", by=marta)
    assert verdicts(ticketless) == (None, None, "not_compared", None)
    assert list(first_verdicts.drift()) == []


def test_an_import_that_is_undone_leaves_the_verdict_that_was_there_before(short, marta):
    """The ticket is cleared, and what arrives instead of it is undone: what the ticket gave still stands."""
    shift_actions.correct_shift(short.pk, version=2, reason="another shift", billed_cash=None, by=marta)
    batch = say(short, 700_000, by=marta)
    undo_batch(say(short, 700_000, by=marta, name="Another", card=5_000).pk, reason="another shift", by=marta)
    undo_batch(batch.pk, reason="another shift", by=marta)
    assert verdicts(short) == ("short", -50_000, "not_compared", None)
    assert list(first_verdicts.drift()) == []


def test_an_import_without_cash_is_undone_where_the_ticket_was_cleared(short, marta):
    shift_actions.correct_shift(short.pk, version=2, reason="another shift", billed_cash=None, by=marta)
    undo_batch(say(short, None, card=5_000, by=marta).pk, reason="another shift", by=marta)
    assert verdicts(short) == ("short", -50_000, "not_compared", None)


def test_a_verdict_that_the_history_does_not_give_is_named(short):
    tamper("UPDATE sessions_app_cashsession SET first_result = 'balanced', first_difference = 0")
    assert list(first_verdicts.drift()) == [
        f"sessions_app_cashsession {short.pk}: its first verdict is not the one that its history gives"
    ]


def test_verdicts_that_the_history_gives_are_in_order(short, ticketless, ana, beto):
    assert list(first_verdicts.drift()) == []


def test_a_page_without_a_change_says_one_verdict(short, marta):
    assert signed_in(marta).get(f"/sessions/{short.pk}/").context["summary"].at_close is None


def test_the_history_gives_the_figures_of_the_closing_though_they_were_corrected_before_the_ticket(ticketless, ana):
    shift_actions.correct_shift(ticketless.pk, version=2, reason="Reconté", final_cash=1_200_000, by=ana)
    shift_actions.correct_shift(ticketless.pk, version=3, reason="El ticket", billed_cash=700_000, by=ana)
    assert verdicts(ticketless) == ("short", -50_000, "balanced", 0)
    assert list(first_verdicts.drift()) == []


def test_what_was_written_while_a_shift_was_open_is_not_read(ana):
    shift = ShiftFactory(cashier=ana)
    for taxi in ("Taxi", "Taxi 2", "Taxi 3"):
        movement_actions.add_movement(shift.pk, new=NewMovement(Kind.EXPENSE, 50_000, taxi), by=ana)
    shift_actions.close_shift(shift.pk, final_cash=1_050_000, billed={"billed_cash": 700_000}, by=ana)
    shift_actions.correct_shift(shift.pk, version=5, reason="Reconté", final_cash=1_060_000, by=ana)

    assert [version.version for version in first_verdicts.versions_of([shift.pk])] == [5, 6]

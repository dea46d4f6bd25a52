"""The history as a person reads it: who, when, what (old and new) and why, newest first."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.queries.audit import pages
from sessions_app.queries.audit.pages import history_of
from sessions_app.queries.audit.wording import Change
from testing.factories import ShiftFactory

NOW = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)
ANA, MARTA = "Ana Benítez", "Marta Benítez"


@pytest.fixture
def told(ana, marta):
    """Everything that can happen to a shift, a minute apart; then its history in a language."""
    clock = iter(range(60))

    def act(action, *args, **values):
        with periods.at(NOW + timedelta(minutes=next(clock))):
            return action(*args, **values)

    with translation.override("es"):  # what is stored is the same in any language
        pk = act(ShiftFactory, cashier=ana).pk
        expense = act(movement_actions.add_movement, pk, new=NewMovement(Kind.EXPENSE, 15_000, "hielo"), by=ana)
        transfer = act(movement_actions.add_movement, pk, new=NewMovement(Kind.TRANSFER, 80_000, "Gómez"), by=ana)
        act(movement_actions.verify_transfer, pk, transfer.pk, by=marta)
        act(movement_actions.verify_transfer, pk, transfer.pk, verified=False, by=marta)
        act(movement_actions.void_movement, pk, expense.pk, reason="dos veces", by=ana)
        act(
            shift_actions.close_shift,
            pk,
            final_cash=485_000,
            count_sheet={"100000": 4, "5000": 17},
            billed={"billed_cash": 0},
            notes="calma",
            by=ana,
        )
        act(mark_actions.sign_off_shift, pk, note="visto", by=marta)
        act(shift_actions.correct_shift, pk, version=6, final_cash=500_000, notes="", reason="recuento", by=marta)
        act(movement_actions.add_movement, pk, new=NewMovement(Kind.CARD, 1_000), reason="olvido", by=ana)
        act(mark_actions.flag_shift, pk, reason="falta", by=ana)
        act(mark_actions.unflag_shift, pk, reason="aparece", by=marta)
        act(mark_actions.delete_shift, pk, reason="prueba", by=marta)
        shift = act(mark_actions.restore_shift, pk, reason="no era", by=marta)

    def history(language):
        with translation.override(language):
            return history_of(shift)

    return history


def at(minute):
    return NOW + timedelta(minutes=minute)


def facts(entry):
    return entry.at, entry.who, entry.what, entry.why, entry.changes, entry.version


def test_the_history_tells_everything_newest_first(told):
    assert [facts(entry) for entry in told("en")] == [
        (at(13), MARTA, "Restored", "no era", [], 12),
        (at(12), MARTA, "Deleted", "prueba", [], 11),
        (at(11), MARTA, "Flag taken off", "aparece", [], 10),
        (at(10), ANA, "Flagged", "falta", [], 9),
        (at(9), ANA, "Card 1.000", "olvido", [], None),
        (
            at(8),
            MARTA,
            "Corrected",
            "recuento",
            [
                Change("counted cash", "485.000", "500.000"),
                Change("count by denomination", "4\u00a0×\u00a0100.000 · 17\u00a0×\u00a05.000", None),
                Change("notes", "calma", None),
            ],
            7,
        ),
        (at(7), MARTA, "Signed off", "visto", [], 6),
        (
            at(6),
            ANA,
            "Closed",
            "",
            [
                Change("counted cash", None, "485.000"),
                Change("count by denomination", None, "4\u00a0×\u00a0100.000 · 17\u00a0×\u00a05.000"),
                Change("billed in cash", None, "0"),
                Change("notes", None, "calma"),
            ],
            5,
        ),
        (at(5), ANA, "Voided: Expense 15.000 «hielo»", "dos veces", [], None),
        (at(4), MARTA, "Tick taken off: Bank transfer 80.000 «Gómez»", "", [], None),
        (at(3), MARTA, "Seen in the bank: Bank transfer 80.000 «Gómez»", "", [], None),
        (at(2), ANA, "Bank transfer 80.000 «Gómez»", "", [], None),
        (at(1), ANA, "Expense 15.000 «hielo»", "", [], None),
        (at(0), ANA, "Opened with 500.000", "", [], 1),
    ]


def test_the_history_is_told_in_spanish_too(told):
    spanish, english = told("es"), told("en")

    assert [entry.what for entry in spanish] == [
        "Restaurado",
        "Eliminado",
        "Observación quitada",
        "Observado",
        "Tarjeta 1.000",
        "Corregido",
        "Revisado",
        "Cerrado",
        "Anulado: Gasto 15.000 «hielo»",
        "Verificación quitada: Transferencia 80.000 «Gómez»",
        "Verificada en el banco: Transferencia 80.000 «Gómez»",
        "Transferencia 80.000 «Gómez»",
        "Gasto 15.000 «hielo»",
        "Abierto con 500.000",
    ]
    assert [(entry.at, entry.who, entry.why) for entry in spanish] == [
        (entry.at, entry.who, entry.why) for entry in english
    ]
    assert spanish[5].changes[0] == Change("efectivo contado", "485.000", "500.000")


def test_the_history_takes_one_query(told, django_assert_num_queries):
    with django_assert_num_queries(1):
        told("en")


def test_a_history_is_that_of_its_shift_alone(told, beto):
    other = ShiftFactory(cashier=beto, register=2)

    assert [entry.who for entry in history_of(other)] == ["Beto Benítez"]


def test_a_name_that_changed_is_told_as_it_is_now(told, ana):
    ana.first_name = "Anahí"
    ana.save()

    assert told("en")[-1].who == "Anahí Benítez"


def test_of_a_very_long_history_the_newest_part_is_told_and_told_right(ana, monkeypatch):
    shift = ShiftFactory(cashier=ana)
    cards = [
        movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, amount), by=ana) for amount in (1, 2, 3)
    ]
    movement_actions.void_movement(shift.pk, cards[0].pk, reason="twice", by=ana)
    monkeypatch.setattr(pages, "MOST_ROWS", 5)  # two rows each time: of the movement and of the shift

    with translation.override("en"):
        assert [entry.what for entry in history_of(shift)] == ["Voided: Card 1", "Card 3"]

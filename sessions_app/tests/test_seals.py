"""Each closing is sealed in a chain per pharmacy; whoever changes a row behind the actions breaks it."""

import json
from hashlib import sha256

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from cashpilot.testing import tamper
from sessions_app import actions, seals
from sessions_app.formulas import Kind
from sessions_app.models import CashSession, Seal

UNLIKE = "sessions_app_cashsession {}: the shift, its movements, its replies or its history are not as they were sealed"


def opened(pharmacy, cashier):
    return actions.open_session(pharmacy=pharmacy, register=1, cashier=cashier, initial_cash=500_000, by=cashier)


@pytest.fixture
def closed(central, ana):
    session = opened(central, ana)
    note = actions.Note(Kind.CARD, 40_000)
    return actions.close_session(session.pk, final_cash=500_000, movements=[note], by=ana)


def test_an_open_shift_has_no_seal(central, ana):
    opened(central, ana)
    assert Seal.objects.count() == 0


def test_closing_and_every_later_change_append_a_seal(closed, ana, marta):
    actions.correct_session(closed.pk, version=2, reason="Reconté", final_cash=510_000, by=ana)
    actions.flag_session(closed.pk, reason="Ojo", by=marta)
    assert list(Seal.objects.order_by("number").values_list("number", "session")) == [
        (1, closed.pk),
        (2, closed.pk),
        (3, closed.pk),
    ]
    assert list(seals.broken()) == []


def test_each_pharmacy_has_its_own_chain(closed, luque, otto):
    actions.close_session(opened(luque, otto).pk, final_cash=1, by=otto)
    assert sorted(Seal.objects.values_list("pharmacy__name", "number")) == [("Central", 1), ("Luque", 1)]


def test_a_tick_against_the_bank_breaks_no_seal(closed, ana, marta):
    note = actions.Note(Kind.TRANSFER, 1_000, "M. Giménez")
    transfer = actions.add_movement(closed.pk, note=note, reason="Faltaba", by=ana)
    actions.verify_transfer(closed.pk, transfer.pk, by=marta)
    assert list(seals.broken()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sessions_app_cashsession SET final_cash = final_cash + 1",
        "UPDATE sessions_app_cashsession SET notes = 'otra cosa'",
        "UPDATE sessions_app_movement SET amount = amount - 1",
        "UPDATE sessions_app_historicalcashsession SET initial_cash = 1 WHERE version = 1",
        "UPDATE sessions_app_historicalcashsession SET history_user_id = NULL WHERE version = 1",
        "UPDATE sessions_app_historicalcashsession SET history_change_reason = 'otra' WHERE version = 2",
        "UPDATE sessions_app_historicalcashsession SET history_date = opened_at WHERE version = 2",
        "DELETE FROM sessions_app_historicalcashsession WHERE version = 1",
    ],
)
def test_a_changed_shift_is_named(closed, statement):
    tamper(statement)
    assert list(seals.broken()) == [UNLIKE.format(closed.pk)]


def test_a_movement_slipped_in_is_named(closed, ana):
    tamper(
        "INSERT INTO sessions_app_movement (session_id, kind, amount, description, token, created_at, created_by_id,"
        " void_reason, search) SELECT session_id, kind, amount, description, '00000000000000000000000000000001',"
        " created_at, created_by_id, void_reason, search FROM sessions_app_movement"
    )
    assert len(list(seals.broken())) == 1


def test_a_link_taken_out_of_the_chain_is_named(closed, ana):
    actions.correct_session(closed.pk, version=2, reason="Reconté", final_cash=510_000, by=ana)
    first, second = Seal.objects.order_by("number")
    tamper(f"DELETE FROM sessions_app_seal WHERE id = {first.pk}")
    assert list(seals.broken()) == [
        f"sessions_app_seal {second.pk}: does not follow from the seal before it in its pharmacy"
    ]


def test_a_column_younger_than_the_seals_counts_where_it_says_something(closed):
    tamper("UPDATE sessions_app_cashsession SET transfers_billed_as_cash = (1 = 1)")
    assert list(seals.broken()) == [UNLIKE.format(closed.pk)]


def test_a_seal_from_before_that_column_still_holds(closed):
    rows = [closed, *closed.movements.order_by("id"), *closed.history.order_by("history_id")]
    columns = [{name: getattr(row, name) for name in seals.covered(type(row))} for row in rows]
    assert [row.pop("transfers_billed_as_cash") for row in columns if "billed_cash" in row] == [False] * 3
    assert (
        closed.seals.get().content
        == sha256(json.dumps(columns, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()
    )


def test_a_seal_from_before_the_history_was_covered_still_holds(closed):
    rows = [closed, *closed.movements.order_by("id")]
    content = seals.content_of(closed, rows[1:])
    assert content != closed.seals.get().content
    seal = seals.chained("", content)
    tamper(f"UPDATE sessions_app_seal SET content = '{content}', seal = '{seal}'")
    assert list(seals.broken()) == []


def test_the_end_of_a_chain_that_was_cut_off_is_named(closed, ana):
    actions.correct_session(closed.pk, version=2, reason="Reconté", final_cash=510_000, by=ana)
    tamper(f"DELETE FROM sessions_app_seal WHERE id = {Seal.objects.get(number=2).pk}")
    assert list(seals.broken()) == [UNLIKE.format(closed.pk)]


def test_the_short_form_is_eight_digits_of_the_seal(closed):
    seal = seals.with_seal(CashSession.objects.all()).get().seal
    assert seals.short(seal) == f"{seal[:4]}-{seal[4:8]}".upper()
    assert seals.short("7f3a91c2" + "0" * 56) == "7F3A-91C2"

"""Each closing is sealed in a chain per pharmacy; whoever changes a row behind the actions breaks it."""

import json
from hashlib import sha256

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import SOURCE_OF, Kind
from sessions_app.ledger import anchors, hash_chain
from sessions_app.models import FIRST_VERDICT, CashSession, Movement, Reply, Seal
from testing.database import tamper

UNLIKE = "sessions_app_cashsession {}: the shift, its movements, its replies or its history are not as they were sealed"


def opened(pharmacy, cashier):
    return shift_actions.open_shift(pharmacy=pharmacy, register=1, cashier=cashier, initial_cash=500_000, by=cashier)


@pytest.fixture
def closed(central, ana):
    shift = opened(central, ana)
    note = NewMovement(Kind.CARD, 40_000)
    return shift_actions.close_shift(shift.pk, final_cash=500_000, movements=[note], by=ana)


def test_an_open_shift_has_no_seal(central, ana):
    opened(central, ana)
    assert Seal.objects.count() == 0


def test_closing_and_every_later_change_append_a_seal(closed, ana, marta):
    shift_actions.correct_shift(closed.pk, version=2, reason="Reconté", final_cash=510_000, by=ana)
    mark_actions.flag_shift(closed.pk, reason="Ojo", by=marta)
    assert list(Seal.objects.order_by("number").values_list("number", "session")) == [
        (1, closed.pk),
        (2, closed.pk),
        (3, closed.pk),
    ]
    assert list(hash_chain.drift()) == []


def test_how_a_search_reads_a_description_breaks_no_seal(closed):
    tamper("UPDATE sessions_app_movement SET search = 'as another version folds it'")
    assert list(hash_chain.drift()) == []


def test_each_pharmacy_has_its_own_chain(closed, luque, otto):
    shift_actions.close_shift(opened(luque, otto).pk, final_cash=1, by=otto)
    assert sorted(Seal.objects.values_list("pharmacy__name", "number")) == [("Central", 1), ("Luque", 1)]


def test_a_tick_against_the_bank_breaks_no_seal(closed, ana, marta):
    note = NewMovement(Kind.TRANSFER, 1_000, "M. Giménez")
    transfer = movement_actions.add_movement(closed.pk, new=note, reason="Faltaba", by=ana)
    movement_actions.verify_transfer(closed.pk, transfer.pk, by=marta)
    assert list(hash_chain.drift()) == []


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
    assert list(hash_chain.drift()) == [UNLIKE.format(closed.pk)]


def test_a_movement_slipped_in_is_named(closed, ana):
    tamper(
        "INSERT INTO sessions_app_movement (session_id, kind, amount, description, token, created_at, created_by_id,"
        " void_reason, reference, search) SELECT session_id, kind, amount, description,"
        " '00000000000000000000000000000001', created_at, created_by_id, void_reason, reference, search"
        " FROM sessions_app_movement"
    )
    assert len(list(hash_chain.drift())) == 1


def test_a_link_taken_out_of_the_chain_is_named(closed, ana):
    shift_actions.correct_shift(closed.pk, version=2, reason="Reconté", final_cash=510_000, by=ana)
    first, second = Seal.objects.order_by("number")
    tamper(f"DELETE FROM sessions_app_seal WHERE id = {first.pk}")
    assert list(hash_chain.drift()) == [
        f"sessions_app_seal {second.pk}: does not follow from the seal before it in its pharmacy"
    ]


def test_a_column_younger_than_the_seals_counts_where_it_says_something(closed):
    tamper("UPDATE sessions_app_cashsession SET transfers_billed_as_cash = (1 = 1)")
    assert list(hash_chain.drift()) == [UNLIKE.format(closed.pk)]


# Columns of a shift when rule 1 was in force, where they are called otherwise today.
FORMER = {"signed_off_at": "reviewed_at", "signed_off_by_id": "reviewed_by_id", "signed_off_note": "review_note"}


# The columns that came with each rule.
NEW_IN = {
    2: FIRST_VERDICT,
    3: ("first_initial_cash", "first_count", "uncounted_reason", "signed_off_alone", "reference"),
    4: (*SOURCE_OF.values(), "evidence_difference", "imported_at"),
    6: ("evidence_result",),
}


def sealed_by(rule, shift):
    """Make the seal of `shift` anew as the program of that time made it."""
    rows = [shift, *shift.movements.order_by("id"), *shift.history.order_by("history_id")]
    write_the_only_seal([said_by(rule, row) for row in rows], rule=rule)


def said_by(rule, row):
    younger = {name for since, names in NEW_IN.items() if since > rule for name in names}
    return {name: getattr(row, name) for name in hash_chain.covered(type(row)) if name not in younger}


def write_the_only_seal(said, *, rule):
    content = sha256(json.dumps(said, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()
    seal = hash_chain.chained("", content)
    tamper(f"UPDATE sessions_app_seal SET rule = {rule}, content = '{content}', seal = '{seal}', key = ''")
    anchors.adopt()


def sealed_by_rule_1(shift, *, with_history=True):
    """Make the seal of `shift` anew as the program of that time made it."""
    rows = [shift, *shift.movements.order_by("id"), *(shift.history.order_by("history_id") if with_history else ())]
    said = [{FORMER.get(name, name): value for name, value in said_by(1, row).items()} for row in rows]
    for row in said:
        if not row.get("transfers_billed_as_cash", True):
            del row["transfers_billed_as_cash"]  # a column younger than the first seals counted where it was set
    write_the_only_seal(said, rule=1)


@pytest.mark.parametrize("with_history", [True, False])
def test_a_seal_of_rule_1_is_verified_by_rule_1(closed, with_history):
    today = closed.seals.get().content
    sealed_by_rule_1(closed, with_history=with_history)
    assert closed.seals.get().content != today
    assert list(hash_chain.drift()) == []


@pytest.mark.parametrize("rule", [2, 3, 4, 5])
def test_a_seal_of_a_former_rule_is_verified_by_it_though_it_has_no_key(rule, closed):
    today = closed.seals.get()
    sealed_by(rule, closed)
    assert closed.seals.get().content != today.content
    assert closed.seals.get().seal != today.seal
    assert list(hash_chain.drift()) == []


def test_a_seal_without_a_key_that_no_anchor_adopted_is_named(closed, ana):
    sealed_by(4, closed)
    shift_actions.correct_shift(closed.pk, version=2, reason="Reconté", final_cash=510_000, by=ana)
    second = Seal.objects.get(number=2)
    seal = hash_chain.chained(Seal.objects.get(number=1).seal, second.content)
    tamper(f"UPDATE sessions_app_seal SET key = '', seal = '{seal}' WHERE id = {second.pk}")
    assert list(hash_chain.drift()) == [f"sessions_app_seal {second.pk}: is not sealed"]


def test_a_shift_that_was_altered_after_a_seal_of_rule_2_is_named(closed):
    sealed_by(2, closed)
    tamper("UPDATE sessions_app_cashsession SET notes = 'otra cosa'")
    assert list(hash_chain.drift()) == [UNLIKE.format(closed.pk)]


def test_a_seal_of_rule_1_says_nothing_by_the_rule_of_today(closed):
    sealed_by_rule_1(closed)
    tamper("UPDATE sessions_app_seal SET rule = 3")
    assert list(hash_chain.drift()) == [UNLIKE.format(closed.pk)]


def test_a_shift_that_was_altered_after_a_seal_of_rule_1_is_named(closed):
    sealed_by_rule_1(closed)
    tamper("UPDATE sessions_app_cashsession SET notes = 'otra cosa'")
    assert list(hash_chain.drift()) == [UNLIKE.format(closed.pk)]


def test_the_rule_of_today_covers_every_column_that_it_was_made_for():
    """A column more needs a new rule: seals that were made without it must go on to hold."""
    assert hash_chain.RULE == 6
    assert len(hash_chain.covered(CashSession)) == 51
    assert len(hash_chain.covered(Movement)) == 13
    assert len(hash_chain.covered(Reply)) == 5


def test_the_end_of_a_chain_that_was_cut_off_is_named(closed, ana):
    shift_actions.correct_shift(closed.pk, version=2, reason="Reconté", final_cash=510_000, by=ana)
    tamper(f"DELETE FROM sessions_app_seal WHERE id = {Seal.objects.get(number=2).pk}")
    assert list(hash_chain.drift()) == [UNLIKE.format(closed.pk)]


def test_the_short_form_is_eight_digits_of_the_seal(closed):
    seal = hash_chain.with_seal(CashSession.objects.all()).get().seal
    assert hash_chain.short(seal) == f"{seal[:4]}-{seal[4:8]}".upper()
    assert hash_chain.short("7f3a91c2" + "0" * 56) == "7F3A-91C2"


def test_a_shift_bears_its_latest_seal(closed, ana):
    shift_actions.correct_shift(closed.pk, version=2, reason="Reconté", final_cash=510_000, by=ana)
    first, second = Seal.objects.order_by("number").values_list("seal", flat=True)
    assert first != second
    assert hash_chain.with_seal(CashSession.objects.all()).get().seal == second

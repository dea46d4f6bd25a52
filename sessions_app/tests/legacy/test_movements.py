"""Movements from items and totals."""

from decimal import Decimal

import pytest

from sessions_app.legacy import rows
from sessions_app.legacy.codes import Code, Severity
from sessions_app.legacy.plan import Mark
from sessions_app.tests.legacy.old_rows import codes, edit, expense, facts, open_shift, plan, shift, transfer, utc

CLOSED = utc(2026, 3, 10, 18)
NOTED = utc(2026, 3, 10, 12)
WITHOUT_DETAIL = "Total del sistema anterior, sin detalle"


def made(planned):
    return [(movement.kind.value, movement.amount, movement.description) for movement in planned.movements]


def live(planned, kind):
    return sum(one.amount for one in planned.movements if one.kind == kind and not one.voided)


def effects(planned, field):
    return sum(finding.effects.get(field, 0) for finding in planned.findings)


# --- Totals without items ---------------------------------------------------------------------------------------------


def test_each_total_is_one_movement_at_the_closing_by_nobody_known():
    planned = plan(
        shift(
            envelope_amount=Decimal("300000.00"),
            card_total=Decimal("640000.00"),
            credit_sales_total=Decimal("40000.00"),
            credit_payments_collected=Decimal("20000.00"),
        )
    )
    assert made(planned) == [
        ("envelope", 300_000, ""),
        ("card", 640_000, ""),
        ("credit_sale", 40_000, ""),
        ("collection", 20_000, ""),
    ]
    assert {(one.created_at, one.created_by, one.origin) for one in planned.movements} == {(CLOSED, None, None)}
    assert (planned.values.envelope_total, planned.values.collection_total) == (300_000, 20_000)
    assert codes(planned) == []


def test_the_totals_of_an_open_shift_were_noted_when_it_opened():
    (movement,) = plan(open_shift(card_total=Decimal(5_000))).movements
    assert movement.created_at == utc(2026, 3, 10, 10)


def test_expenses_and_transfers_without_items_say_that_they_have_no_detail():
    planned = plan(shift(bank_transfer_total=Decimal("150000.00"), expenses=Decimal("45000.00")))
    assert made(planned) == [("transfer", 150_000, WITHOUT_DETAIL), ("expense", 45_000, WITHOUT_DETAIL)]
    assert codes(planned) == ["total_without_items", "total_without_items"]


def test_where_cards_were_two_columns_both_are_cards():
    raw = dict(shift(credit_card_total=Decimal("30000.00"), debit_card_total=Decimal("12000.00")).origin.row)
    del raw["card_total"]
    assert made(plan(rows.shift(raw))) == [("card", 42_000, "")]


@pytest.mark.parametrize(
    ("column", "kind"),
    [("envelope_amount", "cash_in"), ("expenses", "cash_in"), ("credit_payments_collected", "expense")],
)
def test_a_total_below_zero_becomes_what_it_means(column, kind):
    planned = plan(shift(**{column: Decimal("-50000.00")}))
    assert made(planned) == [(kind, 50_000, "Importe negativo del sistema anterior")]
    assert facts(planned, Code.NEGATIVE) == [(column, Decimal("-50000.00"), kind)]
    assert effects(planned, column) == 50_000


@pytest.mark.parametrize("column", ["card_total", "credit_sales_total", "bank_transfer_total"])
def test_where_it_means_nothing_it_is_left_out(column):
    planned = plan(shift(**{column: Decimal("-50000.00")}))
    assert (made(planned), facts(planned, Code.NEGATIVE)) == ([], [(column, Decimal("-50000.00"), None)])


def test_a_total_with_decimals_is_rounded():
    planned = plan(shift(card_total=Decimal("99.50")))
    assert made(planned) == [("card", 100, "")]
    assert (codes(planned), effects(planned, "card_total")) == (["decimals"], Decimal("0.50"))


def test_a_total_above_the_limit_blocks_the_shift():
    planned = plan(shift(card_total=Decimal("9999999999.99")))
    assert planned.is_blocked
    assert facts(planned, Code.ABOVE_THE_LIMIT)[0] == ("card_total", Decimal("9999999999.99"), None)


# --- Items ------------------------------------------------------------------------------------------------------------


def test_items_come_along_as_they_are():
    items = [
        expense("e1", "95000.00", description="Flete", created_at=utc(2026, 3, 10, 13)),
        transfer("t2", "85000.00", created_at=utc(2026, 3, 10, 14)),
        transfer("t1", "50000.00"),
    ]
    planned = plan(shift(bank_transfer_total=Decimal(135_000), expenses=Decimal(95_000)), items)
    assert made(planned) == [
        ("transfer", 50_000, "SIPAP"),
        ("transfer", 85_000, "SIPAP"),
        ("expense", 95_000, "Flete"),
    ]
    assert [(one.created_at, one.created_by, one.origin.id) for one in planned.movements][:2] == [
        (NOTED, None, "t1"),
        (utc(2026, 3, 10, 14), None, "t2"),
    ]
    assert codes(planned) == []


def test_a_movement_has_the_same_token_in_every_run_and_no_other_has_it():
    def tokens():
        row = shift(envelope_amount=Decimal(10), card_total=Decimal(10), expenses=Decimal(30))
        return [one.token for one in plan(row, [expense("1", 10), transfer("1", 10)]).movements]

    assert tokens() == tokens()
    assert len(set(tokens())) == 5


@pytest.mark.parametrize(
    ("written", "voided"), [(utc(2026, 3, 11, 3), utc(2026, 3, 11, 3)), (None, NOTED), (utc(2026, 3, 9), NOTED)]
)
def test_a_deleted_item_is_voided(written, voided):
    planned = plan(shift(last_modified_at=written), [expense("e1", 15_000, is_deleted=True)])
    (movement,) = planned.movements
    assert movement.voided == Mark(voided, None, "Borrado en el sistema anterior, que no guardó quién ni por qué.")
    assert (planned.values.expense_total, codes(planned)) == (0, [])


def test_what_a_deleted_item_is_rounded_by_changes_no_sum():
    planned = plan(shift(), [expense("e1", "15000.50", is_deleted=True), expense("e2", "-3.00", is_deleted=True)])
    assert made(planned) == [("expense", 15_001, "Hielo"), ("cash_in", 3, "Hielo")]
    assert planned.findings == ()


def test_a_verified_transfer_is_verified():
    seen = {"is_verified": True, "verified_by": "marta", "verified_at": utc(2026, 3, 11)}
    planned = plan(shift(bank_transfer_total=Decimal(70_000)), [transfer("t1", 70_000, **seen)])
    assert planned.movements[0].verified == Mark(utc(2026, 3, 11), "marta")
    assert codes(planned) == []


def test_a_verified_transfer_that_was_deleted_is_both():
    seen = {"is_verified": True, "verified_by": "marta", "verified_at": utc(2026, 3, 11)}
    planned = plan(shift(), [transfer("t1", 70_000, is_deleted=True, **seen)])
    assert planned.movements[0].verified
    assert planned.movements[0].voided
    assert codes(planned) == ["verified_transfer_was_deleted"]


@pytest.mark.parametrize(
    ("by", "at", "mark"),
    [
        (None, None, Mark(NOTED, None)),
        ("gone", utc(2026, 3, 11), Mark(utc(2026, 3, 11), None)),
        ("marta", None, Mark(NOTED, "marta")),
    ],
)
def test_a_verification_without_who_or_when_is_told(by, at, mark):
    seen = {"is_verified": True, "verified_by": by, "verified_at": at}
    planned = plan(shift(bank_transfer_total=Decimal(10)), [transfer("t1", 10, **seen)])
    assert planned.movements[0].verified == mark
    assert codes(planned) == ["verifier_unknown"]


def test_who_verified_counts_only_where_it_was_verified():
    planned = plan(shift(bank_transfer_total=Decimal(10)), [transfer("t1", 10, verified_by="marta")])
    assert planned.movements[0].verified is None


def test_an_item_of_zero_is_dropped_and_kept_whole():
    planned = plan(shift(), [transfer("t1", "0.00")])
    assert (made(planned), [origin.id for origin in planned.left_out]) == ([], ["t1"])
    (finding,) = planned.findings
    assert (finding.code, finding.table, finding.row) == (Code.ZERO_ITEM, "transfer_items", "t1")


@pytest.mark.parametrize(("deleted", "severity"), [(True, Severity.WARNING), (False, Severity.BLOCKER)])
def test_an_item_above_the_limit_blocks_the_shift_unless_it_was_deleted(deleted, severity):
    row = shift(bank_transfer_total=Decimal("0.00" if deleted else "9999999999999.99"))
    planned = plan(row, [transfer("t1", "9999999999999.99", is_deleted=deleted)])
    assert [(finding.code, finding.severity) for finding in planned.findings] == [(Code.ABOVE_THE_LIMIT, severity)]
    assert (made(planned), planned.is_blocked) == ([], not deleted)


def test_items_that_are_too_much_together_block_the_shift():
    planned = plan(shift(bank_transfer_total=Decimal(12_000_000_000)), [transfer(name, 6_000_000_000) for name in "ab"])
    assert facts(planned, Code.ABOVE_THE_LIMIT) == [("transfer_total", 12_000_000_000, None)]
    assert planned.is_blocked


def test_an_item_without_a_description_says_so():
    planned = plan(shift(expenses=Decimal(20_000)), [expense("e1", 20_000, description="   ")])
    assert made(planned) == [("expense", 20_000, "(sin descripción)")]
    assert codes(planned) == ["description_missing"]


def test_an_expense_below_zero_is_cash_added_and_a_transfer_below_zero_is_left_out():
    row = shift(expenses=Decimal(-5_000), bank_transfer_total=Decimal(-1_000))
    planned = plan(row, [expense("e1", -5_000), transfer("t1", -1_000)])
    assert made(planned) == [("cash_in", 5_000, "Hielo")]
    assert codes(planned) == ["negative", "negative"]


# --- Totals beside items ----------------------------------------------------------------------------------------------


def test_a_total_above_its_items_is_one_more_movement():
    planned = plan(shift(bank_transfer_total=Decimal("300000.00")), [transfer("t1", "250000.00")])
    assert made(planned) == [("transfer", 250_000, "SIPAP"), ("transfer", 50_000, WITHOUT_DETAIL)]
    assert planned.movements[1].created_at == CLOSED
    assert facts(planned, Code.TOTAL_ABOVE_ITEMS) == [("bank_transfer_total", 300_000, 250_000)]


def test_a_total_below_its_items_gives_way():
    planned = plan(shift(expenses=Decimal("7000.00")), [expense("a", "6000.00"), expense("b", "4000.00")])
    assert live(planned, "expense") == 10_000
    assert facts(planned, Code.TOTAL_BELOW_ITEMS) == [("expenses", 7_000, 10_000)]
    assert effects(planned, "expenses") == 3_000


def test_deleted_items_are_no_detail_of_a_total():
    planned = plan(shift(expenses=Decimal(9_000)), [expense("a", 5_000, is_deleted=True)])
    assert (live(planned, "expense"), codes(planned)) == (9_000, ["total_without_items"])


@pytest.mark.parametrize(
    ("total", "amounts", "here"),
    [
        ("100.50", ["50.25", "50.25"], 100),
        ("300000.40", ["250000.30"], 300_000),
        ("10.00", ["0.40", "9.60"], 10),
        ("5.00", ["5.60"], 6),
        ("7.70", ["0.00"], 8),
    ],
)
def test_whatever_is_rounded_the_findings_explain_the_difference_to_the_guarani(total, amounts, here):
    items = [expense(str(place), amount) for place, amount in enumerate(amounts)]
    planned = plan(shift(expenses=Decimal(total)), items)
    assert live(planned, "expense") == here
    assert here - Decimal(total) == effects(planned, "expenses")


# --- Totals that were changed -----------------------------------------------------------------------------------------


def test_a_total_that_was_changed_leaves_a_voided_movement_for_each_value_before():
    changes = [
        edit(utc(2026, 3, 11), {"envelope_amount": "300000.00"}, {"envelope_amount": "250000"}, reason="Conté mal"),
        edit(utc(2026, 3, 12), {"envelope_amount": "250000"}, {"envelope_amount": "260000"}, by="marta@example.com"),
    ]
    planned = plan(shift(envelope_amount=Decimal("260000.00")), edits=changes)
    assert [(one.amount, one.created_at, one.created_by, one.voided) for one in planned.movements] == [
        (300_000, CLOSED, None, Mark(utc(2026, 3, 11), "ana", "Conté mal")),
        (250_000, utc(2026, 3, 11), "ana", Mark(utc(2026, 3, 12), "marta", "Estaba mal")),
        (260_000, utc(2026, 3, 12), "marta", None),
    ]


def test_a_total_that_was_added_later_was_noted_then():
    added = edit(utc(2026, 3, 12), {"card_total": None}, {"card_total": "640000"}, by="marta@example.com")
    (movement,) = plan(shift(card_total=Decimal(640_000)), edits=[added]).movements
    assert (movement.created_at, movement.created_by) == (utc(2026, 3, 12), "marta")


def test_a_total_that_was_taken_away_leaves_its_voided_movement():
    gone = edit(utc(2026, 3, 12), {"expenses": "9000"}, {"expenses": None})
    (movement,) = plan(shift(), edits=[gone]).movements
    assert (movement.amount, movement.voided.by) == (9_000, "ana")


def test_a_total_changed_before_the_closing_was_there_from_the_opening():
    changed = edit(utc(2026, 3, 10, 15), {"envelope_amount": "10000"}, {"envelope_amount": "20000"})
    first, second = plan(shift(envelope_amount=Decimal(20_000)), edits=[changed]).movements
    assert (first.created_at, second.created_at) == (utc(2026, 3, 10, 10), utc(2026, 3, 10, 15))


def test_a_total_changed_without_a_trace_says_that_nobody_kept_why():
    known = edit(utc(2026, 3, 11), {"envelope_amount": "1000"}, {"envelope_amount": "2000"})
    planned = plan(shift(envelope_amount=Decimal(3_000)), edits=[known])
    assert [one.amount for one in planned.movements] == [1_000, 2_000, 3_000]
    assert planned.movements[1].voided == Mark(
        utc(2026, 3, 11), None, "Cambiado en el sistema anterior, que no guardó quién ni por qué."
    )


def test_what_the_audit_says_of_a_total_that_has_items_makes_no_movement():
    changed = edit(utc(2026, 3, 11), {"expenses": "1000"}, {"expenses": "5000"})
    planned = plan(shift(expenses=Decimal(5_000)), [expense("e1", 5_000)], [changed])
    assert made(planned) == [("expense", 5_000, "Hielo")]

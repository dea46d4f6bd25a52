import re
from datetime import timedelta
from functools import cache
from importlib import import_module
from itertools import product

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind, Result
from sessions_app.filters.shifts import ShiftFilter
from sessions_app.ledger import running_totals
from sessions_app.models import CashSession, RunningTotal
from sessions_app.queries.totals import sum_shifts
from testing.client import signed_in
from testing.database import tamper
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db


def drifted():
    return list(running_totals.drift())


def told(**which):
    return (
        RunningTotal.objects.live()
        .filter(shifts__gt=0, **which)
        .values_list("result", "is_flagged", "shifts", "total_difference")
    )


def correct(shift, by, **changes):
    version = CashSession.objects.get(pk=shift.pk).version
    return shift_actions.correct_shift(shift.pk, version=version, reason="otra vez", by=by, **changes)


def test_every_action_keeps_them(ana, marta):
    shift = ShiftFactory(cashier=ana)
    card = movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, 40_000), by=ana)
    assert list(told()) == [("open", False, 1, 0)]
    steps = [
        lambda: movement_actions.void_movement(shift.pk, card.pk, reason="dos veces", by=ana),
        lambda: shift_actions.close_shift(shift.pk, final_cash=500_000, billed={"billed_cash": 15_000}, by=ana),
        lambda: movement_actions.add_movement(
            shift.pk, new=NewMovement(Kind.ENVELOPE, 5_000), reason="faltaba", by=ana
        ),
        lambda: mark_actions.flag_shift(shift.pk, reason="mirar", by=marta),
        lambda: correct(shift, marta, final_cash=600_000),
        lambda: mark_actions.unflag_shift(shift.pk, reason="visto", by=marta),
        lambda: mark_actions.delete_shift(shift.pk, reason="repetido", by=marta),
        lambda: mark_actions.restore_shift(shift.pk, reason="no era", by=marta),
    ]
    seen = []
    for step in steps:
        step()
        assert drifted() == []
        seen.append(list(told()))
    assert seen == [
        [("open", False, 1, 0)],
        [("short", False, 1, -15_000)],
        [("short", False, 1, -10_000)],
        [("short", True, 1, -10_000)],
        [("over", True, 1, 90_000)],
        [("over", False, 1, 90_000)],
        [],
        [("over", False, 1, 90_000)],
    ]


def test_they_know_the_transfers_and_those_that_nobody_has_seen_in_the_bank(ana, marta):
    def unseen():
        assert drifted() == []
        return list(
            RunningTotal.objects.live()
            .filter(shifts__gt=0)
            .values_list("result", "transfers", "unverified_transfers", "unverified_amount")
        )

    transfer = NewMovement(Kind.TRANSFER, 40_000, "Gómez")
    shift = ShiftFactory(cashier=ana, movements=[transfer, NewMovement(Kind.EXPENSE, 3_000, "hielo")])
    assert unseen() == [("open", 1, 1, 40_000)]
    twice = movement_actions.add_movement(shift.pk, new=NewMovement(Kind.TRANSFER, 40_000, "Gómez"), by=ana)
    assert unseen() == [("open", 2, 2, 80_000)]
    movement_actions.void_movement(shift.pk, twice.pk, reason="dos veces", by=ana)
    closing = [NewMovement(Kind.TRANSFER, 7_000, "Sosa")]
    shift_actions.close_shift(shift.pk, final_cash=497_000, billed={"billed_cash": 0}, movements=closing, by=ana)
    assert unseen() == [("balanced", 2, 2, 47_000)]
    first = shift.movements.get(token=transfer.token)
    movement_actions.verify_transfer(shift.pk, first.pk, by=marta)
    assert unseen() == [("balanced", 2, 1, 7_000)]
    movement_actions.verify_transfer(shift.pk, first.pk, verified=False, by=marta)
    mark_actions.sign_off_shift(shift.pk, note="visto", by=marta)
    assert unseen() == [("balanced", 2, 2, 47_000)]
    mark_actions.delete_shift(shift.pk, reason="repetido", by=marta)
    assert unseen() == []


def test_a_shift_says_whether_it_awaits_the_bank_with_every_change_of_its_transfers(ana, central, marta):
    central.transfers_billed_as_cash = True
    central.save()
    transfer = NewMovement(Kind.TRANSFER, 40_000, "Gómez")
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 740_000}, movements=[transfer])
    noted = shift.movements.get(token=transfer.token)
    steps = [
        lambda: None,
        lambda: movement_actions.verify_transfer(shift.pk, noted.pk, by=marta),
        lambda: movement_actions.verify_transfer(shift.pk, noted.pk, verified=False, by=marta),
        lambda: movement_actions.verify_transfers({noted.pk}, at=timezone.now(), by=marta, reason="banco"),
        lambda: movement_actions.verify_transfers({noted.pk}, at=None, by=marta, reason="banco"),
        lambda: correct(shift, marta, billed_cash=741_000),
        lambda: correct(shift, marta, billed_cash=740_000),
        lambda: movement_actions.void_movement(shift.pk, noted.pk, reason="no llegó", by=marta),
    ]
    seen = []
    for step in steps:
        step()
        assert drifted() == []
        shift.refresh_from_db()
        seen.append(shift.awaits_bank)
    assert seen == [True, False, True, False, True, False, True, False]


@pytest.mark.both_engines
def test_what_is_a_little_short_of_two_methods_closes_and_awaits_no_bank_without_transfers(ana, central):
    central.transfers_billed_as_cash, central.cash_tolerance = True, 1_000
    central.save()
    billed, card = {"billed_cash": 700_900, "billed_card": 9_900}, NewMovement(Kind.CARD, 9_000)
    shift = ShiftFactory(closed=True, cashier=ana, billed=billed, movements=[card])
    shift.refresh_from_db()
    assert (shift.result, shift.total_difference, shift.awaits_bank) == ("balanced", -1_800, False)
    assert drifted() == []


@pytest.mark.both_engines
def test_what_is_over_by_card_hides_no_cash_that_only_an_unseen_transfer_makes_up_for(ana, central):
    central.transfers_billed_as_cash, central.cash_tolerance = True, 1_000
    central.save()
    billed, noted = {"billed_cash": 701_400, "billed_card": 8_100}, [(Kind.CARD, 9_000), (Kind.TRANSFER, 500)]
    movements = [NewMovement(kind, amount, "Gómez") for kind, amount in noted]
    shift = ShiftFactory(closed=True, cashier=ana, billed=billed, movements=movements)
    shift.refresh_from_db()
    assert (shift.result, shift.cash_difference, shift.awaits_bank) == ("balanced", -900, True)
    assert drifted() == []

    # And so says the upgrade, of shifts that were there before the column.
    CashSession.objects.update(awaits_bank=False)
    with connection.cursor() as cursor:
        cursor.execute(import_module("sessions_app.migrations.0028_what_awaits_the_bank").AWAITING)
    assert drifted() == []


def test_a_shift_that_says_so_wrongly_is_told_and_put_right(ana, central):
    central.transfers_billed_as_cash = True
    central.save()
    transfer = NewMovement(Kind.TRANSFER, 40_000, "Gómez")
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 740_000}, movements=[transfer])
    CashSession.objects.update(awaits_bank=False)
    assert f"sessions_app_cashsession {shift.pk}: awaits_bank says False, its transfers make True" in drifted()
    running_totals.rebuild()
    assert drifted() == []
    assert CashSession.objects.get().awaits_bank is True


def test_a_refused_action_leaves_them(ana, beto):
    ShiftFactory(closed=True, cashier=ana)
    before = list(RunningTotal.objects.values())
    with pytest.raises(CashSession.DoesNotExist):
        correct(CashSession.objects.get(), beto, final_cash=1)
    assert list(RunningTotal.objects.values()) == before


@pytest.fixture
def many(central, luque, ana, beto, otto, marta):
    """Every result, two pharmacies, three cashiers, flagged, deleted, open."""
    billed = [None, 700_000, 715_000, 650_000]
    with periods.at(timezone.now() - timedelta(days=3)):
        for cashier, cash in product([ana, beto, otto], billed):
            ShiftFactory(
                closed=True, cashier=cashier, billed={"billed_cash": cash}, movements=[NewMovement(Kind.CARD, 9_000)]
            )
    ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 691_000, "billed_card": 9_000})
    for shift in CashSession.objects.filter(status="closed").order_by("pk")[1::4]:
        mark_actions.sign_off_shift(shift.pk, note="visto", by=marta)
    for shift in CashSession.objects.order_by("pk")[::3]:
        mark_actions.flag_shift(shift.pk, reason="mirar", by=marta)
    mark_actions.delete_shift(CashSession.objects.latest("pk").pk, reason="repetido", by=marta)
    movement_actions.add_movement(ShiftFactory(cashier=beto).pk, new=NewMovement(Kind.EXPENSE, 3_000, "hielo"), by=beto)


@pytest.mark.parametrize("who", ["marta", "ana", "otto"])
def test_the_dashboard_says_what_the_shifts_say(many, who, request, central, ana):
    user = request.getfixturevalue(who)
    choices = {
        "signed_off": ["", "0", "1"],
        "pharmacy": ["", central.pk],
        "cashier": ["", ana.pk],
        "status": ["", "open", "closed", "deleted"],
        "result": ["", *Result],
        "flagged": ["", "0", "1"],
    }
    if who != "marta":
        del choices["cashier"]  # which the others are not offered

    @cache
    def alone(**one):
        filters = ask(user, one)
        assert filters.is_valid()
        return numbers(filters.rows())

    @cache
    def sums_of(shifts):
        return sum_shifts(CashSession.objects.filter(pk__in=shifts))

    for values in product(*choices.values()):
        chosen = {name: value for name, value in zip(choices, values, strict=True) if value != ""}
        if (filters := ask(user, chosen)).is_valid():
            shown = frozenset.intersection(*(alone(**one) for one in one_by_one(chosen)))
            assert filters.totals() == sums_of(shown)
            if len(chosen) <= 2:
                assert numbers(filters.rows()) == shown


def ask(user, chosen):
    asked = RequestFactory().get("/", {**chosen, "by_method": "1"})
    asked.user = user
    return ShiftFilter(asked)


def numbers(shifts):
    return frozenset(shifts.values_list("pk", flat=True))


def one_by_one(chosen):
    """Each choice by itself, for several show what each of them does; but the deleted are asked for with each."""
    deleted = {"status": "deleted"} if chosen.get("status") == "deleted" else {}
    return [deleted | {name: value} for name, value in chosen.items()] or [{}]


def test_over_all_dates_no_shift_is_summed(many, marta):
    browser = signed_in(marta)
    with CaptureQueriesContext(connection) as asked:
        browser.get("/sessions/")
    # But for those that are listed, of each of which the transfers are.
    sums = [query["sql"] for query in asked if "SUM(" in query["sql"] and not re.search(r" LIMIT \d+$", query["sql"])]
    assert len(sums) == 1
    assert all(f'FROM "{RunningTotal._meta.db_table}"' in sql for sql in sums)


def test_what_was_written_past_the_actions_is_told_and_rebuilt(many):
    tamper("UPDATE sessions_app_cashsession SET final_cash = final_cash + 1 WHERE status = 'closed'")
    assert len(drifted()) > 3
    assert "its shifts make" in drifted()[0]
    running_totals.rebuild()
    assert drifted() == []


def test_running_totals_are_moved_in_one_order_so_that_two_never_wait_for_each_other(central, ana):
    """In the order of the key, whatever the order of the changes: the rows are made one after the other."""
    fixed = dict.fromkeys(running_totals.KEY, False) | {"pharmacy_id": central.pk, "cashier_id": ana.pk}
    keys = [
        tuple((fixed | {"result": result, "first_result": "", "is_flagged": is_flagged}).values())
        for result in Result.values
        for is_flagged in (True, False)
    ]
    running_totals.move({}, dict.fromkeys(keys, (1,) * len(running_totals.SUMS)))
    made = RunningTotal.objects.order_by("pk").values_list(*running_totals.KEY)
    assert list(made) == sorted(keys)


def test_shifts_that_were_just_written_are_added_without_reading_one_of_them(central, ana, django_assert_num_queries):
    shift = CashSession(pk=1, pharmacy=central, cashier=ana, status="closed", initial_cash=0, final_cash=700_000)
    shift.card_total = 40_000
    with django_assert_num_queries(1):
        running_totals.add_written([(shift, (3, 1, 40_000)), (shift, (1, 0, 0))])
    assert list(RunningTotal.objects.values_list("shifts", "cash_sales", "total_sales")) == [(2, 1_400_000, 1_480_000)]
    of_transfers = RunningTotal.objects.values_list("transfers", "unverified_transfers", "unverified_amount")
    assert list(of_transfers) == [(4, 1, 40_000)]

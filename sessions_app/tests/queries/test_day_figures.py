"""The days that are listed, what is said of each, and those judged as a whole."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from pharmacies import actions as pharmacies
from pharmacies.models import Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions.days import sign_off_day, write_day
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind, Level, Result
from sessions_app.models import Day, DayVerdict
from sessions_app.queries.day_figures import DayFigures, figures_of_days, of_day
from sessions_app.queries.day_settings import DaySettings
from testing.client import signed_in
from testing.factories import PersonFactory, PharmacyFactory, ShiftFactory
from testing.profiles import examples

NOON = datetime(2026, 7, 3, 15, tzinfo=UTC)
TODAY = date(2026, 7, 3)


@pytest.fixture(autouse=True)
def _at_noon():
    with translation.override("en"), periods.at(NOON):
        yield


@pytest.fixture
def boss(marta):
    marta.language = "en"
    marta.save()
    return signed_in(marta)


def days_of(user, pharmacy):
    pharmacy = Pharmacy.objects.get(pk=pharmacy.pk)
    return [one.date for one in figures_of_days(user, [pharmacy], TODAY - timedelta(days=1), TODAY)]


def test_of_an_inactive_pharmacy_only_the_days_with_something_are_listed(luque, otto, marta):
    ShiftFactory(closed=True, cashier=otto)
    assert days_of(marta, luque) == [TODAY, TODAY - timedelta(days=1)]
    pharmacies.deactivate_pharmacy(luque.pk, reason="moved", by=marta)
    assert days_of(marta, luque) == [TODAY]


def test_an_empty_day_of_an_inactive_pharmacy_has_its_page(luque, marta, boss):
    pharmacies.deactivate_pharmacy(luque.pk, reason="moved", by=marta)
    assert boss.get(f"/days/{luque.pk}/{TODAY}/").context["figures"].is_empty


def test_the_margin_is_told_in_whole_percent_of_what_was_billed_rounded_down(luque):
    day = SimpleNamespace(billed_cash=3_000, billed_card=None, billed_transfer=None, billed_credit=None, cost=1_000)
    settings = DaySettings(0, transfers_billed_as_cash=False)
    assert DayFigures(luque, TODAY, day, settings).margin_percent == 66


def test_a_day_that_sold_at_cost_has_a_margin_of_nothing_and_one_of_unknown_cost_has_none(luque):
    day = SimpleNamespace(billed_cash=3_000, billed_card=None, billed_transfer=None, billed_credit=None, cost=3_000)
    settings = DaySettings(0, transfers_billed_as_cash=False)
    assert DayFigures(luque, TODAY, day, settings).margin_percent == 0
    day.cost = None
    assert DayFigures(luque, TODAY, day, settings).margin_percent is None


# --- The verdict ------------------------------------------------------------------------------------------------------


def closed(cashier, received, billed, *, card=0, transfer=0, credit_sale=0):
    """Close a shift that received so much in cash; `billed`: billed cash, or None, or what each method says."""
    amounts = {Kind.CARD: card, Kind.TRANSFER: transfer, Kind.CREDIT_SALE: credit_sale}
    return ShiftFactory(
        cashier=cashier,
        final_cash=500_000 + received,
        billed=billed if isinstance(billed, dict) else {"billed_cash": billed},
        movements=[NewMovement(kind, amount, "x") for kind, amount in amounts.items() if amount],
    )


def write(pharmacy, by, **values):
    written = Day.objects.filter(pharmacy=pharmacy, date=TODAY).first()
    return write_day(pharmacy, TODAY, version=written.version if written else 0, by=by, **values)


def verdict(user, pharmacy):
    figures = of_day(user, pharmacy, TODAY)
    return figures.result, figures.level, figures.difference, figures.missing


def test_a_day_whose_shifts_are_all_compared_is_judged_through_them(ana, marta, central):
    closed(ana, 700_000, 700_000)
    write(central, marta, billed_cash=715_000)
    assert verdict(marta, central) == (Result.SHORT, Level.SHIFT, -15_000, [])


@pytest.mark.parametrize(
    ("billed", "result", "difference", "sentence"),
    [
        (1_115_000, Result.SHORT, -15_000, "Short 15.000 on the day; it belongs to no single shift (2 not compared)."),
        (1_085_000, Result.OVER, 15_000, "Over 15.000 on the day; it belongs to no single shift (2 not compared)."),
        (1_100_000, Result.BALANCED, 0, "This is the day as a whole, not each shift (2 not compared)."),
    ],
)
def test_a_day_is_judged_as_a_whole_where_a_shift_is_not_compared(
    billed, result, difference, sentence, ana, beto, marta, central, boss
):
    for cashier, received, of_shift in ((ana, 300_000, None), (ana, 400_000, None), (beto, 400_000, 400_000)):
        closed(cashier, received, of_shift)
    write(central, marta, billed_cash=billed)

    assert verdict(marta, central) == (result, Level.DAY, difference, [])
    assert of_day(marta, central, TODAY).notes == [sentence]
    assert sentence in boss.get(f"/days/{central.pk}/{TODAY}/").text
    assert "as a whole day" in boss.get("/days/").text


def test_a_day_with_an_open_shift_has_no_verdict_and_no_difference(ana, beto, marta, central):
    closed(ana, 700_000, 700_000)
    ShiftFactory(cashier=beto, register=2)
    write(central, marta, billed_cash=900_000)
    assert verdict(marta, central) == (None, None, None, ["1 shift is still open."])


def test_a_day_with_a_shift_that_was_not_counted_has_no_verdict_and_says_why(luque):
    day = Day(pharmacy=luque, date=TODAY, billed_cash=700_000)
    sums = {"final_cash": 700_000, "card_total": 40_000}
    counts = {"shifts": 2, "not_compared": 1, "uncounted": 1}
    figures = DayFigures(luque, TODAY, day, DaySettings(0, transfers_billed_as_cash=False), sums=sums, **counts)

    assert (figures.result, figures.level, figures.difference) == (None, None, None)
    assert (figures.sales, figures.received) == (None, None)
    assert figures.missing == ["1 shift was not counted."]


# --- Two sums that can be held against each other ---------------------------------------------------------------------


def test_a_method_without_a_billed_figure_is_left_out_of_both_sums_and_named(ana, marta, central, boss):
    """Received 600.000 with the cards, billed 600.000 in cash alone: equal sums beside a difference of 100.000."""
    closed(ana, 500_000, 600_000, card=100_000)
    write(central, marta, billed_cash=600_000)
    figures = of_day(marta, central, TODAY)

    assert (figures.sales, figures.received, figures.billed, figures.difference) == (
        600_000,
        500_000,
        600_000,
        -100_000,
    )
    sentence = "The billed figure of card is missing: left out of both sums."
    assert (figures.left_out, figures.notes) == (["card"], [sentence])
    assert sentence in boss.get(f"/days/{central.pk}/{TODAY}/").text
    assert "without card" in boss.get("/days/").text


def test_a_method_that_brought_nothing_is_not_called_missing(ana, marta, central):
    closed(ana, 700_000, 700_000)
    write(central, marta, billed_cash=700_000)
    assert of_day(marta, central, TODAY).notes == []


amounts = st.integers(0, 3).map(lambda number: number * 50_000)
unknown = st.none() | amounts


@given(
    received=st.fixed_dictionaries(
        dict.fromkeys(("final_cash", "card_total", "transfer_total", "credit_sale_total"), amounts)
    ),
    billed=st.fixed_dictionaries(
        dict.fromkeys(("billed_cash", "billed_card", "billed_transfer", "billed_credit"), unknown)
    ),
    as_cash=st.booleans(),
    not_compared=st.integers(0, 2),
)
def test_two_equal_sums_never_stand_beside_a_difference(received, billed, as_cash, not_compared):
    pharmacy = Pharmacy(name="Central")
    figures = DayFigures(
        pharmacy,
        TODAY,
        Day(pharmacy=pharmacy, date=TODAY, **billed),
        DaySettings(0, transfers_billed_as_cash=as_cash),
        shifts=2,
        not_compared=not_compared,
        sums=received,
    )
    if billed["billed_cash"] is None:
        assert (figures.result, figures.difference, figures.billed) == (None, None, None)
    else:
        assert figures.received - figures.billed == figures.difference


def test_shifts_that_bill_something_else_than_their_day_are_told(ana, beto, marta, central, boss):
    for cashier in (ana, beto):
        closed(cashier, 1_000_000, {"billed_cash": 900_000, "billed_card": 100_000}, card=100_000)
    write(central, marta, billed_cash=1_815_000, billed_card=200_000)
    sentence = "The shifts add up to 2.000.000 billed; the day says 2.015.000."
    assert of_day(marta, central, TODAY).notes == [sentence]
    assert sentence in boss.get(f"/days/{central.pk}/{TODAY}/").text

    write(central, marta, billed_cash=1_800_000)
    assert of_day(marta, central, TODAY).notes == []


def test_what_one_shift_does_not_know_is_not_held_against_the_day(ana, beto, marta, central):
    closed(ana, 500_000, {"billed_cash": 500_000, "billed_card": 100_000}, card=100_000)
    closed(beto, 500_000, 500_000, card=100_000)
    write(central, marta, billed_cash=1_000_000, billed_card=200_000)
    assert of_day(marta, central, TODAY).notes == []
    closed(beto, 500_000, None)
    write(central, marta, billed_cash=1_700_000)
    assert [note for note in of_day(marta, central, TODAY).notes if "add up" in note] == []


def test_cash_with_transfers_in_it_is_not_held_against_cash_without(ana, marta, central):
    closed(ana, 500_000, {"billed_cash": 500_000, "billed_transfer": 40_000}, transfer=40_000)
    pharmacies.edit_pharmacy(central.pk, transfers_billed_as_cash=True, by=marta)
    write(central, marta, billed_cash=540_000)
    assert (of_day(marta, central, TODAY).result, of_day(marta, central, TODAY).notes) == (Result.BALANCED, [])


# --- The verdicts of whole days that are kept -------------------------------------------------------------------------


figures_of_a_shift = st.fixed_dictionaries(
    {
        "received": amounts,
        "billed": unknown,
        "card": amounts,
        "transfer": amounts,
        "credit_sale": amounts,
        "deleted": st.booleans(),
    }
)
a_day = st.fixed_dictionaries(
    {
        "shifts": st.lists(figures_of_a_shift, max_size=3),
        "still_open": st.booleans(),
        "as_cash": st.booleans(),
        "billed": st.none()
        | st.fixed_dictionaries({"billed_cash": unknown, "billed_card": unknown, "billed_transfer": unknown}),
        "signed": st.booleans(),
    }
)


@examples(12, prove=300)
@given(days=st.lists(a_day, min_size=1, max_size=3))
def test_the_verdicts_that_are_kept_are_those_of_the_figures_of_each_day(days, django_db_blocker, django_db_setup):
    with django_db_blocker.unblock(), transaction.atomic():
        central = PharmacyFactory(name="Central", registers=9)
        marta = PersonFactory(first_name="Marta", role="Admin")
        for ago, day in enumerate(days):
            pharmacies.edit_pharmacy(central.pk, transfers_billed_as_cash=day["as_cash"], by=marta)
            with periods.at(NOON - timedelta(days=ago)):
                live(day, Pharmacy.objects.get(pk=central.pk), marta, register=ago + 2)

        listed = figures_of_days(marta, [central], TODAY - timedelta(days=len(days)), TODAY)
        whole = [
            (one.date, one.result, one.difference, one.day.signed_off_at is not None)
            for one in listed[::-1]
            if one.level == Level.DAY
        ]
        kept = DayVerdict.objects.order_by("date").values_list("date", "result", "difference", "is_signed_off")
        assert list(kept) == whole
        transaction.set_rollback(True)


def live(day, pharmacy, admin, *, register):
    """Live a day as it was drawn: its shifts, one that stays open, what was billed, the sign-off."""
    cashier = PersonFactory(pharmacies=[pharmacy])
    for drawn in day["shifts"]:
        shift = closed(cashier, **{name: value for name, value in drawn.items() if name != "deleted"})
        if drawn["deleted"]:
            mark_actions.delete_shift(shift.pk, reason="twice", by=admin)
    version = write_day(pharmacy, periods.today(), version=0, by=admin, **day["billed"]).version if day["billed"] else 0
    if day["signed"]:
        with suppress(ActionRefused):
            sign_off_day(pharmacy, periods.today(), note="fine", version=version, by=admin)
    if day["still_open"]:
        ShiftFactory(cashier=cashier, register=register)


def test_a_day_that_was_billed_and_has_no_shift_says_so(luque, marta):
    with periods.at(NOON), translation.override("en"):
        write_day(luque, TODAY, version=0, by=marta, billed_cash=1)
        figures = of_day(marta, luque, TODAY)
        assert (figures.missing, figures.result) == (["No shift was noted."], None)


def test_an_open_shift_is_counted_and_is_in_no_sum(luque, otto, marta):
    with periods.at(NOON):
        for closing, amount in (({"final_cash": 500_000}, 40_000), ({}, 70_000)):
            ShiftFactory(cashier=otto, movements=[NewMovement(Kind.CARD, amount)], **closing)
        figures = of_day(marta, luque, TODAY)
    assert (figures.shifts, figures.open, figures.sums["card_total"]) == (2, 1, 40_000)


def test_the_list_says_of_what_a_day_is_not_all_there(ana, boss):
    ShiftFactory(cashier=ana)
    page = boss.get("/days/").text
    assert "1 shift is still open. What the billing system says is missing." in page
    assert page.count("What the billing system says is missing.") == 1  # a day without shifts says so in a word

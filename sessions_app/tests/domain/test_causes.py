"""Each mistake that is planted in a shift that balances is among the possible causes; nothing else has any."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st

from cashpilot.money import DENOMINATIONS, group
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.causes import MOST, OPPOSITE, causes, every, neighbours_swapped
from sessions_app.domain.choices import Kind, Status
from sessions_app.domain.formulas import CASH_SALES, NOTED
from sessions_app.models import CashSession, Movement
from testing.client import signed_in
from testing.factories import ShiftFactory

pytestmark = pytest.mark.slow

NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
OPENING, SOLD = 300_000, 9_250_000


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def movement(pk, note):
    return Movement(pk=pk, kind=note.kind, amount=note.amount, description=note.description, created_at=NOON)


def shift_with(notes, *, true_notes=None, sheet=None, **figures):
    """A shift as noted, in which `true_notes` happened: of its drawer and its billing nothing is missing."""
    totals = {f"{kind}_total": 0 for kind in Kind.values}
    truth = dict(totals)
    for note in notes:
        totals[f"{note.kind}_total"] += note.amount
    for note in notes if true_notes is None else true_notes:
        truth[f"{note.kind}_total"] += note.amount
    in_drawer = OPENING + SOLD - sum(sign * truth[name] for name, sign in CASH_SALES.items() if name in truth)
    billed = {f"billed_{method}": truth[f"{kind}_total"] for method, kind in NOTED.items()}
    known = {
        "status": Status.CLOSED,
        "initial_cash": OPENING,
        "final_cash": in_drawer,
        "billed_cash": SOLD,
        "tolerance": 0,
        "count_sheet": sheet,
    }
    shift = CashSession(**{**known, **billed, **totals, **figures})
    return shift, [movement(pk, note) for pk, note in enumerate(notes, start=1)]


def about(planted, seen):
    """The causes given for the entry in that place of the list."""
    return [cause.sentence for cause in every(*seen) if cause.movement == planted + 1]


amounts = st.integers(1, 900).map(lambda number: number * 500)
notes_ = st.lists(
    st.builds(NewMovement, st.sampled_from(Kind.values), amounts, st.just("Taxi")), min_size=1, max_size=6
)
some_notes = notes_.flatmap(lambda notes: st.tuples(st.just(notes), st.integers(0, len(notes) - 1)))


@given(notes_)
def test_a_shift_that_balances_has_none(notes):
    assert every(*shift_with(notes)) == []


@given(notes_)
def test_neither_has_one_that_nobody_compared_nor_one_still_open(notes):
    assert every(*shift_with(notes, billed_cash=None, billed_card=1)) == []
    assert every(*shift_with(notes, final_cash=None, billed_cash=None)) == []


@given(some_notes)
def test_an_entry_noted_twice(planted):
    notes, place = planted
    seen = shift_with([*notes, notes[place]], true_notes=notes)

    assert "the same amount is noted more than once. Perhaps it happened once." in about(len(notes), seen)


@given(some_notes)
def test_an_entry_that_happened_twice_and_is_noted_once(planted):
    notes, place = planted
    seen = shift_with(notes, true_notes=[*notes, notes[place]])
    latest = max(
        at for at, note in enumerate(notes) if (note.kind, note.amount) == (notes[place].kind, notes[place].amount)
    )

    assert "it is exactly the difference. Perhaps it happened twice and is noted once." in about(latest, seen)


@given(some_notes, amounts)
def test_an_entry_of_another_shift(planted, amount):
    notes, place = planted
    extra = replace(notes[place], amount=amount)
    assume(extra.amount not in [note.amount for note in notes])

    assert "it is exactly the difference. Perhaps it belongs to another shift." in about(
        len(notes), shift_with([*notes, extra], true_notes=notes)
    )


@given(some_notes)
def test_an_entry_that_was_voided_though_it_happened(planted):
    notes, place = planted
    seen = shift_with([note for at, note in enumerate(notes) if at != place], true_notes=notes)
    voided = movement(99, notes[place])
    voided.voided_at = NOON

    assert "this movement is voided, and with it the shift would balance." in about(98, (seen[0], [*seen[1], voided]))


@given(notes_, st.sampled_from([Kind.EXPENSE, Kind.CASH_IN, Kind.COLLECTION]), amounts)
def test_an_entry_that_went_the_other_way(notes, kind, amount):
    wrong, right = NewMovement(kind, amount, "Taxi"), NewMovement(OPPOSITE[kind], amount, "Taxi")
    seen = shift_with([*notes, wrong], true_notes=[*notes, right])

    assert any("the difference is twice this" in sentence for sentence in about(len(notes), seen))


@given(notes_, st.sampled_from(["billed_cash", "initial_cash", "final_cash"]), st.data())
def test_two_digits_of_a_figure_swapped(notes, column, data):
    shift, movements = shift_with(notes)
    true = getattr(shift, column)
    assume(true > 0 and list(neighbours_swapped(true)))
    typed = data.draw(st.sampled_from(list(neighbours_swapped(true))))
    setattr(shift, column, typed)
    label = str(shift._meta.get_field(column).verbose_name).capitalize()

    assert (f"{label} {group(typed)}", f"perhaps two digits are swapped: with {group(true)} it would balance.") in [
        (cause.subject, cause.sentence) for cause in every(shift, movements)
    ]


@given(some_notes, st.data())
def test_two_digits_of_an_entry_swapped(planted, data):
    notes, place = planted
    true = notes[place].amount
    assume(list(neighbours_swapped(true)))
    wrong = replace(notes[place], amount=data.draw(st.sampled_from(list(neighbours_swapped(true)))))
    seen = shift_with([*notes, wrong], true_notes=[*notes, notes[place]])

    assert f"perhaps two digits are swapped: with {group(true)} it would balance." in about(len(notes), seen)


@given(some_notes, st.sampled_from([(10, 1), (1, 10)]))
def test_a_zero_of_an_entry_missing_or_too_many(planted, times):
    notes, place = planted
    more, less = times
    wrong = replace(notes[place], amount=notes[place].amount * more // less)
    seen = shift_with([*notes, wrong], true_notes=[*notes, notes[place]])
    expected = f"perhaps a zero is missing or too many: with {group(notes[place].amount)} it would balance."

    assert expected in about(len(notes), seen)


@given(st.sampled_from(DENOMINATIONS), st.sampled_from([1, 10, 100]), st.sampled_from([1, -1]))
def test_a_piece_or_a_bundle_miscounted(denomination, pieces, side):
    """Too many counted, or too few: of what comes in bundles there are ten on the sheet at least."""
    sheet = {str(denomination): 100 if side > 0 else min(pieces, 10)}
    true, _ = shift_with([])
    seen = shift_with([], sheet=sheet, final_cash=true.final_cash + side * pieces * denomination)
    said = "one of these" if pieces == 1 else f"one bundle of {pieces}"

    assert f"the difference is exactly {said}." in [
        cause.sentence
        for cause in every(*seen)
        if cause.subject.startswith(f"{sheet[str(denomination)]} of {group(denomination)} ")
    ]


def test_what_was_never_on_the_sheet_was_not_miscounted():
    true, _ = shift_with([])
    seen = shift_with([], sheet={"100000": 15}, final_cash=true.final_cash - 2_000)

    assert every(*seen) == []


@given(notes_, st.permutations(["cash", "card", "transfer", "credit"]), amounts)
def test_one_method_received_and_another_billed(notes, methods, amount):
    shift, movements = shift_with(notes)
    over, short = methods[:2]
    for method, moved in ((over, -amount), (short, amount)):
        setattr(shift, f"billed_{method}", getattr(shift, f"billed_{method}") + moved)
    assume(shift.billed_cash >= 0)
    names = {"cash": "cash", "card": "card", "transfer": "bank transfer", "credit": "credit sale"}

    assert [cause.sentence for cause in every(shift, movements)] == [
        f"perhaps it was received as {names[over]} and billed as {names[short]}."
    ]


def test_a_transfer_that_nobody_compared_may_have_been_billed_as_cash():
    transfer = NewMovement(Kind.TRANSFER, 15_000, "Giménez")
    seen = shift_with([transfer], billed_cash=SOLD + 15_000, billed_transfer=None)

    assert [(cause.subject, cause.sentence) for cause in every(*seen)] == [
        ("Bank transfer 15.000 («Giménez», 12:00)", "perhaps it was billed as cash.")
    ]


def test_a_transfer_counts_as_cash_where_the_billing_system_takes_it_for_cash():
    transfer = NewMovement(Kind.TRANSFER, 15_000, "Giménez")
    with_it = {"billed_transfer": None, "transfers_billed_as_cash": True}

    assert every(*shift_with([transfer], billed_cash=SOLD + 15_000, **with_it)) == []
    assert [cause.sentence for cause in every(*shift_with([transfer], billed_cash=SOLD, **with_it))] == [
        "it is exactly the difference. Perhaps it belongs to another shift."
    ]


def test_there_are_a_handful_and_the_most_specific_come_first():
    taxi = NewMovement(Kind.EXPENSE, 90_000, "Taxi")
    others = [
        NewMovement(Kind.COLLECTION, 90_000, "Sosa"),
        NewMovement(Kind.CASH_IN, 90_000),
        NewMovement(Kind.ENVELOPE, 90_000),
        NewMovement(Kind.EXPENSE, 45_000, "Hielo"),
        NewMovement(Kind.ENVELOPE, 45_000),
    ]
    seen = shift_with([taxi, *others, taxi], true_notes=[taxi, *others])

    # Noted twice, then what may be noted once (two), what may be of another shift, what may have gone the other way.
    assert [cause.movement for cause in every(*seen)] == [7, 2, 3, 4, 5, 6]
    assert causes(*seen) == every(*seen)[:MOST]


def test_a_shift_that_is_off_for_no_reason_that_can_be_named_has_none():
    assert every(*shift_with([NewMovement(Kind.EXPENSE, 20_000, "Taxi")], billed_cash=SOLD + 7_350)) == []


@pytest.mark.django_db
def test_the_page_leads_from_a_cause_to_its_entry_and_only_after_the_close(ana):
    opened = ShiftFactory(cashier=ana)
    taxi = movement_actions.add_movement(opened.pk, new=NewMovement(Kind.EXPENSE, 15_000, "Taxi"), by=ana)
    path, link = f"/sessions/{opened.pk}/", f'href="#movement-{taxi.pk}"'
    before = signed_in(ana).get(path)
    assert (before.context["causes"], link in before.content.decode()) == ([], False)

    shift_actions.close_shift(opened.pk, final_cash=470_000, billed={"billed_cash": 0}, by=ana)
    after = signed_in(ana).get(path).content.decode()
    assert link in after
    assert f'id="movement-{taxi.pk}"' in after


def test_a_transfer_that_was_voided_was_not_billed_as_cash():
    shift, [transfer] = shift_with([NewMovement(Kind.TRANSFER, 15_000, "Giménez")], billed_transfer=None)
    shift.billed_cash, shift.transfer_total = SOLD + 15_000, 0
    transfer.voided_at = NOON

    assert every(shift, [transfer]) == []

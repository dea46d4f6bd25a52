"""Opening, closing and correcting, one test per exit: what each writes, and that a refusal writes nothing."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError

from cashpilot import periods
from cashpilot.money import MAXIMUM
from pharmacies.models import Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import SOURCE_OF, BilledSource, Kind, Result, Status
from sessions_app.models import MOVEMENT_SUMS
from sessions_app.tests.actions.clock import NOW, OPENED
from sessions_app.tests.actions.written import Written, refuses, values
from testing.database import nothing_written, update
from testing.factories import ShiftFactory

pytestmark = pytest.mark.usefixtures("evening")

TOKEN = UUID("11111111-2222-3333-4444-555555555555")

STALE = "The shift changed while you had this page open. Compare, and send it again if it still holds."


def opening(by, pharmacy, **differing):
    """`by` opens register 1 with 500.000 for themselves, but for what is `differing`."""
    asked = {"cashier": by, "pharmacy": pharmacy, "register": 1, "initial_cash": 500_000, "by": by}
    return shift_actions.open_shift(**asked | differing)


# --- Opening ----------------------------------------------------------------------------------------------------------


def test_opening_stores_the_shift_with_its_first_expense(ana, central):
    shift = opening(ana, central, register=2, notes="late", movements=[NewMovement(Kind.EXPENSE, 15_000, "ice", TOKEN)])

    nothing = dict.fromkeys(name for name in values(shift) if name not in MOVEMENT_SUMS)
    marks = {"flag_reason": "", "signed_off_note": "", "signed_off_alone": False, "delete_reason": ""}
    marks |= dict.fromkeys(SOURCE_OF.values(), "")
    assert values(shift) == nothing | dict.fromkeys(MOVEMENT_SUMS, 0) | marks | {
        "id": shift.pk,
        "pharmacy_id": central.pk,
        "cashier_id": ana.pk,
        "register": 2,
        "business_date": date(2026, 7, 3),
        "opened_at": NOW,
        "status": Status.OPEN,
        "initial_cash": 500_000,
        "first_initial_cash": 500_000,
        "uncounted_reason": "",
        "expense_total": 15_000,
        "ticket_number": "",
        "notes": "late",
        "version": 1,
        "result": Result.OPEN,
        "transfers_billed_as_cash": False,
        "awaits_bank": False,
    }
    movement = shift.movements.get()
    assert (movement.kind, movement.amount, movement.description, movement.token) == ("expense", 15_000, "ice", TOKEN)
    for row in (shift, movement):
        entry = row.history.get()
        assert (entry.history_type, entry.history_user, entry.history_date) == ("+", ana, NOW)


def test_an_administrator_opens_for_a_cashier(ana, marta, central):
    shift = opening(marta, central, cashier=ana)

    assert (shift.cashier, shift.history.get().history_user) == (ana, marta)


@pytest.mark.parametrize(
    ("hour", "day"),
    [(2, date(2026, 7, 3)), (3, date(2026, 7, 4))],
    ids=["23:00 in Asunción", "midnight in Asunción"],
)
def test_a_shift_belongs_to_the_day_on_which_it_opened(hour, day, ana):
    with periods.at(datetime(2026, 7, 4, hour, tzinfo=UTC)):
        shift = ShiftFactory(cashier=ana)
    with periods.at(datetime(2026, 7, 4, 14, tzinfo=UTC)):
        shift_actions.close_shift(shift.pk, final_cash=0, by=ana)
    shift.refresh_from_db()

    assert (shift.business_date, shift.closed_at - shift.opened_at) == (day, timedelta(hours=14 - hour))


OPENINGS = {
    "a register somebody holds": (
        {"by": "beto"},
        "Register 1 of Central is held by Ana Benítez since 03/07/2026 08:00 (shift #{opened}).",
    ),
    "a second register by the same person": (
        {"register": 2},
        "Ana Benítez already has shift #{opened} open at Central since 03/07/2026 08:00.",
    ),
    "a register that is not there": ({"register": 3}, "Central has 2 registers."),
    "for somebody who does not work there": (
        {"cashier": "otto", "by": "marta", "register": 2},
        "Otto Benítez is not assigned to Central.",
    ),
    "for a colleague, by a cashier": ({"cashier": "beto", "register": 2}, "Your role does not include this."),
    "by an auditor": ({"by": "carla"}, "Your role does not include this."),
}


@pytest.mark.parametrize(("differing", "sentence"), OPENINGS.values(), ids=OPENINGS.keys())
def test_opening_is_refused(differing, sentence, opened, ana, beto, otto, marta, carla, central):
    people = {"ana": ana, "beto": beto, "otto": otto, "marta": marta, "carla": carla}
    differing = {name: people.get(value, value) for name, value in differing.items()}
    with refuses(sentence.format(opened=opened.pk)) as refused:
        opening(differing.pop("by", ana), central, **differing)

    assert refused.value.shift == (opened if "{opened}" in sentence else None)


def test_an_inactive_pharmacy_takes_no_shifts(ana, central):
    update(Pharmacy.objects.all(), is_active=False)

    with refuses("Central is inactive and takes no new shifts."):
        ShiftFactory(cashier=ana)


def test_a_pharmacy_out_of_sight_is_as_missing_as_one_that_never_was(ana, luque):
    with nothing_written(), pytest.raises(Pharmacy.DoesNotExist):
        opening(ana, luque)


def test_the_register_of_a_closed_or_deleted_shift_is_free(closed, beto, ana, marta):
    second = ShiftFactory(cashier=beto)
    mark_actions.delete_shift(second.pk, reason="wrong drawer", by=marta)

    assert ShiftFactory(cashier=ana).is_open


@pytest.mark.parametrize("amount", [-1, MAXIMUM + 1])
def test_no_action_stores_an_amount_beyond_the_limits(amount, ana):
    with nothing_written(), pytest.raises(ValidationError):
        ShiftFactory(cashier=ana, initial_cash=amount)


# --- Closing ----------------------------------------------------------------------------------------------------------


def test_closing_stores_the_count_the_ticket_and_what_was_still_to_note(opened, ana, central):
    central.cash_tolerance = 5_000
    central.save()
    with Written(opened) as shift:
        shift_actions.close_shift(
            opened.pk,
            final_cash=1_260_000,
            count_sheet={"100000": 12, "20000": 3},
            billed={"billed_cash": 1_000_000, "billed_card": 0, "billed_transfer": None, "billed_credit": None},
            movements=[
                NewMovement(Kind.ENVELOPE, 300_000),
                NewMovement(Kind.EXPENSE, 100_000, "rent"),
                NewMovement(Kind.EXPENSE, 25_000, "ice"),
                NewMovement(Kind.COLLECTION, 200_000),
            ],
            ticket_number="A-20452",
            ticket_count=0,
            notes="calm",
            version=1,
            by=ana,
        )

    assert shift.changes == {
        "status": Status.CLOSED,
        "closed_at": NOW,
        "final_cash": 1_260_000,
        "count_sheet": {"100000": 12, "20000": 3},
        "envelope_total": 300_000,
        "expense_total": 125_000,
        "collection_total": 200_000,
        "billed_cash": 1_000_000,
        "billed_card": 0,
        "billed_source": BilledSource.CASHIER,
        "billed_card_source": BilledSource.CASHIER,
        "ticket_number": "A-20452",
        "ticket_count": 0,
        "notes": "calm",
        "tolerance": 5_000,
        "first_result": "short",
        "first_difference": -15_000,
        "first_compared_at": NOW,
        "version": 2,
        # The third worked case of the design.
        "cash_sales": 985_000,
        "total_sales": 985_000,
        "expected_cash": 1_275_000,
        "cash_difference": -15_000,
        "card_difference": 0,
        "total_difference": -15_000,
        "result": Result.SHORT,
    }
    assert shift.is_told(ana)
    assert opened.movements.count() == 4


def test_the_tolerance_of_the_closing_stays_with_the_shift(opened, ana, central):
    central.cash_tolerance = 15_000
    central.save()
    shift = shift_actions.close_shift(opened.pk, final_cash=485_000, billed={"billed_cash": 0}, by=ana)
    central.cash_tolerance = 0
    central.save()
    shift.refresh_from_db()

    assert (shift.total_difference, shift.tolerance, shift.result) == (-15_000, 15_000, Result.BALANCED)


def test_a_clock_that_steps_back_never_closes_a_shift_before_it_opened(opened, ana):
    with periods.at(OPENED - timedelta(hours=1)):
        shift = shift_actions.close_shift(opened.pk, final_cash=0, by=ana)

    assert shift.closed_at == OPENED


def test_the_second_close_is_a_conflict_and_changes_nothing(closed, ana, marta):
    for by in (ana, marta):
        with refuses("This shift was already closed on 03/07/2026 20:30.") as refused:
            shift_actions.close_shift(closed.pk, final_cash=1, movements=[NewMovement(Kind.CARD, 1)], by=by)

        assert (refused.value.conflict, refused.value.shift) == (True, closed)


def test_a_close_decided_on_an_older_page_is_a_conflict(transfer, ana):
    with refuses(STALE) as refused:
        shift_actions.close_shift(transfer.session_id, final_cash=1, version=1, by=ana)

    assert (refused.value.conflict, refused.value.shift.version) == (True, 3)


def test_pieces_that_do_not_add_up_are_refused(opened, ana):
    with refuses("The pieces do not add up to the counted cash."):
        shift_actions.close_shift(opened.pk, final_cash=100_001, count_sheet={"100000": 1}, by=ana)


@pytest.mark.parametrize("name", ["status", "cashier", "closed_at", "envelope_total"])
def test_nothing_else_of_a_shift_is_set_by_closing_or_correcting(name, opened, closed_of_beto, ana, beto):
    with nothing_written(), pytest.raises(TypeError):
        shift_actions.close_shift(opened.pk, final_cash=0, billed={name: 1}, by=ana)
    with nothing_written(), pytest.raises(TypeError):
        shift_actions.correct_shift(closed_of_beto.pk, reason="otra vez", version=2, **{name: 1}, by=beto)


@pytest.fixture
def closed_of_beto(beto):
    return ShiftFactory(closed=True, cashier=beto, register=2)


# --- Correcting -------------------------------------------------------------------------------------------------------


def test_a_new_count_replaces_the_pieces_and_undoes_the_sign_off(reviewed, ana):
    with Written(reviewed) as shift:
        shift_actions.correct_shift(reviewed.pk, version=3, reason=" recounted ", final_cash=1_215_000, by=ana)

    assert shift.changes == {
        "final_cash": 1_215_000,
        "count_sheet": None,
        "signed_off_at": None,
        "signed_off_by_id": None,
        "signed_off_note": "",
        "version": 4,
        "cash_sales": 715_000,
        "total_sales": 715_000,
        "cash_difference": 0,
        "total_difference": 0,
        "result": Result.BALANCED,
    }
    assert shift.is_told(ana, "recounted")


def test_a_correction_beside_the_count_leaves_the_pieces(closed, marta):
    with Written(closed) as shift:
        shift_actions.correct_shift(closed.pk, version=2, reason="typo", billed_cash=None, ticket_number="7", by=marta)

    assert shift.changes == {
        "billed_cash": None,
        "billed_source": "",
        "ticket_number": "7",
        "version": 3,
        "expected_cash": None,
        "cash_difference": None,
        "total_difference": None,
        "result": Result.NOT_COMPARED,
    }
    assert shift.is_told(marta, "typo")


def test_a_correction_decided_on_an_older_version_is_a_conflict(closed, ana, marta):
    shift_actions.correct_shift(closed.pk, version=2, reason="first", final_cash=1, by=marta)
    with refuses(STALE) as refused:
        shift_actions.correct_shift(closed.pk, version=2, reason="second", final_cash=2, by=ana)

    assert (refused.value.conflict, refused.value.shift.final_cash) == (True, 1)


def test_a_correction_that_changes_nothing_is_refused(closed, ana):
    with refuses("Nothing is different from what the shift already says."):
        shift_actions.correct_shift(closed.pk, version=2, reason="again", final_cash=1_200_000, notes="", by=ana)


# --- Where a billed figure comes from ---------------------------------------------------------------------------------


def sources(shift):
    shift.refresh_from_db()
    return [getattr(shift, column) for column in SOURCE_OF.values()]


def test_a_billed_figure_says_whether_the_cashier_or_somebody_else_typed_it(ana, marta, central):
    shift = opening(ana, central)
    billed = {"billed_cash": 100_000, "billed_card": 50_000}
    shift_actions.close_shift(shift.pk, final_cash=600_000, billed=billed, by=ana)
    assert sources(shift) == [BilledSource.CASHIER, BilledSource.CASHIER, "", ""]

    changes = {"billed_cash": 100_000, "billed_card": 60_000, "billed_transfer": 5_000}
    shift_actions.correct_shift(shift.pk, version=2, reason="Otro ticket", by=marta, **changes)
    assert sources(shift) == [BilledSource.CASHIER, BilledSource.ADMINISTRATOR, BilledSource.ADMINISTRATOR, ""]


def test_a_billed_figure_that_is_taken_back_leaves_no_source(ana, central):
    shift = opening(ana, central)
    shift_actions.close_shift(shift.pk, final_cash=600_000, billed={"billed_cash": 100_000}, by=ana)
    shift_actions.correct_shift(shift.pk, version=2, reason="No lo sé", billed_cash=None, by=ana)
    assert sources(shift) == ["", "", "", ""]

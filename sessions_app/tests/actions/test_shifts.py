"""Each action, one test per exit: what it writes, and that a refusal writes nothing."""

import logging
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.utils import translation

from cashpilot import periods
from cashpilot.exceptions import REASON_LENGTH, ActionRefused, require
from cashpilot.money import MAXIMUM
from pharmacies.models import Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind, Result, Status
from sessions_app.models import MOVEMENT_SUMS, CashSession, Movement
from testing.database import nothing_written, update
from testing.factories import ShiftFactory

OPENED = datetime(2026, 7, 3, 11, 0, tzinfo=UTC)  # 08:00 in Asunción
NOW = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)
TOKEN = UUID("11111111-2222-3333-4444-555555555555")
OTHER_FIGURES = "This form was already sent with other figures. Reload the page."
CLOSED_MEANWHILE = "The shift was closed while you had this page open. Write the reason, and send it again."
STALE = "The shift changed while you had this page open. Compare, and send it again if it still holds."


@pytest.fixture(autouse=True)
def _clock_and_language():
    with periods.at(NOW), translation.override("en"):
        yield


@pytest.fixture
def opened(ana):
    with periods.at(OPENED):
        return ShiftFactory(cashier=ana)


@pytest.fixture
def closed(opened, ana):
    """Counted by pieces, and short 15.000."""
    return shift_actions.close_shift(
        opened.pk, final_cash=1_200_000, count_sheet={"100000": 12}, billed={"billed_cash": 715_000}, by=ana
    )


@pytest.fixture
def reviewed(closed, marta):
    return mark_actions.sign_off_shift(closed.pk, note="fine", by=marta)


def opening(by, pharmacy, **differing):
    """`by` opens register 1 with 500.000 for themselves, but for what is `differing`."""
    asked = {"cashier": by, "pharmacy": pharmacy, "register": 1, "initial_cash": 500_000, "by": by}
    return shift_actions.open_shift(**asked | differing)


def values(row):
    return type(row).objects.values().get(pk=row.pk)


@contextmanager
def refuses(sentence):
    with nothing_written(), pytest.raises(ActionRefused) as refused:
        yield refused
    assert str(refused.value) == sentence


class Written:
    """What happens inside, as the row tells afterwards: the columns that differ, and its newest history row."""

    def __init__(self, row):
        self.row = row

    def __enter__(self):
        self.before, self.entries = values(self.row), self.row.history.count()
        return self

    def __exit__(self, *_):
        after = values(self.row)
        self.changes = {name: after[name] for name in after if after[name] != self.before[name]}
        self.new_entries = self.row.history.count() - self.entries
        newest = self.row.history.latest()
        self.who, self.why, self.when = newest.history_user, newest.history_change_reason, newest.history_date
        self.told = {column: getattr(newest, column) for column in self.changes if hasattr(newest, column)}

    def is_told(self, who, why=""):
        """One history row, with the new values, who and why."""
        tracked = {name: value for name, value in self.changes.items() if name in self.told}
        return (self.new_entries, self.who, self.why, self.when, self.told) == (1, who, why, NOW, tracked)


# --- Opening ----------------------------------------------------------------------------------------------------------


def test_opening_stores_the_shift_with_its_first_expense(ana, central):
    shift = opening(ana, central, register=2, notes="late", movements=[NewMovement(Kind.EXPENSE, 15_000, "ice", TOKEN)])

    nothing = dict.fromkeys(name for name in values(shift) if name not in MOVEMENT_SUMS)
    marks = {"flag_reason": "", "signed_off_note": "", "delete_reason": ""}
    assert values(shift) == nothing | dict.fromkeys(MOVEMENT_SUMS, 0) | marks | {
        "id": shift.pk,
        "pharmacy_id": central.pk,
        "cashier_id": ana.pk,
        "register": 2,
        "business_date": date(2026, 7, 3),
        "opened_at": NOW,
        "status": Status.OPEN,
        "initial_cash": 500_000,
        "expense_total": 15_000,
        "ticket_number": "",
        "notes": "late",
        "version": 1,
        "result": Result.OPEN,
        "transfers_billed_as_cash": False,
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


# --- Movements --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_a_movement_is_stored_and_added_to_its_sum(kind, opened, ana):
    movement_actions.add_movement(opened.pk, new=NewMovement(kind, 1_000, "Gómez"), by=ana)
    with Written(opened) as shift:
        movement = movement_actions.add_movement(opened.pk, new=NewMovement(kind, 500, "Gómez", TOKEN), by=ana)

    assert shift.changes == {f"{kind}_total": 1_500, "version": 3}
    assert shift.is_told(ana)
    assert values(movement) == {
        "id": movement.pk,
        "session_id": opened.pk,
        "kind": kind,
        "amount": 500,
        "description": "Gómez",
        "search": "gomez",
        "token": TOKEN,
        "created_at": NOW,
        "created_by_id": ana.pk,
        "voided_at": None,
        "voided_by_id": None,
        "void_reason": "",
        "verified_at": None,
        "verified_by_id": None,
    }
    assert movement.history.get().history_user == ana


def test_once_closed_a_movement_gives_its_reason_and_undoes_the_sign_off(reviewed, ana):
    with Written(reviewed) as shift:
        movement = movement_actions.add_movement(
            reviewed.pk, new=NewMovement(Kind.ENVELOPE, 15_000), reason=" forgotten ", by=ana
        )

    assert shift.changes == {
        "envelope_total": 15_000,
        "version": 4,
        "signed_off_at": None,
        "signed_off_by_id": None,
        "signed_off_note": "",
        "cash_sales": 715_000,
        "total_sales": 715_000,
        "expected_cash": 1_200_000,
        "cash_difference": 0,
        "total_difference": 0,
        "result": Result.BALANCED,
    }
    assert shift.is_told(ana, "forgotten")
    assert movement.history.get().history_change_reason == "forgotten"


SAME = {"kind": Kind.EXPENSE, "amount": 15_000, "description": "ice", "token": TOKEN}


def test_the_same_form_sent_again_is_the_same_movement(opened, ana):
    first = movement_actions.add_movement(opened.pk, new=NewMovement(**SAME), by=ana)
    with nothing_written():
        assert movement_actions.add_movement(opened.pk, new=NewMovement(**SAME), by=ana) == first
    shift_actions.close_shift(opened.pk, final_cash=485_000, by=ana)
    with nothing_written():
        assert movement_actions.add_movement(opened.pk, new=NewMovement(**SAME), by=ana) == first


@pytest.mark.parametrize("other", [{"kind": Kind.CARD}, {"amount": 15_001}, {"description": "Ice"}])
def test_the_same_token_with_other_content_is_refused(other, opened, ana):
    movement_actions.add_movement(opened.pk, new=NewMovement(**SAME), by=ana)
    with refuses(OTHER_FIGURES) as refused:
        movement_actions.add_movement(opened.pk, new=NewMovement(**SAME | other), by=ana)

    assert refused.value.conflict


def test_a_token_belongs_to_one_person_and_one_shift(opened, ana, beto, marta):
    movement_actions.add_movement(opened.pk, new=NewMovement(**SAME), by=ana)
    other = ShiftFactory(cashier=beto, register=2)
    for shift, by in ((opened, marta), (other, beto), (other, marta)):
        with refuses(OTHER_FIGURES):
            movement_actions.add_movement(shift.pk, new=NewMovement(**SAME), by=by)


def test_sums_stay_within_the_largest_amount(opened, ana):
    movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, MAXIMUM), by=ana)
    with refuses("The largest amount is 9.999.999.999."):
        movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1), by=ana)
    with refuses("The largest amount is 9.999.999.999."):
        shift_actions.close_shift(opened.pk, final_cash=0, movements=[NewMovement(Kind.CARD, 1)], by=ana)


def test_a_text_too_long_for_its_column_is_refused_on_every_engine(opened, ana):
    with nothing_written(), pytest.raises(ValidationError):
        movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1, "x" * 201), by=ana)


@pytest.fixture
def transfer(opened, ana):
    movement_actions.add_movement(opened.pk, new=NewMovement(Kind.TRANSFER, 1_000, "Duarte"), by=ana)
    return movement_actions.add_movement(opened.pk, new=NewMovement(Kind.TRANSFER, 80_000, "Gómez"), by=ana)


def test_a_voided_movement_stays_and_leaves_the_sum(transfer, ana):
    with Written(transfer) as movement, Written(transfer.session) as shift:
        movement_actions.void_movement(transfer.session_id, transfer.pk, reason=" wrong customer ", by=ana)

    assert movement.changes == {"voided_at": NOW, "voided_by_id": ana.pk, "void_reason": "wrong customer"}
    assert shift.changes == {"transfer_total": 1_000, "version": 4}
    assert movement.is_told(ana, "wrong customer")
    assert shift.is_told(ana, "wrong customer")


def test_voiding_on_a_closed_shift_undoes_the_sign_off(transfer, ana, marta):
    pk = transfer.session_id
    shift_actions.close_shift(pk, final_cash=0, by=ana)
    mark_actions.sign_off_shift(pk, note="fine", by=marta)
    with Written(transfer.session) as shift:
        movement_actions.void_movement(pk, transfer.pk, reason="bounced", by=ana)

    signed_off = {"signed_off_at": None, "signed_off_by_id": None, "signed_off_note": ""}
    assert shift.changes == {"transfer_total": 1_000, "total_sales": -499_000, "version": 6, **signed_off}


def test_a_movement_of_another_shift_is_not_there(transfer, beto, marta):
    other = ShiftFactory(cashier=beto, register=2)
    for act in (
        movement_actions.verify_transfer,
        lambda *which, by: movement_actions.void_movement(*which, reason="x", by=by),
    ):
        with nothing_written(), pytest.raises(Movement.DoesNotExist):
            act(other.pk, transfer.pk, by=marta)


def test_a_transfer_is_ticked_and_the_tick_taken_off(transfer, marta):
    with Written(transfer) as ticked:
        movement_actions.verify_transfer(transfer.session_id, transfer.pk, by=marta)
    with nothing_written():
        movement_actions.verify_transfer(transfer.session_id, transfer.pk, by=marta)
    with Written(transfer) as unticked:
        movement_actions.verify_transfer(transfer.session_id, transfer.pk, verified=False, by=marta)

    assert (ticked.changes, ticked.is_told(marta)) == ({"verified_at": NOW, "verified_by_id": marta.pk}, True)
    assert (unticked.changes, unticked.is_told(marta)) == ({"verified_at": None, "verified_by_id": None}, True)


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
        shift_actions.correct_shift(closed_of_beto.pk, reason="x", version=2, **{name: 1}, by=beto)


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


# --- Marks ------------------------------------------------------------------------------------------------------------


MARKINGS = {
    "flag": ("opened", mark_actions.flag_shift, "reason", "flagged", "flag_reason"),
    "review": ("closed", mark_actions.sign_off_shift, "note", "signed_off", "signed_off_note"),
    "delete": ("opened", mark_actions.delete_shift, "reason", "deleted", "delete_reason"),
}


@pytest.mark.parametrize(("shift", "act", "said_as", "mark", "words"), MARKINGS.values(), ids=MARKINGS.keys())
def test_a_mark_says_when_who_and_why(shift, act, said_as, mark, words, request, marta):
    row = request.getfixturevalue(shift)
    with Written(row) as written:
        act(row.pk, **{said_as: " because "}, by=marta)

    marked = {f"{mark}_at": NOW, f"{mark}_by_id": marta.pk, words: "because"}
    assert written.changes == marked | {"version": row.version + 1}
    assert written.is_told(marta, "because")


CLEARINGS = {
    "unflag": (mark_actions.flag_shift, mark_actions.unflag_shift, "flagged", "flag_reason"),
    "restore": (mark_actions.delete_shift, mark_actions.restore_shift, "deleted", "delete_reason"),
}


@pytest.mark.parametrize(("act", "undo", "mark", "words"), CLEARINGS.values(), ids=CLEARINGS.keys())
def test_a_mark_is_taken_off_whole_and_says_why(act, undo, mark, words, opened, marta):
    act(opened.pk, reason="because", by=marta)
    with Written(opened) as written:
        undo(opened.pk, reason=" cleared ", by=marta)

    assert written.changes == {f"{mark}_at": None, f"{mark}_by_id": None, words: "", "version": 3}
    assert written.is_told(marta, "cleared")


def test_a_shift_whose_place_is_taken_is_not_restored(opened, beto, marta):
    mark_actions.delete_shift(opened.pk, reason="wrong drawer", by=marta)
    taken = ShiftFactory(cashier=beto)
    with refuses(
        f"Register 1 of Central is held by Beto Benítez since 03/07/2026 20:30 (shift #{taken.pk})."
    ) as refused:
        mark_actions.restore_shift(opened.pk, reason="right after all", by=marta)

    assert refused.value.shift == taken


def test_a_closed_shift_is_in_nobodys_way(closed, beto, marta):
    mark_actions.delete_shift(closed.pk, reason="twice", by=marta)
    ShiftFactory(cashier=beto)

    assert mark_actions.restore_shift(closed.pk, reason="once", by=marta).deleted_at is None


# --- What every action refuses ----------------------------------------------------------------------------------------


def add(pk, **words):
    return movement_actions.add_movement(pk, new=NewMovement(Kind.CARD, 1), **words)


def close(pk, **words):
    return shift_actions.close_shift(pk, final_cash=0, by=words["by"])


def correct(pk, **words):
    return shift_actions.correct_shift(pk, version=CashSession.objects.get(pk=pk).version, final_cash=1, **words)


def void(pk, **words):
    return movement_actions.void_movement(pk, Movement.objects.filter(session=pk).first().pk, **words)


def verify(pk, **words):
    return movement_actions.verify_transfer(pk, Movement.objects.filter(session=pk).first().pk, by=words["by"])


def review(pk, **words):
    return mark_actions.sign_off_shift(pk, note=words["reason"], by=words["by"])


MARKS = [
    mark_actions.flag_shift,
    mark_actions.unflag_shift,
    review,
    mark_actions.delete_shift,
    mark_actions.restore_shift,
]
EVERY_ACTION = [add, close, correct, void, verify, *MARKS]


@pytest.mark.parametrize("act", EVERY_ACTION)
def test_a_shift_out_of_sight_is_as_missing_as_one_that_never_was(act, transfer, otto, marta):
    with nothing_written(), pytest.raises(ObjectDoesNotExist):
        act(transfer.session_id, reason="x", by=otto)
    with nothing_written(), pytest.raises((ObjectDoesNotExist, AttributeError)):
        act(transfer.session_id + 1, reason="x", by=marta)


@pytest.mark.parametrize("act", EVERY_ACTION)
def test_who_only_reads_changes_nothing(act, transfer, carla):
    with refuses("Your role does not include this."):
        act(transfer.session_id, reason="x", by=carla)


@pytest.mark.parametrize("act", [act for act in EVERY_ACTION if act is not mark_actions.restore_shift])
def test_a_deleted_shift_takes_nothing_more(act, transfer, marta):
    mark_actions.delete_shift(transfer.session_id, reason="twice", by=marta)
    with refuses("This shift was deleted."):
        act(transfer.session_id, reason="x", by=marta)


@pytest.mark.parametrize("act", [add, correct, void, mark_actions.flag_shift])
def test_after_the_window_a_cashier_changes_nothing_but_may_flag(act, transfer, ana):
    pk = transfer.session_id
    shift_actions.close_shift(pk, final_cash=0, by=ana)
    with periods.at(NOW + timedelta(hours=12, microseconds=1)):
        if act is mark_actions.flag_shift:
            assert act(pk, reason="late thought", by=ana).flagged_by == ana
            return
        with refuses("You could correct this shift until 04/07/2026 08:30. Ask an administrator."):
            act(pk, reason="late", by=ana)


WORDLESS = {
    " \n ": "Write the reason.",
    "x" * (REASON_LENGTH + 1): "Write the reason in at most 500 characters.",
}


@pytest.mark.parametrize(("words", "sentence"), WORDLESS.items(), ids=["blank", "too long"])
@pytest.mark.parametrize("act", [correct, void, *MARKS])
def test_why_is_said_and_in_so_many_words(act, words, sentence, transfer, ana, marta):
    pk = transfer.session_id
    shift_actions.close_shift(pk, final_cash=0, by=ana)
    if act is mark_actions.unflag_shift:
        mark_actions.flag_shift(pk, reason="why", by=ana)
    if act is mark_actions.restore_shift:
        mark_actions.delete_shift(pk, reason="why", by=marta)
    with refuses(sentence):
        act(pk, reason=words, by=marta)


def test_a_movement_written_on_the_page_of_a_shift_that_closed_meanwhile_is_a_conflict(closed, ana):
    """Only that page asks for no reason."""
    with refuses(CLOSED_MEANWHILE) as refused:
        add(closed.pk, reason=" ", by=ana)

    assert (refused.value.conflict, refused.value.shift) == (True, closed)
    with refuses("Write the reason in at most 500 characters."):
        add(closed.pk, reason="x" * (REASON_LENGTH + 1), by=ana)


def test_nobody_came_first_when_the_window_is_over(closed, ana):
    with (
        periods.at(NOW + timedelta(hours=13)),
        refuses("You could correct this shift until 04/07/2026 08:30. Ask an administrator.") as refused,
    ):
        add(closed.pk, reason="late", by=ana)

    assert not refused.value.conflict


@pytest.mark.parametrize("act", MARKS)
def test_a_mark_is_set_once_and_taken_off_once(act, closed, marta):
    """Without the other half of the pair in between, the second time is refused."""
    if act is mark_actions.unflag_shift:
        mark_actions.flag_shift(closed.pk, reason="why", by=marta)
    if act is mark_actions.restore_shift:
        mark_actions.delete_shift(closed.pk, reason="why", by=marta)
    act(closed.pk, reason="x", by=marta)
    with nothing_written(), pytest.raises(ActionRefused):
        act(closed.pk, reason="x", by=marta)


# --- What an action leaves in the log ---------------------------------------------------------------------------------


def test_an_action_is_logged_once_it_is_certain(opened, ana, caplog, django_capture_on_commit_callbacks):
    with caplog.at_level(logging.INFO, "cashpilot.actions"):
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(ActionRefused):
            shift_actions.close_shift(opened.pk, final_cash=0, version=9, by=ana)
        with django_capture_on_commit_callbacks() as pending:
            shift_actions.close_shift(opened.pk, final_cash=0, by=ana)
        assert caplog.messages == []
        pending[0]()

    assert [(line.message, line.shift, line.user) for line in caplog.records] == [("shift closed", opened.pk, ana.pk)]


def test_a_refusal_by_itself_has_no_shift_and_no_conflict(db):
    require(None)
    with refuses("Never.") as refused:
        require("Never.")

    assert (refused.value.shift, refused.value.conflict) == (None, False)

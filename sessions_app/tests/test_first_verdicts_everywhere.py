"""A difference that somebody makes vanish is told on every surface: the first verdict, its changes, by whom and why.

Each way is gone by a cashier and by an administrator on their own shifts, under and over the alert threshold.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from accounts import actions as people
from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from cashpilot.tests.files.test_downloads import xlsx_cells
from pharmacies.models import Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.imports import apply_batch, receive_file, undo_batch
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.mail import alerts
from sessions_app.models import CashSession, Mail
from testing.calls import say
from testing.client import signed_in
from testing.database import update
from testing.factories import ShiftFactory

# What pages say; the verdicts themselves are asked of either engine by the model in people.py.
pytestmark = [pytest.mark.one_engine, pytest.mark.slow]

CLOSED = datetime(2026, 7, 4, 2, 30, tzinfo=UTC)  # 3 July, 23:30 in Asunción
LATE = datetime(2026, 7, 4, 2, 41, tzinfo=UTC)
MORNING = datetime(2026, 7, 4, 10, 0, tzinfo=UTC)  # 4 July, 7:00
# Under and over the alert threshold, which is 20.000.
SMALL, LARGE = 15_000, 50_000
AMOUNTS = {SMALL: "15.000", LARGE: "50.000"}


@pytest.fixture(autouse=True)
def _english(ana, marta, olga):
    for person in (ana, marta, olga):
        person.language = "en"
        person.save()
    people.choose_mails(by=olga, mails_alerts=True, mails_digest=True)
    with translation.override("en"):
        yield


# --- The surfaces -----------------------------------------------------------------------------------------------------


def surfaces(reader, query="status=closed"):
    """The text of everything that tells of many shifts, on the morning after; `query` is asked of list and files."""
    client = signed_in(reader)
    with periods.at(MORNING):
        alerts.queue_digests()
        return {
            "home": client.get("/").text,
            "queue": client.get("/review/").text,
            "list": client.get(f"/?{query}").text,
            "back office": client.get("/admin/sessions_app/cashsession/").text,
            "csv": client.get(f"/sessions/export.csv?{query}").getvalue().decode(),
            "xlsx": "\n".join(
                text for _type, text in xlsx_cells(client.get(f"/sessions/export.xlsx?{query}")).values()
            ),
            "digest": Mail.objects.get(person=reader, occasion__startswith="digest").text,
        }


def surfaces_of(reader, shift):
    client, page = signed_in(reader), f"/sessions/{shift.pk}/"
    with periods.at(MORNING):
        return {
            "page": client.get(page).text,
            "slip": client.get(f"{page}slip/").text,
            "back office page": client.get(f"/admin/sessions_app/cashsession/{shift.pk}/change/").text,
        }


def day_of(reader, shift):
    """The page of the day, which tells of its live shifts."""
    with periods.at(MORNING):
        return {"day": signed_in(reader).get(f"/days/{shift.pharmacy_id}/2026-07-03/").text}


def silent(sentence, *told):
    """The surfaces that do not say a sentence."""
    return [name for texts in told for name, text in texts.items() if sentence not in text]


def figures(reader):
    """Read the figures of home and queue: missing, corrected since, to settle."""
    with periods.at(MORNING):
        said = [signed_in(reader).get(path).context for path in ("/", "/review/")]
    home, queue = said[0]["worklist"].figures, said[1]["figures"]
    assert home == queue
    return home.missing, home.corrected, home.settle


def statistics(reader, person):
    """Read the differences of a cashier at the close, and what is left of them after corrections."""
    with periods.at(MORNING):
        table = signed_in(reader).get("/reports/cashiers/?date_from=2026-07-01&date_to=2026-07-31").context["table"]
    [row] = [row for row in table.rows if row["cashier"] == str(person)]
    return row["differences"], row["corrected"]


def sign_off_together(reader, *shifts):
    """The answer, and whose sign-off it left behind."""
    ticked = [f"{shift.pk}:{CashSession.objects.get(pk=shift.pk).version}" for shift in shifts]
    with periods.at(MORNING):
        answer = signed_in(reader).post("/review/together/", {"shift": ticked, "note": "fine"})
    return answer.status_code, CashSession.objects.filter(signed_off_at__isnull=False).count()


# --- Seven ways -------------------------------------------------------------------------------------------------------


def note(kind, description=""):
    def act(shift, by, amount):
        new = NewMovement(kind, amount, description)
        movement_actions.add_movement(shift.pk, new=new, reason="I forgot", by=by)

    return act


def void(shift, by, _amount):
    movement_actions.void_movement(shift.pk, shift.movements.get().pk, reason="I forgot", by=by)


def correct(shift, by, *, reason="I forgot", **values):
    version = CashSession.objects.get(pk=shift.pk).version
    return shift_actions.correct_shift(shift.pk, version=version, reason=reason, by=by, **values)


@dataclass(frozen=True)
class Way:
    """An act changes a shift that is short, and is told so, by how much is missing."""

    act: Callable[[Any, Any, int], object]
    told: dict[int, str]


WAYS = {
    "a late expense": Way(note(Kind.EXPENSE, "taxi"), {SMALL: "expense 15.000 «taxi»", LARGE: "expense 50.000 «taxi»"}),
    "a late envelope": Way(note(Kind.ENVELOPE), {SMALL: "envelope 15.000", LARGE: "envelope 50.000"}),
    "a void": Way(void, {SMALL: "voided: cash added 15.000", LARGE: "voided: cash added 50.000"}),
    "the count": Way(
        lambda shift, by, amount: correct(shift, by, final_cash=1_200_000 + amount),
        {SMALL: "counted cash 1.200.000 → 1.215.000", LARGE: "counted cash 1.200.000 → 1.250.000"},
    ),
    "the opening cash": Way(
        lambda shift, by, amount: correct(shift, by, initial_cash=500_000 - amount),
        {SMALL: "opening cash 500.000 → 485.000", LARGE: "opening cash 500.000 → 450.000"},
    ),
    "the billed figure": Way(
        lambda shift, by, amount: correct(shift, by, billed_cash=700_000 - amount),
        {SMALL: "billed in cash 700.000 → 685.000", LARGE: "billed in cash 700.000 → 650.000"},
    ),
}


def close_short(cashier, pharmacy, register, amount):
    """500.000 opened with, `amount` added, 1.200.000 counted, 700.000 billed: `amount` is missing."""
    added = [NewMovement(Kind.CASH_IN, amount)]
    place = {"cashier": cashier, "pharmacy": pharmacy, "register": register}
    with periods.at(CLOSED):
        return ShiftFactory(**place, closed=True, billed={"billed_cash": 700_000}, movements=added)


@pytest.fixture
def short(ana, marta, central):
    """Two shifts of a cashier and two of an administrator, with how much each is short."""
    drawers = [(ana, 1), (marta, 2)]
    return [
        (close_short(person, central, register, amount), amount)
        for person, register in drawers
        for amount in (SMALL, LARGE)
    ]


@pytest.mark.parametrize("way", WAYS)
def test_no_way_takes_the_first_verdict_off_a_surface(way, short, ana, marta, olga):
    with periods.at(LATE):
        for shift, amount in short:
            WAYS[way].act(shift, shift.cashier, amount)
    lists = surfaces(olga)

    for shift, amount in short:
        first = f"{AMOUNTS[amount]} were missing at the close"
        change = f"{WAYS[way].told[amount]}, by {shift.cashier} 23:41 «I forgot»"
        assert silent(f"{first}; then: {change}", lists, surfaces_of(olga, shift), day_of(olga, shift)) == []
        gone = Mail.objects.filter(occasion=f"difference gone {shift.pk}", person=olga)
        assert [change in mail.text for mail in gone] == ([True] if amount == LARGE else [])
    assert figures(olga) == (0, 130_000, 4)
    assert [statistics(olga, person) for person in (ana, marta)] == [(-65_000, 0), (-65_000, 0)]
    assert sign_off_together(olga, *(shift for shift, _amount in short)) == (409, 0)


def test_nobody_deletes_their_own_shift_and_a_deleted_one_stays_until_somebody_else_signs_it_off(
    short, ana, marta, olga
):
    for shift, _amount in short:
        with pytest.raises(ActionRefused):
            mark_actions.delete_shift(shift.pk, reason="twice", by=shift.cashier)
        with periods.at(LATE):
            mark_actions.delete_shift(shift.pk, reason="twice", by=olga if shift.cashier == marta else marta)
    lists = surfaces(olga, "status=deleted")
    del lists["back office"]  # it leaves deleted shifts out until they are asked for
    files = {name: lists.pop(name) for name in ("csv", "xlsx")}

    for shift, amount in short:
        who = "Olga Benítez" if shift.cashier == marta else "Marta Benítez"
        pages = files | surfaces_of(olga, shift)
        assert silent(f"Deleted by {who}: twice", lists) == silent(f"−\u00a0{AMOUNTS[amount]}", lists) == []
        assert silent(who, pages) == silent("twice", pages) == []
        gone = Mail.objects.filter(occasion=f"difference gone {shift.pk}", person=olga)
        assert [f"Deleted by {who}: twice" in mail.text for mail in gone] == ([True] if amount == LARGE else [])
    assert figures(olga) == (130_000, 0, 4)
    assert [statistics(olga, person) for person in (ana, marta)] == [(-65_000, None), (-65_000, None)]
    assert sign_off_together(olga, *(shift for shift, _amount in short)) == (409, 0)


# --- Roundabout ways --------------------------------------------------------------------------------------------------

TICKET = {"billed_cash": 700_000}


def close(ana, **values):
    """500.000 opened with, and 1.150.000 counted: against a ticket of 700.000, 50.000 are missing."""
    with periods.at(CLOSED):
        return ShiftFactory(cashier=ana, **{"final_cash": 1_150_000, **values})


def count_corrected_before_the_ticket(ana, marta):
    shift = close(ana)
    with periods.at(LATE):
        correct(shift, ana, final_cash=1_200_000)
        correct(shift, ana, reason="ticket", **TICKET)
    return shift


def ticket_typed_low(ana, marta):
    shift = close(ana, billed={"billed_cash": 650_000})
    with periods.at(LATE):
        correct(shift, marta, **TICKET)
    return shift


def uncounted_then_counted(ana, marta):
    with periods.at(CLOSED):
        shift = ShiftFactory(cashier=ana)
        shift_actions.close_uncounted_shift(shift.pk, reason="she left", by=marta)
    with periods.at(LATE):
        correct(shift, marta, reason="counted now", final_cash=1_150_000, **TICKET)
        correct(shift, ana, final_cash=1_200_000)
    return shift


def act_between_two_counts(ana, marta):
    """Until the second count nothing is taken; after it, it is a correction as any other."""
    update(Pharmacy.objects.all(), recounts_before_verdict=True)
    shift = close(ana, billed=TICKET)
    for refused in (
        note(Kind.EXPENSE, "taxi"),
        lambda *_: mark_actions.delete_shift(shift.pk, reason="twice", by=marta),
    ):
        with pytest.raises(ActionRefused):
            refused(shift, ana, 50_000)
    with periods.at(CLOSED):
        shift_actions.recount_shift(shift.pk, final_cash=1_150_000, by=ana)
    with periods.at(LATE):
        note(Kind.EXPENSE, "taxi")(shift, ana, 50_000)
    return shift


def transfer_that_never_came(ana, marta):
    update(Pharmacy.objects.all(), transfers_billed_as_cash=True)
    shift = close(ana, billed=TICKET)
    with periods.at(LATE):
        note(Kind.TRANSFER, "Gómez")(shift, ana, 50_000)
    return shift


def table_of_register(pharmacy, by, billed):
    """A table of the billing system that says what register 1 billed in cash on 3 July, applied."""
    file = SimpleUploadedFile("registers.csv", f"Fecha;Caja;Efectivo\n03/07/2026;1;{billed}\n".encode())
    return apply_batch(receive_file(file, kind="billing", pharmacy=pharmacy, by=by).pk, by=by)


def import_undone_after_a_taxi(ana, marta):
    """The shift closes against what arrived before; the verdict goes with the import, and comes back as it was."""
    with periods.at(CLOSED):
        shift = ShiftFactory(cashier=ana)
        batch = table_of_register(shift.pharmacy, marta, 700_000)
        shift_actions.close_shift(shift.pk, final_cash=1_150_000, billed={}, by=ana)
    with periods.at(LATE):
        note(Kind.EXPENSE, "taxi")(shift, ana, 50_000)
        undo_batch(batch.pk, reason="another register", by=marta)
        correct(shift, ana, reason="ticket", **TICKET)
    return shift


def import_undone_after_a_count(ana, marta):
    """It compares a shift that was closed without its ticket; the count is corrected to it before it is undone."""
    shift = close(ana)
    with periods.at(LATE):
        batch = table_of_register(shift.pharmacy, marta, 700_000)
        correct(shift, ana, final_cash=1_200_000)
        undo_batch(batch.pk, reason="another register", by=marta)
        correct(shift, ana, reason="ticket", **TICKET)
    return shift


def typed_low_and_then_arrived(ana, marta):
    """It balances by what was typed; what arrives says otherwise, and is taken."""
    return arrived_and_taken(close(ana, billed={"billed_cash": 650_000}), 700_000, marta)


def arrived_too_low(ana, marta):
    """It was short by what was typed; by what arrives it is not, and that is taken."""
    return arrived_and_taken(close(ana, billed=TICKET), 650_000, marta)


def arrived_and_taken(shift, cash, by):
    with periods.at(LATE):
        say(shift, cash, by=by)
        decide_on_evidence(shift, by, is_taken=True)
    return shift


def decide_on_evidence(shift, by, *, is_taken):
    decision = {"is_taken": is_taken, "reason": "printout"}
    mark_actions.decide_on_evidence(shift.pk, version=shift.version, by=by, **decision)


WAS_SHORT = "50.000 were missing at the close; then: "
ROUNDABOUT = {
    count_corrected_before_the_ticket: (
        f"{WAS_SHORT}counted cash 1.150.000 → 1.200.000, by Ana Benítez 23:41 «I forgot»",
        (0, 50_000, 1),
        (-50_000, 0),
    ),
    ticket_typed_low: (
        "it balanced at the close; then: billed in cash 650.000 → 700.000, by Marta Benítez 23:41 «I forgot»",
        (50_000, 0, 1),
        (0, -50_000),
    ),
    uncounted_then_counted: (
        f"{WAS_SHORT}counted cash 1.150.000 → 1.200.000, by Ana Benítez 23:41 «I forgot»",
        (0, 50_000, 1),
        (-50_000, 0),
    ),
    act_between_two_counts: (
        f"{WAS_SHORT}expense 50.000 «taxi», by Ana Benítez 23:41 «I forgot»",
        (0, 50_000, 1),
        (-50_000, 0),
    ),
    import_undone_after_a_taxi: (
        f"{WAS_SHORT}expense 50.000 «taxi», by Ana Benítez 23:41 «I forgot»",
        (0, 50_000, 1),
        (-50_000, 0),
    ),
    import_undone_after_a_count: (
        f"{WAS_SHORT}counted cash 1.150.000 → 1.200.000, by Ana Benítez 23:41 «I forgot»",
        (0, 50_000, 1),
        (-50_000, 0),
    ),
    typed_low_and_then_arrived: (
        "it balanced at the close; then: billed in cash 650.000 → 700.000, by Marta Benítez 23:41 «printout»",
        (50_000, 0, 1),
        (-50_000, -50_000),
    ),
    arrived_too_low: (
        f"{WAS_SHORT}billed in cash 700.000 → 650.000, by Marta Benítez 23:41 «printout»",
        (0, 50_000, 1),
        (0, 0),  # statistics are made of what the evidence says
    ),
    transfer_that_never_came: (
        f"{WAS_SHORT}bank transfer 50.000 «Gómez», by Ana Benítez 23:41 «I forgot»",
        (0, 50_000, 1),
        (-50_000, 0),
    ),
}


@pytest.mark.parametrize("way", ROUNDABOUT)
def test_no_roundabout_way_does_either(way, ana, marta, olga):
    sentence, figured, summed = ROUNDABOUT[way]
    shift = way(ana, marta)

    assert silent(sentence, surfaces(olga), surfaces_of(olga, shift)) == []
    assert figures(olga) == figured
    assert statistics(olga, ana) == summed
    assert sign_off_together(olga, shift) == (409, 0)


def test_what_arrived_stands_beside_what_was_typed_until_an_administrator_decides(ana, marta, olga):
    """700.000 were billed and 650.000 typed: the first verdict is balanced, and 50.000 are missing."""
    shift = close(ana, billed={"billed_cash": 650_000})
    with periods.at(LATE):
        say(shift, 700_000, by=marta)
    both = "wrote 650.000, the billing system says 700.000"
    assert silent(both, surfaces(olga), surfaces_of(olga, shift), day_of(olga, shift)) == []
    assert (figures(olga), statistics(olga, ana)) == ((0, 0, 1), (-50_000, 0))
    assert sign_off_together(olga, shift) == (409, 0)

    with periods.at(LATE):
        decide_on_evidence(shift, marta, is_taken=False)
    pages = surfaces_of(olga, shift)
    assert silent("Marta Benítez kept what was written", pages) == silent(both, pages) == []
    assert (figures(olga), statistics(olga, ana)) == ((0, 0, 0), (0, 0))


def test_the_first_of_two_counts_stands_beside_the_second(ana, marta, olga, central):
    shift = act_between_two_counts(ana, marta)
    assert silent("1.150.000", surfaces_of(olga, shift)) == []


def test_an_opening_that_is_lowered_while_open_is_told_and_not_signed_off_in_a_heap(ana, olga):
    """1.150.000 were left and opened with; 50.000 of them are written off before the count, which then balances."""
    close(ana, billed={"billed_cash": 650_000})
    with periods.at(LATE):
        shift = ShiftFactory(cashier=ana, initial_cash=1_150_000)
        lowered = {"initial_cash": 1_100_000, "notes": "", "version": 1, "reason": "I forgot"}
        shift_actions.correct_opening(shift.pk, **lowered, by=ana)
        shift_actions.close_shift(shift.pk, final_cash=1_800_000, billed=TICKET, by=ana)

    with periods.at(LATE):
        evening = signed_in(olga).get("/").text
    lists, pages = surfaces(olga), surfaces_of(olga, shift)
    assert "In 1 the opening cash was corrected." in lists["home"]
    [row, _before] = csv.DictReader(StringIO(lists["csv"].removeprefix("\ufeff")), delimiter=";")
    assert (row["Opening cash"], row["Opening cash, first typed"]) == ("1100000", "1150000")
    told = (
        {name: lists[name] for name in ("queue", "list")}
        | {"home": evening}
        | {name: pages[name] for name in ("page", "slip")}
    )
    assert silent("Opening cash corrected: 1.150.000 → 1.100.000", told) == []
    assert "«I forgot»" in pages["page"]
    assert sign_off_together(olga, shift) == (409, 0)


def test_a_transfer_that_nobody_has_seen_in_the_bank_is_told_where_it_makes_a_shift_balance(ana, olga):
    update(Pharmacy.objects.all(), transfers_billed_as_cash=True)
    shift = close(ana, movements=[NewMovement(Kind.TRANSFER, 50_000, "Gómez")], billed=TICKET)

    lists, pages = surfaces(olga), surfaces_of(olga, shift)
    told = {name: lists[name] for name in ("home", "queue", "list", "digest")} | {
        name: pages[name] for name in ("page", "slip")
    }
    assert silent("It balances only with transfers that nobody has seen in the bank", told) == []
    assert figures(olga) == (0, 0, 1)
    assert sign_off_together(olga, shift) == (409, 0)


def import_day(by, pharmacy, name, billed):
    with periods.at(MORNING):
        file = SimpleUploadedFile(name, f"Fecha;Efectivo\n3/7/2026;{billed}\n".encode())
        apply_batch(receive_file(file, kind="billing", pharmacy=pharmacy, by=by).pk, by=by)


def test_a_day_whose_import_is_replaced_leaves_its_shifts_to_settle(ana, marta, olga, central):
    """Closed without a ticket: the file of the billing system tells that 50.000 are missing, the next one does not."""
    shift = close(ana)
    import_day(marta, central, "first.csv", 700_000)
    assert figures(olga) == (50_000, 0, 2)  # the shift, which is not compared, and its day
    import_day(marta, central, "second.csv", 650_000)
    assert figures(olga) == (0, 0, 1)

    with periods.at(MORNING):
        day = signed_in(olga).get(f"/days/{central.pk}/2026-07-03/").text
    assert [f"Imported from {name}.csv." in day for name in ("first", "second")] == [True, True]
    assert sign_off_together(olga, shift) == (409, 0)
    with periods.at(MORNING):
        correct(shift, ana, reason="ticket", **TICKET)
    assert figures(olga) == (50_000, 0, 1)


def test_where_nobody_else_could_something_is_settled_and_says_by_whom(marta, olga, central):
    people.disable(olga.pk, by=marta)
    people.choose_mails(by=marta, mails_alerts=True, mails_digest=True)
    shift = close_short(marta, central, 2, LARGE)
    with periods.at(LATE):
        note(Kind.EXPENSE, "taxi")(shift, marta, LARGE)
    assert sign_off_together(marta, shift) == (409, 0)
    with periods.at(LATE):
        mark_actions.sign_off_shift(shift.pk, note="It was the taxi", by=marta)

    told = surfaces(marta)
    assert figures(marta) == (0, 0, 0)
    assert "1 shift was signed off by the same person this week" in told["home"]
    assert "Signed off by the same person this week: 1\n" in told["digest"]
    with periods.at(MORNING):
        queue = signed_in(marta).get("/review/?alone=1").text
    lists = {name: told[name] for name in ("list", "back office")}
    assert silent("igned off by the same person", lists, surfaces_of(marta, shift), {"queue": queue}) == []
    [row] = csv.DictReader(StringIO(told["csv"].removeprefix("\ufeff")), delimiter=";")
    assert (row["Signed off by"], row["Signed off by the same person"]) == ("Marta Benítez", "Yes")
    assert "was signed off by the same person" in Mail.objects.get(occasion__startswith="signed off alone").subject

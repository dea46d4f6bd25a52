"""A person wrote one amount and another one arrived: both are said, the shift is to settle, and an admin decides."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from accounts import actions as people
from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from pharmacies.token_actions import create_token
from sessions_app.actions.days import decide_on_day, sign_off_day, write_day
from sessions_app.actions.imports import undo_batch
from sessions_app.actions.marks import decide_on_evidence, delete_shift, sign_off_shift, sign_off_together
from sessions_app.actions.shifts import close_uncounted_shift, correct_shift
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Rank
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.ledger import control_lines, evidence
from sessions_app.models import CashSession, ControlLine, DayVerdict
from sessions_app.queries.contradictions import contradiction_of, contradictions_of
from sessions_app.queries.sign_off import is_undecided, standing_of
from sessions_app.queries.worklist import figures_of
from testing.calls import say, say_of_day
from testing.client import signed_in
from testing.database import disagreements, tamper
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 3, 15, tzinfo=UTC)
WROTE_AND_SAYS = "wrote 700.000, the billing system says 715.000"
SAID = f"cash: {WROTE_AND_SAYS}"
KINDS = {"card": "card", "transfer": "transfer", "credit": "credit_sale"}
LABELS = {"card": "Card", "transfer": "Bank transfer", "credit": "Credit sale"}


@pytest.fixture(autouse=True)
def _english(ana, marta, olga):
    for person in (ana, marta, olga):
        person.language = "en"
        person.save()
    with translation.override("en"), periods.at(NOW):
        yield


@pytest.fixture
def balanced(ana):
    return ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000})


@pytest.fixture
def contradicted(balanced, marta):
    say(balanced, 715_000, by=marta)
    return balanced


def decide(shift, by, *, is_taken, reason="looked at the printout"):
    decide_on_evidence(shift.pk, is_taken=is_taken, reason=reason, version=shift.version, by=by)
    shift.refresh_from_db()


def waiting(shift, marta):
    """Whether a shift is to settle, by the rows and by the running totals, which have to agree."""
    is_there = CashSession.objects.to_settle().filter(pk=shift.pk).exists()
    assert figures_of(marta).settle == is_there
    return is_there


def test_a_shift_that_balances_is_to_settle_where_what_arrived_says_otherwise(balanced, marta):
    assert (balanced.first_result, waiting(balanced, marta)) == ("balanced", False)
    batch = say(balanced, 715_000, by=marta)
    assert (balanced.result, balanced.evidence_difference, waiting(balanced, marta)) == ("balanced", -15_000, True)
    undo_batch(batch.pk, reason="another shift", by=marta)
    balanced.refresh_from_db()
    assert (balanced.evidence_difference, waiting(balanced, marta)) == (None, False)
    assert disagreements() == []


@pytest.mark.parametrize(
    ("cash", "rank", "amount"),
    [
        (715_000, Rank.MISSING, 15_000),
        (690_000, Rank.OVER, 10_000),
        (700_400, Rank.DESERVES_A_LOOK, 400),
        (700_000, Rank.NOTHING_TO_SETTLE, 0),
    ],
)
def test_its_place_in_the_queue_is_that_of_the_evidence(cash, rank, amount, ana, central, marta):
    central.cash_tolerance = 500
    central.save()
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000})
    say(shift, cash, by=marta)
    placed = CashSession.objects.all().ranked().get()
    assert (placed.rank, placed.amount_off) == (rank, amount)


def test_deleting_it_does_not_settle_it(contradicted, marta):
    delete_shift(contradicted.pk, reason="twice", by=marta)
    assert waiting(contradicted, marta)
    assert disagreements() == []


def test_signing_it_off_settles_it_and_never_with_others(contradicted, marta):
    versions = {contradicted.pk: contradicted.version}
    [refused] = sign_off_together(versions, note="fine", by=marta).values()
    assert refused.sentence == "What arrived says another amount: sign it off alone."
    sign_off_shift(contradicted.pk, note="the printout is right", by=marta)
    assert not waiting(contradicted, marta)


def test_what_was_written_is_kept_and_both_stay_in_sight(contradicted, marta):
    decide(contradicted, marta, is_taken=False)
    assert (contradicted.billed_cash, contradicted.billed_source) == (700_000, "cashier")
    assert (contradicted.evidence_difference, waiting(contradicted, marta)) == (None, False)
    told = f"{SAID}; Marta Benítez kept what was written, 03/07/2026 12:00 «looked at the printout»"
    assert str(contradiction_of(contradicted)) == told
    assert told.partition("; ")[2] in signed_in(marta).get(f"/sessions/{contradicted.pk}/").text
    assert disagreements() == []


def test_the_same_amount_is_not_raised_again_once_it_was_decided_against(contradicted, marta):
    decide(contradicted, marta, is_taken=False)
    say(contradicted, 715_000, by=marta, name="Another")
    assert (contradicted.evidence_difference, waiting(contradicted, marta)) == (None, False)
    say(contradicted, 720_000, by=marta)
    assert (contradicted.evidence_difference, waiting(contradicted, marta)) == (-20_000, True)


def test_what_arrived_is_taken_and_the_first_verdict_stands(contradicted, marta):
    decide(contradicted, marta, is_taken=True)
    assert (contradicted.billed_cash, contradicted.billed_source, contradicted.result) == (715_000, "api", "short")
    assert (contradicted.first_result, contradicted.evidence_difference) == ("balanced", -15_000)
    assert "took what arrived" in str(contradiction_of(contradicted))
    assert waiting(contradicted, marta)
    newest = contradicted.history.first()
    assert (newest.history_user, newest.history_change_reason) == (marta, "looked at the printout")
    # It is no change of theirs, so that they may sign it off too.
    sign_off_shift(contradicted.pk, note="fine", by=marta)
    assert not CashSession.objects.get(pk=contradicted.pk).signed_off_alone
    assert disagreements() == []


def test_what_was_taken_is_given_back_with_its_import(balanced, marta):
    batch = say(balanced, 715_000, by=marta, card=5_000)
    decide(balanced, marta, is_taken=True)
    undo_batch(batch.pk, reason="another shift", by=marta)
    balanced.refresh_from_db()
    assert (balanced.billed_cash, balanced.billed_source, balanced.billed_card) == (700_000, "cashier", None)
    assert (balanced.first_result, balanced.evidence_difference) == ("balanced", None)
    assert contradiction_of(balanced) is None
    assert disagreements() == []


def test_a_shift_that_hides_what_contradicts_it_is_named(contradicted):
    assert list(evidence.drift()) == []
    tamper("UPDATE sessions_app_cashsession SET evidence_result = NULL, evidence_difference = NULL")
    fault = "what arrived contradicts it, and it does not say so"
    assert list(evidence.drift()) == [f"sessions_app_cashsession {contradicted.pk}: {fault}"]


def test_a_shift_that_makes_a_contradiction_up_is_named(balanced):
    tamper("UPDATE sessions_app_cashsession SET evidence_result = 'not_compared'")
    fault = "says that something contradicts it, and nothing arrived"
    assert list(evidence.drift()) == [f"sessions_app_cashsession {balanced.pk}: {fault}"]


# --- Of every method --------------------------------------------------------------------------------------------------


def noted(cashier, method, amount=10_000, *, cash=700_000, **place):
    """A shift that balances in cash, and in another method of which `amount` was noted and billed."""
    movements = [NewMovement(KINDS[method], amount, "Gómez")]
    billed = {"billed_cash": cash, f"billed_{method}": amount}
    return ShiftFactory(closed=True, cashier=cashier, billed=billed, movements=movements, **place)


@pytest.mark.parametrize("method", KINDS)
def test_a_method_that_is_contradicted_alone_makes_the_shift_to_settle(method, ana, marta):
    shift = noted(ana, method)
    batch = say(shift, 700_000, by=marta, **{method: 25_000})
    assert (shift.result, shift.verdict_by_evidence, waiting(shift, marta)) == ("balanced", ("short", -15_000), True)
    placed = CashSession.objects.all().ranked().get()
    assert (placed.rank, placed.amount_off) == (Rank.MISSING, 15_000)
    [refused] = sign_off_together({shift.pk: shift.version}, note="fine", by=marta).values()
    assert refused.sentence == "What arrived says another amount: sign it off alone."
    undo_batch(batch.pk, reason="another shift", by=marta)
    shift.refresh_from_db()
    assert (shift.verdict_by_evidence, waiting(shift, marta)) == ((None, None), False)
    assert disagreements() == []


@pytest.mark.parametrize("method", KINDS)
def test_every_surface_names_the_method(method, ana, marta, olga):
    shift = noted(ana, method)
    say(shift, None, by=olga, **{method: 25_000})
    told = f"{LABELS[method].lower()}: wrote 10.000, the billing system says 25.000"
    boss, till, page = signed_in(marta), signed_in(ana), f"/sessions/{shift.pk}/"
    surfaces = {
        "slip": boss.get(f"{page}slip/").text,
        "home": boss.get("/").text,
        "queue": boss.get("/review/?settle=1").text,
        "list": boss.get("/?contradicted=1").text,
        "day": boss.get(f"/days/{shift.pharmacy_id}/{shift.business_date}/").text,
        "csv": boss.get("/sessions/export.csv?contradicted=1").getvalue().decode(),
        "week": boss.get("/reports/weekly/?week=2026-W27").text,
        "back office": boss.get("/admin/sessions_app/cashsession/").text,
        "own list": till.get("/?status=closed").text,
    }
    assert [name for name, text in surfaces.items() if told not in text] == []
    for pages in (boss.get(page).text, till.get(page).text):
        assert f"{LABELS[method]}: wrote 10.000, the billing system says 25.000" in pages
        assert "By that, the difference at the close is −\u00a015.000." in pages
        assert "It balances only with what was written" in pages
    assert ["Another amount" in surfaces[name] for name in ("home", "queue")] == [True, True]


def test_in_spanish_it_is_told_as_people_say_it(ana, marta):
    shift = noted(ana, "card", 100_000)
    say(shift, None, by=marta, card=115_000)
    with translation.override("es"):
        assert str(contradiction_of(shift)) == "tarjeta: escribió 100.000, la facturación dice 115.000"


def test_what_was_noted_under_another_method_is_so_by_the_evidence(ana, marta):
    shift = noted(ana, "card")
    say(shift, 690_000, by=marta, card=20_000)
    assert shift.verdict_by_evidence == ("swapped", 0)
    assert CashSession.objects.all().ranked().get().rank == Rank.WRONG_METHOD
    assert contradiction_of(shift).said == (
        "cash: wrote 700.000, the billing system says 690.000",
        "card: wrote 10.000, the billing system says 20.000",
    )
    assert "It balances only with what was written" in signed_in(marta).get(f"/sessions/{shift.pk}/").text


def test_transfers_that_are_billed_as_cash_are_contradicted_and_say_no_difference(ana, central, marta):
    central.transfers_billed_as_cash = True
    central.save()
    shift = noted(ana, "transfer", cash=710_000)
    say(shift, 710_000, by=marta, transfer=25_000)
    assert (shift.result, shift.first_difference) == ("balanced", 0)
    assert (shift.verdict_by_evidence, waiting(shift, marta)) == (("not_compared", None), True)
    assert CashSession.objects.all().ranked().get().rank == Rank.DESERVES_A_LOOK
    page = signed_in(marta).get(f"/sessions/{shift.pk}/").text
    assert "Bank transfer: wrote 10.000, the billing system says 25.000" in page
    assert ["By that" in page, "It balances only with what was written" in page] == [False, False]
    [row] = signed_in(marta).get("/reports/cashiers/?date_from=2026-07-01&date_to=2026-07-31").context["table"].rows
    assert (row["differences"], row["compared"]) == (0, 1)
    assert disagreements() == []


def test_without_a_ticket_a_card_is_contradicted_and_no_difference_is_made_up(ana, marta):
    shift = noted(ana, "card", cash=None)
    say(shift, None, by=marta, card=25_000)
    assert (shift.result, shift.verdict_by_evidence) == ("not_compared", ("not_compared", None))
    assert "By that" not in signed_in(marta).get(f"/sessions/{shift.pk}/").text
    assert disagreements() == []


def test_a_method_that_nobody_wrote_is_filled_and_one_that_nothing_says_is_not_contradicted(ana, marta):
    shift = noted(ana, "card")
    say(shift, None, by=marta, transfer=0)
    assert (shift.billed_transfer, shift.billed_transfer_source) == (0, "api")
    assert (shift.verdict_by_evidence, contradiction_of(shift)) == ((None, None), None)


@pytest.mark.parametrize(
    ("is_taken", "written"), [(True, (715_000, 25_000, "api", "api")), (False, (700_000, 10_000, "cashier", "cashier"))]
)
def test_one_decision_settles_every_method(is_taken, written, ana, marta):
    shift = noted(ana, "card")
    say(shift, 715_000, by=marta, card=25_000)
    decide(shift, marta, is_taken=is_taken)
    assert (shift.billed_cash, shift.billed_card, shift.billed_source, shift.billed_card_source) == written
    assert not is_undecided(shift)
    assert disagreements() == []


def test_what_arrived_last_of_each_method_is_taken_whoever_said_it(ana, marta):
    shift = noted(ana, "card")
    say(shift, 715_000, by=marta, card=20_000)
    say(shift, None, by=marta, name="Another", card=25_000)
    assert shift.verdict_by_evidence == ("short", -30_000)
    decide(shift, marta, is_taken=True)
    assert (shift.billed_cash, shift.billed_card, shift.total_difference) == (715_000, 25_000, -30_000)
    assert disagreements() == []


def test_what_two_sources_say_alike_stands_once_it_is_taken_of_one(ana, marta):
    shift = noted(ana, "card")
    for name in ("Factusys", "Another"):
        say(shift, None, by=marta, name=name, card=25_000)
    decide(shift, marta, is_taken=True)
    assert (shift.billed_card, shift.verdict_by_evidence, is_undecided(shift)) == (25_000, ("short", -15_000), False)


def test_a_later_amount_of_any_method_is_asked_again_and_the_same_one_is_not(ana, marta):
    shift = noted(ana, "card")
    say(shift, 715_000, by=marta, card=25_000)
    decide(shift, marta, is_taken=False)
    say(shift, None, by=marta, card=25_000)
    assert (is_undecided(shift), shift.evidence_result) == (False, None)
    say(shift, None, by=marta, card=26_000)
    assert (is_undecided(shift), shift.verdict_by_evidence) == (True, ("short", -16_000))
    assert str(contradiction_of(shift)) == "card: wrote 10.000, the billing system says 26.000"


def test_what_was_taken_of_one_method_stands_when_another_is_decided(ana, marta):
    """And the same amount, said by somebody else, is not asked about again."""
    shift = noted(ana, "card")
    say(shift, 715_000, by=marta)
    decide(shift, marta, is_taken=True)
    say(shift, 715_000, by=marta, name="Another")
    assert not is_undecided(shift)
    say(shift, 715_000, by=marta, card=25_000)
    assert is_undecided(shift)
    decide(shift, marta, is_taken=False)
    assert (shift.billed_cash, shift.billed_card, shift.billed_source) == (715_000, 10_000, "api")
    assert shift.verdict_by_evidence == ("short", -15_000)
    assert disagreements() == []


def test_a_card_that_was_taken_is_given_back_with_its_import(ana, marta):
    shift = noted(ana, "card")
    batch = say(shift, 700_000, by=marta, card=25_000)
    decide(shift, marta, is_taken=True)
    assert (shift.result, shift.billed_card) == ("short", 25_000)
    undo_batch(batch.pk, reason="another shift", by=marta)
    shift.refresh_from_db()
    assert (shift.billed_card, shift.billed_card_source, shift.evidence_result) == (10_000, "cashier", None)
    assert disagreements() == []


def test_the_own_shift_is_not_freed_of_its_card_by_importing_something_else(marta, olga, central):
    shift = noted(marta, "card", pharmacy=central)
    say(shift, None, by=marta, card=25_000)
    with pytest.raises(ActionRefused, match="something else than what arrived before"):
        say(shift, None, by=marta, card=10_000)


def test_what_contradicts_a_shift_that_nobody_counted_is_told_to_others_than_its_cashier(ana, marta):
    opened = ShiftFactory(cashier=ana)
    close_uncounted_shift(opened.pk, reason="forgotten", by=marta)
    opened.refresh_from_db()
    correct_shift(opened.pk, version=opened.version, reason="the printout", by=marta, billed_card=10_000)
    opened.refresh_from_db()
    say(opened, None, by=marta, card=25_000)
    assert opened.verdict_by_evidence == ("not_compared", None)
    told = "card: wrote 10.000, the billing system says 25.000"
    assert [told in signed_in(marta).get(path).text for path in ("/review/", "/?status=closed")] == [True, True]
    pages = [signed_in(ana).get(path).text for path in ("/?status=closed", "/", f"/sessions/{opened.pk}/")]
    assert [amount for amount in ("25.000", "10.000") for page in pages if amount in page] == []
    decide(opened, marta, is_taken=True)
    assert (opened.billed_card, opened.evidence_result) == (25_000, "not_compared")
    assert disagreements() == []


def test_what_a_source_corrected_is_said_no_more(contradicted, marta):
    say(contradicted, 700_000, by=marta)
    assert (contradicted.evidence_difference, contradiction_of(contradicted)) == (None, None)


def test_each_source_has_its_say(contradicted, marta):
    say(contradicted, 700_000, by=marta, name="Another")
    assert str(contradiction_of(contradicted)) == SAID
    assert contradicted.evidence_difference == -15_000


def test_whom_it_concerns_leaves_the_decision_to_somebody_else(marta, olga, central):
    shift = ShiftFactory(closed=True, cashier=marta, pharmacy=central, billed={"billed_cash": 700_000})
    say(shift, 715_000, by=olga)
    with pytest.raises(ActionRefused, match="Somebody else has to sign off your own shift"):
        decide(shift, marta, is_taken=False)
    decide(shift, olga, is_taken=False)
    assert shift.evidence_difference is None


def test_who_is_its_cashier_does_not_take_it_back_by_importing_something_else(marta, olga, central):
    shift = ShiftFactory(closed=True, cashier=marta, pharmacy=central, billed={"billed_cash": 700_000})
    say(shift, 715_000, by=marta)
    with pytest.raises(ActionRefused, match="something else than what arrived before"):
        say(shift, 700_000, by=marta)
    say(shift, 700_000, by=olga, name="Of Olga")
    shift.refresh_from_db()
    assert shift.evidence_difference == -15_000


def test_where_nobody_else_could_its_cashier_takes_it_back(marta, olga, central):
    people.disable(olga.pk, by=marta)
    shift = ShiftFactory(closed=True, cashier=marta, pharmacy=central, billed={"billed_cash": 700_000})
    say(shift, 715_000, by=marta)
    say(shift, 700_000, by=marta)
    assert shift.evidence_difference is None


# --- What arrived first, and what a person writes over it -------------------------------------------------------------


@pytest.fixture
def filled(ana, marta):
    """Closed without a ticket; what arrived says that 15.000 are missing, and its cashier writes over it."""
    shift = ShiftFactory(closed=True, cashier=ana)
    batch = say(shift, 715_000, by=marta)
    correct(shift, ana, billed_cash=700_000)
    return shift, batch


def correct(shift, by, **values):
    correct_shift(shift.pk, version=shift.version, reason="misread", by=by, **values)
    shift.refresh_from_db()


def test_what_was_written_over_it_is_kept_as_what_was_written(filled, marta):
    shift, _batch = filled
    decide(shift, marta, is_taken=False)
    assert (shift.billed_cash, shift.billed_source, shift.evidence_difference) == (700_000, "cashier", None)
    assert "Marta Benítez kept what was written" in str(contradiction_of(shift))
    say(shift, 720_000, by=marta)
    assert (shift.billed_cash, shift.evidence_difference) == (700_000, -20_000)
    assert disagreements() == []


def test_what_was_decided_against_gives_nothing_back(filled, marta):
    shift, batch = filled
    decide(shift, marta, is_taken=False)
    undo_batch(batch.pk, reason="another shift", by=marta)
    shift.refresh_from_db()
    assert (shift.billed_cash, shift.billed_source) == (700_000, "cashier")
    assert disagreements() == []


def test_what_arrived_is_taken_again_and_gives_back_what_was_written_over_it(filled, marta):
    shift, batch = filled
    decide(shift, marta, is_taken=True)
    assert (shift.billed_cash, shift.billed_source, shift.evidence_difference) == (715_000, "api", -15_000)
    undo_batch(batch.pk, reason="another shift", by=marta)
    shift.refresh_from_db()
    assert (shift.billed_cash, shift.billed_source, shift.evidence_difference) == (700_000, "cashier", None)
    assert disagreements() == []


def test_what_agreed_is_not_decided_against(balanced, ana, marta):
    """One of two sources says what was written: when the other one was not taken, it still speaks."""
    say(balanced, 700_000, by=marta)
    say(balanced, 715_000, by=marta, name="Another")
    decide(balanced, marta, is_taken=False)
    correct(balanced, ana, billed_cash=690_000)
    assert balanced.evidence_difference == 0


def test_a_correction_away_from_what_arrived_contradicts_it(ana, marta):
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 715_000})
    say(shift, 715_000, by=marta)
    assert shift.evidence_difference is None
    correct(shift, ana, billed_cash=700_000)
    assert (shift.result, shift.first_result, shift.evidence_difference) == ("balanced", "short", -15_000)
    assert str(contradiction_of(shift)) == SAID
    page = signed_in(marta).get(f"/sessions/{shift.pk}/").text
    assert ["15.000 were missing at the close" in page, "By that" in page] == [True, False]


def test_a_correction_to_what_arrived_takes_nothing_away(contradicted, ana, marta):
    correct(contradicted, ana, billed_cash=715_000)
    assert (contradicted.evidence_difference, waiting(contradicted, marta)) == (-15_000, True)


def test_who_writes_over_what_arrived_leaves_the_sign_off_to_others(ana, marta, olga):
    shift = ShiftFactory(closed=True, cashier=ana)
    say(shift, 715_000, by=olga)
    correct(shift, marta, billed_cash=700_000)
    with pytest.raises(ActionRefused, match="You changed its figures after the verdict"):
        sign_off_shift(shift.pk, note="fine", by=marta)
    can_sign = {person: CashSession.objects.awaiting_sign_off_by(person).exists() for person in (marta, olga)}
    assert can_sign == {marta: False, olga: True}
    sign_off_shift(shift.pk, note="fine", by=olga)


def test_nothing_that_arrived_is_cleared_of_any_method(ana, marta):
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000})
    say(shift, 700_000, by=marta, card=5_000)
    with pytest.raises(ActionRefused, match="was imported"):
        correct(shift, marta, billed_card=None)


# --- Decided ----------------------------------------------------------------------------------------------------------


def test_it_is_decided_once_on_the_shift_as_it_is(contradicted, marta, olga):
    page = f"/sessions/{contradicted.pk}/decide/"
    sent = {"decision": "written", "reason": "the printout", "version": contradicted.version}
    assert signed_in(marta).post(page, sent | {"version": contradicted.version - 1}).status_code == 409
    assert signed_in(marta).post(page, sent | {"reason": " . "}).status_code == 422
    assert signed_in(marta).post(page, sent | {"decision": ""}).status_code == 422
    assert signed_in(marta).post(page, sent).status_code == 302
    assert signed_in(olga).post(page, sent | {"decision": "arrived"}).status_code == 409
    renewed = sent | {"version": contradicted.version + 1}
    again = signed_in(olga).post(page, renewed)
    assert (again.status_code, "or it was decided already" in again.text) == (422, True)
    contradicted.refresh_from_db()
    assert contradicted.billed_cash == 700_000


def test_one_that_was_signed_off_is_not_decided(contradicted, marta, olga):
    sign_off_shift(contradicted.pk, note="fine", by=marta)
    sent = {"decision": "written", "reason": "the printout", "version": contradicted.version + 1}
    assert signed_in(olga).post(f"/sessions/{contradicted.pk}/decide/", sent).status_code == 409


def test_it_is_decided_by_whom_it_does_not_concern_once(ana, beto, marta, olga, central, carla):
    def made(cashier, pharmacy=central, said=715_000):
        shift = ShiftFactory(closed=True, cashier=cashier, pharmacy=pharmacy, billed={"billed_cash": 700_000})
        say(shift, said, by=olga)
        return shift

    agrees, open_for, own, kept, signed, deleted = (
        made(ana, said=700_000), made(ana), made(marta), made(ana), made(ana), made(ana),
    )  # fmt: skip
    taken = made(ana)
    decide(kept, olga, is_taken=False)
    decide(taken, olga, is_taken=True)
    sign_off_shift(signed.pk, note="fine", by=olga)
    delete_shift(deleted.pk, reason="twice", by=olga)
    expected = {
        "ana": set(), "carla": set(), "beto": set(),
        "marta": {open_for.pk, deleted.pk}, "olga": {open_for.pk, own.pk},
    }  # fmt: skip
    cast = {"ana": ana, "beto": beto, "marta": marta, "olga": olga, "carla": carla}
    decidable = {
        name: {row.pk for row in CashSession.objects.visible_to(person) if why_not(person, row) is None}
        for name, person in cast.items()
    }
    assert decidable == expected
    assert agrees.evidence_difference is None


def why_not(by, row):
    standing = standing_of(by, row)
    concerned = {"changers": standing.changers, "is_alone": standing.is_alone}
    return mark_rules.why_not_decide(by, row, **concerned, is_undecided=is_undecided(row))


def test_every_surface_says_both_amounts(contradicted, ana, marta):
    boss, till = signed_in(marta), signed_in(ana)
    page = f"/sessions/{contradicted.pk}/"
    told = {
        "page": boss.get(page).text,
        "slip": boss.get(f"{page}slip/").text,
        "home": boss.get("/").text,
        "queue": boss.get("/review/").text,
        "list": boss.get("/?status=closed").text,
        "csv": boss.get("/sessions/export.csv").getvalue().decode(),
        "statement": till.get(page).text,
        "own list": till.get("/?status=closed").text,
    }
    assert [name for name, text in told.items() if WROTE_AND_SAYS not in text] == []
    assert "Decide" in told["page"]
    assert "/decide/" not in told["statement"]


def test_nothing_of_it_is_said_before_the_count(ana, marta):
    opened = ShiftFactory(cashier=ana)
    say(opened, 715_000, by=marta)
    close_uncounted_shift(opened.pk, reason="forgotten", by=marta)
    opened.refresh_from_db()
    correct_shift(opened.pk, version=opened.version, reason="the printout", by=marta, billed_cash=700_000)
    opened.refresh_from_db()
    told = signed_in(ana).get(f"/sessions/{opened.pk}/").text
    assert [amount for amount in ("715.000", "700.000") if amount in told] == []
    correct_shift(opened.pk, version=opened.version, reason="counted", by=marta, final_cash=1_200_000)
    opened.refresh_from_db()
    assert (opened.result, opened.evidence_difference) == ("balanced", -15_000)


def test_few_questions_are_asked_of_many(contradicted, marta, django_assert_num_queries):
    rows = list(CashSession.objects.all())
    with django_assert_num_queries(1):
        assert {pk: str(told) for pk, told in contradictions_of(rows, marta).items()} == {contradicted.pk: SAID}
    decide(contradicted, marta, is_taken=False)
    with django_assert_num_queries(0):
        assert contradictions_of([contradicted], marta) == {}


@pytest.mark.parametrize(
    ("decision", "cash", "source"), [("arrived", 715_000, "api"), ("written", 700_000, "administrator")]
)
def test_a_day_says_both_and_is_decided_on_its_page(decision, cash, source, central, marta):
    date = datetime(2026, 7, 1, tzinfo=UTC).date()
    row = write_day(central, date, by=marta, version=0, billed_cash=700_000)
    token, _key = create_token(central, name="Factusys", by=marta)
    say_of_day(token, date=str(date), cash=715_000)
    boss, page = signed_in(marta), f"/days/{central.pk}/{date}/"
    days = f"/days/?date_from={date}&date_to={date}"
    assert [WROTE_AND_SAYS in boss.get(path).text for path in (page, days)] == [True, True]
    sent = {"decision": decision, "reason": "the printout", "version": 1}
    assert boss.post(f"{page}decide/", sent | {"version": 2}).status_code == 409
    assert boss.post(f"{page}decide/", sent).status_code == 302
    row.refresh_from_db()
    assert (row.billed_cash, row.billed_source, row.version) == (cash, source, 2)
    told = boss.get(page).text
    assert ["«the printout»" in told, "/decide/" in told] == [True, False]
    assert boss.post(f"{page}decide/", sent | {"version": 2}).status_code == 422
    assert disagreements() == []


def test_statistics_of_the_cashier_are_made_of_the_difference_by_the_evidence(balanced, ana, marta):
    report = "/reports/cashiers/?date_from=2026-07-01&date_to=2026-07-31"

    def statistics():
        control_lines.compute_stale()
        [row] = signed_in(marta).get(report).context["table"].rows
        return row["differences"], row["compared"], [point[1] for point in ControlLine.objects.get(cashier=ana).points]

    before = statistics()
    batch = say(balanced, 715_000, by=marta)
    with_evidence = statistics()
    undo_batch(batch.pk, reason="of another shift", by=marta)

    assert before == (0, 1, [0])
    assert with_evidence[:2] == (-15_000, 1)
    assert with_evidence[2] != [0]
    assert statistics() == before
    assert disagreements() == []


def test_the_shift_and_home_do_not_say_that_it_balances_where_what_arrived_says_otherwise(contradicted, marta):
    client, path = signed_in(marta), f"/sessions/{contradicted.pk}/"
    told, home = client.get(path).text, client.get("/").text
    decide(contradicted, marta, is_taken=False)
    decided = client.get(path).text

    assert "It balances only with what was written" in told
    assert "What was received is what was billed." not in told
    assert "</span> Another amount</span>" in home
    assert "It balances only with what was written" not in decided
    assert "What was received is what was billed." in decided


# --- Of a day ---------------------------------------------------------------------------------------------------------

DAY = datetime(2026, 7, 1, tzinfo=UTC).date()


@pytest.fixture
def billing(central, marta):
    return create_token(central, name="Factusys", by=marta)[0]


@pytest.fixture
def written_day(balanced, central, marta):
    return write_day(central, DAY, by=marta, version=0, billed_cash=700_000)


def days_waiting(marta):
    """Return the days that wait, by how much more arrived; the figures of the front page have to count them."""
    days = DayVerdict.objects.to_settle()
    assert disagreements() == []
    assert figures_of(marta).settle == len(days) + CashSession.objects.to_settle().count()
    return [day.contradicted_by for day in days]


def test_a_day_that_what_arrived_contradicts_is_to_settle_until_it_is_decided(written_day, billing, central, marta):
    seen = [days_waiting(marta)]
    batch = say_of_day(billing, date=str(DAY), cash=715_000)
    seen.append(days_waiting(marta))
    undo_batch(batch.pk, reason="of another day", by=marta)
    seen.append(days_waiting(marta))
    say_of_day(billing, date=str(DAY), cash=690_000)
    seen.append(days_waiting(marta))
    decide_on_day(central, DAY, is_taken=False, reason="the printout", version=1, by=marta)
    seen.append(days_waiting(marta))
    assert seen == [[], [15_000], [], [-10_000], []]


def test_a_day_is_contradicted_by_any_method_and_one_decision_settles_them(written_day, billing, central, marta):
    write_day(central, DAY, by=marta, version=1, billed_card=10_000, billed_credit=5_000)
    say_of_day(billing, date=str(DAY), cash=700_000, card=25_000, credit=4_000)
    assert days_waiting(marta) == [14_000]
    page = signed_in(marta).get(f"/days/{central.pk}/{DAY}/").text
    told = [f"{name}: wrote {written}, the billing system says {said}" for name, written, said in (
        ("Card", "10.000", "25.000"), ("Credit sale", "5.000", "4.000"))]  # fmt: skip
    assert [sentence in page for sentence in told] == [True, True]
    decide_on_day(central, DAY, is_taken=True, reason="the printout", version=2, by=marta)
    written_day.refresh_from_db()
    assert (written_day.billed_card, written_day.billed_credit, days_waiting(marta)) == (25_000, 4_000, [])


def test_the_page_of_a_day_is_not_green_until_it_is_decided(ana, billing, central, marta):
    with periods.at(datetime(2026, 7, 1, 15, tzinfo=UTC)):
        ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000})
    write_day(central, DAY, by=marta, version=0, billed_cash=700_000)
    say_of_day(billing, date=str(DAY), cash=715_000)
    boss, page = signed_in(marta), f"/days/{central.pk}/{DAY}/"
    told = boss.get(page).text
    decide_on_day(central, DAY, is_taken=False, reason="the printout", version=1, by=marta)
    card = '<section class="card verdict" data-result="{}"'
    assert [card.format("swapped") in told, card.format("balanced") in boss.get(page).text] == [True, True]


def test_a_day_of_which_the_cash_is_not_known_is_contradicted_by_its_card(billing, central, marta):
    write_day(central, DAY, by=marta, version=0, billed_card=10_000)
    say_of_day(billing, date=str(DAY), card=25_000)
    assert days_waiting(marta) == [15_000]
    [home] = [row for row in signed_in(marta).get("/").context["to_settle"] if isinstance(row, DayVerdict)]
    assert str(home.contradiction) == "card: wrote 10.000, the billing system says 25.000"
    decide_on_day(central, DAY, is_taken=False, reason="the printout", version=1, by=marta)
    assert days_waiting(marta) == []


def test_typing_what_arrived_settles_the_day(written_day, billing, central, marta):
    say_of_day(billing, date=str(DAY), cash=715_000)
    write_day(central, DAY, by=marta, version=1, billed_cash=715_000)
    assert days_waiting(marta) == []


def test_signing_the_day_off_settles_it(written_day, billing, central, marta, olga):
    say_of_day(billing, date=str(DAY), cash=715_000)
    sign_off_day(central, DAY, note="the printout is right", version=1, by=olga)
    assert days_waiting(marta) == []


def test_the_list_of_days_asks_what_arrived_only_where_it_says_otherwise(
    written_day, billing, central, marta, django_assert_num_queries
):
    boss, path = signed_in(marta), f"/days/?date_from={DAY}&date_to={DAY}"
    boss.get("/accounts/password/")  # which writes when the session ends
    say_of_day(billing, date=str(DAY), cash=700_000)
    with django_assert_num_queries(5):  # the session, the person; pharmacies, days, their shifts
        assert SAID not in boss.get(path).text
    say_of_day(billing, date=str(DAY), cash=715_000)
    with django_assert_num_queries(6):
        assert SAID in boss.get(path).text
    decide_on_day(central, DAY, is_taken=True, reason="the printout", version=1, by=marta)
    assert "Marta Benítez took what arrived" in boss.get(path).text


def test_a_day_is_signed_off_again_once_a_shift_of_it_is_contradicted(balanced, central, marta, olga):
    day = write_day(central, NOW.date(), by=marta, version=0, billed_cash=700_000)
    sign_off_day(central, NOW.date(), note="the printout is right", version=1, by=olga)
    say(balanced, 715_000, by=marta)
    day.refresh_from_db()
    assert (day.signed_off_at, day.version) == (None, 3)


def test_a_contradicted_day_is_a_line_of_home_and_of_the_queue(written_day, billing, marta):
    say_of_day(billing, date=str(DAY), cash=715_000)
    boss = signed_in(marta)
    [home] = [row for row in boss.get("/").context["to_settle"] if isinstance(row, DayVerdict)]
    queue = boss.get("/review/?settle=1")
    [row] = queue.context["rows"]
    assert (str(home.contradiction), str(row["day"].contradiction)) == (SAID, SAID)
    assert SAID in boss.get("/").text
    assert "</span> Another amount</span>" in queue.text
    assert boss.get("/review/?missing=1").context["rows"] == []


def test_a_day_that_is_short_and_contradicted_is_one_line_that_says_both(ana, billing, central, marta):
    with periods.at(datetime(2026, 7, 1, 15, tzinfo=UTC)):
        ShiftFactory(closed=True, cashier=ana)
    write_day(central, DAY, by=marta, version=0, billed_cash=700_500)
    say_of_day(billing, date=str(DAY), cash=715_000)
    [day] = DayVerdict.objects.to_settle()
    assert (day.result, day.difference, day.contradicted_by, day.is_contradicted_alone) == (
        "short",
        -500,
        14_500,
        False,
    )
    placed = DayVerdict.objects.ranked().get()
    assert (placed.rank, placed.amount_off) == (Rank.MISSING, 14_500)
    assert figures_of(marta).missing == 500


def test_shifts_that_are_contradicted_are_filtered_on_the_list_and_in_files(contradicted, ana, marta):
    other = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000})
    boss = signed_in(marta)
    found = {value: [shift.pk for shift in boss.get(f"/?contradicted={value}").context["page"]] for value in ("1", "0")}
    assert found == {"1": [contradicted.pk], "0": [other.pk]}
    lines = boss.get("/sessions/export.csv?contradicted=1").getvalue().decode().splitlines()
    assert (len(lines), SAID in lines[1]) == (2, True)


def test_who_decides_on_a_day_that_nothing_contradicts_any_more_is_told_so(central, marta):
    sent = {"decision": "arrived", "reason": "looked at the printout", "version": 1}
    answer = signed_in(marta).post(f"/days/{central.pk}/2026-07-02/decide/", sent)
    why = "Nothing that arrived says another amount than was written, or it was decided already."
    assert (answer.status_code, f'role="alert">{why}</p>' in answer.text) == (422, True)

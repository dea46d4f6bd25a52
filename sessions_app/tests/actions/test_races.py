"""Everybody at once, with real threads, through a running server."""

from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from time import monotonic

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import Q
from django.utils import translation
from django.utils.html import escape

from accounts import rules as person_rules
from accounts.actions import assign
from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from cashpilot.money import group
from pharmacies.token_actions import create_token
from sessions_app.actions import days as day_actions
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.calls import take_call
from sessions_app.actions.days import sign_off_day, write_day
from sessions_app.actions.imports import apply_batch, receive_file
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.evidence.calls import read_call
from sessions_app.ledger import control_lines, gaps, hash_chain, running_totals
from sessions_app.models import Batch, CashSession, ControlLine, Day, Seal, Source
from sessions_app.tests.actions.test_imports import fields_of
from testing.client import signed_in
from testing.crowd import at_once, browser, post_at_once, statuses
from testing.database import disagreements, update, without_constraint
from testing.factories import PersonFactory, PharmacyFactory, ShiftFactory
from testing.server import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def spanish():
    """The language in which the people of these tests are answered."""
    with translation.override("es"):
        yield


@pytest.fixture
def opened(ana):
    return ShiftFactory(cashier=ana)


@pytest.fixture
def closed(ana):
    return ShiftFactory(closed=True, cashier=ana)


def address(shift, name=""):
    return f"/sessions/{shift.pk}/{name}"


def refused(answers):
    return [answer for answer in answers if answer.status != 302]


def fails(check, answers, *arguments):
    """Nobody was refused: what the lock is there for then shows in the rows, or in what SQLite answers unlocked."""
    assert statuses(answers).keys() <= {302, 503}
    with pytest.raises(AssertionError):
        check(*arguments)
    return True


def act_at_once(calls):
    """Actions without pages: what those that passed answered, and the refusals."""

    def run(call):
        try:
            with translation.override("en"):
                return call()
        except ActionRefused as refusal:
            return refusal
        finally:
            connection.close()

    outcomes = at_once([partial(run, call) for call in calls])
    refusals = [outcome for outcome in outcomes if isinstance(outcome, ActionRefused)]
    return [outcome for outcome in outcomes if outcome not in refusals], refusals


# --- Opening ----------------------------------------------------------------------------------------------------------


def open_at_once(site, cashiers, pharmacy):
    fields = {"pharmacy": pharmacy.pk, "register": 1, "initial_cash": "500.000"}
    return post_at_once([(browser(site, cashier), "/sessions/open/", fields) for cashier in cashiers])


def check_opened_once(answers, cashiers):
    """The winner; every other page says who holds the register, and since when."""
    assert (statuses(answers)[302], CashSession.objects.filter(status="open").count()) == (1, 1)
    winner = CashSession.objects.filter(status="open").get()
    other = next(cashier for cashier in cashiers if cashier != winner.cashier)
    held = escape(shift_rules.why_taken(winner, other))
    assert statuses(refused(answers)).keys() <= {409, 422}
    assert [held in answer.page for answer in refused(answers)] == [True] * (len(cashiers) - 1)
    assert (winner.history.count(), disagreements()) == (1, [])
    return winner


@pytest.mark.proof("One register is opened by one; every other cashier is told who holds it since when")
def test_a_register_is_opened_once_and_the_others_are_told_by_whom(
    crowd, rounds, site, central, spanish, record_property
):
    cashiers = [PersonFactory(first_name=f"C{number}", role="Cashier", pharmacies=[central]) for number in range(crowd)]
    for _ in range(rounds):
        winner = check_opened_once(open_at_once(site, cashiers, central), cashiers)
        shift_actions.close_shift(winner.pk, final_cash=0, by=winner.cashier)
    record_property("measured", f"{rounds} x {crowd} opens: {rounds} opened, {rounds * (crowd - 1)} told by whom")


@pytest.fixture
def without_the_index(db):
    """That decides between two who open at once."""
    with without_constraint(CashSession, "register_has_one_open_shift"):
        yield


@pytest.mark.proof("... and without the index this proof fails")
def test_without_the_index_the_check_of_opening_would_fail(
    crowd, without_the_index, site_without_locks, central, spanish
):
    cashiers = [PersonFactory(first_name=f"C{number}", role="Cashier", pharmacies=[central]) for number in range(crowd)]
    answers = open_at_once(site_without_locks, cashiers, central)
    assert fails(check_opened_once, answers, answers, cashiers)


def test_a_cashier_opens_once_in_a_pharmacy(crowd, ana, central):
    central.registers = crowd
    central.save()
    opened, refusals = act_at_once([partial(ShiftFactory, cashier=ana, register=number + 1) for number in range(crowd)])

    winner = CashSession.objects.get()
    with translation.override("en"):
        held = shift_rules.why_taken(winner, ana)
    assert (opened, [str(refusal) for refusal in refusals]) == ([winner], [held] * (crowd - 1))
    assert [refusal.shift for refusal in refusals] == [winner] * (crowd - 1)


def test_a_shift_is_restored_or_its_register_opened_again_never_both(crowd, ana, beto, marta):
    deleted = mark_actions.delete_shift(ShiftFactory(cashier=ana).pk, reason="wrong drawer", by=marta)
    calls = [
        partial(mark_actions.restore_shift, deleted.pk, reason="right after all", by=marta),
        partial(ShiftFactory, cashier=beto),
    ]
    passed, refusals = act_at_once(calls * (crowd // 2))

    assert passed == [CashSession.objects.live().get()]
    assert len(refusals) == len(calls) * (crowd // 2) - 1


# --- A day without business ------------------------------------------------------------------------------------------


def check_no_business_with_a_shift(pharmacy):
    """Whatever came first: a day with a shift is not marked as without business, nor signed off as such."""
    assert CashSession.objects.live().filter(pharmacy=pharmacy).count() == 1
    marked = Day.objects.filter(Q(is_closed=True) | Q(signed_off_at__isnull=False), pharmacy=pharmacy)
    assert (list(marked), disagreements()) == ([], [])


def run_while(monkeypatch, name, first, second, module=day_actions):
    """Let `second` run from the moment at which `first` has done `name` of the module, before it is committed.

    `first` goes on once the other is through, or waits for it.
    """
    second_runs = Future()
    done = getattr(module, name)

    def do_and_wait(*args, **kwargs):
        answer = done(*args, **kwargs)
        if not second_runs.done():
            second_runs.set_result(pool.submit(partial(act_at_once, [second])))
            wait_for(second_runs.result())
        return answer

    monkeypatch.setattr(module, name, do_and_wait)
    with ThreadPoolExecutor(1) as pool:
        outcomes = act_at_once([first])
        return outcomes, second_runs.result().result(PATIENCE)


def wait_for(other):
    """Return once `other` is through, or is held up by this connection's locks."""
    deadline = monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while not other.done() and monotonic() < deadline:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone():
                return


@pytest.fixture(params=["opened", "restored"])
def bring_a_shift(request, luque, otto, marta):
    """An action after which the day has a shift."""
    if request.param == "opened":
        return partial(ShiftFactory, cashier=otto)
    shift = mark_actions.delete_shift(ShiftFactory(cashier=otto).pk, reason="twice", by=marta)
    return partial(mark_actions.restore_shift, shift.pk, reason="right after all", by=marta)


@pytest.mark.races
@pytest.mark.parametrize("written_before", [True, False])
def test_a_shift_that_comes_while_its_day_is_being_marked_takes_the_mark_back(
    written_before, bring_a_shift, luque, marta, monkeypatch
):
    if written_before:
        write_day(luque, periods.today(), version=0, by=marta)
    mark = partial(write_day, luque, periods.today(), version=int(written_before), by=marta, is_closed=True)
    marked, brought = run_while(monkeypatch, "_require_sense", mark, bring_a_shift)
    assert (len(marked[0]), len(brought[0])) == (1, 1)
    check_no_business_with_a_shift(luque)


@pytest.mark.races
@pytest.mark.parametrize("written_before", [True, False])
def test_a_day_that_is_marked_while_a_shift_comes_is_refused(written_before, bring_a_shift, luque, marta, monkeypatch):
    if written_before:
        write_day(luque, periods.today(), version=0, by=marta)
    mark = partial(write_day, luque, periods.today(), version=int(written_before), by=marta, is_closed=True)
    brought, marked = run_while(monkeypatch, "follow_shift", bring_a_shift, mark)
    assert len(brought[0]) == 1
    assert [str(refusal) for refusal in marked[1]] == ["That day has shifts, so there was business."]
    check_no_business_with_a_shift(luque)


@pytest.mark.races
def test_a_shift_that_comes_while_its_day_without_business_is_being_signed_off_takes_both_back(
    bring_a_shift, luque, marta, monkeypatch
):
    write_day(luque, periods.today(), version=0, by=marta, is_closed=True)
    sign = partial(sign_off_day, luque, periods.today(), note="holiday", version=1, by=marta)
    signed, brought = run_while(monkeypatch, "_save", sign, bring_a_shift)
    assert (len(signed[0]), len(brought[0])) == (1, 1)
    check_no_business_with_a_shift(luque)


# --- An assignment that ends -----------------------------------------------------------------------------------------


@pytest.fixture
def end(ana, marta):
    """An action that ends the assignments of Ana."""
    return partial(assign, ana.pk, pharmacies=[], reason="moved", by=marta)


@pytest.mark.races
def test_an_assignment_that_ends_while_its_person_opens_a_shift_is_refused(end, ana, central, monkeypatch):
    opened, ended = run_while(monkeypatch, "_require_free", partial(ShiftFactory, cashier=ana), end, shift_actions)
    [shift] = opened[0]
    with translation.override("en"):
        assert [str(refusal) for refusal in ended[1]] == [person_rules.why_not_leave(ana, shift)]
    assert [assignment.pharmacy for assignment in ana.assignments.all()] == [central]


@pytest.mark.races
def test_a_shift_that_is_opened_while_the_assignment_ends_is_refused(end, ana, monkeypatch):
    ended, opened = run_while(monkeypatch, "why_not_leave", end, partial(ShiftFactory, cashier=ana), person_rules)
    assert (len(ended[0]), len(opened[1])) == (1, 1)
    assert (ana.assignments.exists(), CashSession.objects.exists()) == (False, False)


# --- Closing ----------------------------------------------------------------------------------------------------------


def close_at_once(site, shift, crowd):
    """Each counts another sum and notes another card sale."""
    till = browser(site, shift.cashier)
    counts = [{"final_cash": 500_000 + number, "card": 1_000 + number} for number in range(crowd)]
    return post_at_once([(till, address(shift, "close/"), fields) for fields in counts])


def check_closed_once(shift, answers):
    """Every other page says that it is closed, and with what count."""
    assert statuses(answers) == {302: 1, 409: len(answers) - 1}
    shift.refresh_from_db()
    told = escape(shift_rules.why_not_close(shift.cashier, shift)), group(shift.final_cash)
    assert [all(words in answer.page for words in told) for answer in refused(answers)] == [True] * (len(answers) - 1)
    (movement,) = shift.movements.all()
    assert (shift.card_total, movement.amount) == (shift.final_cash - 499_000, shift.final_cash - 499_000)
    assert (shift.version, shift.history.count(), shift.seals.count(), disagreements()) == (2, 2, 1, [])


@pytest.mark.proof("One shift is closed once; every other page shows the count that stands, and nothing is overwritten")
def test_a_shift_is_closed_once_and_the_others_overwrite_nothing(crowd, rounds, site, ana, spanish, record_property):
    for _ in range(rounds):
        shift = ShiftFactory(cashier=ana)
        check_closed_once(shift, close_at_once(site, shift, crowd))
    record_property("measured", f"{rounds} x {crowd} closes: {rounds} closed, {rounds * (crowd - 1)} answered 409")


@pytest.mark.proof("... and without the lock this proof fails")
def test_without_the_lock_the_check_of_closing_would_fail(crowd, opened, site_without_locks, spanish):
    answers = close_at_once(site_without_locks, opened, crowd)
    assert fails(check_closed_once, answers, opened, answers)


def close_both_ways_at_once(site, shift, boss, crowd):
    """One half of the crowd is its cashier, who counts; the other an administrator, who closes it without a count."""
    counted = browser(site, shift.cashier), address(shift, "close/"), {"final_cash": 1_000_000}
    uncounted = browser(site, boss), address(shift, "close-uncounted/"), {"reason": "forgotten"}
    return post_at_once([counted, uncounted] * (crowd // 2))


def check_closed_one_way(shift, answers):
    """The one that won stands; every other page says that the shift was closed before, and when."""
    assert statuses(answers) == {302: 1, 409: len(answers) - 1}
    shift.refresh_from_db()
    told = escape(shift_rules.why_not_close(shift.cashier, shift))
    assert [told in answer.page for answer in refused(answers)] == [True] * (len(answers) - 1)
    [winner] = [place for place, answer in enumerate(answers) if answer.status == 302]
    stands = (None, "forgotten") if winner % 2 else (1_000_000, "")
    assert (shift.final_cash, shift.uncounted_reason) == stands
    assert (shift.version, shift.history.count(), shift.seals.count(), disagreements()) == (2, 2, 1, [])


@pytest.mark.proof("A shift is closed with a count or without, by one; every other page says so")
def test_a_shift_is_closed_with_a_count_or_without_never_both(
    crowd, rounds, site, ana, marta, spanish, record_property
):
    for _ in range(rounds):
        shift = ShiftFactory(cashier=ana)
        check_closed_one_way(shift, close_both_ways_at_once(site, shift, marta, crowd))
    record_property("measured", f"{rounds} x {crowd} closes of both kinds: {rounds} closed, the others told so")


def test_of_first_counts_that_are_off_one_is_kept_and_the_others_are_asked_again(crowd, site, opened, central, spanish):
    update([central], recounts_before_verdict=True)
    till, known = browser(site, opened.cashier), {"billed_cash": "1.000.000", "version": 1}
    answers = post_at_once(
        [(till, address(opened, "close/"), {"final_cash": 500_001 + number, **known}) for number in range(crowd)]
    )
    opened.refresh_from_db()
    [kept] = [place for place, answer in enumerate(answers) if answer.status == 302]

    assert statuses(answers) == {302: 1, 409: crowd - 1}
    assert (opened.awaits_recount, opened.first_count, opened.version) == (True, 500_001 + kept, 2)
    assert ["data-recount" in answer.page for answer in refused(answers)] == [True] * (crowd - 1)
    assert disagreements() == []


@pytest.mark.proof("Of a hundred closes with a count and without one passes, and all others are told so")
def test_of_twice_as_many_without_pages_one_passes_too(crowd, opened, ana, marta):
    calls = [
        partial(shift_actions.close_shift, opened.pk, final_cash=1_000_000, by=ana),
        partial(shift_actions.close_uncounted_shift, opened.pk, reason="forgotten", by=marta),
    ]
    passed, refusals = act_at_once(calls * crowd)
    opened.refresh_from_db()
    with translation.override("en"):
        closed = shift_rules.why_not_close(ana, opened)

    assert passed == [opened]
    assert [(refusal.sentence, refusal.status) for refusal in refusals] == [(closed, 409)] * (2 * crowd - 1)
    assert (opened.version, opened.seals.count(), disagreements()) == (2, 1, [])


# --- Movements --------------------------------------------------------------------------------------------------------


def note_at_once(site, shift, crowd, **fields):
    till = browser(site, shift.cashier)
    fields = {"kind": "card", "amount": "1.000", **fields}
    return post_at_once([(till, address(shift, "movements/"), fields)] * crowd)


def check_all_are_added(shift, answers, crowd):
    shift.refresh_from_db()
    assert statuses(answers) == {302: crowd}
    assert (shift.card_total, shift.version) == (1_000 * crowd, 1 + crowd)
    assert (shift.movements.count(), shift.history.count(), disagreements()) == (crowd, 1 + crowd, [])


@pytest.mark.proof("Of movements noted at once none is lost")
def test_no_movement_is_lost(crowd, rounds, site, ana, spanish, record_property):
    for _ in range(rounds):
        shift = ShiftFactory(cashier=ana)
        check_all_are_added(shift, note_at_once(site, shift, crowd), crowd)
        shift_actions.close_shift(shift.pk, final_cash=0, by=ana)
    record_property("measured", f"{rounds} x {crowd} movements of 1.000: each time the sum is {group(1_000 * crowd)}")


@pytest.mark.proof("... and without the lock this proof fails")
def test_without_the_lock_the_check_of_movements_would_fail(crowd, opened, site_without_locks):
    answers = note_at_once(site_without_locks, opened, crowd)
    assert fails(check_all_are_added, answers, opened, answers, crowd)


def note_and_close_at_once(site, shift, crowd):
    """The close is one of the crowd. The answers to the movements, and that to the close."""
    till = browser(site, shift.cashier)
    posts = [(till, address(shift, "movements/"), {"kind": "card", "amount": "1.000"})] * crowd
    posts[crowd // 2] = till, address(shift, "close/"), {"final_cash": 0}
    answers = post_at_once(posts)
    closed = answers.pop(crowd // 2)
    return answers, closed


def check_each_is_counted_or_refused(shift, noted, closed):
    """Each addition is in the close's own snapshot; the others are asked why: 422 if the close was long over."""
    assert (closed.status, statuses(noted).keys() - {302, 409, 422}) == (302, set())
    assert ['name="reason"' in answer.page for answer in refused(noted)] == [True] * len(refused(noted))
    shift.refresh_from_db()
    added = 1_000 * statuses(noted)[302]
    assert (shift.card_total, shift.total_sales) == (added, added - 500_000)
    assert (shift.history.latest().card_total, shift.history.latest().status) == (added, "closed")
    assert disagreements() == []


@pytest.mark.proof("A movement that races the close is in its figures, or refused")
def test_a_movement_that_races_the_close_is_in_its_count_or_refused(crowd, rounds, site, ana, spanish, record_property):
    added, late = 0, 0
    for _ in range(rounds):
        shift = ShiftFactory(cashier=ana)
        noted, closed = note_and_close_at_once(site, shift, crowd)
        check_each_is_counted_or_refused(shift, noted, closed)
        added, late = added + statuses(noted)[302], late + len(refused(noted))
    record_property("measured", f"{rounds} closes among {added + late} movements: {added} counted, {late} refused")


@pytest.mark.proof("... and without the lock this proof fails")
def test_without_the_lock_the_check_of_the_race_with_the_close_would_fail(crowd, opened, site_without_locks):
    noted, closed = note_and_close_at_once(site_without_locks, opened, crowd)
    assert fails(check_each_is_counted_or_refused, [*noted, closed], opened, noted, closed)


def test_a_movement_is_voided_once(crowd, ana):
    shift = ShiftFactory(cashier=ana)
    movement = movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, 1_000), by=ana)
    voided, refusals = act_at_once(
        [partial(movement_actions.void_movement, shift.pk, movement.pk, reason="otra vez", by=ana)] * crowd
    )
    shift.refresh_from_db()

    assert (voided, [str(refusal) for refusal in refusals]) == (
        [movement],
        ["This movement was already voided."] * (crowd - 1),
    )
    assert (shift.card_total, shift.version) == (0, 3)


# --- Correcting -------------------------------------------------------------------------------------------------------


def correct_at_once(site, shift, people):
    """Each person another count, all decided on version 2."""
    fields = {"reason": "recuento", "version": 2}
    return post_at_once(
        [
            (browser(site, by), address(shift, "correct/"), {"final_cash": 700_000 + number, **fields})
            for number, by in enumerate(people)
        ]
    )


def check_first_correction_wins(shift, answers):
    """Every other page shows what its person typed beside what the shift now says."""
    assert statuses(answers) == {302: 1, 409: len(answers) - 1}
    shift.refresh_from_db()
    for number, answer in enumerate(answers):
        if answer.status == 409:
            assert f'value="{700_000 + number}"' in answer.page
            assert f"The shift now says: {group(shift.final_cash)}" in answer.page
    assert answers[shift.final_cash - 700_000].status == 302
    assert (shift.version, shift.history.count(), shift.seals.count(), disagreements()) == (3, 3, 2, [])


@pytest.fixture
def correctors(marta, ana):
    """A cashier and an administrator, who read English."""
    for user in (marta, ana):
        user.language = "en"
        user.save()
    return [marta, ana]


@pytest.mark.proof("Of two corrections of one version one wins, and the other page shows both; of fifty, one")
def test_of_corrections_decided_on_one_version_the_first_wins(crowd, rounds, site, ana, correctors, record_property):
    for _ in range(rounds):
        for people in (correctors, correctors * (crowd // 2)):
            shift = ShiftFactory(closed=True, cashier=ana)
            check_first_correction_wins(shift, correct_at_once(site, shift, people))
    record_property("measured", f"{rounds} x 2 and {rounds} x {crowd} corrections: one each time, the others 409")


@pytest.mark.proof("... and without the lock this proof fails")
def test_without_the_lock_the_check_of_correcting_would_fail(crowd, closed, correctors, site_without_locks):
    answers = correct_at_once(site_without_locks, closed, (correctors * crowd)[:crowd])
    assert fails(check_first_correction_wins, answers, closed, answers)


# --- What a shift leaves ----------------------------------------------------------------------------------------------


@pytest.fixture(params=["counted", "corrected", "deleted", "restored"])
def leave_otherwise(request, ana, marta):
    """An action after which the register's next shift has another gap: -9."""
    ShiftFactory(closed=True, cashier=ana, final_cash=9 if request.param == "deleted" else 5)
    if request.param == "counted":
        last = shift_actions.close_uncounted_shift(ShiftFactory(cashier=ana).pk, reason="forgotten", by=marta)
    else:
        last = ShiftFactory(closed=True, cashier=ana, final_cash=9 if request.param == "restored" else 7)
    if request.param == "deleted":
        return partial(mark_actions.delete_shift, last.pk, reason="twice", by=marta)
    if request.param == "restored":
        mark_actions.delete_shift(last.pk, reason="twice", by=marta)
        return partial(mark_actions.restore_shift, last.pk, reason="once", by=marta)
    said = {"version": last.version, "reason": "counted again", "final_cash": 9}
    return partial(shift_actions.correct_shift, last.pk, by=marta, **said)


@pytest.mark.races
@pytest.mark.parametrize("is_opened_first", [True, False])
def test_who_opens_while_what_was_left_changes_has_the_gap_to_what_it_is_then(
    is_opened_first, leave_otherwise, ana, monkeypatch
):
    opens = partial(ShiftFactory, cashier=ana, initial_cash=0)
    first, second, moment = leave_otherwise, opens, "follow"
    if is_opened_first:
        first, second, moment = opens, leave_otherwise, "set_gap"
    done, done_beside = run_while(monkeypatch, moment, first, second, module=gaps)
    assert (done[1], done_beside[1]) == ([], [])
    assert (CashSession.objects.get(status="open").gap, list(gaps.drift())) == (-9, [])


# --- Apart ------------------------------------------------------------------------------------------------------------


def apart(crowd):
    """That many cashiers with a register each: half of them in one pharmacy, the others in one each."""
    together = PharmacyFactory(name="Together", registers=crowd)
    for number in range(crowd):
        place = together if number % 2 else PharmacyFactory(name=f"P{number}", registers=crowd)
        yield PersonFactory(first_name=f"C{number}", role="Cashier", pharmacies=[place]), place, number + 1


@pytest.mark.proof("Shifts that have nothing to do with each other never refuse each other, in one pharmacy or in many")
def test_shifts_apart_are_opened_and_closed_at_once(crowd, rounds, site, record_property):
    tills = [(browser(site, cashier), place, register) for cashier, place, register in apart(crowd)]
    for _ in range(rounds):
        opened = post_at_once(
            [
                (till, "/sessions/open/", {"pharmacy": place.pk, "register": register, "initial_cash": 1})
                for till, place, register in tills
            ]
        )
        assert statuses(opened) == {302: crowd}
        closed = post_at_once(
            [
                (till, f"{answer.headers['Location']}close/", {"final_cash": 1, "card": 1_000})
                for (till, _place, _register), answer in zip(tills, opened, strict=True)
            ]
        )
        assert statuses(closed) == {302: crowd}
    assert (CashSession.objects.filter(card_total=1_000).count(), disagreements()) == (crowd * rounds, [])
    record_property("measured", f"{crowd * rounds} opens and as many closes, {crowd} at once: none refused")


def test_shifts_that_close_together_are_sealed_one_after_the_other(crowd, central):
    central.registers = crowd
    central.save()
    cashiers = [PersonFactory(first_name=f"C{number}", role="Cashier", pharmacies=[central]) for number in range(crowd)]
    shifts = [ShiftFactory(cashier=cashier, register=number + 1) for number, cashier in enumerate(cashiers)]
    closed, refusals = act_at_once(
        [partial(shift_actions.close_shift, shift.pk, final_cash=0, by=shift.cashier) for shift in shifts]
    )

    assert ({shift.pk for shift in closed}, refusals) == ({shift.pk for shift in shifts}, [])
    assert list(Seal.objects.order_by("number").values_list("number", flat=True)) == list(range(1, crowd + 1))
    assert list(hash_chain.drift()) == []


def test_shifts_that_change_places_in_the_tallies_never_wait_for_each_other_in_a_ring(crowd, ana, marta):
    """Half of them from short to over, half from over to short, all of one cashier."""
    counted = [400_000 if number % 2 else 600_000 for number in range(crowd)]
    shifts = [ShiftFactory(closed=True, cashier=ana, final_cash=cash, billed={"billed_cash": 0}) for cash in counted]
    other = {400_000: 600_000, 600_000: 400_000}
    calls = [
        partial(
            shift_actions.correct_shift,
            shift.pk,
            version=shift.version,
            reason="recount",
            final_cash=other[shift.final_cash],
            by=marta,
        )
        for shift in shifts
    ]
    passed, refusals = act_at_once(calls)

    assert (len(passed), refusals) == (crowd, [])
    assert list(running_totals.drift()) == []


def test_verdicts_of_one_cashier_at_the_same_moment_are_all_in_the_control_line(marta):
    """Each in a pharmacy of its own, or the running totals would let one after the other."""
    places = PharmacyFactory.create_batch(8)
    ana = PersonFactory(pharmacies=places)
    shifts = [ShiftFactory(closed=True, cashier=ana, pharmacy=place) for place in places]
    typed = [
        partial(
            shift_actions.correct_shift,
            shift.pk,
            version=shift.version,
            reason="because",
            billed_cash=701_000,
            by=marta,
        )
        for shift in shifts
    ]
    _done, refusals = act_at_once(typed)
    assert refusals == []
    assert ControlLine.objects.get(cashier=ana).compared == len(shifts)
    assert list(control_lines.drift()) == []


# --- Files ------------------------------------------------------------------------------------------------------------


def table():
    return SimpleUploadedFile("july.csv", b"Fecha;Efectivo\n01/07/2026;700.000\n")


def test_a_file_that_several_send_at_once_is_kept_once(crowd, central, marta):
    send = partial(receive_file, kind="billing", pharmacy=central, by=marta)
    kept, refusals = act_at_once([partial(send, table()) for _each in range(crowd)])
    assert ({batch.pk for batch in kept}, refusals) == ({Batch.objects.get().pk}, [])


def test_a_file_that_several_apply_at_once_is_applied_once(crowd, central, marta):
    batch = receive_file(table(), kind="billing", pharmacy=central, by=marta)
    applied, refusals = act_at_once([partial(apply_batch, batch.pk, by=marta)] * crowd)
    assert ([done.pk for done in applied], len(refusals)) == ([batch.pk], crowd - 1)
    assert [(day.billed_cash, day.version) for day in Day.objects.all()] == [(700_000, 1)]
    assert disagreements() == []


def test_of_two_files_about_one_day_one_is_applied_and_the_other_is_shown_anew(site, central, marta, olga):
    previews = []
    for person, cash in ((marta, "700.000"), (olga, "800.000")):
        client = signed_in(person)
        file = SimpleUploadedFile("july.csv", f"Fecha;Efectivo\n01/07/2026;{cash}\n".encode())
        kept = client.post("/imports/new/", {"pharmacy": central.pk, "kind": "billing", "file": file})
        previews.append((browser(site, person), f"{kept.url}apply/", fields_of(client.get(kept.url).text)))
    answers = post_at_once(previews)

    assert statuses(answers) == {302: 1, 409: 1}
    late = [answer.status for answer in answers].index(409)
    of, path, _fields = previews[late]
    renewed = answers[late].page
    assert ("700.000" in renewed, "800.000" in renewed) == (True, True)
    assert statuses(post_at_once([(of, path, fields_of(renewed))])) == {302: 1}
    assert [(day.billed_cash, day.version) for day in Day.objects.all()] == [((700_000, 800_000)[late], 2)]
    assert disagreements() == []


# --- Calls of billing systems -----------------------------------------------------------------------------------------


def test_replays_of_one_call_are_one(crowd, closed, marta):
    token, _key = create_token(closed.pharmacy, name="Factusys", by=marta)
    body = b'{"shift": %d, "cash": 700000}' % closed.pk
    taken, refusals = act_at_once([partial(take_call, token, read_call(body), body=body, key="one")] * crowd)

    closed.refresh_from_db()
    assert (sorted(call.is_new for call in taken), refusals) == ([False] * (crowd - 1) + [True], [])
    assert {call.batch for call in taken} == {Batch.objects.get()}
    assert (Source.objects.count(), closed.billed_cash, closed.history.count()) == (1, 700_000, 3)
    assert disagreements() == []


def test_calls_about_one_day_are_written_once(crowd, central, marta):
    token, _key = create_token(central, name="Factusys", by=marta)
    body = b'{"pharmacy": "Central", "date": "2026-07-01", "cash": 700000}'
    taken, refusals = act_at_once([partial(take_call, token, read_call(body), body=body) for _each in range(crowd)])

    assert (sum(call.is_new for call in taken), len(taken), refusals) == (1, crowd, [])
    assert [(day.billed_cash, day.version) for day in Day.objects.all()] == [(700_000, 1)]

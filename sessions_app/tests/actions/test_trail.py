"""Every action that changes money, people or pharmacies leaves who, when, old, new and why."""

import copy
import inspect
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.utils import translation

from accounts import actions as people
from accounts.models import User
from cashpilot import periods
from cashpilot.db import triggers
from cashpilot.exceptions import ActionRefused
from pharmacies import actions as pharmacies
from pharmacies import token_actions
from pharmacies.models import Pharmacy
from sessions_app.actions import calls as call_actions
from sessions_app.actions import days as day_actions
from sessions_app.actions import imports as import_actions
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import replies as reply_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.evidence.calls import read_call
from sessions_app.ledger import integrity
from sessions_app.models import CashSession
from testing.calls import say, say_of_day
from testing.cast import everybody
from testing.client import signed_in
from testing.database import nothing_written
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOW = datetime(2026, 7, 3, 15, 0, tzinfo=UTC)
DAY = date(2026, 7, 2)
DOUBTED_DAY = date(2026, 6, 29)
WHY = "x" * 500
CALL = b'{"pharmacy": "Central", "date": "2026-07-01", "cash": 70000}'
BALANCED = {"billed_cash": 700_000}
ACTORS = [
    token_actions,
    shift_actions,
    movement_actions,
    mark_actions,
    reply_actions,
    day_actions,
    import_actions,
    call_actions,
    people,
    pharmacies,
]
# Carried out by the others, or no write.
PARTS = {
    "facts_of",
    "new_password",
    "note",
    "others_manage",
    "follow_shift",
    "refusing_the_second",
    "refusing_the_second_writer",
    "write_locked_day",
    "take_day",
    "give_day_back",
    "take_shift",
    "hold",
    "hold_source",
    "verify_transfers",
    # The import's, whose trail tests/management/test_import_legacy.py asks.
    "bring_person",
    "bring_person_up_to_date",
    "bring_assignment",
    "bring_pharmacy",
    "bring_pharmacy_up_to_date",
    "write_imported_day",
}


# What they write has no figure of its own: a file that waits to be imported, a token, whose row says who and why.
UNTOLD = {"receive_file", "create_token", "revoke_token", "token_of", "count_call"}


def _received(pharmacy, content, by):
    table = SimpleUploadedFile("july.csv", content)
    return import_actions.receive_file(table, kind="billing", pharmacy=pharmacy, by=by)


@pytest.fixture(scope="module")
def past(module_db):
    """One of everything, in every state, made by somebody else a while ago."""
    w = everybody()
    ana, beto, marta, central, luque = w.ana, w.beto, w.marta, w.central, w.luque
    with periods.at(NOW - timedelta(hours=1)):
        transfer = NewMovement(Kind.TRANSFER, 2_000, "Gómez")
        w.opened = ShiftFactory(cashier=beto, register=1)
        w.closed = ShiftFactory(closed=True, cashier=ana, register=2, movements=[transfer], billed=BALANCED)
        w.movement = w.closed.movements.get()
        w.flagged, w.gone = [ShiftFactory(closed=True, cashier=ana, register=2) for _ in range(2)]
        mark_actions.flag_shift(w.flagged.pk, reason="otra vez", by=ana)
        mark_actions.delete_shift(w.gone.pk, reason="otra vez", by=marta)
    with periods.at(NOW - timedelta(minutes=5)):
        w.signed = ShiftFactory(closed=True, cashier=ana, register=2)
        mark_actions.sign_off_shift(w.signed.pk, note="otra vez", by=marta)
    with periods.at(NOW - timedelta(hours=1)):
        w.day = day_actions.write_day(central, DAY, by=marta, version=0, billed_cash=5)
        w.file = _received(central, b"Fecha;Efectivo\n1/7/2026;70000\n", marta)
        w.applied = _received(central, b"Fecha;Efectivo\n30/6/2026;70000\n", marta)
        import_actions.apply_batch(w.applied.pk, by=marta)
        w.token, _key = token_actions.create_token(central, name="Factusys", by=marta)
        w.doubted = ShiftFactory(closed=True, cashier=ana, register=2, billed=BALANCED)
        say(w.doubted, 715_000, by=marta)
        day_actions.write_day(central, DOUBTED_DAY, by=marta, version=0, billed_cash=5)
        say_of_day(w.token, date=str(DOUBTED_DAY), cash=6)
        pharmacies.edit_pharmacy(luque.pk, recounts_before_verdict=True, by=marta)
        w.waiting = ShiftFactory(closed=True, cashier=marta, pharmacy=luque, billed={"billed_cash": 1})
        w.disabled = _hire("otra@example.com", marta, luque)
        people.disable(w.disabled, reason="otra vez", by=marta)
        pharmacies.deactivate_pharmacy(luque.pk, reason="otra vez", by=marta)
    w.employee = _hire("nora@example.com", marta, central)
    return w


@pytest.fixture
def world(past, db):
    return copy.deepcopy(past)


@pytest.fixture
def ana(world):
    return world.ana


@pytest.fixture
def marta(world):
    return world.marta


def _hire(email, by, pharmacy):
    names = {"email": email, "first_name": "Nora", "last_name": "Paz", "role": "Cashier"}
    return people.create_person(**names, pharmacies=[pharmacy], by=by)[0].pk


def _undo_sign_off(w):
    """Five minutes after it, however long the tests have run."""
    with periods.at(NOW):
        return mark_actions.undo_sign_off(w.signed.pk, version=_shift_version(w.signed.pk), by=w.marta)


def _shift_version(pk):
    return CashSession.objects.get(pk=pk).version


# Action -> how Marta does it, and what it says about why; None: a plain entry, whose history says no more than who.
DONE = {
    "open_shift": (lambda w: shift_actions.open_shift(
        pharmacy=w.central, register=2, cashier=w.ana, initial_cash=1, by=w.marta), None),
    "add_movement": (lambda w: movement_actions.add_movement(
        w.closed.pk, new=NewMovement(Kind.CARD, 5), reason=WHY, by=w.marta), WHY),
    "void_movement": (
        lambda w: movement_actions.void_movement(w.closed.pk, w.movement.pk, reason=WHY, by=w.marta), WHY),
    "verify_transfer": (lambda w: movement_actions.verify_transfer(w.closed.pk, w.movement.pk, by=w.marta), None),
    "close_shift": (lambda w: shift_actions.close_shift(
        w.opened.pk, final_cash=5, movements=[NewMovement(Kind.CARD, 5)], by=w.marta), None),
    "recount_shift": (lambda w: shift_actions.recount_shift(w.waiting.pk, final_cash=5, by=w.marta), None),
    "close_uncounted_shift": (
        lambda w: shift_actions.close_uncounted_shift(w.opened.pk, reason=WHY, by=w.marta), WHY),
    "correct_opening": (lambda w: shift_actions.correct_opening(
        w.opened.pk, version=_shift_version(w.opened.pk), initial_cash=7, notes="", reason=WHY, by=w.marta), WHY),
    "correct_shift": (lambda w: shift_actions.correct_shift(
        w.closed.pk, version=_shift_version(w.closed.pk), final_cash=7, reason=WHY, by=w.marta), WHY),
    "flag_shift": (lambda w: mark_actions.flag_shift(w.closed.pk, reason=WHY, by=w.marta), WHY),
    "unflag_shift": (lambda w: mark_actions.unflag_shift(w.flagged.pk, reason=WHY, by=w.marta), WHY),
    "sign_off_shift": (lambda w: mark_actions.sign_off_shift(w.closed.pk, note=WHY, by=w.marta), WHY),
    "sign_off_together": (lambda w: mark_actions.sign_off_together(
        {w.closed.pk: _shift_version(w.closed.pk)}, note=WHY, by=w.marta), WHY),
    "decide_on_evidence": (lambda w: mark_actions.decide_on_evidence(
        w.doubted.pk, is_taken=True, version=_shift_version(w.doubted.pk), reason=WHY, by=w.marta), WHY),
    "undo_sign_off": (_undo_sign_off, "The sign-off was undone."),
    "add_reply": (lambda w: reply_actions.add_reply(w.closed.pk, text="x", by=w.ana), None),
    "delete_shift": (lambda w: mark_actions.delete_shift(w.closed.pk, reason=WHY, by=w.marta), WHY),
    "restore_shift": (lambda w: mark_actions.restore_shift(w.gone.pk, reason=WHY, by=w.marta), WHY),
    "write_day": (
        lambda w: day_actions.write_day(w.central, DAY, by=w.marta, version=1, reason=WHY, billed_cash=6), WHY),
    "sign_off_day": (lambda w: day_actions.sign_off_day(w.central, DAY, note=WHY, version=1, by=w.marta), WHY),
    "decide_on_day": (lambda w: day_actions.decide_on_day(
        w.central, DOUBTED_DAY, is_taken=True, reason=WHY, version=1, by=w.marta), WHY),
    "apply_batch": (lambda w: import_actions.apply_batch(w.file.pk, by=w.marta), "Imported from july.csv."),
    "take_call": (lambda w: call_actions.take_call(w.token, read_call(CALL), body=CALL), "Sent by Factusys."),
    "undo_batch": (lambda w: import_actions.undo_batch(w.applied.pk, reason=WHY, by=w.marta), WHY),
    "create_person": (lambda w: people.create_person(
        email="x@example.com", first_name="X", last_name="Y", role="Cashier", pharmacies=[w.central], reason=WHY,
        by=w.marta), WHY),
    "edit_person": (lambda w: people.edit_person(
        w.employee, first_name="X", role="Auditor", pharmacies=[w.luque], reason=WHY, by=w.marta), WHY),
    "disable": (lambda w: people.disable(w.employee, reason=WHY, by=w.marta), WHY),
    "anonymise": (lambda w: people.anonymise(w.disabled, reason=WHY, by=w.marta), WHY),
    "enable": (lambda w: people.enable(w.disabled, reason=WHY, by=w.marta), WHY),
    "assign": (lambda w: people.assign(w.employee, pharmacies=[w.luque], reason=WHY, by=w.marta), WHY),
    "reset_password": (lambda w: people.reset_password(w.employee, reason=WHY, by=w.marta), WHY),
    "change_own_password": (lambda w: people.change_own_password(
        password="another one", by=w.marta), "own password changed"),
    "sign_out_everywhere": (lambda w: people.sign_out_everywhere(by=w.marta), "other sessions signed out"),
    "choose_language": (lambda w: people.choose_language(language="en", by=w.marta), None),
    "choose_mails": (lambda w: people.choose_mails(by=w.marta, mails_digest=True), None),
    "create_pharmacy": (lambda w: pharmacies.create_pharmacy(name="Nueva", by=w.marta), None),
    "edit_pharmacy": (lambda w: pharmacies.edit_pharmacy(w.central.pk, name="Otra", by=w.marta), None),
    "deactivate_pharmacy": (lambda w: pharmacies.deactivate_pharmacy(w.central.pk, reason=WHY, by=w.marta), WHY),
    "reactivate_pharmacy": (lambda w: pharmacies.reactivate_pharmacy(w.luque.pk, reason=WHY, by=w.marta), WHY),
}  # fmt: skip
# An account that is not locked is not unlocked, and a session ends whose key is known: tests beside the people's.
ELSEWHERE = {"unlock", "end_session"}


def test_every_action_has_its_row():
    there = {
        name
        for module in ACTORS
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    writing = {name for name in there if not name.startswith(("why_not", "in_the_way"))}
    assert writing - PARTS - UNTOLD - ELSEWHERE == DONE.keys()


def _rows():
    """Every row that has a history, and where its history ends: {(model, pk): (its columns, last history row)}."""
    rows = {}
    for model in triggers.tracked_models():
        names = [field.attname for field in model.history.model.tracked_fields]
        for row in model._base_manager.values("pk", *names):
            last = model.history.filter(id=row["pk"]).order_by("-history_id").first()
            rows[model, row["pk"]] = ({name: row[name] for name in names}, last)
    return rows


@pytest.mark.parametrize("action", DONE)
def test_it_leaves_who_when_old_new_and_why(action, world, marta, ana):
    act, why = DONE[action]
    before = _rows()
    with periods.at(NOW), translation.override("en"):
        act(world)
    after = _rows()

    told = 0
    for key, (row, last) in after.items():
        old_row, old_last = before.get(key, (None, None))
        if row != old_row:
            told += 1
            assert {name: getattr(last, name) for name in row} == row, "what is new is told"
            assert last.history_user == (ana if action == "add_reply" else marta), "who did it is told"
            assert last.history_date == NOW or action == "choose_language", "when is told"
            assert last.history_change_reason == why or why is None, "why is told, every letter of it"
            if old_row:
                newest = key[0].history.filter(id=key[1]).order_by("-history_id").values_list("pk", flat=True)
                assert list(newest[:2]) == [last.pk, old_last.pk], "what was there before is the row before, told once"
    told += sum(key not in after for key in before)
    assert told > 0 or action == "reset_password"
    assert list(integrity.history_ends_in_the_present()) == []
    assert list(integrity.nothing_is_gone()) == []


@pytest.mark.parametrize("action", DONE)
def test_without_its_history_nothing_is_written(action, world, monkeypatch):
    def full(*args, **kwargs):
        raise OSError("no space left on device")

    for model in triggers.tracked_models():
        monkeypatch.setattr(model.history.model, "save", full)
    with nothing_written(), pytest.raises(OSError, match="no space"), transaction.atomic():
        DONE[action][0](world)


WITH_REASON = [action for action, (_act, why) in DONE.items() if why == WHY]


@pytest.mark.parametrize("action", WITH_REASON)
def test_one_letter_more_is_refused(action, world, monkeypatch):
    """Not cut off, and not left to the column, which SQLite does not hold to."""
    monkeypatch.setitem(globals(), "WHY", "x" * 501)
    if action == "sign_off_together":
        [refusal] = DONE[action][0](world).values()
        assert "500" in refusal.sentence
        return
    with nothing_written(), pytest.raises(ActionRefused, match="500"):
        DONE[action][0](world)


def test_the_commands_leave_why_too(world):
    names = {"first_name": "Norma", "last_name": "Paz", "role": "cashier"}
    call_command("create_user", "norma@example.com", pharmacy=[world.central.name], **names, stdout=StringIO())
    call_command("reset_password", "norma@example.com", stdout=StringIO())
    norma = User.objects.get(email="norma@example.com")
    assert [row.history_change_reason for row in norma.history.order_by("history_id")] == [
        "manage.py create_user",
        "manage.py reset_password",
    ]
    assert norma.assignments.get().history.get().history_change_reason == "manage.py create_user"


def test_a_page_hands_on_every_letter_of_the_reason(world, marta):
    office = signed_in(marta)
    for path, row in (
        (f"/sessions/{world.closed.pk}/flag/", world.closed),
        (f"/people/{world.employee}/disable/", User.objects.get(pk=world.employee)),
        (f"/pharmacies/{world.central.pk}/deactivate/", Pharmacy.objects.get(pk=world.central.pk)),
    ):
        with nothing_written():
            assert office.post(path, {"reason": WHY + "x"}).status_code == 422
        assert office.post(path, {"reason": WHY}).status_code == 302
        assert row.history.latest().history_change_reason == WHY

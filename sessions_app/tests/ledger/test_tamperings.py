"""Seals and anchors find out an owner of the database who takes care that rows and histories agree: 63 tamperings.

The owner switches the guards off, may write everything, and has every hash but not the key.
"""

import copy
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from accounts import actions as people
from accounts.models import SignIn
from pharmacies import actions as pharmacy_actions
from pharmacies.models import Assignment, Pharmacy
from sessions_app.actions import days as day_actions
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import replies as reply_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.ledger import anchors, hash_chain, integrity
from sessions_app.models import Anchor, CashSession, Movement, Seal
from testing.cast import everybody
from testing.database import as_owner
from testing.factories import ShiftFactory

pytestmark = pytest.mark.slow  # together

SHIFT, MOVEMENT = CashSession._meta.db_table, Movement._meta.db_table
SHIFTS, MOVEMENTS = f"{SHIFT[:13]}historicalcashsession", f"{MOVEMENT[:13]}historicalmovement"
DAY, DAYS = "sessions_app_day", "sessions_app_historicalday"
PLACE, PLACES = "pharmacies_pharmacy", "pharmacies_historicalpharmacy"
PERSON, PEOPLE = "accounts_user", "accounts_historicaluser"
ROLE, ROLES = "accounts_user_groups", "accounts_historicaluser_groups"
WORKS, WORKED = "pharmacies_assignment", "pharmacies_historicalassignment"
SEAL, ANCHOR, SIGN_IN = "sessions_app_seal", "sessions_app_anchor", "accounts_signin"


@pytest.fixture(scope="module")
def written(module_db):
    """A pharmacy with a history of everything, fixed by an anchor whose line is kept elsewhere; no guard stands."""
    world = everybody()
    ana, beto, marta = world.ana, world.beto, world.marta
    world.first = ShiftFactory(cashier=ana)
    world.expense = movement_actions.add_movement(world.first.pk, new=NewMovement(Kind.EXPENSE, 2_000, "Hielo"), by=ana)
    world.voided = movement_actions.add_movement(world.first.pk, new=NewMovement(Kind.CARD, 7_000), by=ana)
    movement_actions.void_movement(world.first.pk, world.voided.pk, reason="Dos veces", by=ana)
    transfer = NewMovement(Kind.TRANSFER, 9_000, "Giménez")
    world.ticked = movement_actions.add_movement(world.first.pk, new=transfer, by=ana)
    world.pending = movement_actions.add_movement(world.first.pk, new=transfer, by=ana)
    shift_actions.close_shift(world.first.pk, final_cash=600_000, billed={"billed_cash": 102_000}, by=ana)
    movement_actions.verify_transfer(world.first.pk, world.ticked.pk, by=marta)
    version = CashSession.objects.get(pk=world.first.pk).version
    shift_actions.correct_shift(world.first.pk, version=version, reason="Conté mal", final_cash=590_000, by=ana)
    mark_actions.flag_shift(world.first.pk, reason="Mirar", by=marta)
    world.reply = reply_actions.add_reply(world.first.pk, text="Faltaba un vuelto", by=ana)
    world.last = ShiftFactory(cashier=ana, closed=True)
    world.open = ShiftFactory(cashier=beto, register=2)
    world.noted = movement_actions.add_movement(world.open.pk, new=NewMovement(Kind.CARD, 5_000), by=beto)
    day = world.first.business_date
    world.day = day_actions.write_day(world.luque, day, version=0, by=marta, billed_cash=10_000)
    day_actions.write_day(world.luque, day, version=1, by=marta, billed_cash=20_000)
    _change_people_and_places(world)
    world.sign_in = SignIn.objects.create(kind="failed", account="x@example.com")
    anchors.make()
    world.kept = [str(anchor) for anchor in Anchor.objects.all()]
    with as_owner():
        yield world


@pytest.fixture
def world(written, db):
    return copy.deepcopy(written)


def _change_people_and_places(world):
    pharmacy_actions.edit_pharmacy(world.luque.pk, cash_tolerance=500, by=world.marta)
    people.disable(world.otto.pk, reason="De licencia", by=world.marta)


def latest(table, pk):
    return f"(SELECT MAX(history_id) FROM {table} WHERE id = {pk})"


def everywhere(row, history, change, pk):
    """The row, and all that its history says."""
    return [f"UPDATE {row} SET {change} WHERE id = {pk}", f"UPDATE {history} SET {change} WHERE id = {pk}"]


def in_the_present(row, history, change, pk):
    """The row and the latest row of its history."""
    return [
        f"UPDATE {row} SET {change} WHERE id = {pk}",
        f"UPDATE {history} SET {change} WHERE history_id = {latest(history, pk)}",
    ]


def undone(row, history, change, pk):
    """The latest row of its history is gone, and the row as it was before."""
    return [
        f"DELETE FROM {history} WHERE history_id = {latest(history, pk)}",
        f"UPDATE {row} SET {change} WHERE id = {pk}",
    ]


def gone(row, history, pk):
    return [f"DELETE FROM {row} WHERE id = {pk}", f"DELETE FROM {history} WHERE id = {pk}"]


def shift_gone(pk):
    notes = f"(SELECT id FROM {MOVEMENT} WHERE session_id = {pk})"
    return [
        f"DELETE FROM {MOVEMENTS} WHERE id IN {notes}",
        f"DELETE FROM {MOVEMENT} WHERE session_id = {pk}",
        f"DELETE FROM {SEAL} WHERE session_id = {pk}",
        *gone(SHIFT, SHIFTS, pk),
    ]


def copied(model, pk, **changes):
    """The row once more, with changes."""
    columns = [
        column.column for column in model._meta.concrete_fields if not column.primary_key and not column.generated
    ]
    values = ", ".join(str(changes.get(column, column)) for column in columns)
    table, key = model._meta.db_table, model._meta.pk.column
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {key} = {pk}"


def count(pk, cash):
    return in_the_present(SHIFT, SHIFTS, f"final_cash = {cash}", pk)


def chain_anew(_world, *, key, pretend):
    """Compute the chain of every pharmacy anew: without a key, or with another one under the name of ours."""
    found = []
    for pharmacy in Pharmacy.objects.all():
        previous = ""
        for seal in Seal.objects.filter(pharmacy=pharmacy).order_by("number"):
            seal.content = hash_chain.content_of(seal.session)
            previous = hash_chain.chained(f"{key}{previous}", seal.content)
            name = seal.key if pretend else ""
            rest = "" if pretend else ", rule = 4"
            found.append(
                f"UPDATE {SEAL} SET content = '{seal.content}', seal = '{previous}', key = '{name}'{rest}"
                f" WHERE id = {seal.pk}"
            )
    return found


UNFLAGGED = "flagged_at = NULL, flagged_by_id = NULL, flag_reason = '', version = version - 1"
NOW = "CURRENT_TIMESTAMP"
CHAIN, ROWS, PASSWORDS = {"seals"}, {"seals of the histories"}, {"seals of passwords"}
ANCHORS, ELSEWHERE = {"anchors"}, {"anchors kept elsewhere"}
# Name, and the checks that nobody without the key can appease and that find it; statements of the owner.
TAMPERINGS = [
    # Shifts
    ("counted cash", CHAIN, lambda w: [f"UPDATE {SHIFT} SET final_cash = 580000 WHERE id = {w.first.pk}"]),
    ("counted cash, and in the history", CHAIN | ROWS, lambda w: count(w.first.pk, 580_000)),
    ("who was the cashier", CHAIN | ROWS, lambda w: everywhere(SHIFT, SHIFTS, f"cashier_id = {w.beto.pk}", w.first.pk)),
    ("when it was closed", CHAIN | ROWS, lambda w: everywhere(SHIFT, SHIFTS, "closed_at = opened_at", w.last.pk)),
    ("its notes", CHAIN | ROWS, lambda w: everywhere(SHIFT, SHIFTS, "notes = 'Otra'", w.first.pk)),
    (
        "the reason of a correction",
        CHAIN | ROWS,
        lambda w: [f"UPDATE {SHIFTS} SET history_change_reason = 'Otra' WHERE version = 7"],
    ),
    (
        "who corrected",
        CHAIN | ROWS,
        lambda w: [f"UPDATE {SHIFTS} SET history_user_id = {w.marta.pk} WHERE version = 7"],
    ),
    (
        "when it was corrected",
        CHAIN | ROWS,
        lambda w: [f"UPDATE {SHIFTS} SET history_date = opened_at WHERE version = 7"],
    ),
    (
        "a version is gone, the others renumbered",
        CHAIN | ROWS | ANCHORS,
        lambda w: [
            f"DELETE FROM {SHIFTS} WHERE id = {w.first.pk} AND version = 7",
            f"UPDATE {SHIFTS} SET version = version - 1 WHERE id = {w.first.pk} AND version > 7",
            f"UPDATE {SHIFT} SET version = version - 1 WHERE id = {w.first.pk}",
        ],
    ),
    (
        "the flag is gone",
        CHAIN | ANCHORS,
        lambda w: [
            *undone(
                SHIFT,
                SHIFTS,
                UNFLAGGED,
                w.first.pk,
            ),
            f"DELETE FROM {SEAL} WHERE id = (SELECT MAX(id) FROM {SEAL} WHERE session_id = {w.first.pk})",
        ],
    ),
    (
        "a sign-off",
        CHAIN | ROWS,
        lambda w: in_the_present(
            SHIFT,
            SHIFTS,
            f"signed_off_at = {NOW}, signed_off_by_id = {w.marta.pk}, signed_off_note = 'Bien'",
            w.first.pk,
        ),
    ),
    (
        "deleted",
        CHAIN | ROWS,
        lambda w: in_the_present(
            SHIFT, SHIFTS, f"deleted_at = {NOW}, deleted_by_id = {w.marta.pk}, delete_reason = 'Doble'", w.first.pk
        ),
    ),
    ("a closed shift is gone with all its traces", CHAIN | ANCHORS, lambda w: shift_gone(w.first.pk)),
    ("the last closing is cut off", ANCHORS, lambda w: shift_gone(w.last.pk)),
    (
        "the last closing is cut off, and what anchored it",
        ELSEWHERE,
        lambda w: [*shift_gone(w.last.pk), f"DELETE FROM {ANCHOR}"],
    ),
    (
        "the chain computed anew",
        CHAIN | ROWS | ANCHORS,
        lambda w: [*count(w.first.pk, 580_000), lambda: chain_anew(w, key="", pretend=False)],
    ),
    (
        "the chain computed anew, and no anchors",
        CHAIN | ROWS | ELSEWHERE,
        lambda w: [
            *count(w.first.pk, 580_000),
            lambda: chain_anew(w, key="", pretend=False),
            f"DELETE FROM {ANCHOR}",
        ],
    ),
    (
        "the chain computed anew with another key",
        CHAIN | ROWS | ANCHORS,
        lambda w: [
            *count(w.first.pk, 580_000),
            lambda: chain_anew(w, key="another", pretend=True),
        ],
    ),
    ("a seal names another shift", CHAIN, lambda w: [f"UPDATE {SEAL} SET session_id = {w.last.pk} WHERE number = 1"]),
    ("when it was sealed", CHAIN, lambda w: [f"UPDATE {SEAL} SET sealed_at = '2026-01-01T00:00:00Z' WHERE number = 1"]),
    (
        "a shift that is open: its opening cash",
        ROWS,
        lambda w: [
            *everywhere(SHIFT, SHIFTS, "initial_cash = 400000", w.open.pk),
            f"UPDATE {SHIFT} SET first_initial_cash = 400000 WHERE id = {w.open.pk}",
        ],
    ),
    (
        "a shift that is open: its cashier",
        ROWS,
        lambda w: everywhere(SHIFT, SHIFTS, f"cashier_id = {w.ana.pk}", w.open.pk),
    ),
    ("a shift that is open is gone", ANCHORS, lambda w: shift_gone(w.open.pk)),
    (
        "a shift that is open is gone, and what anchored it",
        ELSEWHERE,
        lambda w: [*shift_gone(w.open.pk), f"DELETE FROM {ANCHOR}"],
    ),
    # Movements
    (
        "an amount, and the sum",
        ROWS,
        lambda w: [
            *everywhere(MOVEMENT, MOVEMENTS, "amount = 4000", w.noted.pk),
            *in_the_present(SHIFT, SHIFTS, "card_total = 4000", w.open.pk),
        ],
    ),
    ("who noted it", ROWS, lambda w: everywhere(MOVEMENT, MOVEMENTS, f"created_by_id = {w.ana.pk}", w.noted.pk)),
    (
        "who noted it, in the history",
        ROWS,
        lambda w: [f"UPDATE {MOVEMENTS} SET history_user_id = {w.marta.pk} WHERE id = {w.expense.pk}"],
    ),
    ("when it was noted", ROWS, lambda w: everywhere(MOVEMENT, MOVEMENTS, f"created_at = {NOW}", w.noted.pk)),
    ("its description", CHAIN | ROWS, lambda w: everywhere(MOVEMENT, MOVEMENTS, "description = 'Agua'", w.expense.pk)),
    (
        "who voided it",
        CHAIN | ROWS,
        lambda w: in_the_present(MOVEMENT, MOVEMENTS, f"voided_by_id = {w.marta.pk}", w.voided.pk),
    ),
    (
        "who voided it, in the history",
        ROWS,
        lambda w: [
            f"UPDATE {MOVEMENTS} SET history_user_id = {w.marta.pk} WHERE id = {w.voided.pk} AND history_type = '~'"
        ],
    ),
    (
        "a tick",
        ROWS,
        lambda w: in_the_present(
            MOVEMENT, MOVEMENTS, f"verified_at = created_at, verified_by_id = {w.marta.pk}", w.pending.pk
        ),
    ),
    (
        "a tick with a row of history",
        ROWS,
        lambda w: [
            copied(
                Movement.history.model,
                latest(MOVEMENTS, w.pending.pk),
                history_type="'~'",
                verified_at="created_at",
                verified_by_id=w.marta.pk,
            ),
            f"UPDATE {MOVEMENT} SET verified_at = created_at, verified_by_id = {w.marta.pk} WHERE id = {w.pending.pk}",
        ],
    ),
    (
        "a tick is gone",
        ANCHORS,
        lambda w: undone(MOVEMENT, MOVEMENTS, "verified_at = NULL, verified_by_id = NULL", w.ticked.pk),
    ),
    ("who ticked", ROWS, lambda w: in_the_present(MOVEMENT, MOVEMENTS, f"verified_by_id = {w.ana.pk}", w.ticked.pk)),
    (
        "a movement is gone from an open shift",
        ANCHORS,
        lambda w: [
            *gone(MOVEMENT, MOVEMENTS, w.noted.pk),
            *undone(SHIFT, SHIFTS, "card_total = 0, version = 1", w.open.pk),
        ],
    ),
    (
        "the first row of a movement's history",
        ROWS | ANCHORS,
        lambda w: [f"DELETE FROM {MOVEMENTS} WHERE id = {w.ticked.pk} AND history_type = '+'"],
    ),
    (
        "a reply",
        CHAIN | ROWS,
        lambda w: everywhere("sessions_app_reply", "sessions_app_historicalreply", "text = 'Fui yo'", w.reply.pk),
    ),
    # Days
    ("what a day billed", ROWS, lambda w: in_the_present(DAY, DAYS, "billed_cash = 30000", w.day.pk)),
    ("who wrote a day", ROWS, lambda w: [f"UPDATE {DAYS} SET history_user_id = {w.ana.pk} WHERE version = 1"]),
    ("a day as it was before", ANCHORS, lambda w: undone(DAY, DAYS, "billed_cash = 10000, version = 1", w.day.pk)),
    ("a day is gone", ANCHORS, lambda w: gone(DAY, DAYS, w.day.pk)),
    # Pharmacies
    ("a tolerance", ROWS, lambda w: in_the_present(PLACE, PLACES, "cash_tolerance = 9000", w.luque.pk)),
    ("a tolerance as it was before", ANCHORS, lambda w: undone(PLACE, PLACES, "cash_tolerance = 0", w.luque.pk)),
    (
        "why a tolerance was changed",
        ROWS,
        lambda w: [
            f"UPDATE {PLACES} SET history_change_reason = 'Otra' WHERE history_id = {latest(PLACES, w.luque.pk)}"
        ],
    ),
    (
        "who changed a tolerance",
        ROWS,
        lambda w: [f"UPDATE {PLACES} SET history_user_id = {w.ana.pk} WHERE history_id = {latest(PLACES, w.luque.pk)}"],
    ),
    (
        "the first row of a pharmacy's history",
        ROWS | ANCHORS,
        lambda w: [f"DELETE FROM {PLACES} WHERE id = {w.luque.pk} AND history_type = '+'"],
    ),
    # People
    (
        "a password",
        PASSWORDS,
        lambda w: [f"UPDATE {PERSON} SET password = 'pbkdf2_sha256$1$a$b' WHERE id = {w.marta.pk}"],
    ),
    (
        "a password, copied with its seal",
        PASSWORDS,
        lambda w: [
            f"UPDATE {PERSON} SET password = (SELECT password FROM {PERSON} WHERE id = {w.ana.pk}),"
            f" password_seal = (SELECT password_seal FROM {PERSON} WHERE id = {w.ana.pk}) WHERE id = {w.marta.pk}"
        ],
    ),
    ("an e-mail", ROWS, lambda w: everywhere(PERSON, PEOPLE, "email = 'other@example.com'", w.marta.pk)),
    (
        "who was disabled is active",
        ANCHORS,
        lambda w: undone(PERSON, PEOPLE, "is_active = (1 = 1), sign_outs = 0", w.otto.pk),
    ),
    (
        "why somebody was disabled",
        ROWS,
        lambda w: [
            f"UPDATE {PEOPLE} SET history_change_reason = 'Otra' WHERE history_id = {latest(PEOPLE, w.otto.pk)}"
        ],
    ),
    (
        "who disabled somebody",
        ROWS,
        lambda w: [f"UPDATE {PEOPLE} SET history_user_id = {w.ana.pk} WHERE history_id = {latest(PEOPLE, w.otto.pk)}"],
    ),
    (
        "a role as it was before",
        ROWS | ANCHORS,
        lambda w: [
            f"UPDATE {ROLES} SET group_id = (SELECT id FROM auth_group WHERE name = 'Admin')"
            f" WHERE history_id = (SELECT MIN(history_id) FROM {PEOPLE} WHERE id = {w.otto.pk})",
        ],
    ),
    (
        "what the history says of a role is gone",
        ROWS | ANCHORS,
        lambda w: [f"DELETE FROM {ROLES} WHERE history_id = {latest(PEOPLE, w.ana.pk)}"],
    ),
    (
        "a role",
        ROWS | ANCHORS,
        lambda w: [
            f"UPDATE {ROLE} SET group_id = (SELECT id FROM auth_group WHERE name = 'Admin') WHERE user_id = {w.ana.pk}",
            f"UPDATE {ROLES} SET group_id = (SELECT id FROM auth_group WHERE name = 'Admin')"
            f" WHERE history_id = {latest(PEOPLE, w.ana.pk)}",
        ],
    ),
    ("an assignment is gone", ANCHORS, lambda w: gone(WORKS, WORKED, w.beto.assignments.get().pk)),
    (
        "an assignment is another's",
        ROWS,
        lambda w: everywhere(WORKS, WORKED, f"user_id = {w.otto.pk}", w.beto.assignments.get().pk),
    ),
    (
        "an assignment is ended",
        ROWS,
        lambda w: [
            copied(Assignment.history.model, latest(WORKED, w.beto.assignments.get().pk), history_type="'-'"),
            f"DELETE FROM {WORKS} WHERE user_id = {w.beto.pk}",
        ],
    ),
    # What else is only added to
    ("a sign-in is gone", ANCHORS, lambda w: [f"DELETE FROM {SIGN_IN} WHERE id = {w.sign_in.pk}"]),
    ("from where somebody signed in", ANCHORS, lambda w: [f"UPDATE {SIGN_IN} SET account = 'y@example.com'"]),
    (
        "the last anchor is gone",
        ELSEWHERE,
        lambda w: [f"DELETE FROM {ANCHOR} WHERE id = (SELECT MAX(id) FROM {ANCHOR})"],
    ),
    ("an anchor that adopts", ANCHORS, lambda w: [f"UPDATE {ANCHOR} SET adopts = (1 = 1)"]),
]


def found(world):
    """Return the names of the checks that find something."""
    checks = {name: integrity.CHECKS[name] for name in CHAIN | ROWS | PASSWORDS | ANCHORS}
    checks |= dict.fromkeys(ELSEWHERE, lambda: anchors.unlike(world.kept))
    return {name for name, check in checks.items() if next(iter(check()), None)}


@contextmanager
def as_if(statements):
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in statements:
                for each in statement() if callable(statement) else [statement]:
                    cursor.execute(each)
        yield
        transaction.set_rollback(True)


def test_what_the_actions_wrote_agrees(world):
    assert found(world) == set()


@pytest.mark.parametrize(("finders", "statements"), [pytest.param(*rest, id=name) for name, *rest in TAMPERINGS])
def test_it_is_found(world, finders, statements):
    with as_if(statements(world)):
        assert found(world) == finders

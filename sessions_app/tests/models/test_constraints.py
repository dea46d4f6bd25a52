"""The database itself refuses a bad row: one bad row per constraint, and no constraint without its bad row."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError
from django.utils import translation

from accounts.models import SignIn, User
from cashpilot.db import constraints
from cashpilot.money import MAXIMUM
from pharmacies.models import ApiToken, Assignment, Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import SOURCE_OF, Kind, Status
from sessions_app.models import (
    BILLED,
    SUMMED,
    Anchor,
    Batch,
    CashSession,
    ControlLine,
    Day,
    DayVerdict,
    IdempotencyKey,
    Imported,
    Line,
    Mail,
    Match,
    Movement,
    Pulse,
    Reply,
    RunningTotal,
    Seal,
    Source,
)
from testing.cast import everybody
from testing.factories import ShiftFactory

pytestmark = pytest.mark.slow

OPENED = datetime(2026, 7, 3, 11, 0, tzinfo=UTC)
TOKEN = UUID("11111111-2222-3333-4444-555555555555")
NEVER = {"applied_at": None, "applied_by": None}
LINE = 77
CLOSED = {"status": Status.CLOSED, "closed_at": OPENED, "final_cash": 0, "tolerance": 0}
OURS = [
    model
    for app in ("accounts", "pharmacies", "sessions_app")
    for model in apps.get_app_config(app).get_models()
    if not hasattr(model, "history_type") and not model._meta.pk.name.endswith("history_id")
]


@pytest.fixture(scope="module")
def world(module_db):
    """People and places, and `good`: model -> the values of a row that passes, of which a bad one differs in one thing.

    Ana has a shift open in the first pharmacy, and there is a row of each model.
    """
    world = everybody()
    world.good = rows_that_pass(world.ana, world.beto, world.central, world.luque)
    return world


@pytest.fixture
def good(world, db):
    return deepcopy(world.good)


@pytest.fixture
def beto(world, db):
    return deepcopy(world.beto)


def rows_that_pass(ana, beto, central, luque):
    held = {"opened_at": OPENED, "business_date": OPENED.date(), "initial_cash": 0}
    shift = CashSession.objects.create(pharmacy=central, cashier=ana, **held)
    IdempotencyKey.objects.create(key=TOKEN, person=ana, scope="/sessions/open/")
    link = {"number": 1, "session": shift, "content": "c", "seal": "s", "sealed_at": OPENED}
    Seal.objects.create(pharmacy=central, **link)
    anchor = {"key": "k", "seal": "s", "made_at": OPENED}
    Anchor.objects.create(number=1, **anchor)
    letter = {"occasion": "digest", "subject": "s", "text": "t", "html": "h", "owed_at": OPENED, "due_at": OPENED}
    Mail.objects.create(person=ana, **letter)
    kept = {"source_table": "cash_sessions", "source_id": "7", "digest": "d", "row": {"id": 7}}
    kept |= {"target": "shift", "target_id": shift.pk, "version": 1, "imported_at": OPENED, "imported_by": ana}
    Imported.objects.create(**kept)
    sums = dict.fromkeys([*SUMMED, "unverified_transfers", "unverified_amount"], 0)
    tally = {"result": "short", "is_flagged": False, "is_signed_off": False, "shifts": 1, **sums}
    RunningTotal.objects.create(pharmacy=central, cashier=ana, **tally)
    verdict = {"date": OPENED.date(), "result": "short", "difference": -1, "is_signed_off": False}
    DayVerdict.objects.create(pharmacy=central, **verdict)
    Day.objects.create(pharmacy=central, date=OPENED.date())
    movement = {"kind": Kind.CARD, "amount": 1, "created_at": OPENED, "created_by": ana}
    source = Source.objects.create(kind="billing", pharmacy=central)
    Source.objects.create(kind="bank", name="Itaú 1")
    received = {"source": source, "name": "july.csv", "digest": "d", "created_at": OPENED, "created_by": ana}
    received |= {"applied_at": OPENED, "applied_by": ana}
    batch = Batch.objects.create(**received)
    line = Line.objects.create(pk=LINE, batch=batch, place=1, date=OPENED.date())
    Match.objects.create(batch=batch, line=line, shift=shift)
    token = {"pharmacy": central, "name": "Factusys", "beginning": "cp_1", "created_at": OPENED, "created_by": ana}
    ApiToken.objects.create(**token)
    return {
        CashSession: {"pharmacy": luque, "cashier": beto, **held},
        Movement: {"session": shift, **movement},
        IdempotencyKey: {"key": TOKEN, "person": beto, "scope": "/sessions/open/"},
        Seal: {"pharmacy": luque, **link},
        Anchor: {"number": 2, **anchor},
        Pulse: {"name": "mails", "beat_at": OPENED},
        Mail: {"person": beto, **letter},
        RunningTotal: {"pharmacy": luque, "cashier": ana, **tally},
        DayVerdict: {"pharmacy": luque, **verdict},
        ControlLine: {"cashier": ana},
        Reply: {"session": shift, "text": "I recounted.", "created_at": OPENED, "created_by": ana},
        Day: {"pharmacy": luque, "date": OPENED.date()},
        Imported: {**kept, "source_id": "8"},
        Source: {"kind": "billing", "pharmacy": luque},
        Batch: {**received, "digest": "e"},
        Line: {"batch": batch, "place": 2, "date": OPENED.date()},
        Match: {"batch": batch, "shift": shift},
        Pharmacy: {"name": "Norte"},
        ApiToken: {**token, "beginning": "cp_2"},
        SignIn: {"kind": "in", "person": ana, "account": "ana@example.com"},
        Assignment: {"user": ana, "pharmacy": luque},
        User: {"email": "new@example.com", "first_name": "New", "last_name": "Person"},
    }


# Stand for a person and a pharmacy that already have an open shift.
ANA, CENTRAL = object(), object()


def halves(mark, words, **others):
    """The six ways in which a mark can be set in part."""
    whole = {f"{mark}_at": OPENED, f"{mark}_by": ANA, words: "because"}
    names = list(whole)
    return [
        {**others, **{name: whole[name] for name in names if (name in chosen)}}
        for chosen in ({names[0]}, {names[1]}, {names[2]}, set(names[:2]), set(names[1:]), {names[0], names[2]})
    ]


AMOUNTS = [
    "initial_cash",
    "first_initial_cash",
    "first_count",
    "expense_total",
    "envelope_total",
    "cash_in_total",
    "collection_total",
]
AMOUNTS += ["card_total", "transfer_total", "credit_sale_total", "tolerance"]
WHEN_CLOSED = ["final_cash", "billed_cash", "billed_card", "billed_transfer", "billed_credit"]
BAD = {
    "closed_shift_is_dated_and_counted_or_says_why_not": (
        CashSession,
        [
            {**CLOSED, "final_cash": None},
            {**CLOSED, "closed_at": None},
            {**CLOSED, "status": Status.OPEN},
            {"final_cash": 0},
            {"uncounted_reason": "olvidado"},
            {"closed_at": OPENED},
            {**CLOSED, "status": "lost"},
        ],
    ),
    "open_shift_holds_nothing_billed_before_a_count": (CashSession, [{name: 0} for name in WHEN_CLOSED[1:]]),
    "shift_closes_after_it_opens": (CashSession, [{**CLOSED, "closed_at": OPENED - timedelta(microseconds=1)}]),
    "first_verdict_is_whole_and_of_a_closed_shift": (
        CashSession,
        [
            {**CLOSED, "first_result": "short"},
            {**CLOSED, "first_result": "short", "first_difference": -1},
            {"first_result": "short", "first_difference": -1, "first_compared_at": OPENED},
        ],
    ),
    "verdict_by_the_evidence_is_whole": (
        CashSession,
        [
            {**CLOSED, "evidence_difference": -1},
            {**CLOSED, "evidence_result": "short"},
            {**CLOSED, "evidence_result": "not_compared", "evidence_difference": -1},
            {**CLOSED, "evidence_result": "open"},
        ],
    ),
    "only_a_billed_figure_of_a_shift_has_a_source": (
        CashSession,
        [{**CLOSED, source: "cashier"} for source in SOURCE_OF.values()],
    ),
    "closed_shift_keeps_its_tolerance": (CashSession, [{**CLOSED, "tolerance": None}]),
    "only_a_shift_balanced_by_transfers_awaits_the_bank": (
        CashSession,
        [
            {"awaits_bank": True},
            {**CLOSED, "awaits_bank": True},
            {**CLOSED, "billed_cash": 0, "transfers_billed_as_cash": True, "awaits_bank": True},
        ],
    ),
    "shift_amounts_are_within_limits": (
        CashSession,
        [
            *({name: amount} for name in AMOUNTS for amount in (-1, MAXIMUM + 1)),
            *({**CLOSED, name: amount} for name in WHEN_CLOSED for amount in (-1, MAXIMUM + 1)),
        ],
    ),
    "register_is_1_to_99": (CashSession, [{"register": 0}, {"register": 100}]),
    "register_has_one_open_shift": (CashSession, [{"pharmacy": CENTRAL}]),
    "cashier_has_one_open_shift_in_a_pharmacy": (CashSession, [{"pharmacy": CENTRAL, "cashier": ANA, "register": 2}]),
    "flagged_shift_says_when_who_and_why_together": (CashSession, halves("flagged", "flag_reason")),
    "signed_off_shift_says_when_who_and_why_together": (CashSession, halves("signed_off", "signed_off_note", **CLOSED)),
    "deleted_shift_says_when_who_and_why_together": (CashSession, halves("deleted", "delete_reason")),
    "signed_off_shift_is_closed": (
        CashSession,
        [{"signed_off_at": OPENED, "signed_off_by": ANA, "signed_off_note": "fine"}],
    ),
    "shift_signed_off_alone_is_signed_off": (CashSession, [{**CLOSED, "signed_off_alone": True}]),
    "movement_amount_is_above_zero": (Movement, [{"amount": amount} for amount in (-1, 0, MAXIMUM + 1)]),
    "expense_and_transfer_are_described": (Movement, [{"kind": Kind.EXPENSE}, {"kind": Kind.TRANSFER}]),
    "voided_movement_says_when_who_and_why_together": (Movement, halves("voided", "void_reason")),
    "verified_transfer_says_when_and_who_together": (
        Movement,
        [
            {"kind": Kind.TRANSFER, "description": "Gómez", "verified_at": OPENED},
            {"kind": Kind.TRANSFER, "description": "Gómez", "verified_by": ANA},
            {"verified_at": OPENED, "verified_by": ANA},
        ],
    ),
    "movement_kind_is_known": (Movement, [{"kind": "tip"}, {"kind": ""}]),
    "reference_is_of_a_transfer": (Movement, [{"reference": "00123"}]),
    "form_of_a_person_is_carried_out_once": (IdempotencyKey, [{"person": ANA}]),
    "person_is_told_once_of_an_occasion": (Mail, [{"person": ANA}]),
    "sent_mail_says_when": (Mail, [{"state": "sent"}, {"sent_at": OPENED}]),
    "chain_of_a_pharmacy_never_forks": (Seal, [{"pharmacy": CENTRAL}]),
    "shifts_are_totalled_in_one_place": (RunningTotal, [{"pharmacy": CENTRAL}]),
    "line_beyond_its_limit_says_since_when": (
        ControlLine,
        [{"direction": "short"}, {"since": OPENED.date()}, {"direction": "balanced", "since": OPENED.date()}],
    ),
    "day_is_judged_once": (DayVerdict, [{"pharmacy": CENTRAL}]),
    "reply_says_something": (Reply, [{"text": ""}]),
    "pharmacy_has_each_day_once": (Day, [{"pharmacy": CENTRAL}]),
    "day_amounts_are_within_limits": (
        Day,
        [
            *({"tolerance": amount} for amount in (-1, MAXIMUM + 1)),
            *({name: amount} for name in [*BILLED, "cost"] for amount in (-MAXIMUM - 1, MAXIMUM + 1)),
        ],
    ),
    "only_a_billed_figure_of_a_day_has_a_source": (Day, [{source: "file"} for source in SOURCE_OF.values()]),
    "day_without_business_bills_nothing": (
        Day,
        [{"is_closed": True, name: 0} for name in [*BILLED, "invoices", "cost"]],
    ),
    "signed_off_day_says_when_who_and_why_together": (Day, halves("signed_off", "signed_off_note")),
    "row_of_the_old_system_is_imported_once": (Imported, [{"source_id": "7"}]),
    "imported_row_says_what_it_became_and_how_that_stood": (
        Imported,
        [{"target": ""}, {"target_id": None}, {"version": None}],
    ),
    "pharmacy_has_each_source_once": (Source, [{"pharmacy": CENTRAL}]),
    "account_is_one_source": (Source, [{"kind": "bank", "pharmacy": None, "name": "Itaú 1"}]),
    "source_is_of_a_pharmacy_or_an_account": (
        Source,
        [{"pharmacy": None}, {"kind": "bank", "name": "Itaú 2"}, {"kind": "bank", "pharmacy": None}],
    ),
    "batch_of_a_source_is_applied_once": (Batch, [{"digest": "d"}]),
    "applied_batch_says_when_and_who_together": (Batch, [{"applied_at": None}, {"applied_by": None}]),
    "undone_batch_was_applied_and_says_why": (
        Batch,
        [
            *halves("undone", "undo_reason"),
            {"undone_at": OPENED, "undone_by": ANA, "undo_reason": "because", **NEVER},
        ],
    ),
    "line_serves_one_match": (Match, [{"line_id": LINE}]),
    "batch_has_one_line_a_place": (Line, [{"place": 1}]),
    "match_is_of_one_thing": (Match, [{"shift": None}]),
    "decided_match_says_when_who_and_why_together": (Match, halves("decided", "decision")),
    "pharmacy_has_1_to_99_registers": (Pharmacy, [{"registers": 0}, {"registers": 100}]),
    "pharmacy_amounts_are_not_negative": (Pharmacy, [{"cash_tolerance": -1}, {"alert_threshold": -1}]),
    "revoked_token_says_when_who_and_why_together": (ApiToken, halves("revoked", "revoke_reason")),
    "person_is_assigned_once_to_a_pharmacy": (Assignment, [{"pharmacy": CENTRAL}]),
    "email_is_unique_whatever_its_case": (User, [{"email": "ANA@example.com"}]),
}


def broken(row):
    """The constraints that a row breaks, as Python judges it."""
    names = set()
    for constraint in row._meta.constraints:
        try:
            constraint.validate(type(row), row, exclude=unread(type(row), constraint.name))
        except ValidationError:
            names.add(constraint.name)
    return names


@cache
def unread(model, name):
    """The columns that a check does not read: with each of them, and those made of them, it would judge for long."""
    [constraint] = [constraint for constraint in model._meta.constraints if constraint.name == name]
    if not isinstance(constraint, models.CheckConstraint):
        return set()
    return {column.name for column in model._meta.fields} - read_by(model, constraint.condition)


def read_by(model, expression):
    """The columns that an expression reads, and those that generated ones among them are made of."""
    names = {name for name, *_lookups in model._get_expr_references(expression)}
    generated = [model._meta.get_field(name) for name in names if model._meta.get_field(name).generated]
    return names.union(*(read_by(model, column.expression) for column in generated))


@pytest.mark.parametrize("name", BAD)
def test_the_database_refuses_a_bad_row(name, good, world):
    model, rows = BAD[name]
    there = {ANA: world.ana, CENTRAL: world.central}
    for bad in rows:
        changes = {key: there.get(value, value) for key, value in bad.items()}
        row = model(**good[model] | changes)

        assert broken(row) == {name}, changes
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            row.save()
        assert constraints.violated(refused.value) == name


UNIQUE = [
    (Anchor, "number"),
    (Movement, "token"),
    (ControlLine, "cashier"),
    (Pharmacy, "name"),
    (ApiToken, "beginning"),
    (User, "email"),
]


def test_every_constraint_has_a_bad_row_and_a_sentence():
    assert {constraint.name for model in OURS for constraint in model._meta.constraints} == BAD.keys()
    unique = {(model, field.name) for model in OURS for field in model._meta.fields if field.unique}
    assert unique - {(model, model._meta.pk.name) for model in OURS} == set(UNIQUE)
    alone = {f"{model._meta.db_table}_{model._meta.get_field(name).column}_key" for model, name in UNIQUE}
    assert [name for name in BAD.keys() | alone if not constraints.sentence_of(name)] == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_the_good_row_passes(model, good):
    model(**good[model]).save()


@pytest.mark.parametrize(("model", "changes"), UNIQUE)
def test_what_is_unique_is_there_once(model, changes, good):
    row = model(**good[model])
    row.save()
    twin = model(**good[model] | {changes: getattr(row, changes)})

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        twin.save()
    told = constraints.sentence_of(constraints.violated(refused.value))
    assert told == str(model._meta.get_field(changes).error_messages["unique"])


def test_the_limits_themselves_are_allowed(good):
    row = CashSession(**good[CashSession], **CLOSED)
    for name in [*AMOUNTS, *WHEN_CLOSED]:
        setattr(row, name, MAXIMUM)
    row.register = 99
    row.save()
    row.refresh_from_db()

    assert row.total_sales == 3 * MAXIMUM  # six amounts in, three out


def test_each_instant_with_its_person_is_held_by_a_check():
    pairs, held = set(), set()
    for model in OURS:
        names = {column.name for column in model._meta.fields}
        checks = [check.condition for check in model._meta.constraints if isinstance(check, models.CheckConstraint)]
        for name in sorted(names):
            twin = f"{name.removesuffix('_at')}_by"
            if name.endswith("_at") and twin in names and model._meta.get_field(name).null:
                pairs.add((model, name))
                held |= {(model, name) for check in checks if {name, twin} <= check.referenced_base_fields}

    assert held == pairs
    marks = {"flagged_at", "signed_off_at", "deleted_at", "voided_at", "verified_at"}
    marks |= {"applied_at", "undone_at", "decided_at", "revoked_at"}
    assert {name for _, name in pairs} == marks


# --- Nothing of money is ever deleted ---------------------------------------------------------------------------------


def test_every_foreign_key_protects_what_it_points_at():
    keys = [column for model in OURS for column in model._meta.fields if column.is_relation]

    assert {(key.model.__name__, key.name) for key in keys if key.remote_field.on_delete is not models.PROTECT} == set()
    # assignment, shift, movement, idempotency key, seal, running total, day's verdict, control line, reply, day,
    # mail; source, batch, line, match; row of the old system; token; sign-in
    assert len(keys) == 2 + 5 + 4 + 2 + 2 + 2 + 1 + 2 + 2 + 2 + 2 + 1 + 4 + 1 + 6 + 1 + 3 + 2


@pytest.mark.parametrize("what", ["cashier", "pharmacy", "shift", "marker"])
def test_what_money_points_at_cannot_be_deleted(what, beto, world):
    shift = ShiftFactory(cashier=beto, register=2)
    movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, 80_000), by=beto)
    mark_actions.flag_shift(shift.pk, reason="why", by=world.marta)
    target = {"cashier": beto, "pharmacy": shift.pharmacy, "shift": shift, "marker": world.marta}[what]

    with pytest.raises(ProtectedError):
        target.delete()
    with pytest.raises(IntegrityError):
        delete_behind_the_back_of_django(target)


@transaction.atomic
def delete_behind_the_back_of_django(row):
    type(row).objects.filter(pk=row.pk)._raw_delete("default")
    connection.check_constraints()


def test_no_amount_is_a_fraction():
    fractions = (models.DecimalField, models.FloatField)

    assert [column for model in OURS for column in model._meta.fields if isinstance(column, fractions)] == []


# --- How a row presents itself ----------------------------------------------------------------------------------------


def test_a_shift_is_called_by_its_number_and_a_movement_by_its_kind(beto):
    shift = ShiftFactory(cashier=beto, register=2)
    movement = movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, 80_000), by=beto)

    with translation.override("en"):
        assert [str(shift), str(movement)] == [f"#{shift.pk}", "Card 80000"]


def test_a_shift_is_open_until_it_is_closed(beto, world):
    opened, closed = ShiftFactory(cashier=world.otto), ShiftFactory(closed=True, cashier=beto, register=2)

    assert [opened.is_open, closed.is_open] == [True, False]

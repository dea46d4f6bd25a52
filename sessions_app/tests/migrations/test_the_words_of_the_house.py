"""A database of before is upgraded: its rows, its history and its chain are those that it had."""

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F

from cashpilot.db import triggers
from sessions_app.ledger import integrity
from sessions_app.models import CashSession, Day, IdempotencyKey, RunningTotal, Seal

# Every migration runs back and forth there, on SQLite by making tables anew: forty seconds with nobody else at work.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]
BEFORE = [("sessions_app", "0008_mails"), ("pharmacies", "0002_transfers_billed_as_cash")]
OPENED, CLOSED, SIGNED = (datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (12, 20, 22))
# What the seals of that time left out.
UNCOVERED = {"verified_at", "verified_by_id", "search"}


@pytest.fixture
def former(ana, marta, central):
    """The models of before, over a database that was taken back to them; upgraded again at the end, whatever happens."""
    triggers.remove()
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    yield executor.loader.project_state(BEFORE).apps
    upgrade()


def upgrade():
    call_command("migrate", verbosity=0)


def facts(model, row):
    """The columns of a row as the database holds them, but for those that it computes."""
    names = [column.attname for column in model._meta.concrete_fields if not column.generated]
    return model.objects.values(*names).get(pk=row.pk)


def digest(rows):
    """The content of a seal, as the program of that time made it."""
    said = [{name: value for name, value in row.items() if name not in UNCOVERED} for row in rows]
    for row in said:
        if not row.get("transfers_billed_as_cash", True):
            del row["transfers_billed_as_cash"]
    return sha256(json.dumps(said, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()


def written(models, name, *, user, at, **values):
    """A row with one row of history."""
    model, history = models.get_model("sessions_app", name), models.get_model("sessions_app", f"historical{name}")
    row = model.objects.create(**values)
    same = {key: value for key, value in facts(model, row).items() if key in {f.attname for f in history._meta.fields}}
    told = history.objects.create(
        **same, history_date=at, history_type="+", history_change_reason="why", history_user_id=user
    )
    return facts(model, row), facts(history, told)


def sealed_shift(models, ana, marta, central):
    """A closed shift of Ana that Marta signed off, not compared, with its seal, its totals, its form and its day."""
    mark = {"reviewed_at": SIGNED, "reviewed_by_id": marta.pk, "review_note": "Visto"}
    instants = {"business_date": date(2026, 11, 20), "opened_at": OPENED, "closed_at": CLOSED, "status": "closed"}
    amounts = {"initial_cash": 500_000, "final_cash": 700_000, "tolerance": 0}
    place = {"pharmacy_id": central.pk, "cashier_id": ana.pk}
    shift, told = written(models, "cashsession", user=marta.pk, at=SIGNED, **place, **instants, **amounts, **mark)
    content = digest([shift, told])
    models.get_model("sessions_app", "seal").objects.create(
        pharmacy_id=central.pk,
        number=1,
        session_id=shift["id"],
        content=content,
        seal=sha256(content.encode()).hexdigest(),
        sealed_at=SIGNED,
    )
    sums = dict.fromkeys(["card_total", "transfer_total", "credit_sale_total", "expense_total", "envelope_total"], 0)
    models.get_model("sessions_app", "tally").objects.create(
        **place, result="unverified", is_flagged=False, is_reviewed=True, shifts=1, total_sales=200_000,
        cash_sales=200_000, total_difference=0, unseen_transfers=0, unseen_amount=0, **sums,
    )  # fmt: skip
    models.get_model("sessions_app", "submission").objects.create(
        token=uuid4(), person_id=ana.pk, purpose="close_session {'pk': 1}", content="c" * 64, session_id=shift["id"]
    )
    signed = {"signed_at": SIGNED, "signed_by_id": marta.pk, "sign_note": "Cuadra"}
    written(models, "day", user=marta.pk, at=SIGNED, pharmacy_id=central.pk, date=date(2026, 11, 20), **signed)
    return shift["id"]


def corrected_and_deleted_shift(models, ana, marta, central):
    """A shift that Ana closed short of 50.000, corrected until it balanced, and Marta deleted; with its seal."""
    shifts, versions = (models.get_model("sessions_app", name) for name in ("cashsession", "historicalcashsession"))
    instants = {"business_date": date(2026, 11, 20), "opened_at": OPENED, "closed_at": CLOSED, "status": "closed"}
    amounts = {"initial_cash": 500_000, "final_cash": 650_000, "billed_cash": 200_000, "tolerance": 0}
    place = {"pharmacy_id": central.pk, "cashier_id": ana.pk, "register": 2}
    shift, *told = written(models, "cashsession", user=ana.pk, at=CLOSED, **place, **instants, **amounts)
    deleted = {"deleted_at": SIGNED, "deleted_by_id": marta.pk, "delete_reason": "Repetido"}
    for user, change in [(ana, {"final_cash": 700_000}), (marta, deleted)]:
        shifts.objects.filter(pk=shift["id"]).update(**change, version=F("version") + 1)
        shift = shifts.objects.values(*shift).get(pk=shift["id"])
        same = {name: shift[name] for name in told[0] if name in shift}
        row = versions.objects.create(
            **same, history_date=SIGNED, history_type="~", history_change_reason="why", history_user_id=user.pk
        )
        told.append(facts(versions, row))
    content, before = digest([shift, *told]), models.get_model("sessions_app", "seal").objects.get(number=1).seal
    models.get_model("sessions_app", "seal").objects.create(
        pharmacy_id=central.pk,
        number=2,
        session_id=shift["id"],
        content=content,
        seal=sha256(f"{before}{content}".encode()).hexdigest(),
        sealed_at=SIGNED,
    )
    return shift["id"]


def test_a_database_of_before_is_upgraded_and_everything_agrees(former, ana, marta, central):
    pk = sealed_shift(former, ana, marta, central)
    deleted = corrected_and_deleted_shift(former, ana, marta, central)
    upgrade()

    shift, day = CashSession.objects.live().get(), Day.objects.get()
    assert (shift.pk, shift.result) == (pk, "not_compared")
    assert (shift.signed_off_at, shift.signed_off_by, shift.signed_off_note) == (SIGNED, marta, "Visto")
    assert (day.signed_off_at, day.signed_off_by, day.signed_off_note) == (SIGNED, marta, "Cuadra")
    assert (shift.seals.get().rule, shift.history.get().signed_off_note) == (1, "Visto")
    totals = RunningTotal.objects.values_list("result", "first_result", "first_difference", "is_signed_off", "shifts")
    assert totals.get(is_deleted=False) == ("not_compared", "", 0, True, 1)
    assert totals.get(is_deleted=True) == ("balanced", "short", -50_000, False, 1)
    verdicts = CashSession.objects.values_list("result", "first_result", "first_difference", "first_compared_at")
    assert verdicts.get(pk=deleted) == ("balanced", "short", -50_000, CLOSED)
    assert verdicts.get(pk=pk) == ("not_compared", None, None, None)
    assert [shift.pk for shift in CashSession.objects.to_settle()] == [deleted]
    assert set(CashSession.objects.values_list("first_initial_cash", "first_count", "uncounted_reason")) == {
        (500_000, None, "")
    }
    assert IdempotencyKey.objects.values_list("request_hash", "session").get() == ("c" * 64, pk)
    assert [str(drift) for check in integrity.CHECKS.values() for drift in check()] == []

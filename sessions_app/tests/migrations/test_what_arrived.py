"""Decisions made while only the cash was held against what arrived go on to hold, by every method."""

from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from cashpilot import periods
from pharmacies.token_actions import create_token
from sessions_app.actions.days import write_day
from sessions_app.actions.marks import decide_on_evidence
from sessions_app.models import CashSession, DayVerdict, Match, RunningTotal
from sessions_app.queries.sign_off import is_undecided
from testing.calls import say, say_of_day
from testing.database import disagreements, tamper
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _now():
    with periods.at(datetime(2026, 7, 3, 15, tzinfo=UTC)):
        yield


def contradicted(ana, marta, **said):
    shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000, "billed_card": 0})
    say(shift, said.pop("cash", None), by=marta, **said)
    return shift


def decided(ana, marta, *, is_taken):
    shift = contradicted(ana, marta, cash=715_000, card=5_000)
    decision = {"is_taken": is_taken, "reason": "printout", "version": shift.version}
    decide_on_evidence(shift.pk, by=marta, **decision)
    return shift


def upgrade():
    """Put away what came with the migration, and run its parts on what is left, as it was before."""
    migration = import_module("sessions_app.migrations.0029_what_arrived_of_each_method")
    with without_the_condition():
        tamper(
            "UPDATE sessions_app_cashsession SET evidence_result = NULL",
            "UPDATE sessions_app_match SET decided_on = '{}'",
            "DELETE FROM sessions_app_dayverdict",
        )
        for part in (migration.tell_what_was_decided, migration.judge_shifts, migration.judge_days):
            part(apps, SimpleNamespace(connection=connection))
        tamper(*migration.RUNNING_TOTALS)


@contextmanager
def without_the_condition():
    """The next migration brings it. On SQLite whoever tampers passes it anyway."""
    name = "verdict_by_the_evidence_is_whole"
    if connection.vendor == "postgresql":
        tamper(f"ALTER TABLE sessions_app_cashsession DROP CONSTRAINT {name}")
    yield
    if connection.vendor == "postgresql":
        [condition] = [condition for condition in CashSession._meta.constraints if condition.name == name]
        with connection.schema_editor() as editor:
            editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            editor.add_constraint(CashSession, condition)


def test_what_was_contradicted_goes_on_with_its_verdict(ana, marta):
    shifts = [contradicted(ana, marta, cash=cash) for cash in (715_000, 690_000, 700_000)]
    upgrade()
    verdicts = [CashSession.objects.get(pk=shift.pk).verdict_by_evidence for shift in shifts]
    assert verdicts == [("short", -15_000), ("over", 10_000), (None, None)]
    assert disagreements() == []


@pytest.mark.parametrize("is_taken", [True, False])
def test_what_was_decided_stays_decided_of_every_method(is_taken, ana, marta):
    shift = decided(ana, marta, is_taken=is_taken)
    before = Match.objects.get().decided_on
    upgrade()
    assert Match.objects.get().decided_on == before == {"billed_cash": is_taken, "billed_card": is_taken}
    shift = CashSession.objects.get(pk=shift.pk)
    assert (is_undecided(shift), shift.evidence_result) == (False, "short" if is_taken else None)
    assert disagreements() == []


def test_a_card_that_was_told_beside_it_waits_now_and_its_difference_is_not_known(ana, marta):
    """The difference stands in history and seals, which no upgrade rewrites."""
    shift = contradicted(ana, marta, card=5_000)
    with_seals_of_before(shift)
    upgrade()
    shift.refresh_from_db()
    assert shift.verdict_by_evidence == ("not_compared", None)
    assert list(CashSession.objects.to_settle()) == [shift]
    assert RunningTotal.objects.filter(is_contradicted=True, shifts=1).exists()
    assert [fault for fault in disagreements() if "sealed" not in fault] == []


def with_seals_of_before(shift):
    """Return what the shift and its history said then of its difference."""
    tamper(
        f"UPDATE sessions_app_cashsession SET evidence_result = NULL, evidence_difference = NULL WHERE id = {shift.pk}",
        f"UPDATE sessions_app_historicalcashsession SET evidence_difference = NULL WHERE id = {shift.pk}",
    )


def test_a_day_whose_card_was_told_beside_it_waits_now(central, marta):
    write_day(central, DAY, by=marta, version=0, billed_card=10_000)
    token, _key = create_token(central, name="Factusys", by=marta)
    say_of_day(token, date=str(DAY), card=25_000)
    upgrade()
    [verdict] = DayVerdict.objects.to_settle()
    assert (verdict.result, verdict.difference, verdict.contradicted_by) == ("not_compared", 0, 15_000)
    assert disagreements() == []

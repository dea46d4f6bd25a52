"""Each figure (missing, corrected away, to settle) is that of its rows, whatever happened."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from sessions_app.actions import days as day_actions
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.ledger import day_verdicts, running_totals
from sessions_app.models import CashSession, DayVerdict
from sessions_app.queries.worklist import figures_of
from testing.client import signed_in
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 7, 20, 15, tzinfo=UTC)


@pytest.fixture
def life(ana, beto, otto, marta, olga, central, luque):
    """Ten days of two pharmacies, one of which has transfers billed as cash, and sixty acts of two administrators."""
    luque.transfers_billed_as_cash = True
    luque.save()
    bosses = [marta, olga]

    def live(seed):
        chance = Random(seed)
        for ago in range(10, 0, -1):
            with periods.at(NOON - timedelta(days=ago)):
                for cashier, register in ((ana, 1), (beto, 2), (otto, 1)):
                    gap = chance.choice([0, 0, None, -3_000, -50_000, 7_000])
                    transfer = NewMovement(Kind.TRANSFER, 4_000, "Gómez")
                    movements = [transfer] if chance.random() < 0.3 else []
                    billed = None if gap is None else {"billed_cash": 700_000 - gap}
                    ShiftFactory(closed=True, cashier=cashier, register=register, billed=billed, movements=movements)
        for _ in range(60):
            with periods.at(NOON + timedelta(minutes=chance.randrange(600))), suppress(ActionRefused):
                act(chance, chance.choice(bosses), chance.choice([central, luque]))

    return live


def act(chance, by, pharmacy):
    """Somebody does something, or is refused."""
    shift = chance.choice(CashSession.objects.order_by("id"))
    day = (NOON - timedelta(days=chance.randrange(1, 11))).date()
    written = day_actions._lock(pharmacy, day)
    version = written.version if written else 0
    acts = [
        lambda: shift_actions.correct_shift(
            shift.pk, version=shift.version, reason="otra vez", by=by, final_cash=chance.choice([1_150_000, 1_200_000])
        ),
        lambda: shift_actions.correct_shift(
            shift.pk,
            version=shift.version,
            reason="because",
            by=by,
            billed_cash=chance.choice([None, 700_000, 720_000]),
        ),
        lambda: movement_actions.add_movement(
            shift.pk, new=NewMovement(Kind.EXPENSE, 50_000, "taxi"), reason="otra vez", by=by
        ),
        lambda: mark_actions.flag_shift(shift.pk, reason="otra vez", by=by),
        lambda: mark_actions.sign_off_shift(shift.pk, note="otra vez", by=by),
        lambda: mark_actions.delete_shift(shift.pk, reason="otra vez", by=by),
        lambda: mark_actions.restore_shift(shift.pk, reason="otra vez", by=by),
        lambda: day_actions.write_day(
            pharmacy,
            day,
            by=by,
            version=version,
            reason="because",
            billed_cash=chance.choice([None, 1_390_000, 1_450_000]),
        ),
        lambda: day_actions.sign_off_day(pharmacy, day, by=by, version=version, note="otra vez"),
    ]
    chance.choice(acts)()


def rows(client, query):
    """Return the rows that the pages of the queue list."""
    listed, page = [], 1
    while True:
        context = client.get(f"/review/?{query}=1&page={page}").context
        listed += context["rows"]
        if not context["page"].has_next():
            return listed
        page += 1


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.one_engine) for seed in (1, 2))])
def test_each_figure_is_the_sum_of_its_rows(seed, life, marta):
    life(seed)
    client, figures = signed_in(marta), figures_of(marta)
    missing, corrected = rows(client, "missing"), rows(client, "corrected")

    assert figures.missing == -sum(
        row["day"].difference if row["day"] else row["shift"].total_difference for row in missing
    )
    assert figures.missing_rows == len(missing) > 0
    assert figures.corrected == -sum(row["shift"].first_difference for row in corrected)
    assert len(corrected) > 0
    assert figures.missing_days == sum(bool(row["day"]) for row in missing)
    assert figures.missing_deleted == sum(bool(row["shift"] and row["shift"].deleted_at) for row in missing)
    to_settle, rest, waiting = (rows(client, name) for name in ("settle", "rest", "every"))
    assert (figures.settle, figures.only_to_sign_off, figures.waiting) == (len(to_settle), len(rest), len(waiting))
    listed = [row["day"] or row["shift"] for row in (*to_settle, *rest)]
    assert [row["day"] or row["shift"] for row in waiting] == listed
    assert DayVerdict.objects.missing().exists()
    assert [*running_totals.drift(), *day_verdicts.drift()] == []

from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Max, Sum

from cashpilot import periods
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain import formulas
from sessions_app.domain.choices import Kind, Result
from sessions_app.ledger import hash_chain
from sessions_app.management import load
from sessions_app.management.commands import seed_load
from sessions_app.models import FIGURES, CashSession, Movement

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SHIFTS = 150


@pytest.fixture(autouse=True)
def _small_base(settings, monkeypatch):
    """One week, so that there are copies, and a copy of copies."""
    settings.DEBUG = True
    monkeypatch.setattr(load, "BASE_SIZE", 1)


def seed(shifts: int = SHIFTS) -> str:
    out = StringIO()
    call_command("seed_load", shifts=shifts, pharmacies=2, stdout=out)
    return out.getvalue()


def closed():
    return CashSession.objects.exclude(closed_at=None)


def test_it_makes_as_many_as_asked_and_says_how_far_it_is():
    assert "42 shifts to copy" in (said := seed())
    assert f"{SHIFTS} shifts" in said
    assert closed().count() == SHIFTS
    assert closed().values("pharmacy").distinct().count() == 2
    assert closed().values("cashier").distinct().count() == 4
    assert set(closed().values_list("result", flat=True)) == set(Result) - {Result.OPEN}
    assert 2.5 < Movement.objects.count() / SHIFTS < 3.5


def test_a_couple_is_open_today_and_the_others_are_over():
    seed()
    assert (
        list(CashSession.objects.filter(closed_at=None).values_list("business_date", flat=True))
        == [periods.today()] * 2
    )
    assert closed().aggregate(last=Max("closed_at"))["last"] < periods.now()


def test_sums_figures_and_days_hold_in_every_copy():
    seed()
    sums = Movement.objects.values_list("session", "kind").annotate(Sum("amount"))
    noted = {(shift, kind): amount for shift, kind, amount in sums}
    for shift in closed():
        assert [getattr(shift, name) for name in FIGURES] == [getattr(formulas, name)(shift) for name in FIGURES]
        assert [getattr(shift, f"{kind}_total") for kind in Kind.values] == [
            noted.get((shift.pk, kind), 0) for kind in Kind.values
        ]
        assert shift.business_date == periods.local_date(shift.opened_at)
    assert not Movement.objects.exclude(created_at__range=(closed().earliest("pk").closed_at, periods.now())).exists()


def test_no_two_copies_fall_on_the_same_days():
    seed()
    assert set(Counter(closed().values_list("business_date", flat=True)).values()) == {6}


def test_history_tells_each_opening_and_closing():
    seed()
    told = CashSession.history.filter(id__in=closed()).values_list("id").annotate(Count("pk")).order_by("id")
    assert list(told) == [(pk, 2) for pk in closed().order_by("pk").values_list("pk", flat=True)]
    opening, closing = CashSession.history.filter(id=closed().latest("pk").pk).order_by("version")
    shift = closed().latest("pk")
    assert (opening.history_type, opening.history_date, opening.history_user) == ("+", shift.opened_at, shift.cashier)
    assert (opening.status, opening.final_cash, opening.card_total, opening.billed_cash) == ("open", None, 0, None)
    assert (closing.history_type, closing.history_date, closing.history_user) == ("~", shift.closed_at, shift.cashier)
    assert formulas.result(closing) == shift.result
    columns = ("id", "session", "kind", "amount", "token", "created_at", "created_by")
    rows = Movement.history.order_by("id").values_list(*columns)
    assert list(rows) == list(Movement.objects.order_by("id").values_list(*columns))


def test_each_closing_is_sealed():
    seed()
    seed()
    assert list(hash_chain.drift()) == []


def test_it_adds_more_and_leaves_room_for_real_ones(ana, central):
    seed()
    seed(50)
    assert closed().count() == SHIFTS + 50
    assert CashSession.objects.filter(closed_at=None).count() == 2
    shift = shift_actions.open_shift(pharmacy=central, register=1, cashier=ana, initial_cash=0, by=ana)
    movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, 1_000), by=ana)


@pytest.mark.parametrize(("shifts", "pharmacies"), [(0, 2), (-1, 2), (1, 0), (1, 1000)])
def test_it_refuses_nonsense(shifts, pharmacies):
    with pytest.raises(CommandError):
        call_command("seed_load", shifts=shifts, pharmacies=pharmacies)


def test_it_refuses_where_debug_is_off(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        seed()
    assert not CashSession.objects.exists()


def test_it_takes_as_many_pharmacies_as_its_limit(monkeypatch, capsys):
    monkeypatch.setattr(seed_load, "MOST_PHARMACIES", 2)
    call_command("seed_load", shifts=2, pharmacies=2)
    assert "ready" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("seed_load", shifts=2, pharmacies=3)

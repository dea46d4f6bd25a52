import re
from datetime import date, datetime, time, timedelta
from io import StringIO
from unittest.mock import patch

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper as DatabaseWrapper
from django.db.models import F, Q, Sum
from django.test import override_settings

from accounts import roles
from accounts.models import User
from cashpilot import periods
from cashpilot.db import triggers
from pharmacies.models import Pharmacy
from sessions_app.domain import formulas
from sessions_app.domain.choices import Kind, Result
from sessions_app.ledger import hash_chain
from sessions_app.management import demo, demo_amounts, demo_cast
from sessions_app.models import FIGURES, CashSession, DayVerdict, Movement
from testing.client import signed_in
from testing.database import update
from testing.factories import PharmacyFactory

TODAY = date(2026, 11, 20)
YESTERDAY = TODAY - timedelta(days=1)
MIDNIGHT = datetime.combine(TODAY, time.min, periods.ASUNCION)
NOON = MIDNIGHT + timedelta(hours=12)

pytestmark = [pytest.mark.django_db, pytest.mark.first, pytest.mark.one_engine, pytest.mark.slow]


def seed(now: datetime = NOON) -> str:
    """Run the command where DEBUG is on. No query is kept in words meanwhile, which takes longer than many a query."""
    out, unlogged = StringIO(), patch.object(DatabaseWrapper, "queries_logged", new=False)
    with periods.at(now), override_settings(DEBUG=True), unlogged:
        call_command("seed_demo", stdout=out)
    return out.getvalue()


def figures() -> set[tuple]:
    """The days on which all is done, even the next morning's work; without the first, which may be cut off."""
    names = ("cashier__email", "opened_at", "closed_at", "initial_cash", "final_cash", "result", "version")
    first = CashSession.objects.earliest("business_date").business_date
    days = (first + timedelta(days=1), TODAY - timedelta(days=3))
    return set(CashSession.objects.filter(business_date__range=days).values_list(*names))


@pytest.fixture(scope="module")
def at_midnight(django_db_setup, django_db_blocker):
    """The figures of another seeding, at an hour at which no pharmacy works."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed(MIDNIGHT)
        found = {"figures": figures(), "shifts": CashSession.objects.count(), "today": still_open(TODAY).count()}
        transaction.set_rollback(True)
    return found


@pytest.fixture(scope="module", autouse=True)
def said(at_midnight, django_db_blocker):
    """Seeded once for all tests here: it takes seconds. What the command answered."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield seed()
        transaction.set_rollback(True)


def still_open(day):
    return CashSession.objects.live().filter(business_date=day, result=Result.OPEN)


def contents() -> dict[str, list]:
    models = [User, *triggers.history_models()]
    models += [model for app in ("pharmacies", "sessions_app") for model in apps.get_app_config(app).get_models()]
    return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in models}


def test_it_fills_the_dashboard(said):
    assert "Made 3 pharmacies and 87 shifts.\n" in said
    assert "admin@example.com with the password password123" in said
    assert (Pharmacy.objects.count(), CashSession.objects.count(), User.objects.count()) == (3, 87, 8)
    shifts = CashSession.objects.live()
    assert set(shifts.values_list("result", flat=True)) == set(Result)
    assert shifts.filter(result=Result.BALANCED).count() > shifts.count() / 2
    assert still_open(TODAY).count() in (1, 2)
    assert still_open(YESTERDAY).count() == 1
    for mark in ("flagged_at", "signed_off_at", "deleted_at", "count_sheet"):
        assert CashSession.objects.exclude(**{mark: None}).count() > 2
    assert CashSession.objects.filter(closed_at__date__gt=F("business_date")).exists()


def test_every_kind_of_movement_some_voided_some_seen_in_the_bank():
    assert set(Movement.objects.values_list("kind", flat=True)) == set(Kind)
    assert Movement.objects.exclude(voided_at=None).exists()
    assert Movement.objects.exclude(verified_at=None).exists()
    assert CashSession.history.filter(history_change_reason__contains="se volvió a contar").exists()


def test_its_administrator_sees_it():
    admin = User.objects.get(email="admin@example.com")
    assert admin.check_password("password123")
    assert (admin.is_staff, admin.is_superuser, admin.must_change_password) == (True, False, False)
    assert list(admin.groups.values_list("name", flat=True)) == [roles.ADMIN]
    assert signed_in(admin).get("/sessions/").context["totals"]["count"] == CashSession.objects.live().count()


def test_whatever_the_hour_it_is_the_same(at_midnight):
    assert at_midnight["shifts"] == demo.SHIFTS
    assert at_midnight["today"] == 1
    smaller, larger = sorted([at_midnight["figures"], figures()], key=len)
    assert len(smaller) > 60
    assert smaller <= larger


def test_nothing_lies_ahead():
    assert not CashSession.objects.filter(Q(opened_at__gt=NOON) | Q(closed_at__gt=NOON)).exists()
    for model in (User, Pharmacy, CashSession, Movement):
        assert not model.history.filter(history_date__gt=NOON).exists()


def test_again_it_changes_nothing():
    before = contents()
    assert "nothing was changed" in seed(NOON + timedelta(days=3))
    assert contents() == before


def test_what_was_tried_out_since_is_no_obstacle():
    PharmacyFactory(name="Farmacia Nueva")
    assert "nothing was changed" in seed()


def test_every_figure_and_sum_is_right():
    sums = Movement.objects.live().values_list("session", "kind").annotate(Sum("amount"))
    noted = {(shift, kind): amount for shift, kind, amount in sums}
    for shift in CashSession.objects.all():
        for name in FIGURES:
            assert getattr(shift, name) == getattr(formulas, name)(shift)
        for kind in Kind.values:
            assert getattr(shift, f"{kind}_total") == noted.get((shift.pk, kind), 0)


def test_a_small_steady_loss_shows_in_the_line_of_one_cashier():
    """None of his shifts is short by more than its tolerance."""
    hugo = CashSession.objects.filter(cashier__email=demo_amounts.STEADY_LOSS, total_difference__lt=0)
    assert not hugo.filter(result=Result.SHORT).exists()
    admin = signed_in(User.objects.get(email=demo_cast.ADMIN))
    asked = {"date_from": TODAY - timedelta(days=60), "date_to": TODAY}
    page = admin.get("/reports/cashiers/", asked).text
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    assert ["Hugo Villalba" in row for row in rows if "Falta de forma constante" in row] == [True]


def test_each_shift_opens_with_what_was_left_but_for_a_few():
    shifts = CashSession.objects.live().with_what_was_left()
    gaps = shifts.with_a_gap().order_by("opened_at").values_list("gap", flat=True)
    assert list(gaps) == [-10_000, 20_000, -50_000]
    assert shifts.get(gap=-50_000).business_date == YESTERDAY
    assert shifts.filter(gap=0).count() > 70


def shift_of(post, ago):
    """The shift of a post as many of its own shifts back."""
    place = {"pharmacy__name": post.pharmacy, "register": post.register, "cashier__email": post.cashier}
    worked = CashSession.objects.filter(**place, business_date__lt=TODAY).order_by("-opened_at")
    return [shift for shift in worked if shift.opened_at.astimezone(periods.ASUNCION).hour == post.opens.hour][ago]


def test_one_was_short_and_an_expense_noted_after_the_verdict_made_it_balance():
    shift = shift_of(demo.MORNING, 0)
    assert (shift.first_result, shift.first_difference) == ("short", -45_000)
    assert (shift.result, shift.total_difference, shift.signed_off_at) == ("balanced", 0, None)
    late = shift.movements.get(created_at__gt=shift.closed_at)
    assert (late.kind, late.amount, late.created_by) == (Kind.EXPENSE, 45_000, shift.cashier)


def test_one_pharmacy_counts_again_and_one_second_count_was_right():
    shift = shift_of(demo.LUQUE_MORNING, 0)
    assert shift.pharmacy.recounts_before_verdict
    assert (shift.first_count - shift.final_cash, shift.first_result) == (100_000, "balanced")
    assert not CashSession.objects.filter(first_count__isnull=False, final_cash=None).exists()


def test_one_was_closed_without_a_count_and_its_register_went_on():
    [shift] = CashSession.objects.exclude(uncounted_reason="")
    assert shift == shift_of(demo.MORNING, 14)
    assert (shift.result, shift.cash_sales, shift.uncounted_reason) == ("not_compared", None, demo.UNCOUNTED_REASON)
    beside = CashSession.objects.filter(pharmacy=shift.pharmacy, register=1, opened_at__gt=shift.opened_at)
    assert beside.with_what_was_left().order_by("opened_at")[0].left is None


def test_one_that_was_short_was_deleted_and_waits_all_the_same():
    [shift] = CashSession.objects.filter(deleted_at__isnull=False, first_difference__lt=0)
    assert shift == shift_of(demo.MORNING, 9)
    assert (shift.first_result, shift.first_difference, shift.signed_off_at) == ("short", -85_000, None)
    rows = signed_in(User.objects.get(email=demo_cast.ADMIN)).get("/review/").context["rows"]
    assert shift in [row["shift"] for row in rows]


def test_one_day_is_known_only_as_a_whole():
    [verdict] = DayVerdict.objects.all()
    assert (verdict.pharmacy.name, verdict.date) == (demo_cast.CENTRAL, date(2026, 11, 12))
    assert (verdict.result, verdict.difference) == ("short", -15_000)
    shifts = CashSession.objects.live().filter(pharmacy=verdict.pharmacy, business_date=verdict.date)
    assert list(shifts.values_list("result", flat=True)) == [Result.NOT_COMPARED] * 3


def test_its_chain_of_seals_holds():
    assert list(hash_chain.drift()) == []


def test_every_version_is_in_the_history_with_its_person():
    versions = CashSession.history.order_by("id", "version").values_list("id", "version")
    shifts = CashSession.objects.order_by("id").values_list("id", "version")
    assert list(versions) == [(pk, version) for pk, last in shifts for version in range(1, last + 1)]
    assert Movement.history.filter(history_type="+").count() == Movement.objects.count()
    assert not CashSession.history.filter(history_user=None).exists()
    assert not Movement.history.filter(history_user=None).exists()


def test_it_refuses_a_database_that_holds_other_data():
    update(Pharmacy.objects.filter(name=demo_cast.CENTRAL), name="Farmacia de otro dueño")
    with pytest.raises(CommandError, match="8 people, 3 pharmacies, 87 shifts"):
        seed()
    assert CashSession.objects.count() == demo.SHIFTS


def test_it_refuses_where_debug_is_off():
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("seed_demo")


def test_whom_the_readme_signs_in_works_in_the_demonstration():
    readme = (settings.BASE_DIR / "README.md").read_text()
    named = re.findall(r"^\| `(\S+@\S+)` \|", readme, re.MULTILINE)
    assert named[0] == demo_cast.ADMIN
    assert set(named) <= demo_cast.PEOPLE.keys()
    assert f"each with `{demo_cast.PASSWORD}`" in readme

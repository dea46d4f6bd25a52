"""An empty installation leads, and an empty list says whether there is anything at all."""

import pytest
from pytest_django.asserts import assertContains, assertNotContains

from sessions_app.actions import marks as mark_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.reports.catalogue import REPORTS
from testing.client import signed_in
from testing.factories import PersonFactory, ShiftFactory

pytestmark = pytest.mark.django_db
STEPS = "Three steps to the first shift"
# The days and the sales of a pharmacy are rows whether it has shifts or not.
LISTS = ["/?status=closed", "/review/", "/transfers/", *(f"/reports/{name}/" for name in REPORTS if name != "sales")]


def test_an_empty_installation_leads_until_its_first_shift(boss, central, ana):
    assertContains(boss.get("/"), STEPS)
    assertContains(boss.get("/"), 'href="/sessions/open/"')
    ShiftFactory(cashier=ana)
    assertNotContains(boss.get("/"), STEPS)


def test_neither_cashiers_nor_auditors_are_led(till, carla):
    assertNotContains(till.get("/"), STEPS)
    assertNotContains(signed_in(carla).get("/"), 'href="/pharmacies/new/"')


@pytest.mark.parametrize("path", ["/", "/sessions/open/"])
def test_a_cashier_without_a_pharmacy_is_told_whom_to_ask(path, marta):
    nilda = PersonFactory(first_name="Nilda", language="en")
    response = signed_in(nilda).get(path)
    assertContains(response, "so you cannot open a shift. Ask for it: Marta Benítez.")
    assertNotContains(response, "initial_cash")
    assertNotContains(response, 'href="/sessions/open/"')


def test_an_administrator_without_a_pharmacy_is_led_to_add_one(boss):
    assertContains(boss.get("/sessions/open/"), 'href="/pharmacies/new/"')


@pytest.mark.parametrize("path", LISTS)
def test_nothing_yet_is_told_apart_from_nothing_with_these_filters(path, boss, ana):
    assertContains(boss.get(path), "Nothing yet")
    ShiftFactory(closed=True, cashier=ana, movements=[NewMovement(Kind.TRANSFER, 1_000, "Gómez")])
    range_of_none = "date_from=2020-01-01&date_to=2020-01-02"
    narrowed = {"/?status=closed": f"/?{range_of_none}", "/review/": "/review/?result=over"}
    response = boss.get(narrowed.get(path, f"{path}?{range_of_none}"))
    assert response.status_code == 200
    assertNotContains(response, "Nothing yet")
    assertContains(response, 'class="empty"')


def test_a_queue_that_is_empty_by_its_filters_is_not_called_done(boss, ana):
    ShiftFactory(closed=True, cashier=ana)
    assertContains(boss.get("/review/?result=over"), "Nothing with these filters")


def test_a_queue_of_which_all_is_signed_off_is_called_done(boss, ana, marta):
    shift = ShiftFactory(closed=True, cashier=ana)
    mark_actions.sign_off_shift(shift.pk, note="seen", by=marta)
    assertContains(boss.get("/review/"), "Nothing waits for you")


def test_a_queue_that_is_empty_of_one_kind_is_not_told_to_choose_fewer_filters(boss, ana):
    ShiftFactory(closed=True, cashier=ana)
    assertContains(boss.get("/review/?corrected=1"), "Nothing of this kind is left")
    assertContains(boss.get("/review/?corrected=1&result=over"), "Nothing with these filters")

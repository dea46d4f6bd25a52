"""An empty installation leads to its first shift, and a person without a pharmacy is told whom to ask."""

import pytest
from django.utils import translation

from accounts import actions as people_actions
from pharmacies import actions as pharmacy_actions
from sessions_app.queries.first_run import steps_of, whom_to_ask
from testing.factories import PersonFactory, PharmacyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def ticks(user):
    return [step.is_done for step in steps_of(user, any_shift=False)]


def test_each_step_is_ticked_off_as_it_is_done(marta):
    assert ticks(marta) == [False, False, False]
    central = PharmacyFactory(name="Central")
    assert ticks(marta) == [True, False, False]
    PersonFactory(pharmacies=[central])
    assert ticks(marta) == [True, True, False]
    assert steps_of(marta, any_shift=True) == []


def test_they_lead_to_their_pages_the_cashier_to_the_pharmacy(marta):
    assert [step.url for step in steps_of(marta, any_shift=False)] == [
        "/pharmacies/new/", "/people/new/", "/sessions/open/",
    ]  # fmt: skip
    central = PharmacyFactory(name="Central")
    assert steps_of(marta, any_shift=False)[1].url == f"/people/new/?pharmacy={central.pk}"


def test_who_cannot_open_a_shift_is_no_first_cashier(marta, central):
    PersonFactory(first_name="Nilda")
    auditor = PersonFactory(first_name="Oscar", role="Auditor", pharmacies=[central])
    left = PersonFactory(first_name="Derlis", pharmacies=[central])
    people_actions.disable(left.pk, by=marta)
    assert ticks(marta) == [True, False, False]
    people_actions.edit_person(auditor.pk, role="Cashier", by=marta)
    assert ticks(marta) == [True, True, False]


def test_a_pharmacy_that_takes_no_shifts_is_no_first_one(marta, central, ana):
    pharmacy_actions.deactivate_pharmacy(central.pk, reason="moved", by=marta)
    assert ticks(marta) == [False, False, False]


def test_only_who_can_take_them_is_shown_the_steps(ana, carla):
    assert (ticks(ana), ticks(carla)) == ([], [])


def test_a_cashier_without_a_pharmacy_is_told_the_administrators(marta, olga, carla, central):
    nilda = PersonFactory(first_name="Nilda")
    assert whom_to_ask(nilda, []) == ["Marta Benítez", "Olga Benítez"]
    people_actions.disable(olga.pk, by=marta)
    pharmacy_actions.deactivate_pharmacy(central.pk, reason="moved", by=marta)
    central.refresh_from_db()
    assert whom_to_ask(nilda, [central]) == ["Marta Benítez"]


def test_who_has_one_or_opens_none_is_told_nothing(ana, carla, central):
    assert (whom_to_ask(ana, [central]), whom_to_ask(carla, [])) == (None, None)

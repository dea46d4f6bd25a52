import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from cashpilot.exceptions import ActionRefused
from pharmacies import actions
from pharmacies.models import Pharmacy
from testing.database import update

pytestmark = pytest.mark.django_db


def history(pharmacy):
    return list(pharmacy.history.values_list("history_user__first_name", "history_change_reason", "is_active"))


def test_create_and_edit(marta):
    luque = actions.create_pharmacy(name="Luque", registers=2, by=marta)
    actions.edit_pharmacy(luque.pk, phone="021 555 000", registers=3, by=marta)
    luque.refresh_from_db()
    assert (luque.name, luque.registers, luque.phone, luque.is_active) == ("Luque", 3, "021 555 000", True)
    assert history(luque) == [("Marta", "", True)] * 2


def test_an_edit_that_changes_nothing_leaves_no_trace(central, marta):
    actions.edit_pharmacy(central.pk, name="Central", by=marta)
    assert central.history.count() == 1


def test_deactivate_and_reactivate(central, marta):
    actions.deactivate_pharmacy(central.pk, reason=" moved ", by=marta)
    with pytest.raises(ActionRefused, match="Central"):
        actions.deactivate_pharmacy(central.pk, reason="again", by=marta)
    assert not Pharmacy.objects.get().is_active
    actions.reactivate_pharmacy(central.pk, reason="back", by=marta)
    with pytest.raises(ActionRefused, match="Central"):
        actions.reactivate_pharmacy(central.pk, reason="again", by=marta)
    assert history(central)[:2] == [("Marta", "back", True), ("Marta", "moved", False)]


@pytest.mark.parametrize("act", [actions.deactivate_pharmacy, actions.reactivate_pharmacy])
@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_the_reason_is_asked_for(central, marta, act, reason):
    update(Pharmacy.objects.all(), is_active=act is actions.deactivate_pharmacy)
    rows = central.history.count()
    with pytest.raises(ActionRefused):
        act(central.pk, reason=reason, by=marta)
    assert central.history.count() == rows


@pytest.mark.parametrize("values", [{"name": "Central"}, {"name": ""}, {"registers": 0}, {"cash_tolerance": -1}])
def test_what_a_form_would_not_let_through(central, luque, marta, values):
    with pytest.raises(ValidationError):
        actions.edit_pharmacy(luque.pk, by=marta, **values)
    with pytest.raises(TypeError):
        actions.edit_pharmacy(luque.pk, by=marta, is_active=False)
    assert luque.history.count() == 1


def test_somebody_took_the_name_in_between(central, marta, monkeypatch):
    monkeypatch.setattr(Pharmacy, "full_clean", lambda self: None)
    with pytest.raises(ActionRefused) as refusal:
        actions.create_pharmacy(name="Central", by=marta)
    assert refusal.value.conflict
    assert not isinstance(refusal.value, IntegrityError)


def test_who_may_not(central, ana, carla):
    """Ana sees where she works; Carla sees all; neither changes any."""
    for by in (ana, carla):
        for act in (
            lambda by=by: actions.create_pharmacy(name="Mine", by=by),
            lambda by=by: actions.edit_pharmacy(central.pk, name="Mine", by=by),
            lambda by=by: actions.deactivate_pharmacy(central.pk, reason="otra vez", by=by),
            lambda by=by: actions.reactivate_pharmacy(central.pk, reason="otra vez", by=by),
        ):
            with pytest.raises(ActionRefused):
                act()
    assert Pharmacy.objects.get().history.count() == 1


def test_a_pharmacy_out_of_sight(luque, ana):
    with pytest.raises(Pharmacy.DoesNotExist):
        actions.edit_pharmacy(luque.pk, name="Mine", by=ana)

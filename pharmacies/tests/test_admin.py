import pytest
from django.db import IntegrityError

from pharmacies import actions
from pharmacies.models import Pharmacy
from testing.client import signed_in

pytestmark = pytest.mark.django_db
LIST = "/admin/pharmacies/pharmacy/"
TYPED = {"name": "Luque", "address": "", "phone": "", "registers": "2", "cash_tolerance": "1.000"}
TYPED |= {"alert_threshold": "₲ 20.000"}


def test_create(marta):
    assert signed_in(marta).post(f"{LIST}add/", TYPED).headers["Location"] == LIST
    luque = Pharmacy.objects.get()
    assert (luque.name, luque.registers, luque.cash_tolerance, luque.alert_threshold) == ("Luque", 2, 1_000, 20_000)
    assert luque.is_active
    assert [row.history_user for row in luque.history.all()] == [marta]


def test_edit_writes_what_changed(central, marta):
    client = signed_in(marta)
    typed = TYPED | {"name": "Central", "is_active": ""}
    assert client.post(f"{LIST}{central.pk}/change/", typed).status_code == 302
    assert client.post(f"{LIST}{central.pk}/change/", typed).status_code == 302
    central.refresh_from_db()
    assert (central.cash_tolerance, central.is_active) == (1_000, True)
    assert central.history.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "Central"},
        {"name": "x" * 101},
        {"registers": "0"},
        {"registers": "1e1"},
        {"registers": "100"},
        {"cash_tolerance": "-1"},
        {"cash_tolerance": "1.5"},
        {"alert_threshold": "99999999999"},
        {"alert_threshold": "٣"},
    ],
)
def test_nonsense_is_told_and_not_stored(central, marta, wrong):
    page = signed_in(marta).post(f"{LIST}add/", TYPED | wrong)
    assert page.status_code == 422
    assert "errorlist" in page.text
    assert Pharmacy.objects.count() == 1


def test_what_the_action_refuses_is_told_with_what_was_typed(marta, monkeypatch):
    def lost(*args, **kwargs):
        raise IntegrityError

    monkeypatch.setattr(Pharmacy, "save", lost)
    page = signed_in(marta).post(f"{LIST}add/", TYPED)
    assert page.status_code == 409
    assert 'value="Luque"' in page.text
    assert "errornote" in page.text


def test_deactivate_and_reactivate_with_a_reason(central, marta):
    client = signed_in(marta)
    assert f"{LIST}{central.pk}/deactivate/" in client.get(f"{LIST}{central.pk}/change/").text
    done = client.post(f"{LIST}{central.pk}/deactivate/", {"reason": "moved"}, follow=True)
    assert f"{LIST}{central.pk}/deactivate/" not in done.text
    assert f"{LIST}{central.pk}/reactivate/" in done.text
    assert client.post(f"{LIST}{central.pk}/deactivate/", {"reason": "again"}).status_code == 422
    assert client.post(f"{LIST}{central.pk}/reactivate/", {"reason": "back"}).status_code == 302
    assert [row.history_change_reason for row in central.history.all()] == ["back", "moved", None]


def test_assigned_people_are_links(central, ana, beto, marta, carla):
    for user in (marta, carla):
        text = signed_in(user).get(f"{LIST}{central.pk}/change/").text
        for person in (ana, beto):
            assert f'<a href="/admin/accounts/user/{person.pk}/change/">{person}</a>' in text


def test_amounts_are_grouped_where_they_are_only_read(central, carla):
    assert "₲\u00a020.000" in signed_in(carla).get(f"{LIST}{central.pk}/change/").text


@pytest.mark.both_engines
def test_search_and_filter(central, luque, marta):
    actions.deactivate_pharmacy(luque.pk, reason="moved", by=marta)
    for query, found in (("q=lUqU", "Luque"), ("is_active__exact=0", "Luque"), ("is_active__exact=1", "Central")):
        text = signed_in(marta).get(f"{LIST}?{query}").text
        assert [name for name in ("Central", "Luque") if f">{name}</a></th>" in text] == [found]

import re
from datetime import timedelta

import pytest

from sessions_app.actions import marks as mark_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession
from testing.client import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LIST = "/admin/sessions_app/cashsession/"


@pytest.fixture
def short(central, ana):
    """Closed, short of 15.000."""
    note = NewMovement(Kind.EXPENSE, 125_000, "Delivery")
    shift = shift_actions.open_shift(
        pharmacy=central, register=1, cashier=ana, initial_cash=500_000, movements=[note], by=ana
    )
    billed = {"billed_cash": 900_000}
    return shift_actions.close_shift(shift.pk, final_cash=1_260_000, billed=billed, ticket_number="A-77", by=ana)


@pytest.fixture
def open_(luque, otto):
    return shift_actions.open_shift(pharmacy=luque, register=1, cashier=otto, initial_cash=300_000, by=otto)


def shown(user, query=""):
    page = signed_in(user).get(f"{LIST}?{query}")
    assert page.status_code == 200
    return [int(number) for number in re.findall(r">#(\d+)</a>", page.text)]


@pytest.mark.both_engines
def test_the_newest_stand_first(short, open_, marta, carla):
    assert shown(marta) == shown(carla) == [open_.pk, short.pk]


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("result=short", "short"),
        ("result=open", "open"),
        ("status__exact=closed", "short"),
        ("flagged=1", "short"),
        ("flagged=0", "open"),
        ("date_from=2026-01-01&date_to=2099-01-01", "both"),
        ("date_to=2020-01-01", "none"),
        ("deleted=1", "none"),
        ("q=A-77", "short"),
        ("q=a-7", "short"),
        ("q=ana", "short"),
        ("q=Luque", "open"),
        ("q=Otto+Ben%C3%ADtez", "open"),
        ("q=nobody", "none"),
    ],
)
def test_filters_and_search(short, open_, marta, query, found):
    mark_actions.flag_shift(short.pk, reason="odd", by=marta)
    assert (
        shown(marta, query)
        == {"short": [short.pk], "open": [open_.pk], "both": [open_.pk, short.pk], "none": []}[found]
    )


def test_by_number_pharmacy_and_cashier(short, open_, marta):
    assert shown(marta, f"q={short.pk}") == [short.pk]
    assert shown(marta, f"pharmacy__id__exact={open_.pharmacy_id}") == [open_.pk]
    assert shown(marta, f"cashier__id__exact={short.cashier_id}") == [short.pk]


def test_everything_is_read_and_nothing_typed(short, marta):
    page = signed_in(marta).get(f"{LIST}{short.pk}/change/")
    for text in ("A-77", "Delivery", "₲\u00a01.260.000", "₲\u00a0125.000", f'href="/sessions/{short.pk}/"'):
        assert text in page.text
    assert re.findall(r'<(?:input|select|textarea)(?![^>]*hidden)[^>]*name="(?!language|next|_)', page.text) == []
    before = CashSession.objects.values().get(pk=short.pk)
    typed = {"final_cash": "1", "movements-TOTAL_FORMS": "0", "movements-INITIAL_FORMS": "0"}
    assert signed_in(marta).post(f"{LIST}{short.pk}/change/", typed).status_code == 403
    assert signed_in(marta).post(f"{LIST}add/", typed).status_code == 403
    assert CashSession.objects.values().get(pk=short.pk) == before


def test_delete_and_restore_with_a_reason(short, marta):
    client = signed_in(marta)
    assert client.post(f"{LIST}{short.pk}/soft-delete/", {"reason": "typed twice"}).status_code == 302
    short.refresh_from_db()
    assert (short.delete_reason, short.deleted_by) == ("typed twice", marta)
    assert shown(marta) == []
    assert shown(marta, "deleted=1") == [short.pk]
    page = client.get(f"{LIST}{short.pk}/change/").text
    assert f"{LIST}{short.pk}/soft-delete/" not in page
    assert "typed twice" in page
    assert client.post(f"{LIST}{short.pk}/restore/", {"reason": "it was right"}).status_code == 302
    short.refresh_from_db()
    assert short.deleted_at is None
    assert short.history.first().history_change_reason == "it was right"


def test_a_refusal_of_the_rule_is_told(open_, otto, marta):
    client = signed_in(marta)
    mark_actions.delete_shift(open_.pk, reason="wrong register", by=marta)
    taken = shift_actions.open_shift(pharmacy=open_.pharmacy, register=1, cashier=otto, initial_cash=1, by=otto)
    assert f"#{taken.pk}" in client.get(f"{LIST}{open_.pk}/restore/").text
    page = client.post(f"{LIST}{open_.pk}/restore/", {"reason": "back"})
    assert page.status_code in (409, 422)
    assert f"#{taken.pk}" in page.text
    open_.refresh_from_db()
    assert open_.deleted_at


def test_who_may_not_delete(short, ana, carla):
    for user in (ana, carla):
        for act in ("soft-delete", "restore"):
            assert signed_in(user).get(f"{LIST}{short.pk}/{act}/").status_code == 403
            assert signed_in(user).post(f"{LIST}{short.pk}/{act}/", {"reason": "otra vez"}).status_code == 403
    short.refresh_from_db()
    assert short.deleted_at is None


@pytest.mark.both_engines
def test_both_ends_of_a_range_of_dates_are_in_it(short, marta):
    day = short.business_date
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    assert shown(marta, f"date_from={day}&date_to={day}") == [short.pk]
    assert shown(marta, f"date_to={before}") == shown(marta, f"date_from={after}") == []

"""What is kept of a person: the page, the file, and what is left of somebody who was made anonymous."""

import json

import pytest
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import actions as people
from accounts.models import SignIn, User
from cashpilot.exceptions import ActionRefused
from sessions_app.actions import replies as reply_actions
from sessions_app.actions.shifts import close_uncounted_shift
from testing.calls import say
from testing.client import signed_in
from testing.database import disagreements, stored
from testing.factories import ShiftFactory

SHIFTS = ("sessions_app.CashSession", "sessions_app.HistoricalCashSession")
FIGURES = (*SHIFTS, "sessions_app.Movement", "sessions_app.Seal")


def data(answer):
    return json.loads(b"".join(answer.streaming_content))


@pytest.fixture
def left(ana, marta):
    """Ana, who closed a shift and has left."""
    ShiftFactory(cashier=ana, closed=True)
    TOTPDevice.objects.create(user=ana, name="app")
    people.disable(ana.pk, by=marta, reason="Se fue")
    return ana


def test_the_menu_leads_to_the_page_and_the_page_to_the_file(ana):
    client = signed_in(ana)
    assert f'href="{reverse("privacy")}"' in client.get("/sessions/").content.decode()
    assert f'href="{reverse("own_data")}"' in client.get("/privacy/").content.decode()


def test_the_file_tells_what_is_kept(ana):
    shift = ShiftFactory(cashier=ana, closed=True)
    reply_actions.add_reply(shift.pk, text="Faltaba un vuelto", by=ana)
    SignIn.objects.create(kind="in", person=ana, account=ana.email, address="192.0.2.7")
    answer = signed_in(ana).get("/accounts/data/")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="person-{ana.pk}.json"'
    told = data(answer)
    assert told["person"][0]["email"] == ana.email
    assert told["pharmacies"] == [{"pharmacy__name": "Central"}]
    assert [row["id"] for row in told["shifts"]] == [shift.pk]
    assert told["replies"][0]["text"] == "Faltaba un vuelto"
    assert [row["address"] for row in told["sign-ins"]] == ["192.0.2.7"]
    assert list(told) == [
        "person",
        "changes of the person",
        "pharmacies",
        "sign-ins",
        "shifts",
        "movements",
        "replies",
        "mails",
    ]


def test_the_file_tells_nothing_of_a_shift_that_is_open(ana):
    ShiftFactory(cashier=ana)
    told = data(signed_in(ana).get("/accounts/data/"))
    assert (told["shifts"], told["movements"]) == ([], [])


def test_of_a_shift_closed_without_a_count_what_was_billed_is_told_to_others_alone(ana, marta):
    shift = close_uncounted_shift(ShiftFactory(cashier=ana).pk, reason="Se fue sin contar", by=marta)
    say(shift, 700_000, by=marta, card=40_000)
    own, others = (
        data(signed_in(reader).get(address))["shifts"]
        for reader, address in ((ana, "/accounts/data/"), (marta, f"/people/{ana.pk}/data/"))
    )
    assert [(row["billed_cash"], row["billed_card"], row["uncounted_reason"]) for row in own + others] == [
        (None, None, "Se fue sin contar"),
        (700_000, 40_000, "Se fue sin contar"),
    ]


def test_the_file_holds_no_password(ana):
    answer = b"".join(signed_in(ana).get("/accounts/data/").streaming_content).decode()
    assert ana.password not in answer
    assert ana.password_seal not in answer


def test_nobody_else_is_in_the_file(ana, beto):
    ShiftFactory(cashier=beto, closed=True)
    answer = b"".join(signed_in(ana).get("/accounts/data/").streaming_content).decode()
    assert beto.email not in answer
    assert json.loads(answer)["shifts"] == []


def test_an_administrator_takes_the_file_of_who_has_left(left, marta):
    told = data(signed_in(marta).get(f"/people/{left.pk}/data/"))
    assert told["person"][0]["first_name"] == "Ana"
    assert len(told["shifts"]) == 1


def test_who_is_made_anonymous_has_a_number_and_no_way_in(left, marta):
    answer = signed_in(marta).post(f"/people/{left.pk}/anonymise/", {"reason": "Lo pidió"}, follow=True)
    person = User.objects.get(pk=left.pk)
    assert (person.first_name, person.last_name) == ("Persona", str(left.pk))
    assert person.email == f"{left.pk}@anonymous.invalid"
    assert not person.has_usable_password()
    assert not TOTPDevice.objects.filter(user=person).exists()
    assert not person.assignments.exists()
    assert "Ana" not in answer.content.decode()


def test_a_shift_says_the_number(left, marta):
    people.anonymise(left.pk, reason="Lo pidió", by=marta)
    page = signed_in(marta).get("/sessions/").content.decode()
    assert f"Persona {left.pk}" in page
    assert "Ana" not in page


def test_figures_history_and_chain_stay_and_agree(left, marta):
    before = stored()
    people.anonymise(left.pk, reason="Lo pidió", by=marta)
    after = stored()
    assert {table: after[table] for table in FIGURES} == {table: before[table] for table in FIGURES}
    assert after["accounts.HistoricalUser"][:-1] == before["accounts.HistoricalUser"]
    assert disagreements() == []


def test_who_is_active_is_not_made_anonymous(ana, marta):
    with pytest.raises(ActionRefused):
        people.anonymise(ana.pk, reason="Lo pidió", by=marta)


def test_who_has_a_shift_open_is_not_made_anonymous(ana, marta):
    ShiftFactory(cashier=ana)
    people.disable(ana.pk, by=marta, reason="Se fue")
    with pytest.raises(ActionRefused):
        people.anonymise(ana.pk, reason="Lo pidió", by=marta)
    assert User.objects.get(pk=ana.pk).first_name == "Ana"


def test_who_is_anonymous_stays_so(left, marta):
    people.anonymise(left.pk, reason="Lo pidió", by=marta)
    with pytest.raises(ActionRefused):
        people.anonymise(left.pk, reason="Otra vez", by=marta)
    with pytest.raises(ActionRefused):
        people.enable(left.pk, by=marta, reason="Volvió")

"""Whatever happens at a sign-in leaves a row, once and for good."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from accounts import actions
from accounts.models import SignIn
from testing.factories import PASSWORD

BROWSER = {"User-Agent": "A browser\0" + "x" * 300}


def post(client, email, password=PASSWORD):
    return client.post("/accounts/login/", {"username": email, "password": password}, headers=BROWSER)


def told():
    return [(row.kind, str(row.person or ""), row.account) for row in SignIn.objects.order_by("id")]


def test_signing_in_failing_and_signing_out_are_told_with_address_and_device(ana):
    client = Client()
    post(client, "ANA@example.com", "wrong")
    post(client, "ana@example.com")
    client.post("/accounts/logout/", headers=BROWSER)

    who = (str(ana), "ana@example.com")
    assert told() == [("failed", *who), ("in", *who), ("out", *who)]
    rows = list(SignIn.objects.order_by("id"))
    assert {(row.address, row.browser) for row in rows} == {("127.0.0.1", ("A browser" + "x" * 300)[:200])}
    assert [row.is_known_device for row in rows] == [False, False, True]
    assert rows[0].device == ""
    assert rows[1].device == rows[2].device != ""


def test_a_pause_is_told_once_and_each_try_during_it(ana):
    for _each in range(7):
        post(Client(), "ana@example.com", "wrong")
    assert [kind for kind, *_who in told()] == ["failed"] * 5 + ["paused"] + ["refused"] * 2


def test_unlocking_is_told_with_who_did_it(ana, marta):
    for _each in range(5):
        post(Client(), "ana@example.com", "wrong")
    actions.unlock(ana.pk, by=marta)
    row = SignIn.objects.latest("id")
    assert (row.kind, row.person, row.by) == ("unlocked", ana, marta)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("nobody@example.com", "nobody@example.com"), ("mi clave secreta", "mi…"), ("a@" + "x" * 250, "a@" + "x" * 250)],
)
def test_a_password_in_the_wrong_field_is_not_kept(db, typed, kept):
    post(Client(), typed, "x")
    assert told() == [("failed", "", kept)]


def test_nobody_changes_or_removes_a_row(ana):
    post(Client(), "ana@example.com")
    for change in (SignIn.objects.all().delete, lambda: SignIn.objects.update(address=None)):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert SignIn.objects.count() == 1

"""Movements through their forms and buttons."""

from datetime import timedelta

import pytest

from cashpilot import periods
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import Movement
from sessions_app.tests.views.pages import HTMX, errors, page
from testing.database import nothing_written
from testing.factories import ShiftFactory

pytestmark = pytest.mark.usefixtures("english")


def test_the_reason_is_asked_for_once_closed(closed, till):
    sent = {"kind": "card", "amount": "1.000"}
    with nothing_written():
        response = till.post(page(closed, "movements/"), sent)

    assert errors(response, "movement_form") == {"reason": ["This field is required."]}
    assert till.post(page(closed, "movements/"), sent | {"reason": "forgotten"}).status_code == 302
    assert Movement.objects.filter(session=closed, kind="card").get().history.get().history_change_reason == "forgotten"


def test_a_movement_is_voided_and_verified_by_its_buttons(opened, till, boss, ana):
    transfer = movement_actions.add_movement(opened.pk, new=NewMovement(Kind.TRANSFER, 1_000, "Gómez"), by=ana)
    path = page(opened, f"movements/{transfer.pk}/")
    seen = []
    for sent in ({}, {"undo": "1"}):
        assert boss.post(f"{path}verify/", sent).status_code == 302
        transfer.refresh_from_db()
        seen.append(transfer.verified_at is not None)
    assert seen == [True, False]

    with nothing_written():
        blank = till.post(f"{path}void/", {"reason": " "})
    assert (blank.status_code, errors(blank, "void_form").keys()) == (422, {"reason"})
    assert till.post(f"{path}void/", {"reason": "bounced"}).status_code == 302
    with nothing_written():
        again = till.post(f"{path}void/", {"reason": "bounced"})
        late = boss.post(f"{path}verify/")
    assert (again.status_code, errors(again, "void_form")) == (409, {"__all__": ["This movement was already voided."]})
    assert (late.status_code, late.context["refusal"]) == (422, "This movement was voided.")


# --- The same transfer twice ------------------------------------------------------------------------------------------

TRANSFER = {"kind": "transfer", "amount": "150.000", "description": "Sosa", "reference": " 00123 "}


def told(response):
    return [str(message) for message in response.context["messages"]]


def noted_before(shift, *, days):
    with periods.at(periods.now() - timedelta(days=days)):
        new = NewMovement(Kind.TRANSFER, 150_000, "Muñoz", reference="00123")
        movement_actions.add_movement(shift.pk, new=new, by=shift.cashier)


def test_a_reference_is_kept_with_a_transfer_and_shown(opened, till):
    shown = till.post(page(opened, "movements/"), TRANSFER, follow=True)
    assert (Movement.objects.get().reference, told(shown)) == ("00123", [])
    assert "Sosa (ref. 00123)" in shown.text


def test_no_other_kind_has_a_reference(opened, till):
    with nothing_written():
        refused = till.post(page(opened, "movements/"), TRANSFER | {"kind": "expense"})
    assert refused.status_code == 422
    assert errors(refused, "movement_form") == {"reference": ["Only bank transfers have a reference."]}


@pytest.mark.parametrize(("days", "when"), [(0, "today"), (1, "1 day ago"), (3, "3 days ago")])
def test_an_own_transfer_that_is_equal_is_named_with_its_shift(days, when, opened, till):
    noted_before(opened, days=days)
    shown = till.post(page(opened, "movements/"), TRANSFER, follow=True)
    why = f"An equal transfer was noted {when} in shift #{opened.pk}. See that it is not the same one."
    assert (Movement.objects.count(), told(shown)) == (2, [why])
    assert why in shown.text


def test_of_a_colleagues_one_nothing_is_told_but_that_it_is(opened, till, boss, otto):
    theirs = ShiftFactory(cashier=otto)
    noted_before(theirs, days=3)
    part = till.post(page(opened, "movements/"), TRANSFER, headers=HTMX)
    assert "An equal transfer was noted 3 days ago. See that it is not the same one." in part.text
    for secret in (f"#{theirs.pk}", f"/sessions/{theirs.pk}/", "Otto", "Luque", "Muñoz"):
        assert secret not in part.text
    shown = boss.post(page(opened, "movements/"), TRANSFER, follow=True)
    assert told(shown) == [f"An equal transfer was noted today in shift #{opened.pk}. See that it is not the same one."]


def test_the_hint_is_given_at_the_close_too(opened, till, otto):
    noted_before(ShiftFactory(cashier=otto), days=3)
    typed = {"transfer": "150.000", "transfer_description": "Sosa", "transfer_reference": "00123"}
    shown = till.post(page(opened, "close/"), {"final_cash": "500.000", **typed}, follow=True)
    assert told(shown) == ["An equal transfer was noted 3 days ago. See that it is not the same one."]
    assert Movement.objects.latest("id").reference == "00123"
    assert "Sosa (ref. 00123)" in till.get(page(opened, "slip/")).text


def test_a_form_sent_again_with_another_reference_is_a_conflict(opened, till):
    sent = TRANSFER | {"token": "11111111-2222-3333-4444-555555555555"}
    statuses = [
        till.post(page(opened, "movements/"), sent | {"reference": text}).status_code for text in ("1", "1", "2")
    ]
    assert (statuses, Movement.objects.count()) == ([302, 302, 409], 1)

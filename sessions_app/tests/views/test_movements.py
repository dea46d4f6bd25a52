"""Movements through their forms and buttons."""

import pytest

from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import Movement
from sessions_app.tests.views.pages import errors, page
from testing.database import nothing_written

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

"""Free text: nothing of others from the browser, the pharmacy's own descriptions from us."""

import pytest
from playwright.sync_api import expect

from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from testing.browser import let_in
from testing.client import signed_in
from testing.factories import ShiftFactory

TAXI = [NewMovement(Kind.EXPENSE, 15_000, "Taxi")]


@pytest.mark.django_db
def test_a_pharmacys_descriptions_are_offered_to_who_works_there(ana, beto, otto, central):
    ShiftFactory(closed=True, cashier=ana, movements=TAXI)
    asked = {"pharmacy": central.pk, "kind": "expense"}
    answers = {person: signed_in(person).get("/sessions/descriptions/", asked) for person in (ana, beto, otto)}

    assert answers[ana].json() == answers[beto].json() == ["Taxi"]
    assert (answers[otto].status_code, answers[otto].json()) == (422, [])
    assert "no-store" in answers[ana].headers["Cache-Control"]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_they_are_offered_in_each_form_when_the_field_has_the_focus(page, live_server, ana):
    ShiftFactory(closed=True, cashier=ana, movements=TAXI)
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/open/")
    options = page.locator("datalist option")
    page.locator("[name=expense_description]").focus()
    expect(options).to_have_attribute("value", "Taxi")
    shift = ShiftFactory(cashier=ana)
    for path, name in (("", "description"), ("close/", "expense_description")):
        page.goto(f"{live_server.url}/sessions/{shift.pk}/{path}")
        expect(options).to_have_count(0)
        page.locator(f"[name={name}]").focus()
        expect(options).to_have_attribute("value", "Taxi")
    page.goto(f"{live_server.url}/sessions/{shift.pk}/")
    with page.expect_response("**/descriptions/**kind=transfer") as answer:
        page.keyboard.press("Alt+6")
    page.locator("[name=description]").focus()
    assert answer.value.json() == []
    expect(options).to_have_count(0)

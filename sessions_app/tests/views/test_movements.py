"""Movements through their forms and buttons."""

import re
from datetime import timedelta

import pytest

from cashpilot import periods
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import Movement
from sessions_app.tests.views.pages import HTMX, errors, page
from testing.database import nothing_written, update
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


# --- How they are drawn -----------------------------------------------------------------------------------------------


def test_each_says_what_may_be_done_to_it_and_nobody_writes_html_into_it(opened, till, boss, ana):
    words = NewMovement(Kind.TRANSFER, 1_000, "<b>Gómez</b> & 'co'")
    number = movement_actions.add_movement(opened.pk, new=words, by=ana).pk
    acts = [f'action="/sessions/{opened.pk}/movements/{number}/{act}/"' for act in ("verify", "void")]
    pages = [person.get(page(opened)).text for person in (till, boss)]
    assert [[act in shown for act in acts] for shown in pages] == [[False, True], [True, True]]
    assert "<strong>Bank transfer</strong> &lt;b&gt;Gómez&lt;/b&gt; &amp; &#x27;co&#x27;" in pages[0]
    assert "Gómez</b>" not in pages[0] + pages[1]


def test_a_reason_that_was_refused_stands_in_its_movement_alone(opened, till, ana):
    first, second = (
        movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1_000), by=ana).pk for _ in range(2)
    )
    refused = till.post(page(opened, f"movements/{first}/void/"), {"reason": f'"><i>{"x" * 500}'}).text
    opened_ones = re.findall(r'<details class="ask" data-dismiss open>', refused)
    assert (len(opened_ones), refused.count("at most 500 characters")) == (1, 1)
    assert re.findall(r'id="void-(\d+)"[^>]* value="&quot;&gt;&lt;i&gt;xx', refused) == [str(first)]
    assert f'id="void-{second}"' in refused


def test_each_form_of_a_page_has_a_key_of_its_own(opened, boss, ana):
    for _ in range(3):
        movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1_000), by=ana)
    keys = re.findall(r'name="token" value="([^"]+)"', boss.get(page(opened)).text)
    # To note one, to void each, and to close and flag the shift.
    assert (len(keys), len(set(keys))) == (6, 6)


def test_what_was_typed_into_the_form_for_one_is_in_no_other(opened, closed_of_beto, till, boss):
    """Its fields stay drawn while nobody types into them: for an open shift and a closed one."""
    blank = till.get(page(opened)).text
    typed = till.post(page(opened, "movements/"), {"kind": "card", "amount": "mil", "description": "mine alone"}).text
    again = till.get(page(opened)).text
    assert ["mine alone" in shown for shown in (blank, typed, again)] == [False, True, False]
    assert ['id="id_reason"' in boss.get(page(shift)).text for shift in (opened, closed_of_beto)] == [False, True]


def test_its_fields_are_in_the_language_of_who_looks(opened, till, ana):
    english = till.get(page(opened)).text
    update([ana], language="es")
    spanish = till.get(page(opened)).text
    assert [[f">{label}</label>" in text for label in ("Amount", "Monto")] for text in (english, spanish)] == [
        [True, False],
        [False, True],
    ]


def test_the_kind_that_was_noted_last_is_offered_first(opened, till):
    chosen = []
    for kind in ("card", "envelope"):
        till.post(page(opened, "movements/"), {"kind": kind, "amount": "1.000"})
        chosen += re.findall(r'name="kind" value="(\w+)"[^>]* checked', till.get(page(opened)).text)
    assert chosen == ["card", "envelope"]


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

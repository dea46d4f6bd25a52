"""The recount on the pages: it is asked for, and nothing tells by how much or to which side the first count was off."""

from uuid import uuid4

import pytest

from sessions_app.actions import shifts as shift_actions
from sessions_app.models import CashSession
from sessions_app.tests.views.pages import told_in
from sessions_app.views import shifts as shift_views
from testing.client import signed_in
from testing.database import nothing_written, update
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db
# 500.017 opened with, 1.000.003 billed, 1.400.011 counted and 7.000 by card where 7.019 were billed.
FIRST = {
    "final_cash": "1.400.011",
    "card": "7.000",
    "billed_cash": "1.000.003",
    "billed_card": "7.019",
    "ticket_number": "T-88",
    "version": "1",
}
# Billed, expected in the drawer, what was sold, by how much it is off; the first count; the card's difference.
SECRETS = ["1.000.003", "1.500.020", "899.994", "100.009", "1.400.011", "7.019", "\u00a019"]
ASKED = "The count does not agree with what was billed."


@pytest.fixture(autouse=True)
def _careful(central, ana, marta):
    update([central], recounts_before_verdict=True)
    for person in (ana, marta):
        update([person], language="en")


@pytest.fixture
def till(ana):
    return signed_in(ana)


@pytest.fixture
def shift(ana):
    return ShiftFactory(cashier=ana, initial_cash=500_017)


@pytest.fixture
def waiting(shift, till):
    till.post(f"/sessions/{shift.pk}/close/", FIRST)
    shift.refresh_from_db()
    return shift


def told(answers):
    return told_in(answers, SECRETS)


def test_the_first_form_is_answered_with_a_second_question(shift, till):
    answer = till.post(f"/sessions/{shift.pk}/close/", FIRST, follow=True)
    assert answer.redirect_chain == [(f"/sessions/{shift.pk}/close/", 302)]
    assert ASKED in answer.text
    form = answer.context["form"]
    assert {name for name in form.fields if not name.startswith("count_")} == {"final_cash", "notes", "version"}
    assert form["final_cash"].value() is None


def test_until_the_second_count_nothing_tells_the_first_or_what_was_billed(shift, till, marta, carla):
    office, auditor, page = signed_in(marta), signed_in(carla), f"/sessions/{shift.pk}/"
    answers = [till.post(f"{page}close/", FIRST, follow=True)]
    htmx = {"headers": {"HX-Request": "true"}}
    for client in (till, office):
        answers += [client.get("/"), client.get("/", **htmx), client.get(page), client.get(page, **htmx)]
        answers += [client.get(f"{page}{name}") for name in ("close/", "correct/", "slip/")]
        answers += [
            client.post(f"{page}close/", {"version": "1", "final_cash": "5"}),
            client.post(f"{page}close/", {"version": "2", "final_cash": "x"}),
            client.post(
                f"{page}correct/", {"version": "2", "initial_cash": "5", "reason": "because", "billed_cash": "5"}
            ),
            client.post(f"{page}movements/", {"kind": "card", "amount": "1"}),
            client.post(f"{page}movements/", {"kind": "card", "amount": "1"}, **htmx),
        ]
    answers.append(office.post(f"{page}delete/", {"reason": "otra vez"}))
    for client in (office, auditor):
        answers += [client.get(page), client.get(f"/admin/sessions_app/cashsession/{shift.pk}/change/")]
        answers += [client.get(f"/{name}") for name in ("sessions/export.csv", "audit/", "audit/export.csv")]
        answers += [client.get(f"/reports/{name}/") for name in ("sales", "methods", "pharmacies", "differences")]
        answers += [client.get("/days/"), client.get(f"/days/{shift.pharmacy_id}/{shift.business_date}/")]
    statuses = [200] * 4 + [200] * 2 + [404, 409, 422, 422, 422, 422]

    assert [answer.status_code for answer in answers] == [200, *statuses, *statuses, 422] + [200] * 11 * 2
    assert told(answers) == set()
    assert CashSession.objects.get().awaits_recount

    result = till.post(f"{page}close/", {"version": "2", "final_cash": "1.400.011"}, follow=True)
    assert told([result]) == set(SECRETS)


def test_the_second_form_closes_and_reads_nothing_but_the_count_and_a_note(waiting, till):
    sent = {"version": "2", "count_100000": "15", "count_50": "1", "notes": "n", "billed_cash": "1", "card": "1"}
    answer = till.post(f"/sessions/{waiting.pk}/close/", sent)
    assert answer.headers["Location"] == f"/sessions/{waiting.pk}/"
    names = ("final_cash", "count_sheet", "notes", "billed_cash", "card_total", "first_difference")
    assert CashSession.objects.values_list(*names).get() == (
        1_500_050,
        {"100000": 15, "50": 1},
        "n",
        1_000_003,
        7_000,
        11,
    )


def test_the_same_form_sent_twice_is_one_first_count(shift, till):
    sent = FIRST | {"token": str(uuid4())}
    answers = [till.post(f"/sessions/{shift.pk}/close/", sent) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == [f"/sessions/{shift.pk}/close/"] * 2
    assert CashSession.objects.get().awaits_recount
    with nothing_written():
        other = till.post(f"/sessions/{shift.pk}/close/", sent | {"final_cash": "1"})
    assert (other.status_code, told([other])) == (409, set())


def test_the_first_form_of_another_tab_is_no_second_count(waiting, till):
    with nothing_written():
        answer = till.post(f"/sessions/{waiting.pk}/close/", FIRST | {"token": str(uuid4())})
    form = answer.context["form"]
    assert (answer.status_code, form["version"].value(), form["final_cash"].value()) == (409, "2", "")
    assert told([answer]) == set()
    assert ASKED in answer.text


def test_two_first_counts_at_the_same_moment_are_no_second_count(shift, till, monkeypatch):
    """The view of the second one saw the shift before the first one was stored; it sends no version."""
    seen = CashSession.objects.select_related("pharmacy", "cashier").get(pk=shift.pk)
    sent = {name: value for name, value in FIRST.items() if name != "version"}
    till.post(f"/sessions/{shift.pk}/close/", sent)
    monkeypatch.setattr(shift_views, "visible_shift", lambda request, pk: seen)
    with nothing_written():
        answer = till.post(f"/sessions/{shift.pk}/close/", sent | {"final_cash": "1.500.020"})
    assert (answer.status_code, ASKED in answer.text, told([answer])) == (409, True, set())


def test_a_second_form_that_came_late_keeps_what_was_counted(waiting, till, ana):
    till.post(f"/sessions/{waiting.pk}/flag/", {"reason": "look"})
    answer = till.post(f"/sessions/{waiting.pk}/close/", {"version": "2", "final_cash": "1.500.021"})
    form = answer.context["form"]
    assert (answer.status_code, form["version"].value(), form["final_cash"].value()) == (409, "3", "1.500.021")


def test_closed_by_somebody_else_meanwhile_it_says_so(waiting, till, marta, monkeypatch):
    late = till.get(f"/sessions/{waiting.pk}/close/").context["form"]["version"].value()
    shift_actions.close_uncounted_shift(waiting.pk, reason="otra vez", by=marta)
    answer = till.post(f"/sessions/{waiting.pk}/close/", {"version": late, "final_cash": "5"})
    assert (answer.status_code, "This shift was already closed" in answer.text) == (409, True)
    assert told([answer]) == set()


def test_the_shift_page_leads_to_the_count_and_takes_nothing_else(waiting, till):
    page = till.get(f"/sessions/{waiting.pk}/")
    assert "so the drawer is counted once more." in page.text
    assert "Count once more" in page.text
    assert page.text.count("First the drawer is counted once more; nothing else") >= 1
    assert f"/sessions/{waiting.pk}/correct/" not in page.text
    assert page.context["history"][0].what == "Counted; the count did not agree"
    assert page.context["history"][0].changes == []


def test_afterwards_page_slip_and_history_show_the_first_count(waiting, till):
    till.post(f"/sessions/{waiting.pk}/close/", {"version": "2", "final_cash": "1.500.020"})
    shown = till.get(f"/sessions/{waiting.pk}/")
    for page in (shown, till.get(f"/sessions/{waiting.pk}/slip/")):
        assert "Counted for the first time: ₲\u00a01.400.011." in page.text
    closed = shown.context["history"][0]
    changes = {change.label: (change.old, change.new) for change in closed.changes}
    assert (closed.what, changes["first count"]) == ("Closed", (None, "1.400.011"))
    assert (changes["counted cash"], changes["billed in cash"]) == ((None, "1.500.020"), (None, "1.000.003"))

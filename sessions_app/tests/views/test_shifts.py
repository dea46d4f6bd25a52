"""The main job through its pages, from opening to verdict, and what stands in its way."""

from datetime import timedelta
from uuid import uuid4

import pytest
from pytest_django.asserts import assertContains

from cashpilot import periods
from pharmacies import actions as pharmacy_actions
from pharmacies.models import Pharmacy
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind, Result, Status
from sessions_app.models import CashSession, Mail
from sessions_app.tests.views.pages import STALE, balanced, errors, page
from testing.client import signed_in
from testing.database import nothing_written, update
from testing.factories import ShiftFactory

pytestmark = pytest.mark.usefixtures("english")


# --- Where and who ----------------------------------------------------------------------------------------------------


def test_an_administrator_opens_for_a_cashier(boss, ana, central):
    boss.post("/sessions/open/", {"pharmacy": central.pk, "initial_cash": "1", "cashier": ana.pk, "register": "2"})

    assert CashSession.objects.values_list("cashier", "register").get() == (ana.pk, 2)


def test_an_inactive_pharmacy_still_lets_its_shifts_close(opened, till):
    update(Pharmacy.objects.all(), is_active=False)

    assert till.post(page(opened, "close/"), {"final_cash": "1"}).status_code == 302


# --- The main job, from opening to verdict ----------------------------------------------------------------------------


# initial, what closing says, and: cash sales, result, how much. From section 3 of the design.
WORKED = {
    "not compared": (
        "500.000",
        {"final_cash": "1.200.000", "envelope": "300.000"},
        (1_000_000, Result.NOT_COMPARED, None),
    ),
    "short": (
        "500.000",
        {"final_cash": "1.200.000", "envelope": "300.000", "billed_cash": "1.015.000"},
        (1_000_000, Result.SHORT, 15_000),
    ),
    "short beside expenses and debts": (
        "500.000",
        {
            "final_cash": "1.260.000",
            "envelope": "300.000",
            "expense": "125.000",
            "expense_description": "alquiler",
            "collection": "200.000",
            "billed_cash": "1.000.000",
        },
        (985_000, Result.SHORT, 15_000),
    ),
    "wrong method": (
        "300.000",
        {
            "final_cash": "1.250.000",
            "envelope": "1.500.000",
            "expense": "80.000",
            "expense_description": "hielo",
            "collection": "120.000",
            "card": "1.840.000",
            "billed_card": "1.925.000",
            "billed_cash": "2.325.000",
        },
        (2_410_000, Result.SWAPPED, 85_000),
    ),
    "balanced": (
        "500.000",
        {"final_cash": "485.000", "expense": "15.000", "expense_description": "hielo", "billed_cash": "0"},
        (0, Result.BALANCED, None),
    ),
}


@pytest.mark.parametrize(("initial", "closing", "expected"), WORKED.values(), ids=WORKED.keys())
def test_a_shift_is_opened_closed_and_judged(initial, closing, expected, bilingual, central):
    answer = bilingual.post("/sessions/open/", {"pharmacy": central.pk, "initial_cash": initial})
    path = answer.headers["Location"]
    response = bilingual.post(f"{path}close/", {**closing, "version": "1"}, follow=True)
    shift, statement = response.context["shift"], response.context["summary"]

    assert response.redirect_chain == [(path, 302)]
    assert (shift.cash_sales, statement.result, statement.amount) == expected


def test_closing_once_more_or_on_an_old_page_tells_what_happened(opened, till, boss, marta):
    with periods.at(opened.opened_at):
        boss.post(page(opened, "close/"), {"final_cash": "500.000", "version": "1"})
    with nothing_written():
        response = till.post(page(opened, "close/"), {"final_cash": "1", "version": "1"})

    assert response.status_code == 409
    assert errors(response)["__all__"][0].startswith("This shift was already closed on ")
    assert response.context["shift"].final_cash == 500_000
    assert response.context["form"]["final_cash"].value() == "1"
    assert till.get(page(opened, "close/")).headers["Location"] == page(opened)


def test_a_close_on_an_old_page_is_sent_again_with_the_renewed_version(opened, till, ana):
    movement_actions.add_movement(opened.pk, new=NewMovement(Kind.CARD, 1_000), by=ana)
    sent = {"final_cash": "500.000", "version": "1"}
    with nothing_written():
        stale = till.post(page(opened, "close/"), sent)
    renewed = stale.context["form"]["version"].value()

    assert (stale.status_code, errors(stale), renewed) == (409, {"__all__": [STALE]}, "2")
    assert till.post(page(opened, "close/"), sent | {"version": renewed}).status_code == 302


def test_a_stale_correction_shows_both_values_and_may_be_sent_again(closed, till, marta):
    shift_actions.correct_shift(closed.pk, version=2, reason="mine", final_cash=1_185_000, notes="Marta's", by=marta)
    sent = {"final_cash": "1.210.000", "notes": "Ana's", "billed_cash": "1.000.000", "reason": "mine", "version": "2"}
    with nothing_written():
        stale = till.post(page(closed, "correct/"), sent)
    form = stale.context["form"]

    assert (stale.status_code, errors(stale)) == (409, {"__all__": [STALE]})
    assert {name: form[name].value() for name in sent} == sent | {"version": "3"}
    said = {field.name: str(field.help_text) for field in form if "now says" in str(field.help_text)}
    assert said == {"final_cash": "The shift now says: 1.185.000", "notes": "The shift now says: Marta&#x27;s"}

    assert till.post(page(closed, "correct/"), sent | {"version": "3"}).status_code == 302
    closed.refresh_from_db()
    assert (closed.final_cash, closed.notes, closed.version) == (1_210_000, "Ana's", 4)


def test_what_a_correction_leaves_out_stays_as_it_is(closed, till):
    till.post(page(closed, "correct/"), {"billed_cash": "1.015.000", "reason": "typo", "version": "2"})
    closed.refresh_from_db()

    assert (closed.billed_cash, closed.final_cash, closed.initial_cash) == (1_015_000, 1_200_000, 500_000)
    assert (closed.version, closed.result) == (3, Result.SHORT)


def test_after_the_window_a_correction_is_refused_with_its_reason(closed, till):
    with periods.at(closed.closed_at + timedelta(hours=12, seconds=1)):
        shown = till.get(page(closed, "correct/"))
        with nothing_written():
            sent = till.post(page(closed, "correct/"), {"final_cash": "1", "reason": "late", "version": "2"})

    assert (shown.status_code, sent.status_code) == (200, 422)
    assert errors(sent) == {"__all__": [shown.context["refusal"]]}
    assert shown.context["refusal"].startswith("You could correct this shift until ")


def test_opening_twice_names_the_shift_in_the_way_and_links_it_only_to_who_may_see_it(
    opened, till, beto, boss, central
):
    sent = {"pharmacy": central.pk, "initial_cash": "1", "register": "1"}
    answers = {}
    for name, client in {"ana": till, "beto": signed_in(beto), "marta": boss}.items():
        with nothing_written():
            answers[name] = client.post("/sessions/open/", sent)

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 422)
    assert {name: answer.context["taken"] for name, answer in answers.items()} == {
        "ana": opened,
        "beto": None,
        "marta": opened,
    }
    assert errors(answers["ana"])["__all__"][0].startswith(
        f"Ana Benítez already has shift #{opened.pk} open at Central"
    )


# --- What is sent beside a form's own fields --------------------------------------------------------------------------


def test_nothing_but_the_fields_of_a_form_reaches_the_shift(till, ana, beto, central):
    beside = {"cashier": beto.pk, "status": "closed", "closed_at": "2020-01-01", "opened_at": "2020-01-01", "id": "77"}
    beside |= {
        "tolerance": "9.999.999",
        "expense_total": "1",
        "flagged_at": "2020-01-01",
        "business_date": "2020-01-01",
    }
    till.post(
        "/sessions/open/", {**beside, "pharmacy": central.pk, "initial_cash": "1", "version": "9", "final_cash": "5"}
    )
    shift = CashSession.objects.get()
    was = CashSession.objects.values("id", "cashier", "opened_at", "business_date", "flagged_at", "expense_total").get()

    assert (shift.cashier, shift.status, shift.version, shift.final_cash) == (ana, Status.OPEN, 1, None)
    till.post(page(shift, "close/"), {**beside, "final_cash": "5", "initial_cash": "7"})
    shift.refresh_from_db()
    assert (shift.initial_cash, shift.tolerance, shift.version, shift.closed_at.year > 2020) == (1, 0, 2, True)
    till.post(page(shift, "correct/"), {**beside, "status": "open", "notes": "n", "reason": "otra vez", "version": "2"})
    assert CashSession.objects.values(*was).get() == was
    assert CashSession.objects.values("status", "version", "notes").get() == {
        "status": "closed",
        "version": 3,
        "notes": "n",
    }


# --- The count is blind -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recounts", [False, True])
def test_nothing_before_the_close_tells_what_is_expected(recounts, till, boss, central, marta):
    """Odd amounts, so that no figure can be there by chance: of every answer, for the cashier and the administrator.

    Where the pharmacy counts again before the verdict, of every answer after the first count too.
    """
    pharmacy_actions.edit_pharmacy(central.pk, recounts_before_verdict=recounts, by=marta)
    opening = {"pharmacy": central.pk, "initial_cash": "500.017", "expense": "13.009", "expense_description": "ice"}
    path = till.post("/sessions/open/", opening).headers["Location"]
    answers = []
    for kind, amount in {"envelope": "90.005", "cash_in": "7.001", "collection": "3.003"}.items():
        answers.append(till.post(f"{path}movements/", {"kind": kind, "amount": amount}, headers={"HX-Request": "true"}))
    counted = {"final_cash": "1.400.000", "billed_cash": "1.000.003", "version": "4"}

    def ask():
        for client in (till, boss):
            yield from (client.get("/"), client.get("/", headers={"HX-Request": "true"}), client.get("/sessions/open/"))
            yield from (client.get(path), client.get(f"{path}close/"), client.get(f"{path}correct/"))
            yield client.post(f"{path}close/", counted | {"ticket_count": "x"})
            yield client.post(f"{path}close/", counted | {"version": "1"})
            yield client.post(f"{path}correct/", counted | {"reason": "otra vez"})

    answers += ask()
    if recounts:
        answers += [till.post(f"{path}close/", counted, follow=True), *ask()]
    # In the drawer without sales, expected with the ticket, cash sales, difference.
    secrets = ["407.007", "407007", "1.407.010", "1407010", "992.993", "992993", "7.010"]

    waiting = [200] + ([200] * 6 + [409, 409, 422]) * 2 if recounts else []
    assert [answer.status_code for answer in answers] == [200] * 3 + ([200] * 6 + [422, 409, 422]) * 2 + waiting
    assert [secret for secret in secrets for answer in answers if secret in answer.content.decode()] == []
    summaries = [answer.context["summary"] for answer in answers if "summary" in (answer.context or {})]
    assert summaries == [None] * (7 if recounts else 5)

    result = till.post(f"{path}close/", counted | {"version": "5" if recounts else "4"}, follow=True)
    shown = {secret for secret in secrets if secret in result.content.decode()}
    assert shown == {"1.407.010", "992.993", "7.010"}


# --- A billing system that counts transfers as cash -------------------------------------------------------------------


@pytest.fixture
def counted_as_cash(central, marta):
    return pharmacy_actions.edit_pharmacy(central.pk, transfers_billed_as_cash=True, by=marta)


def test_one_figure_is_asked_for_and_one_line_is_compared(counted_as_cash, opened, till):
    assert "billed_transfer" not in till.get(page(opened, "close/")).context["form"].fields
    sent = {"final_cash": "700.000", "transfer": "90.000", "transfer_description": "Sosa", "billed_cash": "300.000"}
    till.post(page(opened, "close/"), sent)
    shown = till.get(page(opened))
    cash = shown.context["summary"].methods[0]

    assert (cash.label, cash.received, cash.billed, cash.difference) == (
        "Cash and bank transfers",
        290_000,
        300_000,
        -10_000,
    )
    assert [method.label for method in shown.context["summary"].methods[1:]] == ["Card", "Credit sale"]
    assert "200.000 in cash and 90.000 in transfers" in shown.text
    expected = shown.context["summary"].expected_cash
    assert sum(step.sign * step.amount for step in expected) == 710_000


def test_the_shift_keeps_what_the_setting_was_when_it_closed(counted_as_cash, ana, marta, till):
    shift = balanced(ana)
    pharmacy_actions.edit_pharmacy(counted_as_cash.pk, transfers_billed_as_cash=False, by=marta)
    till.post(page(shift, "correct/"), {"billed_transfer": "1", "notes": "x", "reason": "late", "version": "2"})
    shift.refresh_from_db()

    assert (shift.transfers_billed_as_cash, shift.billed_transfer, shift.notes) == (True, None, "x")
    assert "billed_transfer" not in till.get(page(shift, "correct/")).context["form"].fields


def test_a_shift_that_closed_before_the_setting_stays_as_it_was(ana, marta, central, till):
    shift = balanced(ana)
    pharmacy_actions.edit_pharmacy(central.pk, transfers_billed_as_cash=True, by=marta)

    assert len(till.get(page(shift)).context["summary"].methods) == 4
    assert "billed_transfer" in till.get(page(shift, "correct/")).context["form"].fields


# --- A setting that changed under an open form ------------------------------------------------------------------------

TOGETHER = (
    "Meanwhile this pharmacy was set to bill transfers as cash:"
    " write cash and transfers together under “Billed in cash”, and send it again."
)
APART = (
    "Meanwhile this pharmacy was set to bill transfers apart:"
    " write under “Billed in cash” the cash alone, the transfers in their own field, and send it again."
)


def hidden(response, form="form"):
    """What a browser sends of the hidden fields of a page."""
    fields = response.context[form].hidden_fields()
    return {field.html_name: "" if field.value() is None else str(field.value()) for field in fields}


def bill_transfers_as_cash(pharmacy, marta, value):
    pharmacy_actions.edit_pharmacy(pharmacy.pk, transfers_billed_as_cash=value, by=marta)


@pytest.fixture
def with_a_transfer(ana, central):
    """An open shift that noted 200.000 by transfer."""
    return ShiftFactory(cashier=ana, movements=[NewMovement(Kind.TRANSFER, 200_000, "Gómez")])


def test_transfers_billed_as_cash_since_the_close_was_drawn_are_told_and_no_false_surplus_is_stored(
    with_a_transfer, till, central, marta
):
    drawn = hidden(till.get(page(with_a_transfer, "close/")))
    bill_transfers_as_cash(central, marta, True)
    typed = {"final_cash": "1500000", "billed_cash": "1.000.000", "billed_transfer": "200.000"}
    with nothing_written():
        refused = till.post(page(with_a_transfer, "close/"), drawn | typed)
    assert (refused.status_code, errors(refused)) == (409, {"__all__": [TOGETHER]})
    assert 'value="1.000.000"' in refused.text
    assert "You wrote 200.000 as transfers." in refused.text

    again = till.post(page(with_a_transfer, "close/"), hidden(refused) | typed | {"billed_cash": "1.200.000"})
    shift = CashSession.objects.get(pk=with_a_transfer.pk)
    assert (again.status_code, shift.result, shift.billed_cash) == (302, Result.BALANCED, 1_200_000)
    assert Mail.objects.count() == 0


def test_transfers_billed_apart_since_the_close_was_drawn_are_told_and_no_false_shortage_is_mailed(
    with_a_transfer, till, central, marta
):
    bill_transfers_as_cash(central, marta, True)
    drawn = hidden(till.get(page(with_a_transfer, "close/")))
    bill_transfers_as_cash(central, marta, False)
    typed = {"final_cash": "1500000", "billed_cash": "1.200.000"}
    with nothing_written():
        refused = till.post(page(with_a_transfer, "close/"), drawn | typed)
    assert (refused.status_code, errors(refused)) == (409, {"__all__": [APART]})

    right = {"billed_cash": "1.000.000", "billed_transfer": "200.000"}
    assert till.post(page(with_a_transfer, "close/"), hidden(refused) | typed | right).status_code == 302
    assert CashSession.objects.get(pk=with_a_transfer.pk).result == Result.BALANCED
    assert Mail.objects.count() == 0


def test_a_close_that_is_old_in_two_ways_is_told_of_both_one_after_the_other(with_a_transfer, till, central, marta):
    drawn = hidden(till.get(page(with_a_transfer, "close/")))
    bill_transfers_as_cash(central, marta, True)
    movement_actions.add_movement(with_a_transfer.pk, new=NewMovement(Kind.CARD, 5), by=marta)
    typed = {"final_cash": "1500000", "billed_cash": "1.000.000"}
    first = till.post(page(with_a_transfer, "close/"), drawn | typed)
    second = till.post(page(with_a_transfer, "close/"), hidden(first) | typed)
    assert "The shift changed while you had this page open." in first.text
    assert (second.status_code, errors(second)) == (409, {"__all__": [TOGETHER]})
    assert till.post(page(with_a_transfer, "close/"), hidden(second) | typed).status_code == 302


def test_what_was_typed_as_transfers_is_shown_as_text(with_a_transfer, till, central, marta):
    drawn = hidden(till.get(page(with_a_transfer, "close/")))
    bill_transfers_as_cash(central, marta, True)
    refused = till.post(page(with_a_transfer, "close/"), drawn | {"final_cash": "1", "billed_transfer": "<b>9"})
    assert "You wrote &lt;b&gt;9 as transfers." in refused.text


def test_a_close_that_does_not_say_under_which_setting_is_taken_as_it_is(with_a_transfer, till, central, marta):
    bill_transfers_as_cash(central, marta, True)
    sent = {"final_cash": "1500000", "billed_cash": "1.200.000"}
    assert till.post(page(with_a_transfer, "close/"), sent).status_code == 302
    assert CashSession.objects.get(pk=with_a_transfer.pk).result == Result.BALANCED


def test_what_the_shift_now_says_is_shown_as_text(ana, till):
    shift = ShiftFactory(closed=True, cashier=ana, notes="<b>calm</b>")
    refused = till.post(page(shift, "correct/"), {"version": 1, "reason": "otra vez", "notes": "other"})
    assert (refused.status_code, "The shift now says: &lt;b&gt;calm&lt;/b&gt;" in refused.text) == (409, True)


def test_what_was_sent_again_for_want_of_an_answer_is_told_once(till, central):
    sent = {"pharmacy": central.pk, "register": "1", "initial_cash": "300.000", "token": str(uuid4())}
    answers = [till.post("/sessions/open/", sent) for _sending in range(2)]
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.url for answer in answers}) == 1
    assertContains(till.get(answers[0].url), 'class="notice notice--success"', count=1)

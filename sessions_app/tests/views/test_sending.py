"""A form that did not arrive: the page stays, says so, and sending it again is safe."""

import re
from datetime import timedelta

import pytest
from django.test import RequestFactory
from playwright.sync_api import Page, Route, expect

from accounts.models import User
from cashpilot import periods
from cashpilot.web import errors
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession
from testing.browser import let_in
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

A_SHIFT = re.compile(r"/sessions/\d+/$")
NOT_SENT = "No connection: not sent yet."
WAS_DISABLED = """(button) => {
    window.wasDisabled = button.disabled;
    new MutationObserver(() => (wasDisabled ||= button.disabled)).observe(button, { attributes: true });
}"""


@pytest.fixture
def till(page: Page, live_server, ana: User) -> Page:
    """A browser in which Ana is signed in and reads English."""
    ana.language = "en"
    ana.save()
    return let_in(page, live_server, ana)


def fill_in(page: Page, url: str, **fields: str) -> None:
    page.goto(url)
    for name, text in fields.items():
        page.locator(f"main [name={name}]").fill(text)


def notice(page: Page):
    return page.locator("#unsent")


def again(page: Page):
    return page.get_by_role("button", name="Send again")


def test_without_a_connection_it_is_said_at_once_and_when_sending(till, live_server) -> None:
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="500000")
    till.context.set_offline(True)
    expect(notice(till)).to_contain_text("You can go on typing: this computer keeps it.")
    till.get_by_role("button", name="Open shift").click()
    expect(notice(till)).to_contain_text(NOT_SENT)
    expect(again(till)).to_be_focused()
    till.keyboard.press("Enter")
    expect(notice(till)).to_contain_text(NOT_SENT)
    expect(till.locator("[name=initial_cash]")).to_have_value("500.000")
    till.context.set_offline(False)
    expect(notice(till)).to_contain_text("The connection is back: not sent yet.")
    again(till).press("Enter")
    till.wait_for_url(A_SHIFT)
    assert CashSession.objects.get().initial_cash == 500_000


def test_a_close_whose_answer_was_lost_is_sent_again_once_and_asks_nothing_more(till, live_server, ana) -> None:
    shift = ShiftFactory(cashier=ana)
    answers = []

    def lose_the_first(route: Route) -> None:
        if route.request.method == "POST" and not answers:
            answers.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    till.route("**/close/", lose_the_first)
    fill_in(till, f"{live_server.url}/sessions/{shift.pk}/close/", final_cash="500000", billed_cash="0")
    till.get_by_role("button", name="Close shift").click()
    till.get_by_role("button", name="Yes, close the shift").click()
    expect(notice(till)).to_contain_text(NOT_SENT)
    again(till).click()
    expect(till.get_by_role("region", name="Result")).to_contain_text("Balanced")
    shift.refresh_from_db()
    assert (answers, shift.final_cash, shift.history.count()) == ([204], 500_000, 2)


def test_forms_of_a_closed_shift_stay_too(till, live_server, ana) -> None:
    shift = ShiftFactory(closed=True, cashier=ana)
    till.goto(f"{live_server.url}/sessions/{shift.pk}/")
    till.locator("summary", has_text="Flag").click()
    till.get_by_label("Reason").first.fill("The batch is missing")
    till.route("**/flag/", lambda route: route.abort())
    till.get_by_role("button", name="Flag the shift").click()
    expect(notice(till)).to_contain_text(NOT_SENT)
    till.unroute_all()
    again(till).click()
    expect(till.get_by_text("The batch is missing").first).to_be_visible()
    shift.refresh_from_db()
    assert shift.flag_reason == "The batch is missing"


def test_what_our_server_says_is_shown_and_what_a_proxy_says_is_not(till, live_server) -> None:
    asked = RequestFactory().post("/", headers={"HX-Request": "true"})
    ours = errors.page(asked, 503, "The database is not answering", "Wait a moment.").content.decode()
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="500000")
    for body, said in [(ours, "The database is not answering. Wait a moment."), ("<h1>upstream</h1>", NOT_SENT)]:
        answer = {"status": 503, "body": body, "content_type": "text/html"}
        till.route("**/open/", lambda route, _, answer=answer: route.fulfill(**answer))
        till.get_by_role("button", name="Open shift").click()
        expect(notice(till)).to_contain_text(said)
    expect(notice(till)).not_to_contain_text("upstream")
    expect(till.locator("[name=initial_cash]")).to_have_value("500.000")
    till.unroute_all()
    again(till).click()
    till.wait_for_url(A_SHIFT)


def test_no_answer_is_not_waited_for_for_ever(till, live_server) -> None:
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="500000")
    assert till.evaluate("htmx.config.timeout") == 30_000
    till.evaluate("htmx.config.timeout = 300")
    till.route("**/open/", lambda route: None)
    sends = till.get_by_role("button", name="Open shift")
    sends.evaluate(WAS_DISABLED)
    sends.click()
    expect(notice(till)).to_contain_text("No answer yet.")
    expect(sends).to_be_enabled()
    assert till.evaluate("wasDisabled")
    till.unroute_all()


def test_a_list_that_could_not_be_read_says_so_without_talk_of_sending(till, live_server) -> None:
    till.goto(live_server.url)
    till.route("**/?*", lambda route: route.abort())
    till.locator("#preset-1").click()
    expect(notice(till)).to_contain_text("Try again in a moment.")
    expect(again(till)).to_be_hidden()


def test_before_a_close_is_sent_its_figures_are_repeated_in_words(till, live_server, ana) -> None:
    shift = ShiftFactory(
        cashier=ana,
        movements=[NewMovement(Kind.CARD, 50), NewMovement(Kind.ENVELOPE, 1_000), NewMovement("cash_in", 7)],
    )
    fill_in(till, f"{live_server.url}/sessions/{shift.pk}/close/", count_50000="3x10+1", envelope="1500000", card="75")
    close, question = till.get_by_role("button", name="Close shift F9", exact=True), till.get_by_role("dialog")
    close.press("Space")
    expect(question).to_contain_text("₲ 1.550.000")
    expect(question).to_contain_text("one million five hundred and fifty thousand guaraníes")
    expect(question.locator("dl")).to_have_text("Envelope1.501.000Cards (total of the batch)75Cash added7")
    expect(question.get_by_text("not compared")).to_be_visible()
    till.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(close).to_be_focused()
    assert CashSession.objects.get().status == "open"

    till.locator("[name=billed_cash]").fill("1.000")
    till.locator("[name=count_50000]").fill("")
    till.locator("[name=final_cash]").fill("21000")
    close.press("Space")
    expect(question).to_contain_text("twenty-one thousand guaraníes")
    expect(question.get_by_text("not compared")).to_be_hidden()
    till.get_by_role("button", name="Go back and look").click()
    till.locator("[name=card]").fill("seventy")
    close.press("Space")
    expect(till.locator("main [role=alert]")).to_contain_text("Cards (total of the batch): Write whole guaraníes")
    expect(question).to_be_hidden()


def test_a_correction_says_what_its_pieces_add_up_to(till, live_server, ana) -> None:
    shift = ShiftFactory(closed=True, cashier=ana, count_sheet={"100000": 12})
    till.goto(f"{live_server.url}/sessions/{shift.pk}/correct/")
    expect(till.locator("[data-sum-of-pieces]")).to_have_text("1.200.000")
    till.locator("[name=count_50000]").fill("1")
    expect(till.locator("[data-sum-of-pieces]")).to_have_text("1.250.000")
    expect(till.locator("output").nth(1)).to_have_text("50.000")
    till.locator("[name=reason]").fill("counted again")
    till.get_by_role("button", name="Save the correction").click()
    expect(till.get_by_text("Before: it was not compared.")).to_be_visible()
    assert CashSession.objects.get().final_cash == 1_250_000


def test_the_main_button_of_an_owner_opens_the_sign_off(page, live_server, ana, marta) -> None:
    with periods.at(periods.now() - timedelta(weeks=2)):
        shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 1_000_000})
    let_in(page, live_server, marta)
    page.goto(f"{live_server.url}/sessions/{shift.pk}/")
    expect(page.locator("#sign_off_note")).to_be_hidden()
    page.locator(".verdict__next .button--main").click()
    expect(page.locator("#sign_off_note")).to_be_visible()


def test_the_summary_of_what_is_wrong_leads_to_the_field(till, live_server, ana) -> None:
    fill_in(
        till, f"{live_server.url}/sessions/{ShiftFactory(cashier=ana).pk}/close/", count_500="many", billed_cash="1.5"
    )
    expect(till.locator("#said")).to_contain_text("Billed in cash: Write whole guaraníes")
    till.get_by_role("button", name="Close shift F9", exact=True).press("Space")
    summary = till.locator("main [role=alert]")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(["Billed in cash", "₲ 500"])
    till.keyboard.press("Tab")
    till.keyboard.press("Tab")
    till.keyboard.press("Enter")
    expect(till.locator("[name=count_500]")).to_be_focused()
    expect(till.locator("[name=billed_cash]")).to_have_value("1.5")


def test_a_small_question_that_is_refused_says_so_where_it_was_asked(till, live_server, ana) -> None:
    till.goto(f"{live_server.url}/sessions/{ShiftFactory(closed=True, cashier=ana).pk}/")
    till.locator("summary", has_text="Flag").click()
    till.get_by_role("button", name="Flag the shift").click()
    refused = till.locator(".ask[open] [role=alert]")
    expect(refused).to_be_focused()
    expect(refused).to_contain_text("Reason: This field is required.")


def test_while_a_file_is_read_it_is_said_in_sight_and_it_is_not_sent_twice(page, live_server, central, marta) -> None:
    let_in(page, live_server, marta).goto(f"{live_server.url}/imports/new/")
    # An answer that leads nowhere: the page stays as it is while it waits.
    page.route("**/imports/new/", lambda route: route.fulfill(status=204))
    page.locator("[name=file]").set_input_files([{"name": "a.csv", "mimeType": "text/csv", "buffer": b"a;b"}])
    page.get_by_role("button", name="Mirarlo").click()

    expect(page.get_by_text("Se está leyendo el archivo.")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Mirarlo")).to_be_disabled()

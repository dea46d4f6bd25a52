"""The page of one shift: what it begins with, and that it says each thing once."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession
from testing.browser import let_in
from testing.factories import ShiftFactory

TAXI = NewMovement(Kind.EXPENSE, 15_000, "Taxi")
WIDE, PHONE = {"width": 1333, "height": 768}, {"width": 390, "height": 844}


@pytest.fixture
def short(ana: User) -> CashSession:
    """500.000 opened with, 15.000 spent, 1.135.000 counted, 700.000 billed: 50.000 are missing."""
    return ShiftFactory(
        closed=True, cashier=ana, movements=[TAXI], final_cash=1_135_000, billed={"billed_cash": 700_000}
    )


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.text).split())


def test_it_begins_with_who_where_and_when_then_the_verdict_then_what_to_do(short, boss):
    text = text_of(boss.get(f"/sessions/{short.pk}/"))
    order = ["Ana Benítez Shift #", "Central · Register 1 ·", "The drawer holds 50.000 less", "Count the drawer"]
    places = [text.index(said) for said in [*order, "Print the slip", "By method of payment"]]
    assert places == sorted(places)


def test_one_that_balances_since_a_correction_says_so_in_large_letters(short, boss, ana):
    late = NewMovement(Kind.EXPENSE, 50_000, "Taxi")
    movement_actions.add_movement(short.pk, new=late, reason="I forgot it", by=ana)
    balanced = ShiftFactory(closed=True, cashier=ana, final_cash=1_200_000, billed={"billed_cash": 700_000})
    headline = '<p class="verdict__figure"> {} </p>'
    pages = [" ".join(boss.get(f"/sessions/{shift.pk}/").text.split()) for shift in (short, balanced)]
    assert headline.format("It balances after corrections") in pages[0]
    assert headline.format("It balances") in pages[1]
    # Either can be flagged, in one place.
    assert [len(re.findall(r' action="[^"]*/flag/"', page)) for page in pages] == [1, 1]


def test_one_sum_without_what_there_is_none_of(short, boss):
    text = text_of(boss.get(f"/sessions/{short.pk}/"))
    assert "Opening cash 500.000 + Billed in cash 700.000 − Expenses 15.000 = Expected cash 1.185.000" in text
    assert "Counted: 1.135.000. Difference: − 50.000." in text
    assert "Cash sales" not in text


def test_while_nobody_knows_what_was_billed_the_sum_is_that_of_the_cash_sales(ana, boss):
    shift = ShiftFactory(closed=True, cashier=ana, movements=[TAXI])
    text = text_of(boss.get(f"/sessions/{shift.pk}/"))
    assert "Counted cash 1.200.000 − Opening cash 500.000 + Expenses 15.000 = Cash sales 715.000" in text


def test_of_an_open_shift_only_what_was_noted_is_summed_up(ana, till):
    shift = ShiftFactory(cashier=ana)
    movement_actions.add_movement(shift.pk, new=TAXI, by=ana)
    assert "So far Opening cash 500.000 Expenses 15.000 Correct the opening cash" in text_of(
        till.get(f"/sessions/{shift.pk}/")
    )


def test_a_movement_is_told_once_and_the_history_tells_the_other_acts(short, ana, marta, boss):
    late = NewMovement(Kind.TRANSFER, 80_000, "Gómez")
    transfer = movement_actions.add_movement(short.pk, new=late, reason="forgotten", by=ana)
    movement_actions.verify_transfer(short.pk, transfer.pk, by=marta)
    movement_actions.void_movement(short.pk, short.movements.get(kind="expense").pk, reason="twice", by=ana)
    mark_actions.flag_shift(short.pk, reason="odd", by=marta)
    response = boss.get(f"/sessions/{short.pk}/")
    text = text_of(response)

    assert [entry.what for entry in response.context["history"]] == ["Flagged", "Closed", "Opened with 500.000"]
    assert [
        text.count(said) for said in ("Ana Benítez · «forgotten»", "Voided by Ana Benítez: twice", "Seen in the bank")
    ] == [1] * 3
    assert "Seen in the bank · " in text
    assert text.count("Gómez") == 2  # its line, and what names it to who hears the button: "Void"


def test_the_page_shows_the_newest_five_acts_and_leads_to_all_of_them_which_its_paper_tells(short, marta, boss):
    for turn in range(3):
        mark_actions.flag_shift(short.pk, reason=f"odd {turn}", by=marta)
        if turn < 2:
            mark_actions.unflag_shift(short.pk, reason=f"seen {turn}", by=marta)
    page, every = boss.get(f"/sessions/{short.pk}/"), boss.get(f"/sessions/{short.pk}/history/")

    newest = ["odd 2", "seen 1", "odd 1", "seen 0", "odd 0"]
    assert [entry.why for entry in page.context["history"]][:5] == newest
    assert page.text.count('class="history__older"') == 2
    assert f'href="/sessions/{short.pk}/history/"' in page.text
    assert [entry.what for entry in every.context["history"]][5:] == ["Closed", "Opened with 500.000"]
    assert [reason in every.text for reason in newest] == [True] * 5
    assert "history-all" not in every.text


def test_a_short_history_is_all_on_the_page(short, boss):
    assert "history-all" not in boss.get(f"/sessions/{short.pk}/").text


def test_a_tick_taken_off_is_an_act_of_the_history(short, ana, marta, boss):
    transfer = movement_actions.add_movement(
        short.pk, new=NewMovement(Kind.TRANSFER, 80_000, "Gómez"), reason="late", by=ana
    )
    for verified in (True, False):
        movement_actions.verify_transfer(short.pk, transfer.pk, verified=verified, by=marta)
    history = boss.get(f"/sessions/{short.pk}/").context["history"]
    assert history[0].what == "Tick taken off: Bank transfer 80.000 «Gómez»"


@pytest.mark.parametrize("address", ["/sessions/{}/", "/audit/?kind=cashsession&number={}"])
def test_a_first_value_stands_alone_and_a_changed_one_beside_it(address, short, marta, boss):
    shift_actions.correct_shift(short.pk, version=short.version, final_cash=1_185_000, reason="recount", by=marta)
    text = text_of(boss.get(address.format(short.pk)))
    assert "Counted cash: 1.135.000 Billed in cash: 700.000" in text
    assert "Counted cash: 1.135.000 → 1.185.000" in text
    assert "— →" not in text


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_questions_open_in_view_with_the_focus_in_them(page: Page, live_server, short, marta) -> None:
    let_in(page, live_server, marta)
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        page.goto(f"{live_server.url}/sessions/{short.pk}/")
        for number in range(page.locator(".ask > summary").count()):
            summary = page.locator(".ask > summary").nth(number)
            summary.press("Enter")
            panel = page.locator(".ask[open] .ask__panel")
            expect(panel.locator(":focus")).to_have_count(1)  # the browser tells that it has opened a moment later
            assert panel.evaluate(
                """panel => {
                    const { left, top, right, bottom } = panel.getBoundingClientRect();
                    return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
                }"""
            ), (size, summary.inner_text())
            page.keyboard.press("Escape")
            expect(summary).to_be_focused()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_ones_own_reply_opens_with_the_focus_in_it(page: Page, live_server, short, ana) -> None:
    let_in(page, live_server, ana).goto(f"{live_server.url}/sessions/{short.pk}/")
    page.locator(".reply-form > summary").press("Enter")
    expect(page.locator("#reply_text")).to_be_focused()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_it_prints_on_one_sheet(page: Page, live_server, short, ana, marta) -> None:
    for number in range(8):
        movement_actions.add_movement(short.pk, new=NewMovement(Kind.CARD, 1_000 + number), reason="late", by=ana)
    for number in range(3):
        mark_actions.flag_shift(short.pk, reason=f"question {number}", by=marta)
        mark_actions.unflag_shift(short.pk, reason=f"answer {number}", by=marta)
    let_in(page, live_server, marta).goto(f"{live_server.url}/sessions/{short.pk}/")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1

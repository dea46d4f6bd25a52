"""A draft, typed and not sent yet, is kept in this browser, for that person and shift alone."""

import os
import re
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.timezone import localtime
from playwright.sync_api import BrowserType, Page, Route, expect

from cashpilot import periods
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession, Movement
from testing.browser import let_in
from testing.factories import PASSWORD, ShiftFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

A_SHIFT = re.compile(r"/sessions/\d+/$")
BACK = "What you had typed here is back"
DRAFTS = """async () => {
    const opened = indexedDB.open("cashpilot");
    await new Promise((done) => (opened.onsuccess = done));
    const keys = opened.result.transaction("drafts").objectStore("drafts").getAllKeys();
    await new Promise((done) => (keys.onsuccess = done));
    return keys.result;
}"""


@pytest.fixture(autouse=True)
def english(settings, ana, beto):
    settings.LANGUAGE_CODE = "en"
    for person in (ana, beto):
        person.language = "en"
        person.save()


@pytest.fixture
def till(page, live_server, ana):
    """A browser in which Ana is signed in."""
    return let_in(page, live_server, ana)


def fill_in(page: Page, url: str, **fields: str) -> None:
    """Type, and wait until the page says that it is kept."""
    page.goto(url)
    for name, text in fields.items():
        page.locator(f"form[data-draft] [name={name}]").fill(text)
    expect(page.get_by_text("Draft saved")).to_be_visible()


def wait_for_drafts(page: Page, count: int) -> None:
    page.wait_for_function(f"count => ({DRAFTS})().then((keys) => keys.length === count)", arg=count)


def field(page: Page, name: str):
    return page.locator(f"form[data-draft] [name={name}]")


# A part of the page comes after the first key, as the page itself does on a slow till: its draft is older by a key.
KEYS_AROUND_THE_LOAD = """async (field) => {
    const type = (text) => {
        field.value = text;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    };
    type("3");
    field.form.parentElement.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
    for (let step = 0; step < 20; step += 1) await null;
    type("3x1+2");
}"""


def test_a_draft_never_takes_the_place_of_what_is_being_typed(till, live_server, ana):
    till.goto(f"{live_server.url}/sessions/{ShiftFactory(cashier=ana).pk}/close/")
    pieces, envelope = field(till, "count_20000"), field(till, "envelope")
    pieces.evaluate(KEYS_AROUND_THE_LOAD)
    envelope.fill("100.000")
    till.reload()
    expect(envelope).to_have_value("100.000")
    expect(pieces).to_have_value("3x1+2")


def test_what_was_typed_before_the_scripts_came_is_kept_too(till, live_server):
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    till.route("**/drafts*.js", hold)
    till.goto(f"{live_server.url}/sessions/open/", wait_until="commit")
    field(till, "initial_cash").fill("500.000")
    till.wait_for_function("document.readyState == 'interactive'")
    held[0].continue_()
    expect(till.get_by_text("Draft saved")).to_be_visible()
    till.unroute_all()
    till.goto(f"{live_server.url}/sessions/open/")
    expect(field(till, "initial_cash")).to_have_value("500.000")


def test_every_long_form_survives_a_reload(till, live_server, ana):
    closed, opened = ShiftFactory(closed=True, cashier=ana).pk, ShiftFactory(cashier=ana).pk
    typed = {
        "/sessions/open/": ("initial_cash", "500.000"),
        f"/sessions/{opened}/": ("amount", "15.000"),
        f"/sessions/{opened}/close/": ("count_20000", "3x10"),
        f"/sessions/{closed}/correct/": ("reason", "Two notes stuck together"),
    }
    for place, (name, text) in typed.items():
        fill_in(till, live_server.url + place, **{name: text})
    for place, (name, text) in typed.items():
        till.goto(live_server.url + place)
        expect(field(till, name)).to_have_value(text)
        expect(till.get_by_text(BACK)).to_be_visible()
    till.goto(f"{live_server.url}/sessions/{opened}/close/")
    expect(till.locator(".so-far [data-sum=counted]")).to_have_text("600.000")


def test_it_comes_back_after_the_session_ended_to_its_person_alone(page, live_server, ana, beto):
    def enter(user):
        page.locator("[name=username]").fill(user.email)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")

    page.goto(f"{live_server.url}/sessions/open/")
    enter(ana)
    field(page, "initial_cash").fill("500000")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    Session.objects.update(expire_date=timezone.now())
    page.get_by_role("button", name="Open shift").click()
    expect(page.get_by_text("Your session ended by itself")).to_be_visible()
    enter(beto)
    expect(field(page, "initial_cash")).to_have_value("")
    expect(page.get_by_text(BACK)).to_be_hidden()
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{live_server.url}/sessions/open/")
    enter(ana)
    expect(field(page, "initial_cash")).to_have_value("500.000")


def test_it_survives_signing_out(till, live_server, ana):
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="500000")
    till.locator(".menu summary").click()
    till.get_by_role("button", name="Sign out").click()
    expect(till.locator("[name=username]")).to_be_visible()
    let_in(till, live_server, ana).goto(f"{live_server.url}/sessions/open/")
    expect(field(till, "initial_cash")).to_have_value("500.000")


def test_it_survives_a_browser_that_dies(
    browser_type: BrowserType, browser_type_launch_args, live_server, ana, tmp_path
):
    """Killed at once, as by a power cut: what the page called saved is on the disk."""
    options = {**browser_type_launch_args, "user_data_dir": tmp_path / "profile"}
    page = let_in(browser_type.launch_persistent_context(**options).pages[0], live_server, ana)
    fill_in(page, f"{live_server.url}/sessions/open/", initial_cash="500000")
    expect(field(page, "initial_cash")).to_have_value("500.000")
    kill_browser_of(options["user_data_dir"])
    with browser_type.launch_persistent_context(**options) as context:
        page = let_in(context.pages[0], live_server, ana)
        page.goto(f"{live_server.url}/sessions/open/")
        page.get_by_role("button", name="Recover").click()
        expect(field(page, "initial_cash")).to_have_value("500.000")


def kill_browser_of(profile: Path) -> None:
    for process in Path("/proc").glob("[0-9]*"):
        command = (process / "cmdline").read_bytes() if (process / "cmdline").exists() else b""
        if f"--user-data-dir={profile}".encode() in command:
            os.kill(int(process.name), signal.SIGKILL)


def test_it_belongs_to_its_shift_alone(till, live_server, ana, luque):
    ana.assignments.create(pharmacy=luque)
    one, other = (
        ShiftFactory(cashier=ana, pharmacy=ana.assignments.first().pharmacy),
        ShiftFactory(cashier=ana, pharmacy=luque),
    )
    fill_in(till, f"{live_server.url}/sessions/{one.pk}/close/", count_20000="7")
    till.goto(f"{live_server.url}/sessions/{other.pk}/close/")
    expect(till.get_by_text("So far")).to_be_visible()
    expect(field(till, "count_20000")).to_have_value("")
    till.goto(f"{live_server.url}/sessions/{one.pk}/close/")
    expect(field(till, "count_20000")).to_have_value("7")


def test_what_was_sent_is_a_draft_no_more(till, live_server):
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="500000")
    wait_for_drafts(till, 1)
    till.get_by_role("button", name="Open shift").click()
    till.wait_for_url(A_SHIFT)
    field(till, "amount").fill("15000")
    field(till, "description").fill("Taxi")
    expect(till.get_by_text("Draft saved")).to_be_visible()
    till.get_by_role("button", name="Note it").click()
    expect(till.locator(".movements")).to_contain_text("Taxi")
    expect(field(till, "amount")).to_have_value("")
    till.get_by_role("link", name="Close shift").click()
    till.wait_for_url("**/close/")
    field(till, "final_cash").fill("485000")
    till.get_by_role("button", name="Close shift").click()
    till.get_by_role("button", name="Yes, close the shift").click()
    till.wait_for_url(A_SHIFT)
    wait_for_drafts(till, 0)


def test_a_refused_form_keeps_its_draft(till, live_server):
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="half a million")
    till.get_by_role("button", name="Open shift").click()
    expect(till.get_by_role("alert")).to_be_focused()
    till.reload()
    expect(field(till, "initial_cash")).to_have_value("half a million")


def test_a_password_that_must_be_changed_first_is_no_sending(till, live_server, ana):
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="500000")
    ana.must_change_password = True
    ana.save()
    till.get_by_role("button", name="Open shift").click()
    till.wait_for_url("**/accounts/password/")
    wait_for_drafts(till, 1)


def test_what_is_half_typed_stays_when_another_movement_is_voided(till, live_server, ana):
    shift = ShiftFactory(cashier=ana)
    movement_actions.add_movement(shift.pk, new=NewMovement(Kind.CARD, 1_000), by=ana)
    fill_in(till, f"{live_server.url}/sessions/{shift.pk}/", amount="15000")
    till.locator(".movements summary").click()
    till.get_by_label("Why is it voided?").fill("Twice")
    till.get_by_role("button", name="Void the movement").click()
    expect(till.locator(".movements")).to_contain_text("Twice")
    expect(field(till, "amount")).to_have_value("15.000")


def test_it_can_be_thrown_away(till, live_server):
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="500000")
    till.reload()
    till.get_by_role("button", name="Start afresh").click()
    expect(till.get_by_text(BACK)).to_be_hidden()
    expect(field(till, "initial_cash")).to_have_value("")


# Each draft as if it had been kept that many milliseconds earlier.
AGE = """async (by) => {
    const opened = indexedDB.open("cashpilot");
    await new Promise((done) => (opened.onsuccess = done));
    const cursor = opened.result.transaction("drafts", "readwrite").objectStore("drafts").openCursor();
    await new Promise((done) => (cursor.onsuccess = done));
    const update = cursor.result.update({...cursor.result.value, at: cursor.result.value.at - by});
    await new Promise((done) => (update.onsuccess = done));
}"""
HOUR = 60 * 60 * 1000


def test_after_a_day_it_is_gone(till, live_server):
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="500000")
    till.evaluate(AGE, 23 * HOUR)
    till.reload()
    expect(field(till, "initial_cash")).to_have_value("500.000")
    till.evaluate(AGE, 2 * HOUR)
    till.reload()
    expect(till.get_by_role("button", name="Open shift")).to_be_visible()
    wait_for_drafts(till, 0)
    till.reload()
    expect(field(till, "initial_cash")).to_have_value("")


def test_a_till_whose_clock_is_years_off_loses_nothing_and_tells_the_servers_time(till, live_server):
    till.clock.set_fixed_time("2019-01-01T00:00:00Z")
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="500000")
    about = [periods.now() - timedelta(minutes=minutes) for minutes in (0, 1, 2)]
    expect(till.locator("[data-draft-saved] time")).to_have_text(
        re.compile("|".join(f"^{localtime(instant):%H:%M}$" for instant in about))
    )
    till.clock.set_fixed_time("2031-01-01T00:00:00Z")
    till.reload()
    expect(field(till, "initial_cash")).to_have_value("500.000")


# --- Other tabs -------------------------------------------------------------------------------------------------------

OTHER = "Something typed in another tab was not sent"


def test_two_tabs_of_one_close_keep_each_its_own_count(till, live_server, ana):
    url = f"{live_server.url}/sessions/{ShiftFactory(cashier=ana).pk}/close/"
    fill_in(till, url, count_20000="7")
    second = till.context.new_page()
    second.goto(url)
    expect(second.get_by_text(OTHER)).to_be_visible()
    expect(field(second, "count_20000")).to_have_value("")
    field(second, "count_50000").fill("3")
    expect(second.get_by_text("Draft saved")).to_be_visible()
    wait_for_drafts(till, 2)
    for tab, name, text in ((till, "count_20000", "7"), (second, "count_50000", "3")):
        tab.reload()
        expect(field(tab, name)).to_have_value(text)
        expect(tab.get_by_text(BACK)).to_be_visible()


def test_what_another_tab_holds_is_taken_over_beside_what_was_typed_here(till, live_server, ana):
    url = f"{live_server.url}/sessions/{ShiftFactory(cashier=ana).pk}/close/"
    fill_in(till, url, count_20000="7")
    second = till.context.new_page()
    fill_in(second, url, count_50000="3")
    second.get_by_role("button", name="Recover").click()
    expect(field(second, "count_20000")).to_have_value("7")
    expect(field(second, "count_50000")).to_have_value("3")
    expect(second.locator(".so-far [data-sum=counted]")).to_have_text("290.000")
    expect(second.get_by_text(OTHER)).to_have_count(0)
    wait_for_drafts(second, 1)


def test_what_another_tab_holds_can_be_thrown_away(till, live_server, ana):
    url = f"{live_server.url}/sessions/{ShiftFactory(cashier=ana).pk}/close/"
    fill_in(till, url, count_20000="7")
    second = till.context.new_page()
    second.goto(url)
    second.get_by_role("button", name="Discard").click()
    expect(second.get_by_text(OTHER)).to_have_count(0)
    wait_for_drafts(second, 0)
    second.reload()
    expect(second.get_by_role("button", name="Close shift")).to_be_visible()
    expect(second.get_by_text(OTHER)).to_have_count(0)


def test_what_was_sent_makes_the_drafts_of_other_tabs_old(till, live_server):
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="400000")
    second = till.context.new_page()
    fill_in(second, f"{live_server.url}/sessions/open/", initial_cash="500000")
    second.get_by_role("button", name="Open shift").click()
    second.wait_for_url(A_SHIFT)
    wait_for_drafts(second, 0)


def test_another_persons_tab_is_never_offered(till, live_server, ana, beto):
    fill_in(till, f"{live_server.url}/sessions/open/", initial_cash="500000")
    second = let_in(till.context.new_page(), live_server, beto)
    second.goto(f"{live_server.url}/sessions/open/")
    expect(second.get_by_role("button", name="Open shift")).to_be_visible()
    field(second, "notes").fill("Mine")
    expect(second.get_by_text("Draft saved")).to_be_visible()
    expect(second.get_by_text(OTHER)).to_have_count(0)
    expect(field(second, "initial_cash")).to_have_value("")


def test_a_form_whose_answer_was_lost_is_the_same_form_after_a_reload(till, live_server, ana):
    """It had arrived: sent again it is not noted twice."""
    shift = ShiftFactory(cashier=ana)
    fill_in(till, f"{live_server.url}/sessions/{shift.pk}/", amount="15000", description="Taxi")
    lost = []

    def lose(route):
        lost.append(route.fetch().status)
        route.abort()

    till.route("**/movements/", lose)
    till.get_by_role("button", name="Note it").click()
    expect(till.get_by_role("button", name="Send again")).to_be_focused()
    till.unroute_all()
    till.reload()
    expect(till.get_by_text(BACK)).to_be_visible()
    expect(field(till, "amount")).to_have_value("15.000")
    till.get_by_role("button", name="Note it").click()
    expect(field(till, "amount")).to_have_value("")
    assert (lost, Movement.objects.count(), CashSession.objects.get().expense_total) == ([200], 1, 15_000)

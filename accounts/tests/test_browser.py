"""The end of a session as a person at the till meets it."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from testing.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def english(settings, ana):
    settings.LANGUAGE_CODE = ana.language = "en"
    ana.save()


def sign_in(page, user):
    page.locator("[name=username]").fill(user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")


@pytest.fixture
def opening(page, live_server, ana):
    """The form that opens a shift, before Ana."""
    page.goto(f"{live_server.url}/sessions/open/")
    return page


def test_two_minutes_before_it_asks_and_staying_is_one_click(settings, opening, ana):
    settings.CASHIER_IDLE = timedelta(minutes=2, seconds=6)
    sign_in(opening, ana)
    question = opening.get_by_role("dialog", name="Are you still there?")
    expect(question).to_be_hidden()
    expect(question).to_be_visible()
    settings.CASHIER_IDLE = timedelta(minutes=30)
    question.get_by_role("button", name="Stay signed in").click()
    expect(question).to_be_hidden()
    assert opening.evaluate("ends => (localStorage.getItem(ends) - Date.now()) / 60000 > 29", f"ends:{ana.pk}")


def test_an_ended_session_leaves_the_screen_by_itself(settings, opening, ana):
    settings.CASHIER_IDLE = timedelta(seconds=1)
    sign_in(opening, ana)
    expect(opening.get_by_text("Your session ended by itself")).to_be_visible()

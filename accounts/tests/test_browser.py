"""The end of a session as a person at the till meets it."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from cashpilot.testing import PASSWORD

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
    settings.CASHIER_IDLE = timedelta(minutes=2, seconds=3)
    sign_in(opening, ana)
    question = opening.get_by_role("dialog", name="Are you still there?")
    expect(question).to_be_hidden()
    expect(question).to_be_visible(timeout=10_000)
    settings.CASHIER_IDLE = timedelta(minutes=30)
    question.get_by_role("button", name="Stay signed in").click()
    expect(question).to_be_hidden()
    assert opening.evaluate("ends => (localStorage.getItem(ends) - Date.now()) / 60000 > 29", f"ends:{ana.pk}")


def test_an_ended_session_leaves_the_screen_by_itself(settings, opening, ana):
    settings.CASHIER_IDLE = timedelta(seconds=1)
    sign_in(opening, ana)
    expect(opening.get_by_text("Your session ended by itself")).to_be_visible(timeout=15_000)


def test_what_was_typed_comes_back_to_its_person(opening, ana, beto):
    sign_in(opening, ana)
    cash = opening.locator("[name=initial_cash]")
    cash.fill("500.000")
    Session.objects.update(expire_date=timezone.now())
    opening.locator("form[data-draft] [type=submit]").last.click()
    expect(opening.get_by_text("Your session ended by itself")).to_be_visible()
    sign_in(opening, beto)
    expect(cash).to_have_value("")
    expect(opening.get_by_text("What you had typed here is back.")).to_be_hidden()
    opening.context.clear_cookies()
    opening.reload()
    sign_in(opening, ana)
    expect(cash).to_have_value("500.000")
    expect(opening.get_by_text("What you had typed here is back.")).to_be_visible()


def test_what_was_sent_is_a_draft_no_more(opening, ana, central):
    sign_in(opening, ana)
    opening.locator("[name=initial_cash]").fill("500.000")
    assert "500.000" in opening.evaluate("localStorage.getItem(Object.keys(localStorage).find(k => /draft/.test(k)))")
    opening.locator("form[data-draft] [type=submit]").last.click()
    opening.wait_for_url("**/sessions/*/")
    assert opening.evaluate("Object.keys(localStorage).filter(k => /draft/.test(k))") == []


def test_a_refused_form_keeps_its_draft(opening, ana):
    sign_in(opening, ana)
    opening.locator("[name=initial_cash]").fill("half a million")
    opening.locator("form[data-draft] [type=submit]").last.click()
    expect(opening.locator("[name=initial_cash]")).to_have_value("half a million")
    opening.reload()
    assert opening.evaluate("Object.keys(localStorage).filter(k => /draft/.test(k)).length") == 1


def test_signing_out_leaves_no_draft_behind(opening, ana):
    sign_in(opening, ana)
    opening.locator("[name=initial_cash]").fill("500.000")
    opening.locator(".menu summary").click()
    opening.get_by_role("button", name="Sign out").click()
    expect(opening.locator("[name=username]")).to_be_visible()
    assert opening.evaluate("Object.keys(localStorage).filter(k => /draft/.test(k))") == []

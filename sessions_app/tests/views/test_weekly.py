"""The page of the week: which one it shows, what leads on, and how many queries it takes."""

import re
from datetime import date, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from playwright.sync_api import Page, expect

from cashpilot import periods
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.tests.reports.sold import TODAY, noon, sold
from sessions_app.views.weekly import MOST_SHOWN
from testing.browser import let_in

MONDAY = date(2026, 11, 9)
# Who is signed in, and what the page is made of: pharmacies, both weeks, shifts and days to settle, what changed the
# corrected ones, lines, gaps.
QUERIES = 10


@pytest.fixture(autouse=True)
def _today():
    with translation.override("en"), periods.at(datetime.combine(TODAY, time(18), periods.ASUNCION)):
        yield


def shown(boss, query=""):
    return boss.get(f"/reports/weekly/{query}").context["week"].span[0]


def test_it_is_the_last_whole_week_unless_another_is_asked_for(boss):
    assert shown(boss) == MONDAY
    assert shown(boss, "?week=") == MONDAY
    assert shown(boss, "?week=2026-10-26") == date(2026, 10, 26)


def test_a_day_asks_for_its_week_the_running_one_too(boss):
    assert shown(boss, "?week=2026-11-01") == date(2026, 10, 26)
    assert shown(boss, "?week=2026-11-22") == date(2026, 11, 16)


@pytest.mark.parametrize("week", ["2026-11-23", "1999-12-31", "0001-01-01", "9999-12-31", "x", "2026-02-30", "%00"])
def test_what_is_no_week_or_has_not_begun_is_not_found(week, boss):
    assert boss.get(f"/reports/weekly/?week={week}").status_code == 404


def test_it_leads_to_the_weeks_beside_it_as_far_as_they_have_begun(boss):
    assert 'href="/reports/weekly/?week=2026-11-02"' in boss.get("/reports/weekly/").text
    assert 'href="/reports/weekly/?week=2026-11-16"' in boss.get("/reports/weekly/").text
    running = boss.get("/reports/weekly/?week=2026-11-16").text
    assert "week=2026-11-23" not in running
    assert "This week is not over yet." in running


def test_it_stands_first_among_the_reports(boss):
    page = boss.get("/reports/").text
    assert 0 < page.index('href="/reports/weekly/"') < page.index('href="/reports/sales/"')


def test_a_row_leads_to_the_shift_and_a_pharmacy_to_its_shifts(boss, ana, central):
    shift = sold(ana, MONDAY, 100_000, gap=-7_000)
    page = boss.get("/reports/weekly/").text

    assert f'href="/sessions/{shift.pk}/"' in page
    assert f"date_from=2026-11-09&amp;date_to=2026-11-15&amp;pharmacy={central.pk}" in page


def test_what_does_not_fit_is_counted_and_led_to(boss, ana):
    for number in range(MOST_SHOWN + 2):
        sold(ana, MONDAY, 100_000, gap=-1_000 - number)
    page = boss.get("/reports/weekly/")

    assert len(page.context["to_settle"]) == MOST_SHOWN
    assert "2 more are in the list of what is to review" in page.text
    assert f"Still to settle of this week: {MOST_SHOWN + 2}" in page.text


def test_it_takes_as_many_queries_for_one_shift_as_for_thirty(boss, ana):
    seen = []
    boss.get("/reports/weekly/")  # what is asked once a connection
    for number in range(30):
        shift = sold(ana, MONDAY, 100_000, gap=-1_000 - number)
        with noon(MONDAY):
            taxi = NewMovement(Kind.EXPENSE, 500, "taxi")
            movement_actions.add_movement(shift.pk, new=taxi, reason="late", by=ana)
        if number in (0, 29):
            with CaptureQueriesContext(connection) as queries:
                assert boss.get("/reports/weekly/").status_code == 200
            seen.append(len(queries))
    assert seen == [QUERIES, QUERIES]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_full_week_prints_on_one_sheet_with_who_printed_it(page: Page, live_server, ana, otto, marta):
    for number in range(MOST_SHOWN + 3):
        sold(ana if number % 2 else otto, MONDAY, 100_000, gap=-1_000 - number)
    let_in(page, live_server, marta).goto(f"{live_server.url}/reports/weekly/?week={MONDAY}")

    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1
    page.emulate_media(media="print")
    expect(page.locator(".on-paper")).to_contain_text(str(marta))

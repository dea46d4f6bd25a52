"""The owner's front page in the morning: the figures are those of the lists that they lead to."""

from datetime import timedelta

import pytest
from django.utils.html import escape
from playwright.sync_api import Page, expect

from cashpilot import periods
from pharmacies.token_actions import create_token
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.days import write_day
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.queries.worklist import worklist_of
from testing.browser import sign_in
from testing.calls import say_of_day
from testing.client import signed_in
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _english(ana, marta):
    for reader in (ana, marta):
        reader.language = "en"
        reader.save()


def off_by(difference, cashier, **values):
    """A closed shift of 700.000 in cash sales; `difference` None is not compared."""
    billed = None if difference is None else 700_000 - difference
    return ShiftFactory(closed=True, cashier=cashier, billed={"billed_cash": billed}, **values)


@pytest.fixture
def morning(ana, beto, otto, marta):
    """Shifts of every sort by name: Otto's in Luque, the others in Central."""
    with periods.at(periods.now() - timedelta(days=2)):
        forgotten = ShiftFactory(cashier=beto, register=2)
    unknown = [NewMovement(Kind.TRANSFER, 60_000, "Sosa"), NewMovement(Kind.TRANSFER, 1_000, "Gómez")]
    shifts = {
        "forgotten": forgotten,
        "much": off_by(-73_000, ana),
        "little": off_by(-15_000, ana, movements=[NewMovement(Kind.TRANSFER, 40_000, "Gómez")]),
        "seen": off_by(-9_000, ana),
        "deleted": off_by(-500_000, ana, movements=[NewMovement(Kind.TRANSFER, 90_000, "Sosa")]),
        "balanced": off_by(0, ana),
        "asked": off_by(0, ana),
        "swapped": ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 615_000, "billed_card": 85_000}),
        "over": off_by(2_000, ana),
        "unknown": off_by(None, ana, movements=unknown),
        "unknown and seen": off_by(None, ana),
        "elsewhere": off_by(-20_000, otto),
        "of today": ShiftFactory(cashier=otto),
    }
    movement_actions.verify_transfer(shifts["unknown"].pk, shifts["unknown"].movements.get(amount=60_000).pk, by=marta)
    for name in ("seen", "unknown and seen"):
        mark_actions.sign_off_shift(shifts[name].pk, note="visto", by=marta)
    mark_actions.flag_shift(shifts["asked"].pk, reason="mirar", by=ana)
    mark_actions.delete_shift(shifts["deleted"].pk, reason="repetido", by=marta)
    return shifts


@pytest.fixture
def name_of(morning):
    names = {shift.pk: name for name, shift in morning.items()}
    return lambda shift: names[shift.pk]


def test_the_four_figures(morning, marta):
    seen = signed_in(marta).get("/").context["worklist"]

    assert (seen.figures.missing, seen.figures.missing_rows) == (73_000 + 15_000 + 20_000 + 500_000, 4)
    assert (seen.still_open, seen.overdue) == (2, 1)
    assert seen.not_compared == 1
    assert (seen.unverified_transfers, seen.unverified_amount) == (2, 41_000)
    assert seen.figures.settle == 8


def test_a_day_waits_also_where_there_was_never_a_shift(central, marta):
    day = periods.today() - timedelta(days=1)
    write_day(central, day, by=marta, version=0, billed_cash=700_000)
    say_of_day(create_token(central, name="Factusys", by=marta)[0], date=str(day), cash=715_000)
    seen = worklist_of(marta)
    assert (seen.every, seen.figures.settle, seen.figures.waiting) == (0, 1, 1)
    assert [row.date for row in seen.worst] == [day]
    assert [row["day"].date for row in signed_in(marta).get("/review/?settle=1").context["rows"]] == [day]


def test_each_figure_leads_to_exactly_what_it_counts(name_of, marta):
    browser = signed_in(marta)
    front = browser.get("/").content.decode()
    expected = {
        "/?status=open": {"of today", "forgotten"},
    }

    for link, names in expected.items():
        assert f'href="{escape(link)}"' in front
        assert {name_of(shift) for shift in browser.get(link).context["page"]} == names

    assert 'href="/transfers/?verified=0&amp;imported=0"' in front
    unseen = browser.get("/transfers/?verified=0&imported=0").context["page"]
    assert sorted(transfer.amount for transfer in unseen) == [1_000, 40_000]


def test_home_begins_like_the_queue_what_is_missing_first(name_of, marta):
    browser = signed_in(marta)
    queue = [row["shift"] for row in browser.get("/review/?settle=1").context["rows"]]
    worst = worklist_of(marta).worst

    assert [name_of(shift) for shift in worst] == ["deleted", "much", "elsewhere", "little", "over", "swapped"]
    assert worst == queue[:6]
    assert [name_of(shift) for shift in queue[6:]] == ["asked", "unknown"]


def test_today_lists_the_shifts_of_all_pharmacies_and_leads_to_all_of_them(name_of, marta):
    home = signed_in(marta).get("/")
    assert [name_of(shift) for shift in home.context["shifts"]] == ["of today", "elsewhere", "unknown and seen"]
    today = periods.today()
    assert f'href="/?date_from={today}&amp;date_to={today}"' in home.text
    assert "all 11 shifts of today" in home.text


def test_without_any_shift_there_is_no_verdict(marta):
    page = signed_in(marta).get("/").text
    assert "There are no shifts yet" in page
    for verdict in ("is missing", "balances", "Nothing waits for you"):
        assert verdict not in page


def test_money_between_shifts_is_a_line_of_the_list(ana, marta):
    off_by(0, ana)
    off_by(0, ana)  # opened with 700.000 less than was left
    page = signed_in(marta).get("/").text
    assert "less in the drawer than the shift before left" in page
    assert "− 700.000" in page


def test_only_the_first_page_of_who_sees_every_shift_has_it(morning, marta, carla, ana):
    assert signed_in(carla).get("/").context["worklist"].figures.missing_rows == 4
    assert "worklist" not in signed_in(ana).get("/").context
    assert "worklist" not in signed_in(marta).get("/?status=open").context
    assert "worklist" not in signed_in(marta).get("/", headers={"HX-Request": "true"}).context


def test_with_nothing_to_do_it_says_so(ana, marta):
    off_by(0, ana)
    page = signed_in(marta).get("/")

    assert page.context["worklist"].figures.settle == 0
    assert "Nothing waits for you" in page.text
    assert "nothing is missing" in page.text


def test_a_cashier_meets_their_own_shift_first(ana, beto):
    till = signed_in(ana)
    assert till.get("/").content.decode().count("You have no shift open") == 1
    ShiftFactory(cashier=beto, register=2)
    mine = ShiftFactory(cashier=ana)

    page = till.get("/")
    assert page.context["mine"] == [mine]
    assert f"/sessions/{mine.pk}/close/" in page.content.decode()


@pytest.mark.browser
def test_all_of_it_is_on_the_first_screen_of_a_notebook(morning, page: Page, live_server, marta):
    sign_in(page, live_server.url, marta)

    assert page.evaluate("document.documentElement.scrollHeight") <= 768
    for part in (page.locator(".tile"), page.locator(".morning tbody tr")):
        expect(part.first).to_be_visible()
        for box in (one.bounding_box() for one in part.all()):
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 1333
            assert box["y"] + box["height"] <= 768


def test_a_flagged_shift_that_is_open_waits_for_its_close_and_not_for_a_sign_off(ana, marta):
    mark_actions.flag_shift(ShiftFactory(cashier=ana).pk, reason="look", by=marta)
    seen = worklist_of(marta)
    assert (seen.still_open, seen.figures.settle, seen.worst) == (1, 0, [])


def test_tomorrow_the_open_shift_of_today_is_overdue(ana, marta):
    ShiftFactory(cashier=ana)
    assert worklist_of(marta).overdue == 0
    with periods.at(periods.now() + timedelta(days=1)):
        assert worklist_of(marta).overdue == 1

"""The owner's front page in the morning: the figures are those of the lists that they lead to."""

from datetime import timedelta

import pytest
from django.utils.html import escape
from playwright.sync_api import Page, expect

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from testing.browser import sign_in
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

    assert (seen.missing, seen.short) == (73_000 + 15_000 + 20_000, 3)
    assert (seen.still_open, seen.overdue) == (2, 1)
    assert seen.not_compared == 1
    assert (seen.unverified_transfers, seen.unverified_amount) == (2, 41_000)
    assert seen.to_review == 7


def test_each_figure_leads_to_exactly_what_it_counts(name_of, marta):
    browser = signed_in(marta)
    front = browser.get("/").content.decode()
    expected = {
        "/?result=short&signed_off=0": {"much", "little", "elsewhere"},
        "/?status=open": {"of today", "forgotten"},
        "/?result=not_compared&signed_off=0": {"unknown"},
    }

    for link, names in expected.items():
        assert f'href="{escape(link)}"' in front
        assert {name_of(shift) for shift in browser.get(link).context["page"]} == names

    assert 'href="/transfers/?verified=0"' in front
    unseen = browser.get("/transfers/?verified=0").context["page"]
    assert sorted(transfer.amount for transfer in unseen) == [1_000, 40_000]


def test_the_worst_come_first_and_the_shifts_of_a_pharmacy_together(name_of, marta):
    worst = signed_in(marta).get("/").context["worklist"].worst

    # The seventh, which nobody could compare, is behind the link to all of them.
    assert [[name_of(shift) for shift in shifts] for shifts in worst] == [
        ["much", "little", "swapped", "asked", "over"],
        ["elsewhere"],
    ]


def test_only_the_first_page_of_who_sees_every_shift_has_it(morning, marta, carla, ana):
    assert signed_in(carla).get("/").context["worklist"].short == 3
    assert "worklist" not in signed_in(ana).get("/").context
    assert "worklist" not in signed_in(marta).get("/?status=open").context
    assert "worklist" not in signed_in(marta).get("/", headers={"HX-Request": "true"}).context


def test_with_nothing_to_do_it_says_so(ana, marta):
    off_by(0, ana)
    page = signed_in(marta).get("/")

    assert page.context["worklist"].to_review == 0
    assert "Nothing waits for you" in page.content.decode()


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

    for part in (page.locator(".tile"), page.locator(".waiting tbody tr")):
        expect(part.first).to_be_visible()
        for box in (one.bounding_box() for one in part.all()):
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 1333
            assert box["y"] + box["height"] <= 768

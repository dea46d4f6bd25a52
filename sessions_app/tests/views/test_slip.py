"""The closing slip: what it says, who may print it, and that it fits its paper."""

import re

import pytest
from playwright.sync_api import Page, expect

from pharmacies.models import Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import replies as reply_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import Seal
from testing.browser import sign_in
from testing.client import signed_in
from testing.database import update
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shift(ana, marta):
    """The third worked case, with a count by pieces, a voided movement, a flag and a sign-off."""
    for reader in (ana, marta):
        reader.language = "en"
        reader.save()
    update(Pharmacy.objects.all(), address="Palma 645", phone="021 441 250")
    opened = ShiftFactory(cashier=ana)
    twice = movement_actions.add_movement(opened.pk, new=NewMovement(Kind.EXPENSE, 125_000, "Taxi"), by=ana)
    movement_actions.void_movement(opened.pk, twice.pk, reason="noted twice", by=ana)
    shift_actions.close_shift(
        opened.pk,
        final_cash=1_260_000,
        count_sheet={"100000": 12, "20000": 3},
        movements=[
            NewMovement(Kind.ENVELOPE, 300_000),
            NewMovement(Kind.EXPENSE, 125_000, "Taxi"),
            NewMovement(Kind.COLLECTION, 200_000, "Sosa"),
        ],
        billed={"billed_cash": 1_000_000},
        ticket_number="20452",
        ticket_count=74,
        by=ana,
    )
    mark_actions.flag_shift(opened.pk, reason="look at it", by=ana)
    reply_actions.add_reply(opened.pk, text="There was no change left.", by=ana)
    return mark_actions.sign_off_shift(opened.pk, note="agreed", by=marta)


def words(text):
    return re.sub(r"\s+", " ", text)


SAID = [
    "Palma 645",
    "021 441 250",
    "Ana Benítez",
    "20452",
    "▼ Short ₲ 15.000",
    "Cash 985.000 1.000.000 − 15.000",
    "Card 0 — —",
    "+ Expenses 125.000",
    "= Cash sales 985.000",
    "= Expected cash 1.275.000",
    "12 × 100.000 1.200.000",
    "3 × 20.000 60.000",
    "= Counted cash 1.260.000",
    "Voided by Ana Benítez: noted twice",
    "Flagged",
    "look at it",
    "Signed off",
    "agreed",
    "What the cashier says",
    "There was no change left.",
    "Marta Benítez Administrator",
    "Printed",
]


@pytest.mark.browser
@pytest.mark.parametrize("paper", ["a4", "ticket"])
def test_on_paper_stands_all_of_it_and_nothing_else(shift, page: Page, live_server, ana, paper):
    sign_in(page, live_server.url, ana)
    page.goto(f"{live_server.url}/sessions/{shift.pk}/slip/?paper={paper}")
    page.emulate_media(media="print")
    printed = words(page.locator("body").inner_text())

    assert [line for line in SAID if line not in printed] == []
    seal = Seal.objects.filter(session=shift).latest("number").seal.upper()
    assert f"Seal {seal[:4]}-{seal[4:8]} · version {shift.version}" in printed
    assert "Back to the shift" not in printed
    assert "CashPilot" not in printed


@pytest.mark.browser
def test_it_fits_its_paper(shift, page: Page, live_server, ana):
    """A4 is one sheet; on the roll nothing is wider than the paper."""
    sign_in(page, live_server.url, ana)
    page.goto(f"{live_server.url}/sessions/{shift.pk}/slip/")
    assert pages_of(page.pdf(prefer_css_page_size=True)) == [(595, 842)]

    page.goto(f"{live_server.url}/sessions/{shift.pk}/slip/?paper=ticket")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 272, "height": 800})  # 80 mm less the margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 272
    expect(page.locator(".slip__signatures")).to_be_visible()
    assert [width for width, _height in pages_of(page.pdf(width="80mm", height="400mm"))] == [227]


def pages_of(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page, in points."""
    boxes = re.findall(rb"/Type /Page\b.*?/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf, re.DOTALL)
    return [(round(float(width)), round(float(height))) for width, height in boxes]


def test_an_open_shift_has_none(ana, marta):
    opened = ShiftFactory(cashier=ana)
    for person in (ana, marta):
        assert signed_in(person).get(f"/sessions/{opened.pk}/slip/").status_code == 404


def test_what_is_deleted_says_so(shift, marta):
    mark_actions.delete_shift(shift.pk, reason="noted by mistake", by=marta)
    slip = signed_in(marta).get(f"/sessions/{shift.pk}/slip/").content.decode()

    assert "noted by mistake" in slip


def test_what_nobody_compared_expects_nothing(ana):
    slip = signed_in(ana).get(f"/sessions/{ShiftFactory(closed=True, cashier=ana).pk}/slip/").content.decode()

    assert "Not compared" in slip or "Sin contraste" in slip
    assert "1.200.000" in slip
    assert "What should be in the drawer" not in slip
    assert "Lo que debía haber en el cajón" not in slip


def test_notes_keep_their_lines_and_run_no_markup(ana):
    shift = ShiftFactory(closed=True, cashier=ana)
    shift_actions.correct_shift(shift.pk, version=2, reason="late", notes="one\n<b>two</b>", by=ana)
    assert "<p>one<br>&lt;b&gt;two&lt;/b&gt;</p>" in signed_in(ana).get(f"/sessions/{shift.pk}/slip/").text

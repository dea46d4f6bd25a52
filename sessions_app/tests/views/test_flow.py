"""Lists that are worked through with the keyboard alone: whatever htmx replaces, the body never gets the focus."""

import re
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.forms.marks import SignOffRowForm
from sessions_app.models import CashSession, Movement
from testing.browser import let_in
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# After each swap: what has the focus before the next key can come.
RECORD = """
window.focused = [];
document.addEventListener("htmx:afterSwap", () => queueMicrotask(() => focused.push(document.activeElement.tagName)));
"""


@pytest.fixture
def watched_focus(watched: Page):
    """A page where no swap may leave the focus on the body; at least one swap must have been seen."""
    watched.add_init_script(RECORD)
    yield watched
    watched.wait_for_function("focused.length")
    assert "BODY" not in watched.evaluate("focused")


def short(cashier: User, number: int) -> list[CashSession]:
    """Shifts that are short, the first one by most."""
    gaps = range(number, 0, -1)
    return [ShiftFactory(closed=True, cashier=cashier, billed={"billed_cash": 700_000 + gap * 1_000}) for gap in gaps]


def signed() -> int:
    return CashSession.objects.filter(signed_off_at__isnull=False).count()


def test_ten_are_signed_off_with_twelve_keys(watched_focus: Page, live_server, ana: User, marta: User) -> None:
    page, shifts = watched_focus, short(ana, 11)
    let_in(page, live_server, marta).goto(f"{live_server.url}/review/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    for shift, following in pairwise(shifts):
        expect(page.locator(f"#open-{shift.pk}")).to_be_focused()
        expect(page.locator(f"#shift-{shift.pk} .evidence")).to_be_visible()
        page.keyboard.press("1")
        expect(page.locator(f"#open-{following.pk}")).to_be_focused()
        expect(page.locator(f"#shift-{following.pk} details")).to_have_attribute("open", "")
    assert signed() == 10
    with translation.override("es"):
        usual = str(SignOffRowForm.usual[0])
    assert set(CashSession.objects.exclude(signed_off_at=None).values_list("signed_off_note", flat=True)) == {usual}
    expect(page.locator("[data-figure=settle]")).to_have_attribute("data-amount", "1")


def test_no_row_slides_away_when_the_scripts_arrive(page: Page, live_server, ana: User, marta: User) -> None:
    row = f"#shift-{short(ana, 1)[0].pk}"
    let_in(page, live_server, marta).route("**/main*.js", lambda route: route.abort())
    page.goto(f"{live_server.url}/review/")
    keys = page.locator(".queue-head__keys")
    expect(keys).to_be_hidden()
    before = page.locator(row).bounding_box()
    page.unroute_all()
    page.reload()
    expect(keys).to_be_visible()
    assert page.locator(row).bounding_box() == before


def test_a_note_of_ones_own_and_an_undo(watched_focus: Page, live_server, ana: User, marta: User) -> None:
    page, (first, second) = watched_focus, short(ana, 2)
    let_in(page, live_server, marta).goto(f"{live_server.url}/review/?result=short")
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator(f"#shift-{first.pk} textarea")).to_be_focused()
    page.keyboard.type("1 j k")  # keys are letters here
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(f"#open-{second.pk}")).to_be_focused()
    assert (signed(), page.url) == (1, f"{live_server.url}/review/?result=short")

    page.keyboard.press("k")
    expect(page.locator(f"#undo-{first.pk}")).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator(f"#open-{first.pk}")).to_be_focused()
    assert signed() == 0


def test_what_is_refused_keeps_the_focus_in_its_row(watched_focus: Page, live_server, ana: User, marta: User) -> None:
    page, [shift] = watched_focus, short(ana, 1)
    let_in(page, live_server, marta).goto(f"{live_server.url}/review/")
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator(f"#shift-{shift.pk} .evidence")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(f"#shift-{shift.pk} .errorlist")).to_be_visible()
    expect(page.locator(f"#shift-{shift.pk} textarea")).to_be_focused()


def test_twenty_transfers_are_verified_with_the_keyboard(watched_focus: Page, live_server, ana: User, marta: User):
    page, shift = watched_focus, ShiftFactory(cashier=ana)
    for number in range(1, 24):
        new = NewMovement(Kind.TRANSFER, number, f"Gómez {number}")
        movement_actions.add_movement(shift.pk, new=new, by=ana)
    let_in(page, live_server, marta).goto(f"{live_server.url}/transfers/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    for _ in range(19):
        page.keyboard.press("j")
    page.keyboard.press("Shift+Space")
    expect(page.locator("[name=transfer]:checked")).to_have_count(20)
    page.keyboard.press("v")
    expect(page.locator("[name=transfer]")).to_have_count(3)
    expect(page.locator("[name=transfer]").first).to_be_focused()
    assert Movement.objects.filter(verified_at__isnull=False).count() == 20


def test_a_tick_taken_off_and_a_filter_keep_the_focus(watched_focus: Page, live_server, ana: User, marta: User) -> None:
    page, shift = watched_focus, ShiftFactory(cashier=ana)
    movement = movement_actions.add_movement(shift.pk, new=NewMovement(Kind.TRANSFER, 1, "Gómez"), by=ana)
    let_in(page, live_server, marta).goto(f"{live_server.url}/transfers/?verified=")
    page.locator(f"#tick-{movement.pk}").focus()
    page.keyboard.press("Space")
    expect(page.locator(f"#tick-{movement.pk}")).to_contain_text("Deshacer")
    expect(page.locator(f"#tick-{movement.pk}")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(f"#pick-{movement.pk}")).to_be_focused()
    page.locator("#search").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/transfers/\?verified=$"))
    expect(page.locator("#search")).to_be_focused()


def test_the_fields_of_the_filters_are_reached_used_and_left_by_keyboard(
    watched_focus: Page, live_server, ana: User, marta: User
) -> None:
    page = watched_focus
    ShiftFactory(cashier=ana, closed=True)
    opened = ShiftFactory(cashier=ana)
    rows = page.locator("table.shifts tbody tr")
    let_in(page, live_server, marta).goto(f"{live_server.url}/sessions/")
    page.locator("#more").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=date_from]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#more")).to_be_focused()
    expect(page.locator("[name=status]")).to_be_hidden()
    page.keyboard.press("Enter")
    page.locator("[name=status]").select_option("open")
    page.locator("#show").focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(str(opened))
    expect(page.locator("#more")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/sessions/\?status=open$"))

    page.goto(f"{live_server.url}/sessions/")
    expect(rows).to_have_count(1)
    page.locator("#chip-1").focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(2)


def test_a_row_leads_on_wherever_it_is_pressed(watched: Page, live_server, ana: User, marta: User) -> None:
    shift = ShiftFactory(cashier=ana, closed=True)
    let_in(watched, live_server, marta).goto(f"{live_server.url}/sessions/")
    # The link lies over the whole row, so what is pressed is the link.
    watched.locator("table.shifts .time").click(force=True)
    expect(watched).to_have_url(f"{live_server.url}/sessions/{shift.pk}/")


@pytest.mark.parametrize("width", [1333, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_fields_and_the_files(new_context, live_server, ana, marta, theme, width) -> None:
    ShiftFactory(cashier=ana, closed=True)
    page = let_in(new_context(color_scheme=theme, bypass_csp=True).new_page(), live_server, marta)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{live_server.url}/sessions/?result=not_compared&sort=-sales")
    for button, panel in {"#more": ".bar__panel", ".download > summary": ".download .ask__panel"}.items():
        page.locator(button).click()
        expect(page.locator(panel)).to_be_in_viewport()
        box = page.locator(panel).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert _faults(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_keys_open_over_the_page_and_give_the_focus_back(new_context, live_server, ana, marta, theme) -> None:
    [shift] = short(ana, 1)
    page = let_in(new_context(color_scheme=theme, bypass_csp=True).new_page(), live_server, marta)
    page.goto(f"{live_server.url}/review/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".evidence")).to_be_visible()
    assert _faults(page) == []
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text("j")
    assert _faults(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(f"#open-{shift.pk}")).to_be_focused()
    for path in ("/", "/transfers/", "/keys/"):
        page.goto(live_server.url + path)
        assert _faults(page) == []


def _faults(page: Page) -> list[tuple[str, str]]:
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": rules}).response["violations"]
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in found]


def test_without_javascript_a_row_is_signed_off_and_undone(browser: Browser, live_server, ana: User, marta: User):
    [shift] = short(ana, 1)
    context = browser.new_context(java_script_enabled=False)
    page = let_in(context.new_page(), live_server, marta)
    page.goto(f"{live_server.url}/review/")
    page.locator("summary[data-row]").click()
    page.locator("[data-usual]").nth(1).click()
    assert signed() == 1
    page.locator(".undo button").click()
    expect(page.locator(f"#open-{shift.pk}")).to_be_visible()
    assert signed() == 0
    context.close()

"""Every page as everybody can use it: axe finds nothing in either theme, nothing scrolls sideways, what has the focus
shows it, and what a finger or a tired hand aims at is large enough. Which pages there are, the access matrix knows."""

from typing import Any

import pytest
from django.contrib import admin
from playwright.sync_api import Page

from accounts.models import User
from sessions_app.tests.views.test_access import PATHS, PEOPLE, ROUTES
from testing.axe import THEME_AND_SIZE, breaches
from testing.browser import let_in
from testing.client import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOTEBOOK, PHONE = {"width": 1333, "height": 768}, {"width": 390, "height": 844}
# The notebook at 200 %: everything is twice as large, so half as much fits.
ENLARGED = {"width": 667, "height": 384}
# The evidence is a part of the queue, which is a page; programs read the description of their address.
NO_PAGES = ("health/", "metrics", "export.", "evidence/", "openapi.json", "/data/")
# Links inside a sentence are as high as the sentence.
TOO_SMALL = """() => [...document.querySelectorAll("button, .button, summary, select, textarea, nav a, input")]
  .filter((one) => one.offsetParent)
  .filter((one) => Math.round((one.closest("label") ?? one).getBoundingClientRect().height) < 44)
  .map((one) => one.outerHTML.slice(0, 120))"""

# What is drawn by a neighbour (a kind of movement is a hidden radio and its label) shows the focus there.
UNSEEN_FOCUS = """() => [...document.querySelectorAll("a[href], button, summary, select, textarea, input")]
  .filter((one) => {
    one.focus();
    const shows = (it) => it && getComputedStyle(it).outlineStyle !== "none";
    return document.activeElement === one && ![one, one.nextElementSibling].some(shows);
  })
  .map((one) => one.outerHTML.slice(0, 120))"""


def pages_of(name: str, shifts: dict[str, Any]) -> list[str]:
    """Addresses of what `name` may look at; of a shift's pages those of each shift."""
    place = PEOPLE.index(name)
    pages = [f"/{route}" for route in shown_to(place, ROUTES)]
    day = {"<int:pharmacy_pk>": shifts["short"].pharmacy_id, "<day:date>": shifts["short"].business_date}
    for part, value in {**day, "<int:pk>": shifts["file"].pk}.items():
        pages = [page.replace(part, str(value)) for page in pages]
    pages += [
        f"/{route.replace('<int:pk>', str(shifts['open' if 'close/' in route else 'short'].pk))}"
        for route in shown_to(place, PATHS)
    ]
    if name == "marta":
        pages += [f"/people/{shifts['open'].cashier_id}/", f"/pharmacies/{shifts['open'].pharmacy_id}/"]
    return pages + [f"/sessions/{shifts[other].pk}/" for other in ("open", "balanced", "swapped", "unknown")]


def shown_to(place: int, routes: dict[str, Any]) -> list[str]:
    shown = [route for route, methods in routes.items() if methods["get"].split()[place] == "200"]
    return [route for route in shown if not any(word in route for word in NO_PAGES)]


def back_office() -> list[str]:
    """The lists, and of each the form of its newest row, its history, and the form that adds one."""
    pages = []
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        newest = model._default_manager.order_by("-pk").first()
        pages += [path] + ([f"{path}{newest.pk}/change/", f"{path}{newest.pk}/history/"] if newest else [])
        pages += [f"{path}add/"]
    return pages


def open_to(user: User, pages: list[str]) -> list[str]:
    browser = signed_in(user)
    return [page for page in pages if browser.get(page).status_code == 200]


def too_wide(page: Page, size: dict[str, int]) -> list[int]:
    page.set_viewport_size(size)
    scrolled = page.evaluate("document.documentElement.scrollWidth")
    return [scrolled] if scrolled > size["width"] else []


def look(page: Page, path: str) -> dict[str, list[Any]]:
    """Everything that is wrong with the page that is open: one visit, for to open it takes longest."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(NOTEBOOK)
    wrong = {"axe": breaches(page), "too wide at 200 %": too_wide(page, ENLARGED), "too wide": too_wide(page, PHONE)}
    if not path.startswith("/admin/"):
        wrong["too small"] = page.evaluate(TOO_SMALL)
    wrong["focus unseen"] = page.evaluate(UNSEEN_FOCUS)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    wrong["axe, dark on a phone"] = breaches(page, THEME_AND_SIZE)
    return {what: found for what, found in wrong.items() if found}


@pytest.mark.parametrize("name", ["ana", "marta"])
def test_everybody_can_use_every_page(name, request, shifts, watched: Page, live_server):
    user = request.getfixturevalue(name)
    page = let_in(watched, live_server, user)
    wrong = {}
    for path in pages_of(name, shifts) + (open_to(user, back_office()) if name == "marta" else []):
        answer = page.goto(live_server.url + path)
        assert answer, path
        assert answer.status == 200, path
        wrong |= {path: found} if (found := look(page, path)) else {}
    assert wrong == {}

"""The pages in the states that no address leads to: refused, opened, imported, empty. axe finds nothing in any of them,
in the light on the notebook and in the dark on the phone."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.formats import date_format
from playwright.sync_api import Page, expect

from cashpilot.tests.web.test_pages import NOTEBOOK, PHONE, too_wide
from sessions_app.actions.imports import apply_batch, receive_file, undo_batch
from testing.axe import THEME_AND_SIZE, breaches
from testing.browser import let_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What no amount and no name may be.
SEND_WRONG = """(form) => {
  for (const field of form.querySelectorAll("input:not([type=hidden]), textarea")) {
    if (field.matches(":is([type=radio], [type=checkbox], [type=file])") || field.readOnly) continue;
    field.value = field.inputMode && field.inputMode !== "text" ? "1,5" : "";
  }
  form.noValidate = true;
  form.requestSubmit();
}"""
# Each question and menu of a page alone; says whether there is a `number`th.
OPEN_ONE = """(number) => {
  const all = [...document.querySelectorAll("details")];
  all.forEach((one, place) => {
    one.open = place === number;
    one.toggleAttribute("data-looked-at", place === number);
  });
  return number < all.length;
}"""
# Of what is open: whatever a finger does not reach without scrolling sideways.
OUTSIDE = """() => [...document.querySelectorAll("[data-looked-at] > :not(summary)")]
  .filter((one) => one.getClientRects().length)
  .map((one) => one.getBoundingClientRect())
  .filter((box) => box.left < 0 || box.right > document.documentElement.clientWidth)
  .map((box) => [box.left, box.right])"""

BILLING = "Fecha;Efectivo;Tarjeta\n{day};700.000;15.000\n"
BANK = (
    "Fecha;Concepto;Referencia;Débito;Crédito\n{day};TRANSF GOMEZ;884411;;40.000\n{day};TRANSF NADIE;884412;;33.000\n"
)
LISTS = ["", "sessions/", "review/", "transfers/", "days/", "audit/", "people/", "people/sign-ins/", "pharmacies/"]
LISTS += ["imports/", "reports/weekly/", "reports/cashiers/", "reports/between/"]
FILTERED = ["sessions/", "transfers/", "audit/", "people/sign-ins/"]


def seen(page: Page) -> dict[str, list[Any]]:
    """Return what is wrong with the page as it stands, light on the notebook and dark on the phone."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(NOTEBOOK)
    wrong = {"axe": breaches(page, part="main"), "too wide": too_wide(page, PHONE)}
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    wrong["axe, dark on a phone"] = breaches(page, THEME_AND_SIZE, part="main")
    return {what: found for what, found in wrong.items() if found}


def seen_open(page: Page) -> dict[str, list[Any]]:
    """Return what is wrong with each question and menu of the page, dark on the phone, and light on the notebook."""
    wrong: dict[str, list[Any]] = {}
    number = 0
    while page.evaluate(OPEN_ONE, number):
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found = too_wide(page, PHONE) + page.evaluate(OUTSIDE) + breaches(page, THEME_AND_SIZE, "[data-looked-at]")
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size(NOTEBOOK)
        found += page.evaluate(OUTSIDE) + breaches(page, part="[data-looked-at]")
        wrong |= {f"opened {number}": found} if found else {}
        number += 1
    return wrong


def looked_at(page: Page, server: Any, paths: list[str], look: Any = seen) -> dict[str, dict[str, list[Any]]]:
    wrong = {}
    for path in paths:
        page.goto(f"{server.url}/{path}")
        wrong |= {path: found} if (found := look(page)) else {}
    return wrong


def test_refused_forms(watched: Page, live_server, shifts, ana, marta):
    opened, short = f"/sessions/{shifts['open'].pk}/", f"/sessions/{shifts['short'].pk}/"
    day = f"/days/{shifts['short'].pharmacy_id}/{shifts['short'].business_date}/"
    forms = {
        ana: {
            "/sessions/open/": "main form",
            opened: "form[action$='movements/']",
            f"{opened}close/": "[data-close]",
            f"{short}correct/": "main form",
            "/accounts/password/": "main form",
        },
        marta: {
            "/people/new/": "main form",
            "/pharmacies/new/": "main form",
            "/imports/new/": "main form",
            "/accounts/second-factor/own/": "main form",
            short: "form[action$='/flag/'], form[action$='/unflag/'], form[action$='/review/']",
            day: "form:has([name=billed_cash])",
        },
    }
    wrong = {}
    for user, places in forms.items():
        let_in(watched, live_server, user)
        for path, form in places.items():
            watched.goto(live_server.url + path)
            watched.locator(form).first.evaluate(SEND_WRONG)
            expect(watched.locator("main [role=alert], main .errorlist").first, path).to_be_visible()
            wrong |= {path: found} if (found := seen(watched)) else {}
    assert wrong == {}


def test_opened_questions_and_menus(watched: Page, live_server, shifts, ana, marta):
    day = f"days/{shifts['short'].pharmacy_id}/{shifts['short'].business_date}/"
    own = [f"sessions/{shifts[which].pk}/" for which in ("open", "short")]
    wrong = looked_at(let_in(watched, live_server, ana), live_server, own, seen_open)
    offices = ["sessions/?fields=1", "review/?fields=1", f"sessions/{shifts['short'].pk}/", day, "transfers/?fields=1"]
    offices += [f"people/{ana.pk}/", f"pharmacies/{shifts['short'].pharmacy_id}/"]
    wrong |= looked_at(let_in(watched, live_server, marta), live_server, offices, seen_open)
    assert wrong == {}


def test_the_question_before_a_close(watched: Page, live_server, shifts, ana):
    page = let_in(watched, live_server, ana)
    page.goto(f"{live_server.url}/sessions/{shifts['open'].pk}/close/")
    page.locator(".count input").first.fill("3")
    page.get_by_role("button", name="Cerrar turno").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("document.querySelector('dialog[open]').setAttribute('data-looked-at', '')")
    assert breaches(page, part="[data-looked-at]") == []
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert too_wide(page, PHONE) + breaches(page, THEME_AND_SIZE, "[data-looked-at]") == []


def test_imports_before_and_after(watched: Page, live_server, shifts, marta):
    def received(kind: str, text: str, **of: Any) -> int:
        lines = text.format(day=date_format(shifts["short"].business_date, "d/m/Y"))
        return receive_file(SimpleUploadedFile(f"{kind}.csv", lines.encode()), kind=kind, by=marta, **of).pk

    billing, bank = (
        received("billing", BILLING, pharmacy=shifts["short"].pharmacy),
        received("bank", BANK, account="Itaú 1"),
    )
    page = let_in(watched, live_server, marta)
    paths = [f"imports/{pk}/" for pk in (billing, bank, shifts["file"].pk)]
    wrong = {"before": looked_at(page, live_server, paths)}
    for pk in (billing, bank):
        apply_batch(pk, by=marta)
    wrong["after"] = looked_at(page, live_server, paths[:2])
    undo_batch(billing, reason="another month", by=marta)
    wrong["undone"] = looked_at(page, live_server, [paths[0], "imports/"])
    assert wrong == {"before": {}, "after": {}, "undone": {}}


def test_lists_without_a_row(watched: Page, live_server, marta):
    assert looked_at(let_in(watched, live_server, marta), live_server, LISTS) == {}


def test_lists_without_a_row_with_these_filters(watched: Page, live_server, shifts, marta):
    paths = [f"{path}?text=nothing+is+called+like+this" for path in FILTERED]
    assert looked_at(let_in(watched, live_server, marta), live_server, paths) == {}

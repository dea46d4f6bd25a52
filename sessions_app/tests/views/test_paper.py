"""With the demo each report, home, a page of the list and the busiest shift print on one sheet that says what it is."""

import re

import pytest
from playwright.sync_api import Page

from accounts.models import User
from pharmacies.models import Pharmacy
from sessions_app.actions import marks as mark_actions
from sessions_app.management.demo_cast import ADMIN
from sessions_app.models import CashSession
from sessions_app.reports.catalogue import REPORTS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PHARMACIES = "Farmacia Central, Farmacia Luque, Farmacia San Lorenzo"
PRINTED = "Impreso el 20/11/2026 22:45 por Graciela Rojas"
EVERYWHERE = "Todas las farmacias"
MONTH = "Del 01/11/2026 al 20/11/2026"
# Page -> what stands on its paper, besides who printed it and when.
SAID = {
    "": [EVERYWHERE],
    "reports/weekly/": [EVERYWHERE],
    "sessions/": ["Todas las fechas", EVERYWHERE],
    "audit/": ["Todas las fechas", EVERYWHERE],
    "people/": [EVERYWHERE],
    "sessions/?date_from=2026-11-01&date_to=2026-11-20&result=short": [MONTH, EVERYWHERE, "Resultado: Faltante"],
    "reports/sales/?text=lun": [MONTH, PHARMACIES, "Separado por: Día", "Buscar: lun"],
} | {f"reports/{name}/": [MONTH, PHARMACIES] for name in REPORTS}


def test_a_printed_shift_tells_all_of_its_history(owner: Page, live_server) -> None:
    shift, admin = CashSession.objects.filter(result="balanced", flagged_at=None)[0], User.objects.get(email=ADMIN)
    for turn in range(2):
        mark_actions.flag_shift(shift.pk, reason=f"odd {turn}", by=admin)
        mark_actions.unflag_shift(shift.pk, reason=f"seen {turn}", by=admin)
    owner.goto(f"{live_server.url}/sessions/{shift.pk}/")
    on_screen = owner.locator(".history > li:visible").all_inner_texts()
    owner.emulate_media(media="print")
    on_paper = owner.locator(".history > li:visible").all_inner_texts()

    assert len(on_screen) == 5 < len(on_paper)
    assert on_paper[-1].startswith("Abierto con")


def test_each_is_one_sheet_that_says_what_was_asked_who_printed_it_and_when(owner: Page, live_server, subtests) -> None:
    busiest = CashSession.objects.filter(status="closed").order_by("-version")[0]
    luque = Pharmacy.objects.get(name="Farmacia Luque")
    more = {
        f"sessions/{busiest.pk}/": [],
        f"sessions/?date_from=2026-11-09&pharmacy={luque.pk}": ["Desde el 09/11/2026", "Farmacia: Farmacia Luque"],
    }
    for path, said in {**SAID, **more}.items():
        owner.goto(f"{live_server.url}/{path}")
        owner.emulate_media(media="print")
        told = owner.locator(".on-paper").inner_text()
        # An emulated medium is printed as well.
        owner.emulate_media(media="null")
        with subtests.test(path=path):
            assert len(re.findall(rb"/Type\s*/Page\b", owner.pdf(format="A4"))) == 1
            assert [line for line in [*said, PRINTED] if line not in told] == []

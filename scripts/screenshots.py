"""Take the pictures of docs/screenshots: the main pages with the demo data, in both languages and at both widths.

    python scripts/screenshots.py [--only owner]
    python scripts/screenshots.py --all FOLDER [--only week]

The clock stands at one evening, so that the same pages give the same pictures. `--all` shows every page instead, whole,
in light and dark too and as a printed sheet, for whoever looks at a change. Needs Chromium.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
EVENING = datetime(2026, 11, 20, 22, 45, tzinfo=ZoneInfo("America/Asuncion"))
SIZES = {"wide": (1333, 768), "phone": (390, 844)}
ADMIN = "admin@example.com"
LARGEST_SUM = 3_000_000  # bytes

sys.path.insert(0, str(ROOT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="the pictures of that name alone")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, into a folder that is not checked in")
    asked = parser.parse_args()
    import time_machine

    with tempfile.TemporaryDirectory() as folder, time_machine.travel(EVENING, tick=False):
        _set_up(Path(folder) / "demo.sqlite3")
        with _server() as url:
            _photograph(url, asked.only, asked.all)
    if not asked.all:
        _bound()


def _bound() -> None:
    """Say how large the pictures are together; exit where that is too much for the repository."""
    total = sum(picture.stat().st_size for picture in TARGET.glob("*.png"))
    print(f"{len(list(TARGET.glob('*.png')))} pictures, {total // 1000} kB")
    if total > LARGEST_SUM:
        sys.exit(f"That is more than {LARGEST_SUM // 1000} kB.")


def _set_up(database: Path) -> None:
    """Django with a database of its own, and the demo in it."""
    # Playwright keeps an event loop in this thread, where Django would refuse to query.
    os.environ |= {"DOTENV": os.devnull, "DEBUG": "1", "DATABASE_URL": f"sqlite:///{database}"}
    os.environ |= {"DJANGO_SETTINGS_MODULE": "cashpilot.settings", "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("seed_demo")


@contextmanager
def _server() -> Iterator[str]:
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    thread = LiveServerThread("localhost", StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://localhost:{thread.port}"
    thread.terminate()


def _pages() -> dict[str, tuple[str, str]]:
    """Name of the picture -> who looks, and at what."""
    from sessions_app.models import CashSession

    def newest(**which: Any) -> CashSession:
        return CashSession.objects.live().select_related("cashier").filter(**which).latest("pk")

    def of(shift: CashSession, page: str = "") -> tuple[str, str]:
        return shift.cashier.email, f"/sessions/{shift.pk}/{page}"

    opened, short = newest(status="open"), newest(result="short")
    closed = CashSession.objects.live().filter(status="closed").select_related("cashier").latest("closed_at")
    return {
        "owner": (ADMIN, "/"),
        "cashier": (opened.cashier.email, "/"),
        "open": (closed.cashier.email, "/sessions/open/"),
        "track": of(opened),
        "close": of(opened, "close/"),
        "short": (ADMIN, f"/sessions/{short.pk}/"),
        "balanced": of(newest(result="balanced")),
        "not-compared": of(newest(result="not_compared")),
        "swapped": of(newest(result="swapped")),
        "correct": (ADMIN, f"/sessions/{short.pk}/correct/"),
        "slip": of(short, "slip/"),
        "review": (ADMIN, "/review/"),
        "transfers": (ADMIN, "/transfers/"),
        "changes": (ADMIN, "/audit/"),
        "office": (ADMIN, "/admin/"),
    }


def _every_page() -> dict[str, tuple[str, str]]:
    """Return those of `_pages`, and all others that the office reads."""
    from accounts.models import User
    from pharmacies.models import Pharmacy
    from sessions_app.reports.catalogue import REPORTS

    pages, pharmacy = _pages(), Pharmacy.objects.all()[0]
    cashier = User.objects.get(email=pages["cashier"][0])
    paths = {
        "shifts": "/sessions/",
        "days": "/days/",
        "day": f"/days/{pharmacy.pk}/{EVENING.date()}/",
        "people": "/people/",
        "person": f"/people/{cashier.pk}/",
        "new-person": "/people/new/",
        "pharmacies": "/pharmacies/",
        "new-pharmacy": "/pharmacies/new/",
        "pharmacy": f"/pharmacies/{pharmacy.pk}/",
        "keys": "/keys/",
        "reports": "/reports/",
        "week": "/reports/weekly/",
        **{f"report-{name}": f"/reports/{name}/" for name in REPORTS},
    }
    return pages | {name: (ADMIN, path) for name, path in paths.items()}


def _photograph(url: str, only: str | None, folder: Path | None) -> None:
    from playwright.sync_api import sync_playwright

    from testing.chromium import CHROMIUM, CHROMIUM_ARGS

    every = _every_page() if folder else _pages()
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark") if folder else ("light",)
    target = folder or TARGET
    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        for language, size, theme in product(("es", "en"), SIZES, themes):
            for name, (email, path) in every.items():
                if only not in (None, name):
                    continue
                width, height = SIZES[size]
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    locale="es-PY",
                    timezone_id="America/Asuncion",
                    reduced_motion="reduce",
                    color_scheme=theme,
                )
                page = _opened(context, url, email, language, path)
                picture = f"{name}-{language}-{size}" + (f"-{theme}" if folder else "")
                (target / f"{picture}.png").write_bytes(_small(page.screenshot(full_page=bool(folder))))
                if folder and (size, theme) == ("wide", "light"):
                    page.pdf(format="A4", path=target / f"{name}-{language}.pdf")
                context.close()
        browser.close()


def _opened(context: Any, url: str, email: str, language: str, path: str) -> Any:
    """Return the page as a person sees it in a language, nothing on it focused."""
    from accounts.models import User
    from testing.browser import let_in

    User.objects.filter(email=email).update(language=language)
    page = let_in(context.new_page(), SimpleNamespace(url=url), User.objects.get(email=email))
    page.goto(url + path)
    page.evaluate("document.activeElement.blur()")
    return page


def _small(png: bytes) -> bytes:
    """With 128 colours: text and flat areas look the same at a third of the size."""
    from PIL import Image

    out = BytesIO()
    Image.open(BytesIO(png)).quantize(128, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()

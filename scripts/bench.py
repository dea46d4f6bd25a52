"""Measure the pages against a page with nothing on it, under one gunicorn on a throw-away PostgreSQL.

    python scripts/bench.py [--shifts 200000] [--small 10000] [--clients 1 16] [--rounds 3] [--pages list home]

With DATABASE_URL it measures that database, as it is with --shifts 0.

Speed is a ratio to the floor (scripts/bench_urls.py): machines differ, and what else runs here disturbs both alike,
because each page takes turns with the floor. Beside the time that passed stands the processor time of the server's
workers, which is the same however busy the machine is. The server waits for its disk, as where it serves. With --small
the pages are measured first on that many shifts.
"""

import argparse
import os
import re
import signal
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

from postgres import SAFE, server
from testing.server import Answer, Browser, Gunicorn, manage

EMAIL, PASSWORD = "admin@example.com", "password123"
REQUESTS_A_ROUND = {1: 6, 16: 32}
MOST_CLIENTS = 16
FLOOR = "floor"
# Beyond the last page, the last page is shown.
BEYOND = 999_999_999
# A few seconds of closing at sixteen tills.
EVENINGS = 3


class Turn(NamedTuple):
    """Some requests to one page: they took milliseconds each, and one took milliseconds of processor time."""

    taken: list[float]
    cpu: float


# Of a page at a number of clients: the turn of the floor, then that of the page, round by round.
Timings = dict[tuple[str, int], list[tuple[Turn, Turn]]]


def main() -> None:
    options = _options()
    # A polite kill leaves nothing behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    address = os.environ.get("DATABASE_URL", "")
    if address.startswith("postgres"):
        _measure_on(address, options)
        return
    with server(SAFE) as postgres:
        _measure_on(postgres.address, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shifts", type=int, default=200_000, help="how many there are; 0 adds none")
    parser.add_argument("--small", type=int, default=0, help="measure on that many first, and compare")
    parser.add_argument("--pharmacies", type=int, default=6)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", nargs="+", default=[], help="only those whose name holds one of these")
    return parser.parse_args()


def _measure_on(address: str, options: argparse.Namespace) -> None:
    env = {**os.environ, "DATABASE_URL": address}
    develop = {**env, "DOTENV": os.devnull, "DEBUG": "1", "LOG_FORMAT": "text"}
    if options.shifts:
        manage(develop, "migrate", "--verbosity", "0")
        manage(develop, "seed_demo")
    seeded, tables = 0, []
    for shifts in filter(None, (options.small, options.shifts or 1)):
        if options.shifts:
            manage(develop, "seed_load", f"--shifts={shifts - seeded}", f"--pharmacies={options.pharmacies}")
        seeded = shifts
        with Gunicorn(env, settings="bench_settings") as gunicorn:
            cookies = _sign_in(gunicorn.port)
            pages = _pages(Browser(gunicorn.port, cookies))
            chosen = {
                name: path
                for name, path in pages.items()
                if not options.pages or any(part in name for part in (FLOOR, *options.pages))
            }
            tables.append(_measure(gunicorn, cookies, chosen, options))
            if not options.pages or "closing" in options.pages:
                _measure_writes(gunicorn, cookies, tables[-1], options)
            print(f"{_memory(gunicorn)} MB at most in a worker")
    print(f"\n{f'{options.shifts:,} shifts' if options.shifts else 'As it is'}, milliseconds")
    _print(tables[-1], options.clients, before=tables[0] if options.small else None)


# --- The browser ------------------------------------------------------------------------------------------------------


def _sign_in(port: int) -> dict[str, str]:
    """The cookies of the administrator."""
    browser = Browser(port)
    _require(browser.post("/accounts/login/", {"username": EMAIL, "password": PASSWORD}), "/accounts/login/", 302)
    return browser.cookies


def _require(answer: Answer, path: str, expected: int = 200) -> Answer:
    if answer.status != expected:
        sys.exit(f"{path} answered {answer.status}, not {expected}.")
    return answer


def _pages(browser: Browser) -> dict[str, str]:
    """Name of a page -> its address. What can be chosen is read off the pages themselves."""
    path = f"/sessions/?page={BEYOND}"
    shift = re.search(r'href="(/sessions/\d+/)"', _require(browser.get(path), path).page)
    choice = re.findall(r'href="/pharmacies/(\d+)/', _require(browser.get("/pharmacies/"), "/pharmacies/").page)[-1]
    today = date.today()  # noqa: DTZ011
    month = urlencode({"date_from": today - timedelta(days=45), "date_to": today - timedelta(days=15)})
    year = urlencode({"date_from": today - timedelta(days=500), "date_to": today - timedelta(days=135)})
    return {
        FLOOR: "/floor/",
        "front page": "/",
        "list": "/sessions/",
        "second page": "/sessions/?page=2",
        "last page": path,
        "a month": f"/sessions/?{month}",
        "a year": f"/sessions/?{year}",
        "a pharmacy, short": f"/sessions/?pharmacy={choice}&result=short",
        "last page of a pharmacy": f"/sessions/?pharmacy={choice}&page={BEYOND}",
        "a shift": shift[1] if shift else "/",
        "to review": "/review/",
        "transfers": "/transfers/",
        "days": "/days/",
        "audit": "/audit/",
        "report of a month": f"/reports/differences/?{month}",
        "report of a year": f"/reports/differences/?{year}",
        "cashiers of a year": f"/reports/cashiers/?{year}",
        "Django's own list": "/admin/sessions_app/cashsession/",
    }


def _measure(
    gunicorn: Gunicorn, cookies: dict[str, str], pages: dict[str, str], options: argparse.Namespace
) -> Timings:
    timings: Timings = defaultdict(list)
    for path in pages.values():
        _visits(gunicorn, cookies, path, MOST_CLIENTS)  # so that every thread has met every page
    for clients in options.clients:
        for _turn in range(options.rounds):
            for name, path in pages.items():
                taken = [_visits(gunicorn, cookies, address, clients) for address in (pages[FLOOR], path)]
                timings[name, clients].append((taken[0], taken[1]))
    return timings


def _visits(gunicorn: Gunicorn, cookies: dict[str, str], path: str, clients: int) -> Turn:
    """The turn of a page that so many clients ask for at once."""
    share = -(-REQUESTS_A_ROUND.get(clients, 3 * clients) // clients)
    before = _cpu(gunicorn)
    with ThreadPoolExecutor(clients) as pool:
        jobs = [pool.submit(_visit, Browser(gunicorn.port, cookies), path, share) for _ in range(clients)]
        taken = [took for job in jobs for took in job.result()]
    return Turn(taken, (_cpu(gunicorn) - before) / len(taken))


def _measure_writes(gunicorn: Gunicorn, cookies: dict[str, str], timings: Timings, options: argparse.Namespace) -> None:
    """Open, note and close at as many tills as there are clients, and say how many were closed in a second."""
    tills = _tills(Browser(gunicorn.port, cookies))
    for clients in options.clients:
        took = []
        with ThreadPoolExecutor(clients) as pool:
            crowd = Crowd(gunicorn, cookies, pool)
            for turn in range(options.rounds + 1):
                floor, *_ = crowd.ask(["/floor/"] * clients * EVENINGS)
                for _ in range(EVENINGS):
                    evening = _evening(crowd, tills[:clients])
                    if turn:  # the first round warms up
                        took.append(evening["closing"][1] / clients)
                        for name, (turned, _seconds) in evening.items():
                            timings[name, clients].append((floor, turned))
        print(f"{clients} at once: {1 / median(took):.1f} closes a second")


def _tills(browser: Browser) -> list[dict[str, object]]:
    """The people of `seed_load` who have no shift open, each at their pharmacy with a register of their own."""
    lists, opening = "/pharmacies/", "/sessions/open/"
    places = re.findall(r'href="/pharmacies/(\d+)/[^>]*>\s*Farmacia (\d+)', _require(browser.get(lists), lists).page)
    people = re.findall(
        r'value="(\d+)">Cajera ([2-9]) de la (\d+)', _require(browser.get(opening), opening).page.replace("\n", "")
    )
    at = {name: pharmacy for pharmacy, name in places}
    return [{"pharmacy": at[name], "cashier": who, "register": number} for who, number, name in people]


def _evening(crowd: "Crowd", tills: list[dict[str, object]]) -> dict[str, tuple[Turn, float]]:
    """One evening of these tills: what opening, noting and closing took, and the seconds until all were done."""
    money = (
        {"initial_cash": 500_000},
        {"kind": "card", "amount": 40_000},
        {"final_cash": 700_000, "billed_cash": 200_000},
    )
    opening, noting, closing = ({**fields, "ticket_number": "1"} for fields in money)
    opened, answers, first = crowd.ask(["/sessions/open/"] * len(tills), [{**till, **opening} for till in tills])
    shifts = [answer.headers["Location"] for answer in answers]
    noted, _answers, second = crowd.ask([f"{shift}movements/" for shift in shifts], [noting] * len(shifts))
    closed, _answers, third = crowd.ask([f"{shift}close/" for shift in shifts], [closing] * len(shifts))
    return {"opening": (opened, first), "movement": (noted, second), "closing": (closed, third)}


class Crowd(NamedTuple):
    """So many clients at once, each over a connection of its own."""

    gunicorn: Gunicorn
    cookies: dict[str, str]
    pool: ThreadPoolExecutor

    def ask(self, paths: list[str], forms: list[dict[str, object]] | None = None) -> tuple[Turn, list[Answer], float]:
        """Get these pages, or send these forms to them; what each took, the answers, and the seconds of all."""
        before, started = _cpu(self.gunicorn), time.perf_counter()
        done = list(self.pool.map(self._ask, paths, forms or [None] * len(paths)))
        seconds = time.perf_counter() - started
        turn = Turn([took for took, _answer in done], (_cpu(self.gunicorn) - before) / len(done))
        return turn, [answer for _took, answer in done], seconds

    def _ask(self, path: str, form: dict[str, object] | None) -> tuple[float, Answer]:
        browser = Browser(self.gunicorn.port, self.cookies)
        started = time.perf_counter()
        answer = browser.get(path) if form is None else browser.post(path, {**form, "token": uuid4()})
        took = (time.perf_counter() - started) * 1000
        browser.close()
        return took, _require(answer, path, 200 if form is None else 302)


def _cpu(gunicorn: Gunicorn) -> float:
    """Return the milliseconds that the threads of all workers have run so far."""
    ran = [
        int(thread.read_text().split()[0])
        for worker in gunicorn.workers()
        for thread in Path(f"/proc/{worker}/task").glob("*/schedstat")
    ]
    return sum(ran) / 1_000_000


def _memory(gunicorn: Gunicorn) -> int:
    """Return the megabytes that the largest of the workers held when it held most; one that was renewed is gone."""
    told = (file.read_text() for worker in gunicorn.workers() for file in Path("/proc").glob(f"{worker}/status"))
    return max(int(kilobytes) for status in told for kilobytes in re.findall(r"VmHWM:\s+(\d+)", status)) // 1024


def _visit(browser: Browser, path: str, times: int) -> list[float]:
    """Milliseconds of each of `times` requests in one connection."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        _require(browser.get(path), path)
        took.append((time.perf_counter() - started) * 1000)
    browser.close()
    return took


# --- The table --------------------------------------------------------------------------------------------------------


def _print(timings: Timings, clients: list[int], before: Timings | None) -> None:
    columns = [f"{count} client{'s' * (count > 1)}: median   p95  ratio   CPU  ratio" for count in clients]
    print(f"{'':24} {'   '.join(columns)}" + ("   growth" if before else ""))
    for page in dict.fromkeys(name for name, _ in timings):
        cells = [_cell(timings, page, count) for count in clients]
        growth = f"   {_growth(timings, before, page, clients[0]):5.2f}" if before else ""
        print(f"{page:24} {'   '.join(cells)}{growth}")


def _cell(timings: Timings, page: str, clients: int) -> str:
    turns = timings[page, clients]
    every = [took for _floor, turn in turns for took in turn.taken]
    width = len(f"{clients} client{'s' * (clients > 1)}: ")
    cpu, cpu_ratio = median(turn.cpu for _floor, turn in turns), median(turn.cpu / floor.cpu for floor, turn in turns)
    passed = f"{median(every):{width + 6}.1f} {quantiles(every, n=20)[-1]:5.0f}  {_ratio(timings, page, clients):5.2f}"
    return f"{passed} {cpu:5.1f}  {cpu_ratio:5.2f}"


def _ratio(timings: Timings, page: str, clients: int) -> float:
    """To the floor right before it: what else the machine did then slowed both."""
    return median(median(turn.taken) / median(floor.taken) for floor, turn in timings[page, clients])


def _growth(timings: Timings, before: Timings, page: str, clients: int) -> float:
    """Against the small database, each relative to its own floor."""
    return _ratio(timings, page, clients) / _ratio(before, page, clients)


if __name__ == "__main__":
    main()

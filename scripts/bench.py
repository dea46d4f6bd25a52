"""Measure the pages against the barest page of Django, under one gunicorn on a throw-away PostgreSQL.

    python scripts/bench.py [--shifts 200000] [--small 10000] [--clients 1 16] [--rounds 6]

Speed is a ratio to the floor (scripts/bench_urls.py): machines differ, and what else runs here disturbs both alike,
because the pages take turns with the floor. With --small the pages are measured first on that many shifts.
"""

import argparse
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from postgres import server

HERE = Path(__file__).parent
ROOT = HERE.parent
EMAIL, PASSWORD = "admin@example.com", "password123"
REQUESTS_A_ROUND = {1: 8, 16: 48}
FLOOR = "floor"
# Beyond the last page, the last page is shown.
BEYOND = 999_999_999

# Of a page at a number of clients: milliseconds of each request, round by round.
Timings = dict[tuple[str, int], list[list[float]]]


def main() -> None:
    options = _options()
    # A polite kill leaves nothing behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    address = os.environ.get("DATABASE_URL", "")
    if address.startswith("postgres"):
        _measure_on(address, options)
        return
    with server() as address:
        _measure_on(address, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shifts", type=int, default=200_000)
    parser.add_argument("--small", type=int, default=0, help="measure on that many first, and compare")
    parser.add_argument("--pharmacies", type=int, default=6)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--rounds", type=int, default=6)
    return parser.parse_args()


def _measure_on(address: str, options: argparse.Namespace) -> None:
    env = {**os.environ, "DATABASE_URL": address, "DOTENV": os.devnull, "PYTHONPATH": f"{ROOT}:{HERE}"}
    develop = {**env, "DEBUG": "1", "LOG_FORMAT": "text"}
    _manage(develop, "migrate", "--verbosity", "0")
    _manage(develop, "seed_demo")
    seeded, tables = 0, []
    for shifts in filter(None, (options.small, options.shifts)):
        _manage(develop, "seed_load", f"--shifts={shifts - seeded}", f"--pharmacies={options.pharmacies}")
        seeded = shifts
        with _gunicorn(env) as port:
            cookie = _sign_in(port)
            tables.append(_measure(port, cookie, _pages(port, cookie), options))
    print(f"\n{options.shifts:,} shifts, milliseconds")
    _print(tables[-1], options.clients, before=tables[0] if options.small else None)


def _manage(env: dict[str, str], *command: str) -> None:
    subprocess.run([sys.executable, "-W", "ignore", ROOT / "manage.py", *command], env=env, check=True)


@contextmanager
def _gunicorn(env: dict[str, str]) -> Iterator[int]:
    """The product as in production but over plain http, on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    production = {
        "DEBUG": "0",
        "HTTPS_ONLY": "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    environment = {**env, **production, "DJANGO_SETTINGS_MODULE": "bench_settings"}
    command = [sys.executable, "-m", "gunicorn", "--config=python:cashpilot.gunicorn", f"--bind=127.0.0.1:{port}"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("gunicorn did not start.")


# --- The browser ------------------------------------------------------------------------------------------------------


def _sign_in(port: int) -> str:
    """The cookies of the administrator."""
    connection = HTTPConnection("127.0.0.1", port)
    cookies, page = _request(connection, "GET", "/accounts/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = {"username": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token[1] if token else ""}
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    cookies, _ = _request(connection, "POST", "/accounts/login/", urlencode(form), headers, expected=302)
    return cookies


def _request(
    connection: HTTPConnection,
    method: str,
    path: str,
    body: str | None = None,
    headers: dict[str, str] | None = None,
    expected: int = 200,
) -> tuple[str, str]:
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    page = response.read().decode()
    if response.status != expected:
        sys.exit(f"{method} {path} answered {response.status}, not {expected}.")
    cookies = [value.split(";")[0] for name, value in response.getheaders() if name.lower() == "set-cookie"]
    return "; ".join(cookies), page


def _pages(port: int, cookie: str) -> dict[str, str]:
    """Name of a page -> its address. What can be chosen is read off the pages themselves."""
    _, last = _request(HTTPConnection("127.0.0.1", port), "GET", f"/?page={BEYOND}", headers={"Cookie": cookie})
    shift = re.search(r'href="(/sessions/\d+/)"', last)
    pharmacy = re.findall(r'<select name="pharmacy".*?</select>', last, re.DOTALL)[0]
    choice = re.findall(r'<option value="(\d+)"', pharmacy)[-1]
    today = date.today()  # noqa: DTZ011
    month = {"date_from": today - timedelta(days=45), "date_to": today - timedelta(days=15)}
    year = {"date_from": today - timedelta(days=500), "date_to": today - timedelta(days=135)}
    return {
        FLOOR: "/floor/",
        "first page, all dates": "/",
        "a month": f"/?{urlencode(month)}",
        "a pharmacy, short": f"/?pharmacy={choice}&result=short",
        "last page": f"/?page={BEYOND}",
        "last page of a pharmacy": f"/?pharmacy={choice}&page={BEYOND}",
        "a year": f"/?{urlencode(year)}",
        "a shift": shift[1] if shift else "/",
    }


def _measure(port: int, cookie: str, pages: dict[str, str], options: argparse.Namespace) -> Timings:
    timings: Timings = defaultdict(list)
    for clients in options.clients:
        with ThreadPoolExecutor(clients) as pool:
            for turn in range(options.rounds + 1):
                for name, path in pages.items():
                    share = -(-REQUESTS_A_ROUND.get(clients, 3 * clients) // clients)
                    jobs = [pool.submit(_visit, port, cookie, path, share) for _ in range(clients)]
                    taken = [took for job in jobs for took in job.result()]
                    if turn:  # the first round warms up
                        timings[name, clients].append(taken)
    return timings


def _visit(port: int, cookie: str, path: str, times: int) -> list[float]:
    """Milliseconds of each of `times` requests in one connection."""
    connection, took = HTTPConnection("127.0.0.1", port), []
    for _ in range(times):
        started = time.perf_counter()
        _request(connection, "GET", path, headers={"Cookie": cookie})
        took.append((time.perf_counter() - started) * 1000)
    connection.close()
    return took


# --- The table --------------------------------------------------------------------------------------------------------


def _print(timings: Timings, clients: list[int], before: Timings | None) -> None:
    columns = [f"{count} client{'s' * (count > 1)}: median   p95  ratio" for count in clients]
    print(f"{'':24} {'   '.join(columns)}" + ("   growth" if before else ""))
    for page in dict.fromkeys(name for name, _ in timings):
        cells = [_cell(timings, page, count) for count in clients]
        growth = f"   {_growth(timings, before, page, clients[0]):5.2f}" if before else ""
        print(f"{page:24} {'   '.join(cells)}{growth}")


def _cell(timings: Timings, page: str, clients: int) -> str:
    every = [took for taken in timings[page, clients] for took in taken]
    width = len(f"{clients} client{'s' * (clients > 1)}: ")
    return f"{median(every):{width + 6}.1f} {quantiles(every, n=20)[-1]:5.0f}  {_ratio(timings, page, clients):5.2f}"


def _ratio(timings: Timings, page: str, clients: int) -> float:
    """To the floor of the same round: what else the machine did then slowed both."""
    rounds = zip(timings[page, clients], timings[FLOOR, clients], strict=True)
    return median(median(taken) / median(floor) for taken, floor in rounds)


def _growth(timings: Timings, before: Timings, page: str, clients: int) -> float:
    """Against the small database, each relative to its own floor."""
    return _ratio(timings, page, clients) / _ratio(before, page, clients)


if __name__ == "__main__":
    main()

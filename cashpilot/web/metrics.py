"""Counters of every request and action, summed over the workers: each writes files in PROMETHEUS_MULTIPROC_DIR.

cashpilot/gunicorn.py names that folder before this is imported; without it one process counts for itself.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

# Its own: what the library adds by itself (memory, files) is of one worker, whichever answers.
registry = CollectorRegistry()
REQUESTS = Counter("cashpilot_requests", "Requests answered.", ["route", "method", "status"], registry=registry)
SECONDS = Histogram(
    "cashpilot_request_seconds",
    "Seconds until the answer.",
    ["route"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
    registry=registry,
)
DATABASE_SECONDS = Counter(
    "cashpilot_database_seconds", "Seconds spent waiting for the database.", ["route"], registry=registry
)
ACTIONS = Counter("cashpilot_actions", "Actions committed, as the log names them.", ["event"], registry=registry)
# What no route answers is one: an address that anybody makes up is no label. Nor is a made-up verb.
NO_ROUTE, VERBS = "none", {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}


def unless_full(count: Callable[..., None]) -> Callable[..., None]:
    """Let a count go where a full disk takes no more of it: the answer, or the shift that is written, goes on."""

    @wraps(count)
    def counted(*args: Any, **kwargs: Any) -> None:
        with suppress(OSError):
            count(*args, **kwargs)

    return counted


@unless_full
def acted(event: str) -> None:
    ACTIONS.labels(event).inc()


@unless_full
def observe(*, route: str | None, method: str | None, status: int, seconds: float, database_seconds: float) -> None:
    route = NO_ROUTE if route is None else route or "/"
    REQUESTS.labels(route, method if method in VERBS else "other", status).inc()
    SECONDS.labels(route).observe(seconds)
    DATABASE_SECONDS.labels(route).inc(database_seconds)


def written() -> bytes:
    """Return all of them in the text that Prometheus reads."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(registry)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)

"""gunicorn's settings: gunicorn --config python:cashpilot.gunicorn. For any other, the reason is the default's."""

import logging
import os
import resource
import shutil
import tempfile
from pathlib import Path
from typing import Any

# Where the workers count together (cashpilot/web/metrics.py); named before anything that counts is imported.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=f"cashpilot-metrics-{os.getpid()}-")

from django.db import connection
from prometheus_client.multiprocess import mark_process_dead

# Reading them first: what is unsafe refuses to start here, before there is a worker.
from cashpilot.settings import LOGGING, env, env_count
from cashpilot.version import VERSION

wsgi_app = "cashpilot.wsgi"
bind = f"0.0.0.0:{env_count('PORT', default=8000, most=65_535)}"

# Threads, because a page mostly waits for the database. On PostgreSQL each thread keeps a connection: 2 x 4 is few.
worker_class = "gthread"
workers = env_count("WEB_CONCURRENCY", default=2, least=1)
threads = 4
# One copy of the code in memory, and one that does not load ends the start instead of every worker.
preload_app = True

# PostgreSQL ends a statement after 15 seconds; a worker that is silent for twice that is stuck.
timeout = 30
# What a stop waits for: a shift that is being closed is closed.
graceful_timeout = 30
# A little longer than a proxy's pause between two requests costs nothing with threads.
keepalive = 5
# A worker is renewed now and then, so that a slow leak never adds up; not all at once.
max_requests = 5000
max_requests_jitter = 500
# In bytes; a large export or import takes half of that, and what was taken once is not given back.
largest_memory = 400_000_000
# The heartbeat is a file: in memory it never waits for a busy disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

# Nobody steers it but signals.
control_socket_disable = True
# Only these proxies may say that a request came over https.
forwarded_allow_ips = env.str("FORWARDED_ALLOW_IPS", default="127.0.0.1,::1")

# cashpilot.web.middleware writes the line of each request; gunicorn's own lines take the same form as ours.
accesslog = None
logconfig_dict = LOGGING


def post_request(worker: Any, _request: Any) -> None:
    """Renew a worker that once took more than `largest_memory`, once it has answered what it has begun."""
    if worker.alive and resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > largest_memory:
        worker.log.info("Autorestarting worker for its memory.")
        worker.alive = False


def when_ready(_server: Any) -> None:
    """Write the log's first line of ours once the server listens."""
    logger = logging.getLogger("cashpilot.server")
    logger.info("server started", extra={"version": VERSION})
    if fault := _fault_of_database():
        logger.warning(fault)


def _fault_of_database() -> str:
    try:
        return str(connection.fault()) if connection.vendor == "postgresql" else ""  # type: ignore[attr-defined]
    finally:
        connection.close()  # before the workers are made, who would share it


def child_exit(_server: Any, worker: Any) -> None:
    """Keep what a worker that ended has counted, and forget what was only true of it."""
    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Remove the folder of the counts, if it is ours: another one may hold what others count."""
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    if folder.name.startswith(f"cashpilot-metrics-{os.getpid()}-"):
        shutil.rmtree(folder, ignore_errors=True)

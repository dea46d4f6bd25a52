"""Production's settings, and beside the product's addresses the floor of scripts/bench.py."""

from testing.server_settings import *  # noqa: F403

ROOT_URLCONF = "bench_urls"

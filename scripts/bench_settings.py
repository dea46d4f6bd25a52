"""Production's settings, and beside the product's addresses the floor of scripts/bench.py."""

from cashpilot.settings import *  # noqa: F403
from cashpilot.settings import STORAGES

ROOT_URLCONF = "bench_urls"
# Nothing is collected for a measurement.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_AUTOREFRESH = True

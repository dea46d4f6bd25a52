"""Production's settings where nothing is collected: for what runs gunicorn from a checkout."""

from cashpilot.settings import *  # noqa: F403
from cashpilot.settings import STORAGES

STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True

"""The tables as the models say them, made in seconds by `migrate --run-syncdb`.

`make lint` holds that both are equal, and the tests of the upgrade go the long way on both engines.
"""

from django.apps import AppConfig

from cashpilot.settings import *  # noqa: F403
from cashpilot.settings import INSTALLED_APPS

MIGRATION_MODULES = {AppConfig.create(entry).label: None for entry in INSTALLED_APPS}

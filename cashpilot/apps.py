import logging

from django.apps import AppConfig
from django.contrib.admin import apps


class CashPilotConfig(AppConfig):
    name = "cashpilot"

    def ready(self) -> None:
        from cashpilot import checks  # noqa: F401 - they register themselves

        logging.captureWarnings(capture=True)


class BackOfficeConfig(apps.AdminConfig):
    default = False
    default_site = "cashpilot.admin.BackOffice"

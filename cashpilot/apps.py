from django.apps import AppConfig
from django.contrib.admin import apps


class CashPilotConfig(AppConfig):
    name = "cashpilot"


class BackOfficeConfig(apps.AdminConfig):
    default = False
    default_site = "cashpilot.admin.BackOffice"

from django.apps import AppConfig


class CashPilotConfig(AppConfig):
    name = "cashpilot"

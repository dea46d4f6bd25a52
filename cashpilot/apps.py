from django.apps import AppConfig


class CashPilotConfig(AppConfig):
    name = "cashpilot"

    def ready(self) -> None:
        from cashpilot import checks  # noqa: F401 - they register themselves

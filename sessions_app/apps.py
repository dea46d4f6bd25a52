from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from cashpilot.db import limits


class SessionsAppConfig(AppConfig):
    name = "sessions_app"
    verbose_name = _("Shifts")

    def ready(self) -> None:
        from sessions_app.ledger import anchors

        post_migrate.connect(anchors.adopt_what_was, sender=self)
        post_migrate.connect(limits.answer_in_time_again, sender=self)

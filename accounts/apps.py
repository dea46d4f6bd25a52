from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from cashpilot import guards


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts import roles
        from cashpilot import idle

        post_migrate.connect(roles.sync, sender=self)
        post_migrate.connect(guards.install, sender=self)
        user_logged_in.connect(idle.start)

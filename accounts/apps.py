from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from cashpilot.db import limits, triggers


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from django_otp.plugins.otp_totp.models import TOTPDevice

        from accounts import hidden_secrets, roles, sign_ins
        from cashpilot.web import session_timeout

        pre_migrate.connect(limits.take_time_to_migrate, sender=self)
        pre_migrate.connect(triggers.remove_before_migrating, sender=self)
        post_migrate.connect(roles.sync, sender=self)
        post_migrate.connect(triggers.install, sender=self)
        post_migrate.connect(hidden_secrets.hide_what_was, sender=self)
        # A model of our own in its place would be a second one over the same table.
        TOTPDevice.bin_key = property(hidden_secrets.secret_of)
        user_logged_in.connect(session_timeout.start)
        user_logged_in.connect(sign_ins.signed_in)
        user_login_failed.connect(sign_ins.failed)
        user_logged_out.connect(sign_ins.signed_out)

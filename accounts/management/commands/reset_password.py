from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from accounts import actions
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Give a person a new password and print it, once; it must be changed at the next sign-in. "
        "Their sessions end at once, and a lock after wrong passwords is lifted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="what the person signs in with")

    @no_translations
    def handle(self, *, email: str, **options: Any) -> None:
        try:
            person = User.objects.get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError(f"Nothing was changed: nobody signs in with {email!r}.") from None
        _person, password = actions.reset_password(person.pk, by=None, reason="manage.py reset_password")
        self.stdout.write(f"{person.email} can sign in with this password, shown only now: {password}")
        if not person.is_active:
            self.stdout.write(self.style.WARNING("The account is disabled: an administrator has to enable it first."))

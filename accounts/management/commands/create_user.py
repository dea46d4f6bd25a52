from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations
from django.urls import reverse

from accounts import actions, roles
from accounts.management.lookup import find_pharmacy
from accounts.models import User
from cashpilot.exceptions import ActionRefused

ROLES = {role.lower(): role for role in roles.ROLES}


class Command(BaseCommand):
    help = (
        "Create a person and print, once, the password to hand over; it must be changed at the first sign-in. "
        'Example: manage.py create_user ana@example.com --role cashier --first-name Ana --last-name "Báez" '
        '--pharmacy "Farmacia Central" --pharmacy "Farmacia Luque"'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="what the person signs in with")
        parser.add_argument("--role", required=True, choices=ROLES)
        parser.add_argument("--first-name", required=True, metavar="NAME")
        parser.add_argument("--last-name", required=True, metavar="NAME")
        parser.add_argument(
            "--pharmacy",
            action="append",
            default=[],
            metavar="NAME",
            help="where the person works; repeat it for more than one",
        )

    @no_translations
    def handle(self, *, email: str, role: str, pharmacy: list[str], **names: Any) -> None:
        try:
            person, password = actions.create_person(
                email=email,
                first_name=names["first_name"],
                last_name=names["last_name"],
                role=ROLES[role],
                pharmacies=[find_pharmacy(name, "Nobody was created") for name in pharmacy],
                by=None,
                reason="manage.py create_user",
            )
        except ActionRefused as refusal:
            raise CommandError(f"Nobody was created: {refusal}") from refusal
        self.stdout.write(f"{person.email} can sign in with this password, shown only now: {password}")
        self.stdout.write(_next_step(person))


def _next_step(person: User) -> str:
    if person.role == roles.ADMIN:
        return f"Next: sign in at {settings.SITE_URL}/ and follow the first page to the first shift."
    return f"Where they work, and all else about them: {settings.SITE_URL}{reverse('person', args=[person.pk])}"

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from accounts import roles
from accounts.models import User
from cashpilot.exceptions import ActionRefused
from pharmacies.models import Pharmacy
from pharmacies.token_actions import create_token


class Command(BaseCommand):
    help = (
        "Make a token with which the billing system of a pharmacy sends what it billed, and print it once, as the last "
        'word. Example: manage.py create_api_token "Farmacia Central" --name Factusys --by marta@example.com'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pharmacy", metavar="PHARMACY", help="its name")
        parser.add_argument("--name", default="API", help="which system will send figures")
        parser.add_argument(
            "--by", metavar="EMAIL", help="the administrator in whose name it writes; else the first one that there is"
        )

    @no_translations
    def handle(self, *, pharmacy: str, name: str, by: str | None, **_options: Any) -> None:
        found = Pharmacy.objects.filter(name__iexact=pharmacy).first()
        if not found:
            known = ", ".join(Pharmacy.objects.values_list("name", flat=True)) or "none yet"
            raise CommandError(f"No token was made: there is no pharmacy {pharmacy!r}. There are: {known}.")
        maker = _administrator(by)
        try:
            _token, key = create_token(found, name=name, by=maker)
        except ActionRefused as refusal:
            raise CommandError(f"No token was made: {refusal}") from refusal
        self.stdout.write(f"{found}: calls with it are written as {maker.email}'s. The token, shown only now: {key}")


def _administrator(email: str | None) -> User:
    there: Any = User.objects.filter(is_active=True, groups__name=roles.ADMIN).order_by("pk")
    maker: User | None = (there.filter(email__iexact=email) if email else there).first()
    if not maker:
        whom = email or "anybody, see manage.py create_user"
        raise CommandError(f"No token was made: there is no active administrator {whom}.")
    return maker

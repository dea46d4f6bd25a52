from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from accounts.management.lookup import find_administrator, find_pharmacy
from cashpilot.exceptions import ActionRefused
from pharmacies.token_actions import create_token

FAILURE = "No token was made"


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
        found = find_pharmacy(pharmacy, FAILURE)
        maker = find_administrator(by, FAILURE)
        try:
            _token, key = create_token(found, name=name, by=maker)
        except ActionRefused as refusal:
            raise CommandError(f"{FAILURE}: {refusal}") from refusal
        self.stdout.write(f"{found}: calls with it are written as {maker.email}'s. The token, shown only now: {key}")

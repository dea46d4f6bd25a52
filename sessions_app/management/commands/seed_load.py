from argparse import ArgumentParser
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from sessions_app.management import load

MOST_PHARMACIES = 999


class Command(BaseCommand):
    help = (
        "Add that many closed shifts, with about three movements each, their history and seals, to measure with. "
        "Each run adds more. Refuses where DEBUG is off."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shifts", type=int, required=True, metavar="N", help="how many shifts to add")
        parser.add_argument("--pharmacies", type=int, default=6, metavar="P", help="over how many pharmacies (6)")

    def handle(self, *, shifts: int, pharmacies: int, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("These shifts never happened: they are only for a database where DEBUG is on.")
        if shifts < 1 or not 1 <= pharmacies <= MOST_PHARMACIES:
            raise CommandError("Ask for at least 1 shift, and for 1 to 999 pharmacies.")
        started = perf_counter()
        with transaction.atomic():
            for step in load.create(shifts, pharmacies):
                self.stdout.write(f"{perf_counter() - started:6.1f} s  {step}")
        load.tidy()
        self.stdout.write(f"{perf_counter() - started:6.1f} s  ready")

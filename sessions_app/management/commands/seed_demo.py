import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from accounts.models import User
from pharmacies.models import Pharmacy
from sessions_app.management import demo
from sessions_app.management.demo_cast import ADMIN, PASSWORD, PEOPLE, PHARMACIES
from sessions_app.models import CashSession


class Command(BaseCommand):
    help = (
        f"Fill an empty database with a demonstration: {len(PHARMACIES)} pharmacies and {demo.SHIFTS} shifts of "
        "the last weeks. Running it again changes nothing. Refuses on a database that holds other data, and where "
        "DEBUG is off."
    )

    def handle(self, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demonstration has a known password: it is only for a database where DEBUG is on.")
        if is_there():
            self.stdout.write("The demonstration is already there; nothing was changed.")
        else:
            with quiet("cashpilot.actions"):
                self.create()
        self.stdout.write(f"Sign in as {ADMIN} with the password {PASSWORD}.")

    @transaction.atomic
    def create(self) -> None:
        if found := other_data():
            raise CommandError(f"This database holds other data ({found}); the demonstration needs an empty one.")
        demo.create()
        self.stdout.write(f"Made {len(PHARMACIES)} pharmacies and {CashSession.objects.count()} shifts.")


def is_there() -> bool:
    """Say whether the demo data are there, with whatever was added since."""
    people = User.objects.filter(email__in=PEOPLE).count()
    pharmacies = Pharmacy.objects.filter(name__in=[values["name"] for values in PHARMACIES]).count()
    return (people, pharmacies) == (len(PEOPLE), len(PHARMACIES))


def other_data() -> str:
    """Say in words what the database holds, `2 people, 1 pharmacies`; empty when nothing."""
    counts: dict[str, type[models.Model]] = {"people": User, "pharmacies": Pharmacy, "shifts": CashSession}
    found = {name: model._default_manager.count() for name, model in counts.items()}
    return ", ".join(f"{count} {name}" for name, count in found.items() if count)


@contextmanager
def quiet(name: str) -> Iterator[None]:
    """Without the line that each action writes to the log."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)

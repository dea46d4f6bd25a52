from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cashpilot.db.limits import take_time
from sessions_app.ledger import anchors
from sessions_app.models import Anchor


class Command(BaseCommand):
    help = (
        "Fix everything that is only added to (histories, seals, sign-ins) as it stands, and print the newest anchor: "
        "a line to be kept elsewhere. verify_integrity --anchor FILE holds the database against such lines."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", type=Path, metavar="FILE", help="add the line to FILE too")
        parser.add_argument(
            "--adopt",
            action="store_true",
            help="take what has no seal, or one whose key is lost, for what it says: after an older version wrote",
        )

    def handle(self, *args: Any, write: Path | None = None, adopt: bool = False, **options: Any) -> None:
        take_time()  # the first one reads everything
        made = anchors.adopt() if adopt else anchors.make()
        if adopt and made is None:
            raise CommandError("Not made: somebody has been writing for long, an import perhaps. Try again after it.")
        newest = made or Anchor.objects.last()
        if newest is None:
            raise CommandError("There is nothing to fix yet.")
        if write:
            with write.open("a") as file:
                file.write(f"{newest}\n")
        self.stdout.write(str(newest))

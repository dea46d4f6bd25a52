from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from environ import Env

from cashpilot.db import backups


class Command(BaseCommand):
    help = (
        "Write a backup of the database to PATH, one file, while people work. It is restored to a scratch database and "
        "every table compared before it is called good; until then PATH does not exist. Exit code 0: the backup is "
        "good. 1 or 4: there is none, and the last line says why. docs/backup_restore.md tells the rest."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", metavar="PATH", type=Path, help="a file that does not exist yet")

        parser.add_argument(
            "--scratch", metavar="URL", help="another PostgreSQL server on which it is restored and compared"
        )

    def handle(self, *args: Any, path: Path, scratch: str | None, **options: Any) -> None:
        with backups.telling(self) as progress:
            elsewhere = Env.db_url_config(scratch) if scratch else None
            made = backups.create(connection.settings_dict, path, progress, elsewhere)
        _tell_when()
        self.stdout.write(
            self.style.SUCCESS(
                f"Good: {path}, {path.stat().st_size:,} bytes, restored once and equal in {len(made.tables)} tables "
                f"and {made.rows:,} rows. sha256 of the copy inside: {made.sha256}"
            )
        )


def _tell_when() -> None:
    """For the metrics. A database that cannot be written to, or is of older code, is backed up all the same."""
    with suppress(DatabaseError):
        pulses: Any = apps.get_model("sessions_app", "Pulse")
        pulses.beat("backup")

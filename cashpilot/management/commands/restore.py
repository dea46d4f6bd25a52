from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from cashpilot.db import backups


class Command(BaseCommand):
    help = (
        "Put the database back as it was in the backup PATH. The backup is checked first, restored beside the "
        "database, compared, and only then put in its place; the former database is kept under another name, which is "
        "printed. Stop CashPilot first: a database in use is refused. Exit code 0: restored and verified. 1: refused, "
        "nothing has changed. 3: restored, but verify_integrity found something. 4: broken off (disk, connection). "
        "docs/backup_restore.md tells the rest."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", metavar="PATH", type=Path, help="a file that `backup` wrote")
        parser.add_argument("--yes", action="store_true", help="do not ask: for scripts")

    def handle(self, *args: Any, path: Path, yes: bool, **options: Any) -> None:
        # Our own connection, if a system check made one, would be somebody who uses the database.
        connection.close()
        settings = connection.settings_dict
        known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
        with backups.telling(self) as progress, backups.opened(path, progress) as (manifest, payload):
            backups.require_fit(settings, manifest, known)
            backups.require_free(settings)
            if not yes:
                self._ask(Path(settings["NAME"]).name, manifest)
            kept = backups.put_back(settings, manifest, payload, progress)
        self.stdout.write(f"Restored {manifest.rows:,} rows of {manifest.created}. The former database is kept: {kept}")
        self._verify(known - {(app, name) for app, name in manifest.migrations})

    def _ask(self, name: str, manifest: backups.Manifest) -> None:
        self.stdout.write(
            f"This puts {name} back to {manifest.created}: {manifest.rows:,} rows of {manifest.database}. "
            "What was written since is no longer seen."
        )
        try:
            answer = input(f"Type the name of the database, {name}, to go on: ")
        except EOFError:
            answer = ""
        if answer.strip() != name:
            raise CommandError("Not restored: that is not its name. Nothing has changed.")

    def _verify(self, pending: set[tuple[str, str]]) -> None:
        if pending:
            self.stdout.write(
                "The backup is of older code. Now run: manage.py migrate, then manage.py verify_integrity"
            )
            return
        try:
            call_command("verify_integrity", stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:
            raise CommandError(f"Restored, but: {error}", returncode=3) from error

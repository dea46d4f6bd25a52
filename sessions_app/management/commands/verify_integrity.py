from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cashpilot.db.limits import take_time
from sessions_app.ledger import anchors, integrity, sealed_histories
from sessions_app.models import CashSession, Movement


class Command(BaseCommand):
    help = (
        "Work every stored sum, figure, constraint, reference and history chain out again from the rows. Changes "
        "nothing and may run while people work. Exit code 0: everything agrees. 1: something does not; each line "
        "names the table and the row."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor", type=Path, metavar="FILE", help="lines of `anchor` that were kept elsewhere: all must be there"
        )

    def handle(self, *args: Any, anchor: Path | None = None, **options: Any) -> None:
        take_time()
        kept = self._kept(anchor) if anchor else []
        checks: dict[str, integrity.Check] = {
            **integrity.CHECKS,
            "anchors kept elsewhere": partial(anchors.unlike, kept),
        }
        found = sum(self._run(name, check) for name, check in checks.items())
        for key, seals in sorted(sealed_histories.by_key().items()):
            self.stdout.write(f"Sealed with {f'key {key}' if key else 'no key, before there were any'}: {seals:,}")
        if found:
            raise CommandError(f"{found} found that should not be. Restore a backup, or have a developer look.")
        self.stdout.write(
            self.style.SUCCESS(
                f"Everything agrees: {CashSession.objects.count()} shifts, {Movement.objects.count()} movements, "
                f"{len(checks)} checks."
            )
        )

    def _kept(self, path: Path) -> list[str]:
        try:
            lines = [line for line in path.read_text().splitlines() if line.strip()]
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"Cannot read {path}: {error}") from error
        if not lines:
            raise CommandError(f"{path} holds no anchor.")
        return lines

    def _run(self, name: str, check: integrity.Check) -> int:
        self.stderr.write(f"{name} ... ", ending="")
        self.stderr.flush()
        started, found = perf_counter(), 0
        for drift in check():
            found += 1
            self.stdout.write(str(drift))
        self.stderr.write(f"{found or 'nothing'} found, {perf_counter() - started:.1f} s")
        return found

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cashpilot.db.limits import take_time
from sessions_app.ledger import integrity
from sessions_app.models import CashSession, Movement


class Command(BaseCommand):
    help = (
        "Work every stored sum, figure, constraint, reference and history chain out again from the rows. Changes "
        "nothing and may run while people work. Exit code 0: everything agrees. 1: something does not; each line "
        "names the table and the row."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        take_time()
        found = sum(self._run(name, check) for name, check in integrity.CHECKS.items())
        if found:
            raise CommandError(f"{found} found that should not be. Restore a backup, or have a developer look.")
        self.stdout.write(
            self.style.SUCCESS(
                f"Everything agrees: {CashSession.objects.count()} shifts, {Movement.objects.count()} movements, "
                f"{len(integrity.CHECKS)} checks."
            )
        )

    def _run(self, name: str, check: integrity.Check) -> int:
        self.stderr.write(f"{name} ... ", ending="")
        self.stderr.flush()
        started, found = perf_counter(), 0
        for drift in check():
            found += 1
            self.stdout.write(str(drift))
        self.stderr.write(f"{found or 'nothing'} found, {perf_counter() - started:.1f} s")
        return found

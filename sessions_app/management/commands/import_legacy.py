from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import get_hashers
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import roles
from accounts.models import User
from cashpilot.db.limits import take_time
from cashpilot.db.progress import on_stderr
from cashpilot.exceptions import ActionRefused
from cashpilot.money import MAXIMUM
from sessions_app.actions import legacy
from sessions_app.legacy.control_totals import Sums, stored
from sessions_app.legacy.plan import Known
from sessions_app.legacy.reading import Choices, Reading
from sessions_app.legacy.report import Report
from sessions_app.legacy.shifts import Options
from sessions_app.legacy.source import Source, SourceError, open_source
from sessions_app.legacy.standing import known_shifts, others_than
from sessions_app.management.commands.seed_demo import quiet
from sessions_app.models import CashSession

COUNTED = ("daily_reconciliations", "cash_sessions")


class Command(BaseCommand):
    help = (
        "Bring the years of the old system along. Without --apply it is a dry run: everything is written "
        "in one transaction and taken back, and nobody else can write meanwhile on SQLite. The old database is only "
        "read. Run again, it goes on where it stopped and takes what changed since. Exit code 0: done. 1: something "
        "must be decided first; the last lines say what. docs/migrating.md tells the rest."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", metavar="URL", help="the old database: postgresql://user:password@host:5432/name")
        parser.add_argument("--apply", action="store_true", help="write it for good")
        parser.add_argument("--by", metavar="EMAIL", help="the administrator here who answers for it; with --apply")
        parser.add_argument("--report", metavar="FILE.csv", type=Path, help="write every finding into this file")
        parser.add_argument("--tolerance", type=int, default=20_000, metavar="GS", help="of imported days (20000)")
        parser.add_argument("--only-since", type=date.fromisoformat, metavar="DATE", help="YYYY-MM-DD: nothing older")
        parser.add_argument("--numbers", choices=["new"], help="new: give every shift a number of its own here")
        parser.add_argument(
            "--admin", action="append", default=[], metavar="EMAIL", help="administrator, where the old system had none"
        )
        transfers = parser.add_mutually_exclusive_group()
        transfers.add_argument(
            "--transfers-in-cash", action="store_true", default=True, help="bank transfers were billed as cash (usual)"
        )
        transfers.add_argument(
            "--transfers-apart", action="store_false", dest="transfers_in_cash", help="they were billed apart"
        )

    def handle(self, *, url: str, apply: bool, **options: Any) -> None:
        options["by"] = _administrator(options["by"], apply=apply)
        if not 0 <= options["tolerance"] <= MAXIMUM:
            raise CommandError("The tolerance is an amount in guaraníes, 0 or more.")
        take_time()
        try:
            with open_source(url) as source, _report(options.pop("report")) as report, quiet("cashpilot.actions"):
                self._import(source, report, apply=apply, **options)
        except SourceError as error:
            raise CommandError(str(error)) from None
        except ActionRefused as refusal:
            raise CommandError(_("Nothing more was written: %(why)s") % {"why": refusal.sentence}) from refusal
        except IntegrityError as error:
            raise CommandError(_("The database refused a row: %(why)s") % {"why": error}) from error
        if apply:
            call_command("verify_integrity", stdout=self.stdout, stderr=self.stderr)
        if report.is_blocked:
            raise CommandError(_("Something must be decided first: the lines of the report that say so tell what."))

    def _import(self, source: Source, report: Report, *, apply: bool, **options: Any) -> None:
        known = known_shifts()
        if legacy.holds_other_shifts(known) and not options["numbers"]:
            raise CommandError(
                _(
                    "There are shifts here already, and none of them was imported. Import into an empty database, or"
                    " say --numbers new: the imported shifts get numbers above those that are here."
                )
            )
        with ExitStack() as stack:
            if not apply:
                stack.enter_context(_taken_back())
            reading = Reading(source, _choices(known, **options), known, report)
            importer = legacy.Importer(reading, report, options["by"])
            total = sum(source.count(table, options["only_since"]) for table in COUNTED)
            outcome = importer.run(on_stderr(self).of("days and shifts", total).add)
            here = stored(options["only_since"])
            if apply:
                legacy.set_sequences()
        self._tell(reading, here, report, outcome, is_dry=not apply)

    def _tell(self, reading: Reading, here: Sums, report: Report, outcome: legacy.Outcome, *, is_dry: bool) -> None:
        """Print the report in both languages, the reader's first."""
        for language in ("es", "en"):
            with translation.override(language):
                self._head(_("What did not come along as it was"))
                for line in report.lines():
                    self.stdout.write(f"  {line}")
                self._head(_("Control totals"))
                for line in reading.totals.told(here, reading.pharmacy_names):
                    self.stdout.write(f"  {line}")
                self.stdout.write("")
                self.stdout.write(self.style.SUCCESS(_outcome(outcome, is_dry=is_dry)))

    def _head(self, words: str) -> None:
        self.stdout.write(f"\n{words}\n")


def _outcome(outcome: legacy.Outcome, *, is_dry: bool) -> str:
    said = _("%(new)s new, %(changed)s changed") % vars(outcome)
    if outcome.left:
        said = _("%(said)s, %(left)s left as they are here") % {"said": said, "left": outcome.left}
    if is_dry:
        return _("Dry run: %(said)s; nothing was written.") % {"said": said}
    return _("Done: %(said)s.") % {"said": said}


def _choices(known: Known, **options: Any) -> Choices:
    highest = CashSession.objects.aggregate(last=Max("pk"))["last"] or 0
    return Choices(
        options=Options(options["transfers_in_cash"], options["tolerance"]),
        since=options["only_since"],
        above=highest if options["numbers"] else None,
        taken=others_than(known),
        hashers={str(hasher.algorithm) for hasher in get_hashers()},
        admins=options["admin"],
    )


def _administrator(email: str | None, *, apply: bool) -> User | None:
    if email is None:
        if apply:
            raise CommandError("Say who answers for it: --apply --by EMAIL, an administrator here.")
        return None
    person: User | None = User.objects.filter(email=User.normalize_username(email), is_active=True).first()
    if person is None or not person.has_perm("accounts.add_user"):
        raise CommandError(f"{email} is no active {roles.ADMIN.lower()} here.")
    return person


@contextmanager
def _report(path: Path | None) -> Iterator[Report]:
    if path is None:
        yield Report()
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        yield Report(file)


@contextmanager
def _taken_back() -> Iterator[None]:
    """Take back what is written in the block, once the database has checked it as at a commit."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)

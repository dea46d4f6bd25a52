from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from accounts.management.lookup import find_administrator, find_pharmacy
from accounts.models import User
from cashpilot.exceptions import ActionRefused
from pharmacies.models import Pharmacy
from sessions_app.actions.imports import apply_batch, receive_file
from sessions_app.evidence.archives import shown
from sessions_app.evidence.columns import UNUSED
from sessions_app.models import Batch, EvidenceKind
from sessions_app.queries.imports import guess_kind, preview_of
from sessions_app.queries.invoice_proposals import tell_open
from sessions_app.queries.proposals import Preview

DONE, ASK = "done", "ask"
# A file that is still being written is called so by most programs.
UNFINISHED = (".part", ".tmp", ".crdownload")
FAILURE = "Nothing was imported"


class Command(BaseCommand):
    help = (
        "Import the billing tables and invoices that a billing system drops into a folder; for cron. A file that "
        "leaves no doubt is applied and moved to done/, any other one to ask/, where an administrator finds what is "
        "asked under Imports. Names that begin with a dot or end with .part or .tmp are left alone: write under such "
        "a name, then rename. "
        'Example: manage.py import_folder /srv/billing --pharmacy "Farmacia Central"'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="PATH", type=Path, help="the folder")
        parser.add_argument("--pharmacy", required=True, metavar="NAME", help="whose files they are")
        parser.add_argument(
            "--by", metavar="EMAIL", help="the administrator in whose name it writes; else the first one that there is"
        )

    @no_translations
    def handle(self, *, path: Path, pharmacy: str, by: str | None, **_options: Any) -> None:
        if not path.is_dir():
            raise CommandError(f"{FAILURE}: there is no folder {path}.")
        found, person = find_pharmacy(pharmacy, FAILURE), find_administrator(by, FAILURE)
        for file in sorted(filter(_is_finished, path.iterdir())):
            self.stdout.write(f"{shown(file.name)}: {_import(file, found, person)}")


def _is_finished(file: Path) -> bool:
    hidden = file.name.startswith(".") or file.suffix.lower() in UNFINISHED
    return file.is_file() and not file.is_symlink() and not hidden


def _import(file: Path, pharmacy: Pharmacy, by: User) -> str:
    """Import one file, move it, and return what became of it."""
    try:
        batch = _receive(file, pharmacy, by)
        is_new = batch.applied_at is None
        if is_new:
            _apply(batch, by)
    except (ValidationError, ActionRefused) as error:
        why = " ".join(error.messages[:5]) if isinstance(error, ValidationError) else error.sentence
        _move(file, ASK)
        return f"moved to {ASK}/: {why}"
    _move(file, DONE)
    return f"applied, and moved to {DONE}/" if is_new else f"was applied before, so only moved to {DONE}/"


def _receive(file: Path, pharmacy: Pharmacy, by: User) -> Batch:
    if file.stat().st_size > settings.LARGEST_UPLOAD:
        raise ActionRefused(f"it is larger than {settings.LARGEST_UPLOAD:,} bytes.")
    upload = SimpleUploadedFile(file.name, file.read_bytes())
    return receive_file(upload, kind=guess_kind(upload), pharmacy=pharmacy, by=by)


def _apply(batch: Batch, by: User) -> None:
    """Apply a batch that leaves no doubt. Raises ActionRefused."""
    preview = preview_of(batch, batch.choices)
    if doubts := _doubts(batch, preview):
        raise ActionRefused(" ".join(doubts[:5]))
    apply_batch(batch.pk, by=by, token=preview.token)


def _doubts(batch: Batch, preview: Preview) -> list[str]:
    """Return what a person has to look at: beside what is wrong, amounts that go nowhere, and remarks on invoices.

    Remarks on a table only tell what is taken as it is.
    """
    if batch.source.kind == EvidenceKind.INVOICES:
        return preview.wrong + preview.notes
    asked = [question.text for question in preview.reading.questions]
    unknown = [column for column in preview.reading.unused if column.how == UNUSED]
    doubts = asked + preview.wrong + tell_open(preview.invoices)
    return doubts + [f"Column {column.title!r} has amounts and goes nowhere." for column in unknown]


def _move(file: Path, folder: str) -> None:
    """Move a file beside the others, under another name where that one is taken."""
    target = file.parent / folder
    target.mkdir(exist_ok=True)
    names = (f"{file.stem}{f'-{number}' if number else ''}{file.suffix}" for number in range(1_000_000))
    file.rename(next(target / name for name in names if not (target / name).exists()))

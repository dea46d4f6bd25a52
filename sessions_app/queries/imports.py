"""Imports: how each kind of file is read, what a batch would do, and why one is not undone."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from zipfile import ZipFile

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from sessions_app.evidence.archives import BROKEN, ZIP
from sessions_app.ledger import evidence
from sessions_app.models import Batch, EvidenceKind, Match
from sessions_app.queries import bank_proposals, billing_proposals, invoice_proposals, tables
from sessions_app.queries.invoice_proposals import InvoiceReading
from sessions_app.queries.proposals import LABELS, Preview, Received


class Reader(NamedTuple):
    """How one kind of file is kept, previewed, and what is remembered of it."""

    receive: "Callable[[UploadedFile[Any]], Received]"
    preview: Callable[[Batch, Mapping[str, Any]], Preview]
    remember: Callable[[Preview, Mapping[str, Any]], dict[str, Any]]


READERS = {
    EvidenceKind.BILLING: Reader(tables.receive, billing_proposals.preview, tables.remember),
    EvidenceKind.INVOICES: Reader(invoice_proposals.receive, invoice_proposals.preview, invoice_proposals.remember),
    EvidenceKind.BANK: Reader(tables.receive, bank_proposals.preview, bank_proposals.remember),
}
BEGINNING = 4000
# A workbook is a zip too, and holds one of these.
WORKBOOKS = {"xl/workbook.xml", "content.xml"}


def preview_of(batch: Batch, chosen: Mapping[str, Any]) -> Preview:
    return READERS[EvidenceKind(batch.source.kind)].preview(batch, chosen)


def invoices_in(batch: Batch) -> InvoiceReading | None:
    """Return what stands beside the sums of shifts, as it is today: a later file may close a gap. None without them."""
    if batch.source.kind == EvidenceKind.BANK or not batch.is_applied or not batch.lines.exists():
        return None
    reading: InvoiceReading | None = preview_of(batch, batch.choices).invoices
    return reading


def guess_kind(file: "UploadedFile[Any]") -> EvidenceKind:
    """Tell invoices from a table by how the file begins, and a zip of them from a workbook by the names in it."""
    start = file.read(BEGINNING)
    file.seek(0)
    if start.startswith(ZIP):
        return EvidenceKind.BILLING if WORKBOOKS & _names_in(file) else EvidenceKind.INVOICES
    start = start.replace(b"\0", b"")  # UTF-16
    is_invoice = b"<rDE" in start or b"ekuatia" in start or (b"<?xml" in start and b"urn:schemas" not in start)
    return EvidenceKind.INVOICES if is_invoice else EvidenceKind.BILLING


def _names_in(file: "UploadedFile[Any]") -> set[str]:
    try:
        return {name.lower() for name in ZipFile(file).namelist()}
    except BROKEN:
        return set()
    finally:
        file.seek(0)


def told(match: Match) -> dict[str, Any]:
    """Return a match as the page of its batch tells it: figures that were written, those that say what is there, and
    the others."""
    figures: dict[str, list[dict[str, Any]]] = {"written": [], "same": [], "others": []}
    for name, label in LABELS.items():
        if name in match.said:
            figures[_fate(match, name)].append({"label": label, "said": match.said[name]})
    told = {name: getattr(match, name) for name in ("shift", "day", "movement", "line", "is_held")}
    return {**told, **figures, "is_written": bool(match.wrote)}


def _fate(match: Match, name: str) -> str:
    if name in match.wrote:
        return "written"
    said = match.said[name]
    return "same" if said is not None and said == getattr(match.shift or match.day, name) else "others"


def why_not_give_back(match: Match) -> str | None:
    """Say why what a batch wrote into a shift or a day is not taken back: something later stands on it."""
    if match.movement:
        return _why_not_unverify(match)
    row: Any = match.shift or match.day
    if row is None or not match.wrote:
        return None
    told = {"row": f"{match.day.date:%d/%m/%Y}" if match.day else _("Shift %(shift)s") % {"shift": row}}
    if row.signed_off_at:
        return _("%(row)s was signed off since. Take the sign-off back first.") % told
    same = Match.objects.in_force().filter(shift=match.shift, day=match.day, pk__gt=match.pk)
    if same.exclude(batch=match.batch).exists():
        return _("%(row)s: a later import says something of it too. Undo that one first.") % told
    if not evidence.stands(row, match):
        return _("%(row)s was corrected since, so this import is not undone.") % told
    return None


def _why_not_unverify(match: Match) -> str | None:
    movement: Any = match.movement
    shift, applied = movement.session, match.batch.applied_at
    if match.wrote and shift.signed_off_at and applied and shift.signed_off_at > applied:
        told = {"row": _("Shift %(shift)s") % {"shift": shift}}
        return _("%(row)s was signed off since. Take the sign-off back first.") % told
    return None


def why_not_undo_list(batch: Batch) -> str | None:
    """Say why a bank's list is not undone: a later one took its lines as known, or holds one for a transfer."""
    later = batch.source.batches.in_force().filter(pk__gt=batch.pk)
    serving = Match.objects.serving().filter(line__batch=batch).exclude(batch=batch)
    if later.exists() or serving.exists():
        return _("A later list of the bank stands on this one. Undo that one first.")
    return None

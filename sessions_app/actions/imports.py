"""Receive evidence, apply it whole or not at all, and undo it with a reason.

Raises ActionRefused with the sentence to show, as a conflict where what a batch touches changed since its preview.
Locks are taken in one order: source, shifts by number, pharmacy.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.exceptions import ActionRefused, require, require_reason
from cashpilot.normalize import folded
from cashpilot.web import logs
from pharmacies.models import Pharmacy
from sessions_app.actions import bank
from sessions_app.actions import days as day_actions
from sessions_app.actions.unit_of_work import changing_shift
from sessions_app.domain.contradictions import NO_VERDICT
from sessions_app.domain.rules import imports as import_rules
from sessions_app.evidence.archives import shown
from sessions_app.ledger import evidence, first_verdicts
from sessions_app.models import Batch, CashSession, EvidenceKind, Line, Match, Source
from sessions_app.queries import imports
from sessions_app.queries.bank_proposals import BankPreview
from sessions_app.queries.proposals import Preview, Proposal, Received
from sessions_app.queries.sign_off import is_alone

if TYPE_CHECKING:
    from accounts.models import User


def receive_file(
    file: "UploadedFile[Any]", *, kind: str, by: "User", pharmacy: Pharmacy | None = None, account: str = ""
) -> Batch:
    """Keep a file until it is looked at and applied. The same one, sent again, is the batch that is there.

    Raises ValidationError if it cannot be read.
    """
    require(import_rules.why_not_import(by))
    whose = pharmacy and Pharmacy.objects.visible_to(by).get(pk=pharmacy.pk)
    digest = _digest_of(file)
    source = _source_like(kind, whose, account)
    if known := source and _same_in(source, digest):
        return known
    # Thousands of invoices take seconds, in which nobody at a till should wait for this transaction.
    received = imports.READERS[EvidenceKind(kind)].receive(file)
    with transaction.atomic():
        source = hold_source(kind, whose, account)
        return _same_in(source, digest) or _keep(source, shown(file.name or ""), digest, received, by)


def _same_in(source: Source, digest: str) -> Batch | None:
    same: Batch | None = source.batches.filter(digest=digest, undone_at=None).order_by("-pk").first()
    return same


def _keep(source: Source, name: str, digest: str, received: Received, by: "User") -> Batch:
    batch = Batch.objects.create(
        source=source,
        name=name,
        digest=digest,
        content=received.content,
        found=received.found,
        rows=len(received.lines),
        created_at=periods.now(),
        created_by=by,
    )
    _store(batch, received.lines)
    logs.action("file received", batch=batch.pk, user=by.pk)
    return batch


def _store(batch: Batch, lines: Iterable[Line]) -> None:
    numbered = list(enumerate(lines, start=1))
    for place, line in numbered:
        line.batch, line.place = batch, place
    batch.lines.bulk_create([line for _place, line in numbered], batch_size=500)


def hold_source(kind: str, pharmacy: Pharmacy | None, name: str) -> Source:
    """Return the source, made if there is none yet, held until the transaction ends."""
    name = " ".join(name.split())
    like = _source_like(kind, pharmacy, name)
    source = like or Source.objects.get_or_create(kind=kind, pharmacy=pharmacy, name=name)[0]
    held: Source = Source.objects.select_for_update().get(pk=source.pk)
    return held


def _source_like(kind: str, pharmacy: Pharmacy | None, name: str) -> Source | None:
    """Return the source of this name, whatever its capitals, accents and spaces; None if there is none yet."""
    known = Source.objects.filter(kind=kind, pharmacy=pharmacy).order_by("pk")
    return next((source for source in known if folded(source.name) == folded(name)), None)


def _digest_of(file: "UploadedFile[Any]") -> str:
    digest = sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def apply_batch(pk: int, *, by: "User", choices: dict[str, Any] | None = None, token: str | None = None) -> Batch:
    """Write what a batch says, read with `choices`, all or nothing.

    `token` is that of the preview that was confirmed, where that is known.
    """
    with day_actions.refusing_the_second_writer(), transaction.atomic():
        batch = _lock(pk, by)
        require(import_rules.why_not_apply(by, batch), conflict=True)
        chosen = choices or {}
        preview = imports.preview_of(batch, chosen)
        _require_same(preview, token or preview.token)
        if preview.wrong:
            raise ActionRefused(" ".join(preview.wrong[:5]))
        batch.choices, batch.rows = chosen, batch.rows or preview.rows
        batch.applied_at, batch.applied_by = periods.now(), by
        batch.save()
        _remember(batch, preview, chosen)
        _store(batch, preview.kept)
        if isinstance(preview, BankPreview):
            bank.take(batch, preview, chosen.get("pairs"), by=by)
        for proposal in preview.proposals:
            _apply(batch, proposal, by)
        logs.action("batch applied", batch=batch.pk, user=by.pk)
    return batch


def _lock(pk: int, by: "User") -> Batch:
    """Return the batch, its source held until the transaction ends: one batch of a source is applied at a time.

    A transfer may be in any account, so of a bank all sources are held.
    """
    batch: Batch = Batch.objects.visible_to(by).select_related("source").get(pk=pk)
    is_bank = batch.source.kind == EvidenceKind.BANK
    sources = Source.objects.filter(**{"kind": EvidenceKind.BANK} if is_bank else {"pk": batch.source_id})
    list(sources.select_for_update().order_by("pk"))
    return Batch.objects.select_related("source__pharmacy").get(pk=pk)


def _lock_shifts(keys: Iterable[int]) -> dict[int, int]:
    """Hold the shifts until the transaction ends, and return the version of each."""
    held = CashSession.objects.select_for_update(of=("self",)).filter(pk__in=sorted(keys)).order_by("pk")
    return dict(held.values_list("pk", "version"))


def _require_same(preview: Preview, token: str) -> None:
    """Refuse what was decided on another preview, or where a shift changed before it was held here."""
    shifts = {proposal.shift.pk: proposal.shift.version for proposal in preview.proposals if proposal.shift}
    if preview.token != token or _lock_shifts(shifts) != shifts:
        sentence = _("What this touches changed since the preview was drawn. Look at it again below.")
        raise ActionRefused(sentence, conflict=True)


def _remember(batch: Batch, preview: Preview, chosen: dict[str, Any]) -> None:
    remembered = imports.READERS[EvidenceKind(batch.source.kind)].remember(preview, chosen)
    if remembered:
        batch.source.remembered = {**batch.source.remembered, **remembered}
        batch.source.save()


def _apply(batch: Batch, proposal: Proposal, by: "User") -> None:
    match = Match(batch=batch, said=dict(proposal.said), facts=dict(proposal.facts))
    reason = _("Imported from %(file)s.") % {"file": batch.name}
    if proposal.shift:
        match.shift = proposal.shift
        take_shift(match, by=by, reason=reason)
    else:
        day_actions.take_day(batch.source.pharmacy, proposal.date, match, by=by, reason=reason)


def take_shift(match: Match, *, by: "User", reason: str) -> None:
    """Write into a shift what a batch says of it; while it is open it is only kept, and taken when it closes."""
    with changing_shift(cast(int, match.shift_id), by=by) as change:
        if change.shift.is_open:
            match.is_held = True
            match.save()
        elif _take(change.shift, match, by):
            change.reason = reason
            change.unmark("signed_off")
            change.event = "evidence taken"


def _take(shift: CashSession, match: Match, by: "User") -> bool:
    """Take what arrived for a shift, and return whether that changed something.

    Raises ActionRefused, as a conflict, where its own cashier would so take back or change what contradicts the shift.
    """
    before = shift.verdict_by_evidence
    is_other = evidence.take(shift, match)
    if before not in (NO_VERDICT, shift.verdict_by_evidence) and shift.cashier_id == by.pk:
        require(import_rules.why_not_replace_own(by, shift, is_alone=is_alone(by, shift)), conflict=True)
    return is_other


def undo_batch(pk: int, *, reason: str, by: "User") -> Batch:
    """Write back what was there before, with a reason. Refused whole where something later stands on it."""
    with transaction.atomic():
        batch = _lock(pk, by)
        require(import_rules.why_not_undo(by, batch), conflict=True)
        reason = require_reason(reason)
        related = ("shift", "day__pharmacy", "movement__session", "batch__source")
        keys = batch.matches.values_list("shift_id", "movement__session_id")
        _lock_shifts({key for both in keys for key in both if key})
        matches = list(batch.matches.select_related(*related).order_by("-pk"))
        if batch.source.kind == EvidenceKind.BANK:
            require(imports.why_not_undo_list(batch), conflict=True)
        for match in matches:
            require(imports.why_not_give_back(match), conflict=True)
        _require_no_own_verdict(matches, by)
        batch.undone_at, batch.undone_by, batch.undo_reason = periods.now(), by, reason
        batch.save()
        bank.give_back(batch, [match for match in matches if match.movement], by=by, reason=reason)
        for match in matches:
            _give_back(match, by, reason)
        logs.action("batch undone", batch=batch.pk, user=by.pk)
    return batch


def _require_no_own_verdict(matches: Iterable[Match], by: "User") -> None:
    for shift in {match.shift for match in matches if match.shift and match.shift.cashier_id == by.pk}:
        require(import_rules.why_not_undo_own(by, shift, is_alone=is_alone(by, shift)))


def _give_back(match: Match, by: "User", reason: str) -> None:
    if match.day_id:
        day_actions.give_day_back(match, by=by, reason=reason)
    elif match.shift_id and not match.is_held:
        with changing_shift(match.shift_id, by=by) as change:
            if evidence.give_back(change.shift, match):
                first_verdicts.withdraw(change.shift, match)
                change.reason = reason
                change.unmark("signed_off")
                change.event = "evidence given back"

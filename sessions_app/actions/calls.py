"""Take what a billing system says in a call: one batch of its own source, applied at once.

Raises WrongCall for what names nothing there, and ActionRefused, as a conflict where other figures stand already.
"""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.exceptions import ActionRefused, require
from cashpilot.web import logs
from pharmacies.models import ApiToken
from sessions_app.actions import days as day_actions
from sessions_app.actions.imports import hold_source, take_shift
from sessions_app.domain.choices import BilledSource
from sessions_app.domain.rules import days as day_rules
from sessions_app.domain.rules import imports as import_rules
from sessions_app.evidence.calls import Call, WrongCall
from sessions_app.models import Batch, CashSession, Day, EvidenceKind, Match, Source
from sessions_app.queries.called_shifts import called_shift, require_own_pharmacy
from sessions_app.queries.proposals import Proposal, why_signed_off

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Taken:
    """A call that was carried out, now (`is_new`) or before."""

    batch: Batch
    match: Match
    is_new: bool


def take_call(token: ApiToken, call: Call, *, body: bytes, key: str = "") -> Taken:
    """Write what a call says once, in the name of who made the token.

    The same key carries out one call. Without a key a shift or a day is told once; with a new one it is told anew, and
    what this source said before is replaced.
    """
    by = token.created_by
    with day_actions.refusing_the_second_writer(), transaction.atomic():
        require(import_rules.why_not_import(by))
        require_own_pharmacy(token.pharmacy, call)
        source = hold_source(EvidenceKind.API, token.pharmacy, token.name)
        digest, content = _digest(key or uuid4().hex), _content(call)
        if batch := source.batches.filter(digest=digest).order_by("-pk").first():
            return _replay(batch, content)
        shift = called_shift(token.pharmacy, call)
        said = _said(call, shift)
        if before := _before(source, call, shift, said, is_keyed=bool(key)):
            return Taken(before.batch, before, is_new=False)
        batch = _batch(source, digest, content, body, by)
        match = Match(batch=batch, shift=shift, said=said, facts=call.tickets)
        _take(match, call, by)
        logs.action("call taken", batch=batch.pk, user=by.pk)
    return Taken(batch, match, is_new=True)


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _content(call: Call) -> dict[str, Any]:
    """Return a call as JSON keeps it: one that says the same is the same, however it is written."""
    content: dict[str, Any] = json.loads(json.dumps(asdict(call), default=str))
    return content


def _replay(batch: Batch, content: dict[str, Any]) -> Taken:
    if batch.found != content:
        raise ActionRefused(_("This Idempotency-Key was sent before with something else."), conflict=True)
    return Taken(batch, batch.matches.get(), is_new=False)


def _said(call: Call, shift: CashSession | None) -> dict[str, Any]:
    """A day has no number of a ticket."""
    if shift:
        return {**call.said, **call.tickets}
    invoices = call.tickets.get("ticket_count")
    return call.said if invoices is None else {**call.said, "invoices": invoices}


def _before(
    source: Source, call: Call, shift: CashSession | None, said: dict[str, Any], *, is_keyed: bool
) -> Match | None:
    """Return the last call about the same, if this one says nothing new. Undone, it is not repeated without a key."""
    matches = Match.objects.filter(batch__source=source).select_related("batch").order_by("-pk")
    about = {"shift": shift} if shift else {"day__pharmacy": source.pharmacy, "day__date": call.day}
    match: Match | None = matches.filter(**about).first()
    if not match:
        return None
    is_in_force = match.batch.is_applied
    if match.said == said and (is_in_force or not is_keyed):
        return match
    if is_in_force and not is_keyed:
        sentence = _(
            "Other figures were sent before. To correct them, send these with an Idempotency-Key of their own."
        )
        raise ActionRefused(sentence, conflict=True)
    return None


def _batch(source: Source, digest: str, content: dict[str, Any], body: bytes, by: "User") -> Batch:
    now = periods.now()
    received = {"name": source.name, "digest": digest, "content": body, "found": content, "rows": 1}
    return Batch.objects.create(source=source, **received, created_at=now, created_by=by, applied_at=now, applied_by=by)


def _take(match: Match, call: Call, by: "User") -> None:
    reason = _("Sent by %(system)s.") % {"system": match.batch.source.name}
    if match.shift:
        take_shift(match, by=by, reason=reason)
        return
    day, pharmacy = call.day, match.batch.source.pharmacy
    if day is None or pharmacy is None:
        raise TypeError("a call is about a shift or a day of a pharmacy")
    if sentence := day_rules.why_not_write_day(by, day):
        raise WrongCall({"date": sentence})
    there = Day.objects.filter(pharmacy=pharmacy, date=day).first()
    for sentence in why_signed_off([Proposal(day, match.said, BilledSource.API, day=there)]):
        raise ActionRefused(sentence, conflict=True)
    day_actions.take_day(pharmacy, day, match, by=by, reason=reason)

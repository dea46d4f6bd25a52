"""A chain of seals per pharmacy: whoever owns the database can change a row, but not without breaking the chain.

Closing a shift, and every later change of it, appends a seal. It covers the shift, its movements, its replies and the
seal before it; its short form, on the shift's page and on paper, anchors the chain outside the database. Ticks against
the bank are not covered: they come later and change no figure.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from operator import attrgetter
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import OuterRef, Subquery

from cashpilot import periods
from pharmacies.models import Pharmacy
from sessions_app.models import CashSession, Seal
from sessions_app.querysets import CashSessionQuerySet
from sessions_app.states import Status

UNCOVERED = {"verified_at", "verified_by", "search"}
# Columns younger than some seals, covered where they say something.
YOUNGER = {"transfers_billed_as_cash"}


def append(session: CashSession) -> Seal:
    """Seal a closed shift as it stands, holding the pharmacy's row until the end, so that the chain never forks."""
    Pharmacy.objects.select_for_update(no_key=True).get(pk=session.pharmacy_id)
    last = Seal.objects.filter(pharmacy=session.pharmacy_id).order_by("-number").first()
    content = content_of(session, [*session.movements.order_by("id"), *session.replies.order_by("id")])
    return Seal.objects.create(
        pharmacy_id=session.pharmacy_id,
        number=last.number + 1 if last else 1,
        session=session,
        content=content,
        seal=chained(last.seal if last else "", content),
        sealed_at=periods.now(),
    )


def chained(previous: str, content: str) -> str:
    return sha256((previous + content).encode()).hexdigest()


def content_of(session: CashSession, noted: Iterable[models.Model]) -> str:
    """The digest of everything that a seal covers; `noted` are the movements of the shift, then its replies."""
    return digest([{name: getattr(row, name) for name in covered(type(row))} for row in (session, *noted)])


def digest(rows: Iterable[dict[str, Any]]) -> str:
    """Of a shift's columns, and of those of its movements and replies after it."""
    rows = [{name: value for name, value in row.items() if value or name not in YOUNGER} for row in rows]
    return sha256(json.dumps(rows, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()


@cache
def covered(model: type[models.Model]) -> list[str]:
    return [
        column.attname
        for column in model._meta.concrete_fields
        if not column.generated and column.name not in UNCOVERED
    ]


def with_seal(sessions: CashSessionQuerySet) -> CashSessionQuerySet:
    """Each shift with its last seal as `seal`, None while it is open."""
    latest = Seal.objects.filter(session=OuterRef("pk")).order_by("-number")
    return sessions.annotate(seal=Subquery(latest.values("seal")[:1]))


def short(seal: str) -> str:
    """`7F3A-91C2`: short enough to be written by hand."""
    return f"{seal[:4]}-{seal[4:8]}".upper()


def broken() -> Iterator[str]:
    """A sentence for each seal that does not follow from the one before, and each shift unlike its last seal."""
    before: dict[int, tuple[int, str]] = {}
    for seal in Seal.objects.order_by("pharmacy", "number").iterator():
        number, previous = before.get(seal.pharmacy_id, (0, ""))
        if (seal.number, seal.seal) != (number + 1, chained(previous, seal.content)):
            yield f"{Seal._meta.db_table} {seal.pk}: does not follow from the seal before it in its pharmacy"
        before[seal.pharmacy_id] = (seal.number, seal.seal)
    latest = Seal.objects.filter(session=OuterRef("pk")).order_by("-number").values("content")[:1]
    closed = CashSession.objects.filter(status=Status.CLOSED).annotate(sealed=Subquery(latest)).order_by("id")
    for session in closed.prefetch_related("movements", "replies").iterator(chunk_size=1000):
        noted = [
            row for rows in (session.movements, session.replies) for row in sorted(rows.all(), key=attrgetter("pk"))
        ]
        if session.sealed != content_of(session, noted):
            yield f"{CashSession._meta.db_table} {session.pk}: the shift or its movements are not as they were sealed"

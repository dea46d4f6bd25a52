"""One keyed chain over everything that is only added to: histories, seals, sign-ins.

Now and then an anchor fixes the rows that came since the one before. Nobody waits for it, and it waits only until those
who write at that moment are done. A row that is taken away, or slipped in below, no longer agrees with its anchor; that
the last anchors were taken away too shows a line of them that is kept elsewhere (`verify_integrity --anchor FILE`).
"""

import json
import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta
from hashlib import sha256
from time import monotonic, sleep
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from accounts.models import User
from cashpilot import periods
from cashpilot.db import sealing, triggers
from sessions_app.models import Anchor

logger = logging.getLogger(__name__)

CHUNK = 2000
EVERY = timedelta(minutes=10)
# Seconds.
WAIT, LOOK_AGAIN = 10, 0.05
# Whether all who had begun to write by then have ended, but for ourselves. The numbers of transactions are the whole
# server's: who writes into another database of it is passed over, and may take hours.
ALL_ENDED = """
SELECT NOT EXISTS (
    SELECT FROM pg_snapshot_xip(pg_current_snapshot()) AS running
    WHERE running < %s::xid8 AND running IS DISTINCT FROM pg_current_xact_id_if_assigned()
    AND NOT EXISTS (
        SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'transactionid' AND transactionid = running::xid AND granted AND datname <> current_database()
    )
)
"""


def _models() -> dict[str, Any]:
    """Return the tables that are fixed. A reply is in its history."""
    fixed = set(triggers.append_only_models()) - set(triggers.tracked_models()) - {Anchor}
    return {model._meta.db_table: model for model in sorted(fixed, key=lambda model: model._meta.db_table)}


def make(*, adopts: bool = False) -> Anchor | None:
    """Fix what came since the last anchor; return the new one, or None if nothing came or others are at it."""
    found = {table: model._base_manager.aggregate(last=Max("pk"))["last"] or 0 for table, model in _models().items()}
    if not _all_ended():
        return None
    last = Anchor.objects.last()
    before = {table: last.tables.get(table, [0])[0] if last else 0 for table in found}
    if not adopts and not any(end > before[table] for table, end in found.items()):
        return None
    try:
        with transaction.atomic():
            return _store(last, adopts=adopts, tables=dict(_stretches(before, found)))
    except IntegrityError:
        return None  # somebody else made the same number


def _stretches(before: dict[str, int], found: dict[str, int]) -> Iterator[tuple[str, list[Any]]]:
    for table, end in found.items():
        grown = list(_digests(_models()[table], before[table], [end])) if end > before[table] else [""]
        yield table, [max(end, before[table]), *grown]


def _store(last: Anchor | None, *, adopts: bool, tables: dict[str, list[Any]]) -> Anchor:
    number = last.number + 1 if last else 1
    anchor = Anchor(number=number, adopts=adopts, tables=tables, key=sealing.newest(), made_at=periods.now())
    anchor.seal = sealing.hashed(_said_by(anchor, last.seal if last else ""), anchor.key)
    anchor.save()
    return anchor


def make_if_due() -> None:
    last = Anchor.objects.last()
    if last is None or periods.now() - last.made_at >= EVERY:
        make()


def adopt() -> Anchor | None:
    """Take what has no seal, or one of a lost key, for what it says. An operator asks for it, or the first migrate."""
    for person in User.objects.all():
        if person.password_seal.partition(":")[0] not in sealing.known_keys():
            person.seal_password()
    return make(adopts=True)


def adopt_what_was(plan: Any = (), **_signal: Any) -> None:
    """After the migrate that brings the seals: what was written before it has none."""
    brings_seals = any(migration.name.endswith("_anchors") and not backwards for migration, backwards in plan)
    if brings_seals and User.objects.exists() and adopt() is None:
        logger.error("Not adopted, for somebody kept writing. When nobody does: manage.py anchor --adopt")


def _all_ended() -> bool:
    """Wait until every row with a number as low as those that were seen is there, or never will be."""
    if connection.vendor != "postgresql":
        return True  # whoever writes holds the whole database
    until = monotonic() + WAIT
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        (begun,) = cursor.fetchone()
        while monotonic() < until:
            cursor.execute(ALL_ENDED, [begun])
            if cursor.fetchone()[0]:
                return True
            sleep(LOOK_AGAIN)
    return False


def _said_by(anchor: Anchor, previous: str) -> str:
    at = anchor.made_at.astimezone(UTC).isoformat()
    return json.dumps([previous, anchor.number, anchor.adopts, anchor.tables, at], sort_keys=True)


def _digests(model: Any, after: int, ends: list[int]) -> Iterator[str]:
    """Yield the digest of the rows up to each of `ends`, from the one before it or `after`."""
    marks = _marks(model, model._base_manager.filter(pk__gt=after, pk__lte=ends[-1]).order_by("pk"))
    pk, mark = next(marks, (None, ""))
    for end in ends:
        digest = sha256()
        while pk is not None and pk <= end:
            digest.update(f"{pk} {mark}\n".encode())
            pk, mark = next(marks, (None, ""))
        yield digest.hexdigest()


def _marks(model: Any, rows: Any) -> Iterator[tuple[Any, str]]:
    """Yield key and mark of each row: its seal, or the digest of its columns where it has none."""
    columns = {"pk", *sealing.columns(model)}
    if not any(column.name == "seal" for column in model._meta.concrete_fields):
        yield from ((row.pop("pk"), _digest(model, row)) for row in rows.values(*columns).iterator(CHUNK))
        return
    unsealed = rows.filter(seal="").values(*columns).iterator(CHUNK)
    for pk, seal in rows.values_list("pk", "seal").iterator(CHUNK):
        yield pk, seal or _digest(model, {**next(unsealed, {}), "pk": None})


def _digest(model: Any, row: sealing.Row) -> str:
    return sha256(sealing.text_of(model, row, "").encode()).hexdigest()


class Accepted:
    """With which keys the rows of a table may be sealed.

    None before the anchor that adopts them; after the first anchor that was made with a key, none that is older.
    """

    def __init__(self, model: Any) -> None:
        self.table = model._meta.db_table
        self.adopted, self.first_of = 0, dict[str, int]()
        self.told: set[str] = set()
        for adopts, key, tables in Anchor.objects.order_by("number").values_list("adopts", "key", "tables"):
            end = tables.get(self.table, [0])[0]
            self.first_of.setdefault(key, end)
            self.adopted = end if adopts else self.adopted

    def faults(self, pk: int, key: str) -> Iterator[str]:
        if pk <= self.adopted:
            return
        if not key:
            yield f"{self.table} {pk}: is not sealed"
        elif key not in sealing.known_keys():
            if key not in self.told:
                yield f"{self.table} {pk} and perhaps others: sealed with key {key}, which AUDIT_KEYS does not hold"
            self.told.add(key)
        elif any(pk > self.first_of.get(newer, pk) for newer in _newer_than(key)):
            yield f"{self.table} {pk}: sealed with key {key} when a newer one was in use"


def _newer_than(key: str) -> list[str]:
    names = list(sealing.known_keys())
    return names[: names.index(key)]


def drift() -> Iterator[str]:
    """Yield a sentence for each anchor that is not as it was made, and each stretch of rows unlike its anchor."""
    yield from _loose_anchors()
    for table, model in _models().items():
        told = Anchor.objects.order_by("number").values_list("number", "tables")
        fixed = [(number, *tables[table]) for number, tables in told if table in tables and tables[table][1]]
        present = _digests(model, 0, [end for _number, end, _digest in fixed]) if fixed else iter(())
        start = 0
        for (number, end, digest), found in zip(fixed, present, strict=True):
            if digest != found:
                yield f"{table} {start + 1} to {end}: rows were changed, taken away or slipped in since anchor {number}"
            start = end


def _loose_anchors() -> Iterator[str]:
    adopted = Anchor.objects.filter(adopts=True).aggregate(last=Max("number"))["last"] or 0
    number, previous = 0, ""
    for anchor in Anchor.objects.order_by("number"):
        name = f"{Anchor._meta.db_table} {anchor.pk}"
        if anchor.key not in sealing.known_keys():
            if anchor.number >= adopted:
                yield f"{name}: sealed with key {anchor.key}, which AUDIT_KEYS does not hold"
        elif anchor.number != number + 1 or anchor.seal != sealing.hashed(_said_by(anchor, previous), anchor.key):
            yield f"{name}: does not follow from the anchor before it"
        number, previous = anchor.number, anchor.seal


def unlike(lines: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each line, as `str(anchor)` says it, that no anchor of the database says."""
    told = {str(anchor) for anchor in Anchor.objects.all()}
    for line in filter(None, map(str.strip, lines)):
        if line not in told:
            yield f"{Anchor._meta.db_table}: no anchor says: {line}"

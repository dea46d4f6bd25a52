"""Verify the transfers that a bank's list shows, and take that back. The caller holds every account of a bank.

Raises ActionRefused, as a conflict where a transfer or a line is not as it was when the pair was ticked.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from cashpilot.exceptions import ActionRefused
from sessions_app.actions.movements import verify_transfers
from sessions_app.evidence.matching import BankLine
from sessions_app.models import Batch, CashSession, Line, Match, Movement
from sessions_app.queries.bank_proposals import BankPreview, free_transfers, span_of

if TYPE_CHECKING:
    from accounts.models import User

Pairs = list[tuple[Movement, BankLine]]


def take(batch: Batch, preview: BankPreview, picked: dict[str, str] | None, *, by: "User") -> None:
    """Store the new lines of a list that is applied, and verify the transfers of the picked pairs."""
    pairs = _picked(preview, picked)
    _hold([movement for movement, _line in pairs])
    first, last = span_of(preview.reading)
    pharmacies = sorted({movement.session.pharmacy_id for movement, _line in pairs})
    span = {"first": first.isoformat(), "last": last.isoformat()}
    batch.found = {**batch.found, **span, "pharmacies": pharmacies}
    batch.save()
    rows = _store(batch, preview)
    _match(batch, [(movement, rows[line.key]) for movement, line in pairs])
    reason = _("Seen in the bank's list %(file)s.") % {"file": batch.name}
    pending = {movement.pk for movement, _line in pairs if not movement.verified_at}
    verify_transfers(pending, at=batch.applied_at, by=by, reason=reason)


def _picked(preview: BankPreview, picked: dict[str, str] | None) -> Pairs:
    """Return the pairs that a person ticked; the certain ones where nobody was asked."""
    offered = {
        (str(row.transfer.pk), option.value): (row.transfer, option.line)
        for row in preview.pairings
        for option in row.options
    }
    if picked is None:
        picked = {str(row.transfer.pk): row.picked for row in preview.certain}
    ticked = [pair for pair in picked.items() if pair[1]]
    if not offered.keys() >= set(ticked):
        raise ActionRefused(_changed(), conflict=True)
    pairs = [offered[pair] for pair in ticked]
    if len({line.key for _transfer, line in pairs}) < len(pairs):
        raise ActionRefused(_("One line of the bank is chosen for two transfers. It can be one of them only."))
    return pairs


def _changed() -> str:
    return _("What this touches changed since the preview was drawn. Look at it again below.")


def _hold(movements: Iterable[Movement]) -> None:
    """Hold the shifts until the transaction ends. Refused where a transfer changed before its shift was held."""
    drawn = {movement.pk: movement.verified_at for movement in movements}
    shifts = CashSession.objects.filter(movements__in=drawn).order_by("pk")
    list(CashSession.objects.select_for_update(of=("self",)).filter(pk__in=shifts.values("pk")).order_by("pk"))
    if dict(free_transfers().filter(pk__in=drawn).values_list("pk", "verified_at")) != drawn:
        raise ActionRefused(_changed(), conflict=True)


def _store(batch: Batch, preview: BankPreview) -> dict[Any, int]:
    """Store what came in and was not known, and return the row of each line by its key in the preview."""
    returned = {line.key for line in preview.returned}
    new = [_row(batch, line, is_returned=line.key in returned) for line in preview.new if line.amount > 0]
    Line.objects.bulk_create(new, batch_size=500)
    rows: dict[Any, int] = {row.place: row.pk for row in Line.objects.filter(batch=batch)}
    for line in Line.objects.filter(pk__in=_stored(returned)):
        line.facts = {**line.facts, "returned": batch.pk}
        line.save()
    offered = {option.line.key for row in preview.pairings for option in row.options}
    return rows | {f"stored-{pk}": pk for pk in _stored(offered)}


def _stored(keys: Iterable[Any]) -> list[int]:
    return [int(str(key).removeprefix("stored-")) for key in keys if str(key).startswith("stored-")]


def _row(batch: Batch, line: BankLine, *, is_returned: bool) -> Line:
    facts = {"text": line.text[:200]} | ({"returned": batch.pk} if is_returned else {})
    place: Any = line.key
    return Line(batch=batch, place=place, key=line.reference[:100], date=line.date, amount=line.amount, facts=facts)


def _match(batch: Batch, pairs: list[tuple[Movement, int]]) -> None:
    """Match transfers and lines, which older matches let go of: those of transfers that no longer count."""
    lines, movements = [line for _movement, line in pairs], [movement.pk for movement, _line in pairs]
    Match.objects.filter(Q(line__in=lines) | Q(movement__in=movements)).update(line=None)
    wrote = {True: {}, False: {"verified": [None, ""]}}
    Match.objects.bulk_create(
        Match(batch=batch, movement=movement, line_id=line, wrote=wrote[bool(movement.verified_at)])
        for movement, line in pairs
    )


def give_back(batch: Batch, matches: Iterable[Match], *, by: "User", reason: str) -> None:
    """Take back what a list verified that is being undone; what a person verified anew since stays."""
    stands = {match.movement.pk for match in matches if match.movement and match.wrote and _stands(match, batch)}
    verify_transfers(stands, at=None, by=by, reason=reason)
    for line in Line.objects.filter(facts__returned=batch.pk):
        line.facts = {name: fact for name, fact in line.facts.items() if name != "returned"}
        line.save()


def _stands(match: Match, batch: Batch) -> bool:
    movement: Any = match.movement
    counts = movement.voided_at is None and movement.session.deleted_at is None
    return counts and movement.verified_at == batch.applied_at

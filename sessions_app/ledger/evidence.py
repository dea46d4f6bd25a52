"""Evidence in the row of a shift or a day: taken, held while the shift is open, given back. The caller saves the row.

Amounts are whole guaraníes.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from cashpilot import periods
from cashpilot.db.written_once import Given, Rows
from sessions_app.domain.billed import changes_by, disagreements, set_billed
from sessions_app.domain.choices import BILLED, SOURCE_OF, BilledSource
from sessions_app.domain.first_verdict import give_verdict
from sessions_app.ledger import control_lines
from sessions_app.ledger.first_verdicts import closing_version
from sessions_app.models import CashSession, Day, EvidenceKind, Match

if TYPE_CHECKING:
    from accounts.models import User

SOURCES = {
    EvidenceKind.BILLING: BilledSource.FILE,
    EvidenceKind.INVOICES: BilledSource.INVOICES,
    EvidenceKind.API: BilledSource.API,
}


def source_of(match: Match) -> BilledSource:
    return SOURCES[EvidenceKind(match.batch.source.kind)]


def take(row: Any, match: Match) -> bool:
    """Write into a closed shift or a day what a batch says of it; tell whether anything is different now.

    What a person typed stays; of a shift it is told by `evidence_difference` where the cash is another one. The match
    of a shift is saved; that of a day is not, as the day may be new.
    """
    match.wrote, match.is_held = changes_by(row, match.said, source_of(match)), False
    if match.shift_id:
        match.save()
    write(row, {name: match.said[name] for name in match.wrote}, source_of(match))
    return follow(row) or bool(match.wrote)


def write(row: Any, figures: dict[str, int | None], source: str) -> None:
    """Set figures of a shift or a day, those that have a source with it."""
    set_billed(row, {name: amount for name, amount in figures.items() if name in SOURCE_OF}, source)
    for name in figures.keys() - SOURCE_OF.keys():
        setattr(row, name, figures[name])


def take_held(shift: CashSession) -> None:
    """Write into a shift that is being closed what arrived while it was open."""
    for match in _held().ask(shift=shift.pk):
        take(shift, match)


@cache
def _held() -> Rows[Match]:
    return Rows(Match.objects.in_force().filter(shift=Given("shift"), is_held=True).select_related("batch__source"))


def give_back(row: Any, match: Match) -> bool:
    """Write what was there before the batch, which is undone by now; tell whether anything is different now."""
    for name, (amount, source) in match.wrote.items():
        setattr(row, name, amount)
        if name in SOURCE_OF:
            setattr(row, SOURCE_OF[name], source)
    return follow(row) or bool(match.wrote)


def stands(row: Any, match: Match) -> bool:
    """Tell whether the row still says what the batch wrote."""
    source = source_of(match)
    return all(
        getattr(row, name) == match.said[name]
        and (name not in SOURCE_OF or match.said[name] is None or getattr(row, SOURCE_OF[name]) == source)
        for name in match.wrote
    )


def follow(row: Any, *, is_corrected: bool = False) -> bool:
    """Set the difference by the evidence of a shift, and tell whether it is another one now; a day has none.

    A correction may bring one, and takes none away.
    """
    if not isinstance(row, CashSession):
        return False
    before, now = row.evidence_difference, _evidence_difference(row)
    if now == before or (now is None and is_corrected):
        return False
    row.evidence_difference = now
    control_lines.follow_evidence(row)
    return True


def decide(row: Any, *, is_taken: bool, by: "User", reason: str) -> None:
    """Note what was decided between the cash of a shift or a day and what arrived; take the last of it if so decided.

    The difference of a shift by the evidence stands if it is taken, and is gone if what was written is kept.
    """
    matches = matches_of([row])
    (written, source), taken = written_cash(row, matches), contradicting(row, matches)[-1] if is_taken else None
    for match in matches:
        if match.decided_at is None and _cash(match) not in (None, written):
            match.decided_at, match.decided_by, match.decision = periods.now(), by, reason
            if match == taken:
                _take_over(row, match)
            else:
                # Somebody wrote over it since: there is nothing left to give back.
                match.wrote.pop("billed_cash", None)
            match.save()
    if not is_taken:
        set_billed(row, {"billed_cash": written}, source)
    follow(row)


def _take_over(row: Any, match: Match) -> None:
    """Write what a batch says over what others wrote since; that is what comes back if it is undone."""
    said = {name: amount for name, amount in disagreements(row, match.said).items() if name in SOURCE_OF}
    before = {name: [getattr(row, name), getattr(row, SOURCE_OF[name])] for name in ("billed_cash", *said)}
    match.wrote = before | {name: was for name, was in match.wrote.items() if name not in said}
    write(row, dict(said), source_of(match))


def matches_of(rows: Iterable[Any]) -> list[Match]:
    """Return what batches in force say of closed shifts and of days, oldest first."""
    rows = list(rows)
    shifts = [row.pk for row in rows if isinstance(row, CashSession)]
    days = [row.pk for row in rows if isinstance(row, Day)]
    said = Match.objects.in_force().filter(Q(shift__in=shifts) | Q(day__in=days), is_held=False)
    return list(said.select_related("batch__source", "decided_by"))


def written_cash(row: Any, matches: Sequence[Match]) -> tuple[int | None, str]:
    """Return the cash that was written before it was decided to take what arrived, and its source."""
    before = [match.wrote["billed_cash"] for match in matches if match.is_taken]
    return tuple(before[0]) if before else (row.billed_cash, row.billed_source)


def differing(row: Any, matches: Sequence[Match]) -> list[Match]:
    """Return what each source said last of the cash, where it is not what was written; oldest first."""
    written, _source = written_cash(row, matches)
    last = {match.batch.source_id: match for match in matches if _cash(match) is not None}
    return [match for match in matches if match in last.values() and written not in (None, _cash(match))]


def contradicting(row: Any, matches: Sequence[Match]) -> list[Match]:
    """Return those of `differing` whose amount nobody decided against."""
    taken = {_cash(match) for match in matches if match.is_taken}
    refused = {_cash(match) for match in matches if match.is_refused} - taken
    return [match for match in differing(row, matches) if _cash(match) not in refused]


def is_undecided(row: Any) -> bool:
    """Tell whether something that contradicts a shift or a day was not decided on yet."""
    matches = matches_of([row])
    return any(match.decided_at is None for match in contradicting(row, matches))


def contradicted_by(days: Iterable[Day]) -> dict[int, int]:
    """Return by how much more arrived last than was written, of each day where that was not decided yet."""
    days = [day for day in days if day.billed_cash is not None]
    said: dict[int | None, list[Match]] = {}
    for match in matches_of(days) if days else []:
        said.setdefault(match.day_id, []).append(match)
    against = {day: contradicting(day, said[day.pk]) for day in days if day.pk in said}
    return {
        day.pk: (_cash(matches[-1]) or 0) - (written_cash(day, said[day.pk])[0] or 0)
        for day, matches in against.items()
        if any(match.decided_at is None for match in matches)
    }


def _cash(match: Match) -> int | None:
    cash: int | None = match.said.get("billed_cash")
    return cash


def _evidence_difference(shift: CashSession) -> int | None:
    """Return the shift as it was closed against what arrived last and contradicts it."""
    against = contradicting(shift, matches_of([shift]))
    closing = closing_version(shift)
    if not against or closing.final_cash is None:
        return None
    said = against[-1].said
    billed = SimpleNamespace(**{name: said.get(name, getattr(shift, name)) for name in BILLED})
    return give_verdict(closing, billed, periods.now()).difference

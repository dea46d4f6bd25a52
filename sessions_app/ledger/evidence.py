"""Evidence in the row of a shift or a day: taken, held while the shift is open, given back. The caller saves the row.

Amounts are whole guaraníes.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Exists, OuterRef, Q

from cashpilot import periods
from cashpilot.db.written_once import Given, Rows
from sessions_app.domain.billed import changes_by, set_billed
from sessions_app.domain.choices import SOURCE_OF, BilledSource
from sessions_app.domain.contradictions import (
    NO_VERDICT,
    Verdict,
    contradicting,
    judge_by_evidence,
    more_than_written,
    others,
    undecided,
    written,
)
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

AT_ONCE = 500


def source_of(match: Match) -> BilledSource:
    return SOURCES[EvidenceKind(match.batch.source.kind)]


def take(row: Any, match: Match) -> bool:
    """Write into a closed shift or a day what a batch says of it; tell whether anything is different now.

    What a person typed stays; of a shift `evidence_result` tells where another amount arrived. The match of a shift is
    saved; that of a day is not, as the day may be new.
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
    """Set the verdict by the evidence of a shift, and tell whether it is another one now; a day has none.

    A correction may bring one, and takes none away.
    """
    if not isinstance(row, CashSession):
        return False
    now = _verdict(row, matches_of([row]).get(row.pk, []))
    if now == row.verdict_by_evidence or (now == NO_VERDICT and is_corrected):
        return False
    row.evidence_result, row.evidence_difference = now
    control_lines.follow_evidence(row)
    return True


def _verdict(shift: CashSession, matches: Sequence[Match]) -> Verdict:
    against = contradicting(shift, matches)
    return judge_by_evidence(shift, closing_version(shift), against) if against else NO_VERDICT


def decide(row: Any, *, is_taken: bool, by: "User", reason: str) -> None:
    """Note what was decided, of every method of a shift or a day at once, between what was written and what arrived.

    Taken: what arrived last is written, and the verdict by the evidence stands. Kept: what was written before stands
    again, and that verdict is gone.
    """
    matches = matches_of([row]).get(row.pk, [])
    before, against, other = written(row, matches), contradicting(row, matches), others(row, matches)
    for name in undecided(row, matches):
        last = against[name][-1] if is_taken else None
        for match in other[name]:
            if _decide_on(row, match, name, last):
                match.decided_at, match.decided_by, match.decision = periods.now(), by, reason
                match.save()
        if not is_taken:
            amount, source = before[name]
            set_billed(row, {name: amount}, source)
    follow(row)


def _decide_on(row: Any, match: Match, name: str, taken: Match | None) -> bool:
    """Take what a match says of a figure, or decide against it, and tell whether that is news.

    What was decided before stands beside what is taken now; where nothing is taken, what was taken goes too.
    """
    if match == taken:
        _take_over(row, match, name)
    elif match.decided_on.get(name, True) and (taken is None or name not in match.decided_on):
        match.decided_on[name] = False
        # What was written stands: there is nothing left to give back.
        match.wrote.pop(name, None)
    else:
        return False
    return True


def _take_over(row: Any, match: Match, name: str) -> None:
    """Write what a batch says over what others wrote since; that is what comes back if it is undone."""
    match.decided_on[name] = True
    if name not in match.wrote or getattr(row, name) != match.said[name]:
        match.wrote[name] = [getattr(row, name), getattr(row, SOURCE_OF[name])]
    set_billed(row, {name: match.said[name]}, source_of(match))


def matches_of(rows: Iterable[Any]) -> dict[int, list[Match]]:
    """Return what batches in force say of each of some closed shifts, or of some days, oldest first: one query."""
    rows = list(rows)
    shifts = [row.pk for row in rows if isinstance(row, CashSession)]
    days = [row.pk for row in rows if isinstance(row, Day)]
    said = Match.objects.in_force().filter(Q(shift__in=shifts) | Q(day__in=days), is_held=False)
    found: dict[int, list[Match]] = {}
    for match in said.select_related("batch__source", "decided_by"):
        found.setdefault(match.shift_id or cast(int, match.day_id), []).append(match)
    return found


def is_undecided(row: Any) -> bool:
    """Tell whether something that contradicts a shift or a day was not decided on yet."""
    return bool(undecided(row, matches_of([row]).get(row.pk, [])))


def contradicted_by(days: Iterable[Day]) -> dict[int, int | None]:
    """Return by how much more arrived last than was written, of each day of which something arrived."""
    found = {day.pk: day for day in days}
    said = matches_of(found.values()) if found else {}
    return {pk: more_than_written(found[pk], matches) for pk, matches in said.items()}


def drift() -> Iterator[str]:
    """Yield a sentence for each shift that does not say truly whether what arrived contradicts it.

    One that was corrected to what arrived goes on to say so. Differences are sealed; those of before each method was
    held against what was written stay as they were.
    """
    table = CashSession._meta.db_table
    spoken_of = Match.objects.in_force().filter(shift=OuterRef("pk"), is_held=False)
    asked = CashSession.objects.filter(Q(evidence_result__isnull=False) | Q(Exists(spoken_of))).order_by("pk")
    shifts = asked.iterator(AT_ONCE)
    while some := list(islice(shifts, AT_ONCE)):
        said = matches_of(some)
        for shift in some:
            is_contradicted = shift.evidence_result is not None
            if contradicting(shift, said.get(shift.pk, [])) and not is_contradicted:
                yield f"{table} {shift.pk}: what arrived contradicts it, and it does not say so"
            elif is_contradicted and shift.pk not in said:
                yield f"{table} {shift.pk}: says that something contradicts it, and nothing arrived"

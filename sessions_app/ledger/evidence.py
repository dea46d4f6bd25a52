"""Evidence in the row of a shift or a day: taken, held while the shift is open, given back. The caller saves the row.

Amounts are whole guaraníes.
"""

from types import SimpleNamespace
from typing import Any

from cashpilot import periods
from sessions_app.domain.billed import changes_by, disagreements, set_billed
from sessions_app.domain.choices import BILLED, SOURCE_OF, BilledSource
from sessions_app.domain.first_verdict import give_verdict
from sessions_app.ledger.first_verdicts import closing_version
from sessions_app.models import CashSession, EvidenceKind, Match

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
    held = Match.objects.in_force().filter(shift=shift, is_held=True).select_related("batch__source")
    for match in held:
        take(shift, match)


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


def follow(row: Any) -> bool:
    """Set the difference by the evidence of a shift, and tell whether it is another one now; a day has none."""
    if not isinstance(row, CashSession):
        return False
    before, row.evidence_difference = row.evidence_difference, _evidence_difference(row)
    return row.evidence_difference != before


def _evidence_difference(shift: CashSession) -> int | None:
    """Return the shift as it was closed against evidence that nobody decided on and that says another cash."""
    said: dict[str, int] = {}
    for match in Match.objects.in_force().filter(shift=shift, is_held=False, decided_at=None):
        said |= {name: amount for name, amount in match.said.items() if amount is not None}
    if "billed_cash" not in disagreements(shift, said):
        return None
    closing = closing_version(shift)
    if closing.final_cash is None:
        return None
    billed = SimpleNamespace(**{name: said.get(name, getattr(shift, name)) for name in BILLED})
    return give_verdict(closing, billed, periods.now()).difference

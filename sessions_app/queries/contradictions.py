"""Sentences that set the cash written for a shift or a day beside the cash that arrived for it, and tell the decision.

Every surface tells a contradiction with them, none of them before the count. Amounts are whole guaraníes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot.formatting import amount
from sessions_app.domain.billed import disagreements
from sessions_app.domain.choices import ARRIVED, SOURCE_OF, BilledSource
from sessions_app.domain.rules.common import full_moment
from sessions_app.ledger import evidence
from sessions_app.models import CashSession, Day, DayVerdict, Match

SAYS = {
    BilledSource.FILE: gettext_lazy("the billing file says %(amount)s"),
    BilledSource.INVOICES: gettext_lazy("the invoices say %(amount)s"),
    BilledSource.API: gettext_lazy("the billing system says %(amount)s"),
}
WROTE = gettext_lazy("wrote %(amount)s")


@dataclass(frozen=True)
class Contradiction:
    """A sentence on the cash (`said`), those on other methods, and `decided`, blank until somebody decides."""

    said: str
    others: tuple[str, ...]
    decided: str

    def __str__(self) -> str:
        return "; ".join(filter(None, (self.said, self.decided)))


def contradictions_of(shifts: Iterable[CashSession]) -> dict[int, Contradiction]:
    """Return what contradicts each shift that evidence speaks against: one query, or none."""
    return _told([shift for shift in shifts if shift.evidence_difference is not None])


def add_contradictions(days: Iterable[Day]) -> None:
    """Give each day of `with_evidence` its `contradiction`, None without; also where what was typed was kept.

    One query, or none.
    """
    annotated: list[Any] = list(days)
    told = _told([day for day in annotated if day.is_spoken_against])
    for day in annotated:
        day.contradiction = told.get(day.pk)


def tell_contradicted_days(verdicts: Iterable[DayVerdict]) -> None:
    """Give each day that is contradicted its `contradiction`: two queries, or none."""
    contradicted = {(day.pharmacy_id, day.date): day for day in verdicts if day.contradicted_by is not None}
    if not contradicted:
        return
    pharmacies, dates = zip(*contradicted, strict=True)
    rows = Day.objects.filter(pharmacy__in=set(pharmacies), date__in=set(dates))
    days = {(row.pharmacy_id, row.date): row for row in rows if (row.pharmacy_id, row.date) in contradicted}
    told = _told(list(days.values()))
    for key, row in days.items():
        contradicted[key].contradiction = told.get(row.pk)


def contradiction_of(shift: CashSession) -> Contradiction | None:
    """Return the same of one shift, also where it was decided to keep what was typed."""
    return _told([shift]).get(shift.pk)


def beside(shift: CashSession) -> list[str]:
    """Return sentences on all methods of which something else arrived last than what is written."""
    last = {match.batch.source_id: match for match in evidence.matches_of([shift])}
    return list(_other_methods(shift, list(last.values())))


def _told(rows: Sequence[Any]) -> dict[int, Contradiction]:
    """Return it of shifts, or of days."""
    said: dict[int | None, list[Match]] = {}
    for match in evidence.matches_of(rows) if rows else []:
        said.setdefault(match.shift_id or match.day_id, []).append(match)
    told = {row.pk: _tell(row, said[row.pk]) for row in rows if row.pk in said}
    return {pk: contradiction for pk, contradiction in told.items() if contradiction}


def _tell(row: Any, matches: Sequence[Match]) -> Contradiction | None:
    against = evidence.differing(row, matches)
    if not against:
        return None
    written, source = evidence.written_cash(row, matches)
    said = [says(source, written), *(says(evidence.source_of(match), match.said["billed_cash"]) for match in against)]
    return Contradiction(", ".join(said), tuple(_other_methods(row, against)), _decision(against))


def says(source: str, figure: int | None) -> str:
    """Say a figure by where it comes from; a person, or nobody knows who, wrote it."""
    sentence = SAYS[BilledSource(source)] if source in ARRIVED else WROTE
    return str(sentence) % {"amount": amount(figure)}


def _other_methods(row: Any, matches: Sequence[Match]) -> Iterable[str]:
    for match in matches:
        for name, figure in disagreements(row, match.said).items():
            if name in SOURCE_OF and name != "billed_cash":
                label = row._meta.get_field(name).verbose_name
                said = says(getattr(row, SOURCE_OF[name]), getattr(row, name))
                yield f"{label}: {said}, {says(evidence.source_of(match), figure)}"


def _decision(matches: Sequence[Match]) -> str:
    if any(match.decided_at is None for match in matches):
        return ""
    last = max(matches, key=lambda match: match.decided_at)
    told = {"who": last.decided_by, "when": full_moment(last.decided_at), "why": last.decision}
    if any(match.is_taken for match in matches):
        return _("%(who)s took what arrived, %(when)s «%(why)s»") % told
    return _("%(who)s kept what was written, %(when)s «%(why)s»") % told

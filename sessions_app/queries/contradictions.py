"""Sentences that set what was written of a shift or a day beside what arrived, a method each, and tell the decision.

Every surface tells a contradiction with them, none of them before the count. Amounts are whole guaraníes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashpilot.formatting import amount
from sessions_app.domain.blind_count import is_blind_to
from sessions_app.domain.choices import ARRIVED, BilledSource
from sessions_app.domain.contradictions import contradicting, differing, undecided, written
from sessions_app.domain.rules.common import full_moment
from sessions_app.ledger import evidence
from sessions_app.models import CashSession, Day, DayVerdict, Match
from sessions_app.queries.proposals import LABELS

if TYPE_CHECKING:
    from accounts.models import User

SAYS = {
    BilledSource.FILE: gettext_lazy("the billing file says %(amount)s"),
    BilledSource.INVOICES: gettext_lazy("the invoices say %(amount)s"),
    BilledSource.API: gettext_lazy("the billing system says %(amount)s"),
}
WROTE = gettext_lazy("wrote %(amount)s")


@dataclass(frozen=True)
class Contradiction:
    """A sentence on each method that is contradicted (`said`), and `decided`, blank until somebody decides."""

    said: tuple[str, ...]
    decided: str

    def __str__(self) -> str:
        return "; ".join(filter(None, (*self.said, self.decided)))


def contradictions_of(shifts: Iterable[CashSession], reader: "User") -> dict[int, Contradiction]:
    """Return what contradicts each shift that evidence speaks against and whose count is not blind to `reader`.

    One query, or none.
    """
    against = [shift for shift in shifts if shift.evidence_result is not None]
    return _told([shift for shift in against if not is_blind_to(shift, reader)])


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


def _told(rows: Sequence[Any]) -> dict[int, Contradiction]:
    """Return it of shifts, or of days."""
    said = evidence.matches_of(rows) if rows else {}
    told = {row.pk: _tell(row, said[row.pk]) for row in rows if row.pk in said}
    return {pk: contradiction for pk, contradiction in told.items() if contradiction}


def _tell(row: Any, matches: Sequence[Match]) -> Contradiction | None:
    # What was decided against is told once nothing else contradicts.
    against, before = contradicting(row, matches) or differing(row, matches), written(row, matches)
    if not against:
        return None
    decided = "" if undecided(row, matches) else _decision([match for match in matches if match.decided_at])
    return Contradiction(tuple(_of_method(name, before[name], said) for name, said in against.items()), decided)


def _of_method(name: str, before: tuple[int | None, str], against: Iterable[Match]) -> str:
    amount_before, source = before
    told = (says(source, amount_before), *(says(evidence.source_of(match), match.said[name]) for match in against))
    return f"{str(LABELS[name]).lower()}: {', '.join(told)}"


def says(source: str, figure: int | None) -> str:
    """Say a figure by where it comes from; a person, or nobody knows who, wrote it."""
    sentence = SAYS[BilledSource(source)] if source in ARRIVED else WROTE
    return str(sentence) % {"amount": amount(figure)}


def _decision(decided: Sequence[Match]) -> str:
    """Tell who decided last, and how."""
    last = max(decided, key=lambda match: match.decided_at)
    told = {"who": last.decided_by, "when": full_moment(last.decided_at), "why": last.decision}
    at_once = [match for match in decided if match.decided_at == last.decided_at]
    if any(is_taken for match in at_once for is_taken in match.decided_on.values()):
        return _("%(who)s took what arrived, %(when)s «%(why)s»") % told
    return _("%(who)s kept what was written, %(when)s «%(why)s»") % told

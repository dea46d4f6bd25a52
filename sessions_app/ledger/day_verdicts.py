"""The verdicts of days as a whole, so that what is missing is summed up without reading every day.

One row for each day whose shifts alone do not tell (domain/day_verdict.py) or that evidence contradicts, kept by the
actions in the transaction of what changes a day, a shift of it, or what arrived of it.
A day that was imported from the old system has none: it is past.
Amounts are whole guaraníes.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from sessions_app.domain.choices import BILLED
from sessions_app.domain.day_verdict import DayJudged, verdict_of, with_shifts
from sessions_app.ledger import evidence
from sessions_app.models import CashSession, Day, DayVerdict, Match

CHUNK = 2000


def keep(day: Day) -> None:
    """Judge a day that is locked, and store its verdict, or take it away."""
    kept = {"pharmacy_id": day.pharmacy_id, "date": day.date}
    is_billed = any(getattr(day, name) is not None for name in BILLED)
    verdict = _judged(Day.objects.ours().filter(pk=day.pk)).get(day.pk) if is_billed else None
    if verdict is None:
        DayVerdict.objects.filter(**kept).delete()
        return
    DayVerdict.objects.bulk_create(
        [DayVerdict(**kept, **verdict._asdict())],
        update_conflicts=True,
        unique_fields=["pharmacy", "date"],
        update_fields=DayJudged._fields,
    )


def _judged(days: QuerySet[Day]) -> dict[int, DayJudged]:
    asked = with_shifts(days, CashSession.objects.all(), besides=_spoken_of())
    return {day.pk: verdict for day, verdict in _with_verdicts(asked.iterator(CHUNK)) if verdict}


def _spoken_of() -> Exists:
    return Exists(Match.objects.in_force().filter(day=OuterRef("pk")))


def _with_verdicts(days: Iterator[Any]) -> Iterator[tuple[Any, DayJudged | None]]:
    while some := list(islice(days, CHUNK)):
        contradicted = evidence.contradicted_by(some)
        yield from ((day, verdict_of(day, contradicted.get(day.pk))) for day in some)


@transaction.atomic
def rebuild() -> None:
    """After shifts or days were written past the actions. Nothing else may write meanwhile."""
    DayVerdict.objects.all().delete()
    judged = _judged(Day.objects.ours())
    days = Day.objects.in_bulk(judged)
    DayVerdict.objects.bulk_create(
        DayVerdict(pharmacy_id=days[pk].pharmacy_id, date=days[pk].date, **verdict._asdict())
        for pk, verdict in judged.items()
    )


def drift() -> Iterator[str]:
    """Yield a sentence for each day whose stored verdict is not the one that its shifts give, all at one instant."""
    stored = DayVerdict.objects.filter(pharmacy=OuterRef("pharmacy"), date=OuterRef("date"))
    told = {f"told_{name}": Subquery(stored.values(name)) for name in DayJudged._fields}
    asked = Q(Exists(stored)) | Q(_spoken_of())
    days = with_shifts(Day.objects.annotate(**told), CashSession.objects.all(), besides=asked)
    for day, verdict in _with_verdicts(days.select_related("pharmacy").iterator(CHUNK)):
        kept = None if day.told_result is None else DayJudged(*(getattr(day, name) for name in told))
        judged = None if day.imported_at else verdict
        if kept != judged:
            yield f"{DayVerdict._meta.db_table} {day}: says {_said(kept)}, its shifts make {_said(judged)}"


def _said(judged: DayJudged | None) -> str:
    if judged is None:
        return "nothing"
    by = "" if judged.contradicted_by is None else f", contradicted by {judged.contradicted_by}"
    return f"{judged.result} {judged.difference}, signed off: {judged.is_signed_off}{by}"

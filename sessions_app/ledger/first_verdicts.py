"""First verdicts are set by the action that makes the billed cash known, and derived again from the history."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any

from django.db.models import QuerySet

from cashpilot import periods
from cashpilot.db.reading import blocks_of_keys, named
from cashpilot.db.written_once import Rows, places, told
from sessions_app.domain import formulas
from sessions_app.domain.billed import has_arrived
from sessions_app.domain.choices import BILLED, SOURCE_OF
from sessions_app.domain.first_verdict import AS_CLOSED, NEEDED, derive_verdict, give_verdict
from sessions_app.models import FIRST_VERDICT, CashSession, Match

AT_ONCE = 1000
# The columns of a version that tell a change of figures, by whom and why.
TELLS_A_CHANGE = {
    *("history_id", "id", "version", "history_user", "history_change_reason"),
    *(*NEEDED, *SOURCE_OF.values()),
}


@dataclass(frozen=True)
class LaterChange:
    """A change of a shift's figures after its first verdict; the difference before and after it in guaraníes."""

    at: datetime
    by: int | None
    who: str
    why: str
    before: int | None
    after: int | None


def set_first_verdict(shift: CashSession, *, is_closing: bool) -> None:
    """Give the shift its first verdict if its count and its billed cash are known and it has none; the caller saves it.

    `is_closing`: it is being closed now, so its figures are those of the closing.
    """
    is_known = shift.closed_at is not None and shift.billed_cash is not None and shift.final_cash is not None
    if shift.first_result is not None or not is_known:
        return
    verdict = give_verdict(shift if is_closing else closing_version(shift), shift, periods.now())
    shift.first_result, shift.first_difference, shift.first_compared_at = verdict


def withdraw(shift: CashSession, match: Match) -> None:
    """Take back the verdict that the cash of a match gave, which is undone; one that was given before it stands."""
    gave_cash = "billed_cash" in match.wrote and match.wrote["billed_cash"][0] is None
    if gave_cash and shift.first_compared_at and match.batch.applied_at <= shift.first_compared_at:
        shift.first_result = shift.first_difference = shift.first_compared_at = None


def closing_version(shift: CashSession) -> Any:
    """Return the first version with a count, or the shift as it is while it is being counted for the first time."""
    counted = shift.history.filter(closed_at__isnull=False, final_cash__isnull=False).order_by("version").first()
    return counted or shift


def later_changes(shifts: Iterable[CashSession]) -> dict[int, list[LaterChange]]:
    """Return what changed the figures of each shift after its first verdict, oldest first, in one query.

    To type a billed figure that was unknown is no change, nor is evidence that corrects or withdraws its
    own, or that an administrator decided to take.
    """
    compared = [shift.pk for shift in shifts if shift.first_result is not None]
    if not compared:
        return {}
    return changes_in(_versions(len(compared)).ask(**told(compared)))


# As many as a page has.
@lru_cache(maxsize=64)
def _versions(count: int) -> Rows[Any]:
    return Rows(versions_of(places(count)))


def versions_of(shifts: Collection[Any]) -> QuerySet[Any]:
    """Return the versions of shifts since they were closed, by shift and oldest first: what tells a change of figures.

    Each movement of an open shift makes a version, and what is not closed is compared with nothing.
    """
    closed = CashSession.history.filter(id__in=shifts, closed_at__isnull=False)
    versions: QuerySet[Any] = named(closed, "history_user")
    columns = (column.name for column in versions.model._meta.concrete_fields)
    return versions.defer(*(name for name in columns if name not in TELLS_A_CHANGE)).order_by("id", "version")


def changes_in(versions: Iterable[Any]) -> dict[int, list[LaterChange]]:
    """Return the same from versions that were read already, by shift and oldest first."""
    changes: dict[int, list[LaterChange]] = {}
    judged: set[int] = set()
    for former, version in pairwise(versions):
        if _is_compared(former):
            judged.add(former.id)
        if former.id == version.id and former.id in judged and _is_changed(former, version):
            changes.setdefault(version.id, []).append(_later_change(former, version))
    return changes


def _is_compared(version: Any) -> bool:
    return version.final_cash is not None and version.billed_cash is not None


def _is_changed(former: Any, version: Any) -> bool:
    return any(
        getattr(former, name) != getattr(version, name)
        for name in AS_CLOSED + tuple(BILLED)
        if name not in BILLED or not (_is_news(former, version, name) or _was_undone(former, version, name))
    )


def _is_news(former: Any, version: Any, name: str) -> bool:
    """Tell whether a billed figure was unknown before, or is what evidence says."""
    return getattr(former, name) is None or has_arrived(version, name)


def _was_undone(former: Any, version: Any, name: str) -> bool:
    """Tell whether it is unknown again, as its import was undone: nobody clears what arrived."""
    return getattr(version, name) is None and has_arrived(former, name)


def _later_change(former: Any, version: Any) -> LaterChange:
    return LaterChange(
        at=version.history_date,
        by=version.history_user_id,
        who=str(version.history_user or ""),
        why=version.history_change_reason or "",
        before=formulas.total_difference(former),
        after=formulas.total_difference(version),
    )


def drift() -> Iterator[str]:
    """Yield a sentence for each shift whose first verdict is not the one that its history gives."""
    for block in blocks_of_keys(CashSession.objects.all(), AT_ONCE):
        derived = dict(_derived(block))
        for pk, *stored in CashSession.objects.filter(pk__range=block).values_list("pk", *FIRST_VERDICT[:2]):
            if tuple(stored) != derived.get(pk, (None, None)):
                yield f"{CashSession._meta.db_table} {pk}: its first verdict is not the one that its history gives"


def _derived(block: tuple[int, int]) -> Iterator[tuple[int, tuple[str, int]]]:
    history = CashSession.history.model.objects
    versions = history.filter(id__range=block).order_by("id", "version").only("id", "version", *NEEDED)
    gave_cash = Match.objects.gave_cash().filter(shift__pk__range=block, batch__undone_at__isnull=False)
    undone: dict[int, list[tuple[datetime, datetime]]] = {}
    for pk, applied, at in gave_cash.values_list("shift", "batch__applied_at", "batch__undone_at"):
        undone.setdefault(pk, []).append((applied, at))
    for pk, rows in groupby(versions.iterator(), key=lambda version: version.id):
        if verdict := derive_verdict(rows, undone.get(pk, ())):
            yield pk, verdict[:2]

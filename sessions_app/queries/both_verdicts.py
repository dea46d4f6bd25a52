"""Shifts whose first verdict is not their present one: what changed since they were closed, by whom, in words.

Every surface tells both verdicts with these sentences. Differences are whole guaraníes, received minus billed.
"""

from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from cashpilot.db.written_once import Rows, places, told
from cashpilot.formatting import amount
from sessions_app.domain import formulas
from sessions_app.domain.choices import BILLED, Kind, Result
from sessions_app.domain.verdicts import at_the_close
from sessions_app.ledger import first_verdicts
from sessions_app.models import CashSession, Movement
from sessions_app.queries.contradictions import contradictions_of

if TYPE_CHECKING:
    from accounts.models import User

TYPED = ("initial_cash", "final_cash", *BILLED)
# Of a reason, as many signs as a sentence takes.
REASON_TOLD = 120


@dataclass(frozen=True)
class Change:
    """A change of a closed shift's figures: when (UTC), by whom, what and why, and the difference before and after."""

    at: datetime
    who: str
    what: str
    why: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class AtClose:
    """The first verdict of a shift, and what changed its figures since it was closed at `closed_at`."""

    result: Result
    difference: int
    closed_at: datetime
    changes: list[Change]

    def __str__(self) -> str:
        first = at_the_close(self.result, self.difference)
        if not self.changes:
            return first
        then = "; ".join(self.tell(change) for change in self.changes)
        return _("%(first)s; then: %(changes)s") % {"first": first, "changes": then}

    def tell(self, change: Change) -> str:
        """Return a change in words: its reason, and its date if it is not that of the closing."""
        at, closed = timezone.localtime(change.at), timezone.localtime(self.closed_at)
        when = date_format(at, "H:i" if at.date() == closed.date() else "d/m H:i")
        told = _("%(what)s, by %(who)s %(when)s") % {"what": change.what, "who": change.who, "when": when}
        return f"{told} «{Truncator(change.why).chars(REASON_TOLD)}»" if change.why else told


def at_close(shifts: Iterable[CashSession], versions: Iterable[Any] | None = None) -> dict[int, AtClose]:
    """Return the first verdict of each shift where it is not the present one: one query, or none.

    `versions`: what `versions_of` returned for these shifts.
    """
    return _at_close({shift.pk: shift for shift in shifts if shift.verdict_changed}, versions)


def versions_of(shifts: Iterable[CashSession]) -> list[Any]:
    """Return each version of those that were compared, since they were closed, by shift and oldest first."""
    compared = [shift.pk for shift in shifts if shift.first_result is not None]
    return _read(compared) if compared else []


def since_close(shift: CashSession) -> AtClose:
    """Return the same of a shift that was compared, whatever its present verdict is."""
    return _at_close({shift.pk: shift})[shift.pk]


def _at_close(shifts: dict[int, Any], versions: Iterable[Any] | None = None) -> dict[int, AtClose]:
    changes = _changes_of(shifts, _read(shifts) if versions is None else versions) if shifts else {}
    return {
        pk: AtClose(Result(shift.first_result), shift.first_difference, shift.closed_at, changes.get(pk, []))
        for pk, shift in shifts.items()
    }


def add_verdicts(shifts: Iterable[Any], reader: "User") -> None:
    """Give each shift its `at_close`, None where both verdicts are the same, and its `contradiction`, None without.

    None too while the count is blind to `reader`.
    """
    shifts = list(shifts)
    found, contradictions = at_close(shifts), contradictions_of(shifts, reader)
    for shift in shifts:
        shift.at_close, shift.contradiction = found.get(shift.pk), contradictions.get(shift.pk)


def _read(shifts: Collection[int]) -> list[Any]:
    return _versions(len(shifts)).ask(**told(shifts))


# As many as a page has.
@lru_cache(maxsize=64)
def _versions(count: int) -> Rows[Any]:
    versions = first_verdicts.versions_of(places(count))
    return Rows(versions.annotate(noted=_latest("created_at"), voided=_latest("voided_at")))


def _changes_of(shifts: Container[int], versions: Iterable[Any]) -> dict[int, list[Change]]:
    counted = [version for version in versions if version.final_cash is not None]
    by_shift = groupby(counted, key=lambda version: version.id)
    return {pk: list(_changes(rows)) for pk, rows in by_shift if pk in shifts}


def _latest(event: str) -> Subquery:
    """The movement that was noted or voided last when a version was written: the one that the version tells of."""
    until = {"session": OuterRef("id"), f"{event}__lte": OuterRef("history_date")}
    told = JSONObject(kind="kind", amount="amount", description="description")
    return Subquery(Movement.objects.filter(**until).order_by(F(event).desc(), "-id").values(told=told)[:1])


def _changes(versions: Iterable[Any]) -> Iterator[Change]:
    """Yield what changed the figures. To type for the first time what was billed is no change."""
    known: set[str] = set()
    for former, version in pairwise(versions):
        known |= {name for name in BILLED if getattr(former, name) is not None}
        if what := [*_typed(former, version, known), *_noted(former, version)]:
            yield Change(
                at=version.history_date,
                who=str(version.history_user or ""),
                what=", ".join(what),
                why=version.history_change_reason or "",
                before=formulas.total_difference(former),
                after=formulas.total_difference(version),
            )


def _typed(former: Any, version: Any, known: set[str]) -> Iterator[str]:
    for name in TYPED:
        old, new = getattr(former, name), getattr(version, name)
        if old != new and (name not in BILLED or name in known):
            label = version._meta.get_field(name).verbose_name
            yield f"{label} {amount(old)} → {amount(new)}"


def _noted(former: Any, version: Any) -> Iterator[str]:
    for kind in Kind:
        old, new = getattr(former, f"{kind}_total"), getattr(version, f"{kind}_total")
        if new > old:
            yield _movement(kind, new - old, version.noted)
        elif new < old:
            yield _("voided: %(movement)s") % {"movement": _movement(kind, old - new, version.voided)}


def _movement(kind: Kind, moved: int, movement: dict[str, Any] | None) -> str:
    """Name the movement if it is the one that moved the sum, else its kind and amount alone."""
    told = f"{kind.label.lower()} {amount(moved)}"
    is_it = movement is not None and (movement["kind"], movement["amount"]) == (kind, moved)
    return f"{told} «{movement['description']}»" if movement and is_it and movement["description"] else told

"""Running sums of the shifts: what the dashboard says over all dates, without reading every shift.

One row for each pharmacy, cashier, present and first result and marks, kept by the actions in the transaction of the
change itself; so the sums are never late. Deleted shifts are summed apart: one that was short still waits for somebody.
So are those of the old system: they are in the totals, and wait for nobody.
Amounts are whole guaraníes; what a shift does not know yet counts as nothing.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from sessions_app.domain import formulas
from sessions_app.models import FIGURES, SUMMED, CashSession, Movement, RunningTotal
from sessions_app.querysets.shifts import AWAITS_BANK, UNCOUNTED, CashSessionQuerySet

PLACE = ("pharmacy_id", "cashier_id", "result", "first_result")
# Of each column, what it says of a shift that it has a value.
MARKS = {
    "flagged_at": "is_flagged",
    "signed_off_at": "is_signed_off",
    "deleted_at": "is_deleted",
    "imported_at": "is_imported",
    "evidence_result": "is_contradicted",
}
KEY = (*PLACE, *MARKS.values(), "awaits_bank")
_UNSEEN = Q(verified_at=None)
# Of a shift's transfers that nobody voided: how many, how many of them nobody has seen in the bank yet, and guaraníes.
OF_TRANSFERS = {
    "transfers": Count("pk"),
    "unverified_transfers": Count("pk", filter=_UNSEEN),
    "unverified_amount": Sum("amount", filter=_UNSEEN, default=0),
}
SUMS = ("shifts", "uncounted", *SUMMED, *OF_TRANSFERS)
ADDED_UP = (*SUMMED, *OF_TRANSFERS)
SUM_NAMES = ("number", "of_uncounted", *(f"sum_{name}" for name in ADDED_UP))
NOTHING, NO_TRANSFERS = (0,) * len(SUMS), (0,) * len(OF_TRANSFERS)
# The key as the sums of the database have it: a first result that is not there yet is blank.
SUMMED_BY = tuple("first" if name == "first_result" else name for name in KEY)
Key = tuple[Any, ...]
Sums = tuple[int, ...]
Rows = QuerySet[Any, tuple[Any, ...]]

_TABLE = RunningTotal._meta.db_table
_COLUMNS = ", ".join((*KEY, *SUMS))
_PLACES = f"({', '.join(['%s'] * len((*KEY, *SUMS)))})"
_ADDED = ", ".join(f"{name} = {_TABLE}.{name} + excluded.{name}" for name in SUMS)
# Names of our own tables and columns only; the values go as parameters.
INSERT = f"INSERT INTO {_TABLE} ({_COLUMNS}) VALUES"
UPDATE = f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {_ADDED}"
# Two rows a shift; an import moves many.
AT_ONCE = 100


def contribution_of(shift: CashSession) -> dict[Key, Sums]:
    """Return what a shift adds to the running totals as it was read: one row, or none if it is not stored yet.

    Every action asks twice; `drift` holds it against the sums of the database.
    """
    if not shift.pk:
        return {}
    return dict([_contribution(shift, transfers_of(shift))])


def contribution_of_all(shifts: Iterable[CashSession]) -> dict[Key, Sums]:
    """Return what stored shifts add together, with one query."""
    found = list(shifts)
    transfers = _transfers_of_all(found)
    return _added_up(_contribution(shift, transfers.get(shift.pk, NO_TRANSFERS)) for shift in found)


def contribution_after_verifying(shifts: Iterable[CashSession]) -> dict[Key, Sums]:
    """Return the same of shifts of which transfers were verified, or are so no more; tell them if they await the bank.

    No history says so: that of their transfers does.
    """
    found = list(shifts)
    transfers = _transfers_of_all(found)
    awaited = {shift.pk for shift in found if shift.awaits_bank}
    for shift in found:
        follow_transfers(shift, transfers.get(shift.pk, NO_TRANSFERS))
    for awaits in (True, False):
        told = [shift.pk for shift in found if shift.awaits_bank is awaits and (shift.pk in awaited) is not awaits]
        if told:
            CashSession.objects.filter(pk__in=told).update(awaits_bank=awaits)
    return _added_up(_contribution(shift, transfers.get(shift.pk, NO_TRANSFERS)) for shift in found)


def follow_transfers(shift: CashSession, transfers: Sums) -> None:
    """Set in a shift that is about to be saved whether it awaits the bank, by the figures of its transfers."""
    shift.awaits_bank = formulas.awaits_bank(shift, transfers[-1])


def _transfers_of_all(shifts: list[CashSession]) -> dict[int, Sums]:
    noted = Movement.objects.live_transfers().filter(session__in=[shift.pk for shift in shifts])
    figures = noted.order_by().values("session").annotate(**OF_TRANSFERS).values_list("session", *OF_TRANSFERS)
    return {session: row for session, *row in figures}


def _added_up(contributions: Iterable[tuple[Key, Sums]]) -> dict[Key, Sums]:
    added: dict[Key, Sums] = {}
    for key, row in contributions:
        added[key] = _plus(added.get(key, NOTHING), row)
    return added


def _contribution(shift: CashSession, transfers: Sums) -> tuple[Key, Sums]:
    place = tuple(getattr(shift, name) or "" for name in PLACE)
    return _key(shift, place), (
        1,
        int(shift.is_uncounted),
        *(getattr(shift, name) or 0 for name in SUMMED),
        *transfers,
    )


def _plus(one: Sums, other: Sums) -> Sums:
    return tuple(map(sum, zip(one, other, strict=True)))


def contribution_after_writing(shift: CashSession, transfers: Sums) -> dict[Key, Sums]:
    """Return the same of a shift that was just written: its figures are worked out, not read back, as by `add_written`.

    The formulas of the database are the same ones; `drift` holds what it says against them.
    """
    return dict([_worked_out(shift, transfers)])


def _worked_out(shift: CashSession, transfers: Sums) -> tuple[Key, Sums]:
    figures = {name: getattr(formulas, name)(shift) for name in FIGURES if name in SUMMED}
    values = [(figures[name] if name in figures else getattr(shift, name)) or 0 for name in SUMMED]
    place = (shift.pharmacy_id, shift.cashier_id, str(formulas.result(shift)), str(shift.first_result or ""))
    return _key(shift, place), (1, int(shift.is_uncounted), *values, *transfers)


def _key(shift: CashSession, place: Key) -> Key:
    return (*place, *(getattr(shift, mark) is not None for mark in MARKS), shift.awaits_bank)


def transfers_of(shift: CashSession) -> Sums:
    """Ask the figures of a stored shift's transfers, if it has some."""
    if not shift.transfer_total:
        return NO_TRANSFERS
    figures = shift.movements.live_transfers().aggregate(**OF_TRANSFERS)
    return tuple(figures[name] for name in OF_TRANSFERS)


def is_other(before: dict[Key, Sums], after: dict[Key, Sums]) -> bool:
    """Say whether a shift comes to something else now, or is contradicted or no more.

    A mark, or a transfer verified, is no part of that.
    """
    return _comes_to(before) != _comes_to(after)


def _comes_to(sums: dict[Key, Sums]) -> list[tuple[Key, Sums]]:
    deleted, contradicted = KEY.index("is_deleted"), KEY.index("is_contradicted")
    return [
        ((*key[: len(PLACE)], key[deleted], key[contradicted]), row[: -len(OF_TRANSFERS)]) for key, row in sums.items()
    ]


def move(before: dict[Key, Sums], after: dict[Key, Sums]) -> None:
    """Take off what a shift added before a change, and add what it adds now; in one order, so that none deadlocks."""
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key, NOTHING) != after.get(key, NOTHING))
    for first in range(0, len(keys), AT_ONCE):
        some = keys[first : first + AT_ONCE]
        rows = [(*key, *_moved(before.get(key, NOTHING), after.get(key, NOTHING))) for key in some]
        with connection.cursor() as cursor:
            places = ", ".join([_PLACES] * len(rows))
            cursor.execute(f"{INSERT} {places} {UPDATE}", list(chain.from_iterable(rows)))


def _moved(old: Sums, new: Sums) -> Iterator[int]:
    return (now - then for now, then in zip(new, old, strict=True))


def add_written(shifts: Iterable[tuple[CashSession, Sums]]) -> None:
    """Add shifts that were just written past the actions, each given with its figures OF_TRANSFERS.

    Their figures are worked out here, for the database's own were not read back.
    """
    move({}, _added_up(_worked_out(shift, transfers) for shift, transfers in shifts))


def _sums(sessions: CashSessionQuerySet) -> Rows:
    marks = {name: Q(**{f"{column}__isnull": False}) for column, name in MARKS.items()}
    place = {"first": Coalesce("first_result", Value(""))}
    alike = sessions.order_by().with_transfers().annotate(**place, **marks)
    counts = (Count("pk"), Count("pk", filter=UNCOUNTED))
    sums = dict(zip(SUM_NAMES, (*counts, *(Sum(name, default=0) for name in ADDED_UP)), strict=True))
    rows: QuerySet[Any, tuple[Any, ...]] = alike.values(*SUMMED_BY).annotate(**sums).values_list(*SUMMED_BY, *SUM_NAMES)
    return rows


def _by_key(rows: Iterable[tuple[Any, ...]]) -> dict[Key, Sums]:
    return {row[: len(KEY)]: row[len(KEY) :] for row in rows}


@transaction.atomic
def rebuild() -> None:
    """After shifts were written past the actions. Nothing else may write meanwhile."""
    for awaits, rows in _told_wrongly(CashSession.objects.all()).items():
        rows.update(awaits_bank=awaits)
    RunningTotal.objects.all().delete()
    columns = (*KEY, *SUMS)
    RunningTotal.objects.bulk_create(
        RunningTotal(**dict(zip(columns, row, strict=True))) for row in _sums(CashSession.objects.all())
    )


def _told_wrongly(sessions: CashSessionQuerySet) -> dict[bool, CashSessionQuerySet]:
    """Return the shifts of which it is not told that they await the bank, and those of which it is told wrongly."""
    judged = sessions.with_unverified()
    return {
        True: judged.filter(AWAITS_BANK, awaits_bank=False),
        False: judged.filter(awaits_bank=True).exclude(AWAITS_BANK),
    }


def drift() -> Iterator[str]:
    """Yield a sentence for each running total that is not the sum of its shifts, all as they were at one instant.

    And one for each shift that says wrongly whether it awaits the bank.
    """
    for awaits, rows in _told_wrongly(CashSession.objects.all()).items():
        for pk in rows.values_list("pk", flat=True):
            yield f"{CashSession._meta.db_table} {pk}: awaits_bank says {not awaits}, its transfers make {awaits}"
    stored = RunningTotal.objects.annotate(of=Value("stored")).values_list("of", *KEY, *SUMS)
    actual = _sums(CashSession.objects.all()).annotate(of=Value("actual"))
    both: dict[str, list[tuple[Any, ...]]] = {"stored": [], "actual": []}
    for of, *row in stored.union(actual.values_list("of", *SUMMED_BY, *SUM_NAMES), all=True):
        both[of].append(tuple(row))
    told, true = _by_key(both["stored"]), _by_key(both["actual"])
    for key in sorted(told.keys() | true.keys()):
        if told.get(key, NOTHING) != true.get(key, NOTHING):
            yield f"{_TABLE} {key}: says {told.get(key, NOTHING)}, its shifts make {true.get(key, NOTHING)}"

"""Running sums of the live shifts: what the dashboard says over all dates, without reading every shift.

One row for each pharmacy, cashier, result and marks, kept by the actions in the transaction of the change itself; so
the sums are never late. Amounts are whole guaraníes; what a shift does not know yet counts as nothing.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, Case, Count, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from sessions_app.models import SUMMED, CashSession, Movement, Tally
from sessions_app.querysets import CashSessionQuerySet

PLACE = ("pharmacy_id", "cashier_id", "result")
MARKS = ("flagged_at", "reviewed_at")
KEY = (*PLACE, "is_flagged", "is_reviewed")
UNSEEN = ("unseen_transfers", "unseen_amount")
SUMS = ("shifts", *SUMMED, *UNSEEN)
SUM_NAMES = [f"sum_{name}" for name in (*SUMMED, *UNSEEN)]
NOTHING = (0,) * len(SUMS)
Key = tuple[Any, ...]
Sums = tuple[int, ...]
Rows = QuerySet[Any, tuple[Any, ...]]

_TABLE = Tally._meta.db_table
_COLUMNS = ", ".join((*KEY, *SUMS))
_PLACES = ", ".join(["%s"] * len((*KEY, *SUMS)))
_ADDED = ", ".join(f"{name} = {_TABLE}.{name} + excluded.{name}" for name in SUMS)
# Names of our own tables and columns only; the values go as parameters.
UPSERT = f"INSERT INTO {_TABLE} ({_COLUMNS}) VALUES ({_PLACES}) ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {_ADDED}"  # noqa: S608


def of_shift(session: CashSession) -> dict[Key, Sums]:
    """What a shift adds to the tallies as it is stored: one row, or none if it is deleted or not there yet.

    Every action asks twice, so this reads the shift plainly; `drift` holds it against the sums of the database.
    """
    if not session.pk:
        return {}
    stored = CashSession.objects.live().filter(pk=session.pk).order_by().values_list(*PLACE, *MARKS, *SUMMED)
    return {(*row[:3], *(mark is not None for mark in row[3:5])): _adds(session, row[5:]) for row in stored}


def _adds(session: CashSession, summed: tuple[int | None, ...]) -> Sums:
    amounts = [amount or 0 for amount in summed]
    unseen = (0, 0)
    if amounts[SUMMED.index("transfer_total")]:
        figures = session.movements.unseen().aggregate(number=Count("pk"), amount=Sum("amount", default=0))
        unseen = (figures["number"], figures["amount"])
    return (1, *amounts, *unseen)


def is_other(before: dict[Key, Sums], after: dict[Key, Sums]) -> bool:
    """Whether a shift comes to something else now; a mark, or a transfer seen in the bank, is no part of that."""
    return _comes_to(before) != _comes_to(after)


def _comes_to(sums: dict[Key, Sums]) -> list[tuple[Key, Sums]]:
    return [(key[: len(PLACE)], row[: -len(UNSEEN)]) for key, row in sums.items()]


def difference(sums: dict[Key, Sums]) -> int:
    """The total difference in what `of_shift` said; 0 while it is unknown."""
    return sum(row[SUMS.index("total_difference")] for row in sums.values())


def move(before: dict[Key, Sums], after: dict[Key, Sums]) -> None:
    """Take off what a shift added before a change, and add what it adds now; in one order, so that none deadlocks."""
    with connection.cursor() as cursor:
        for key in sorted(before.keys() | after.keys()):
            old, new = before.get(key, NOTHING), after.get(key, NOTHING)
            if old != new:
                cursor.execute(UPSERT, [*key, *(now - then for now, then in zip(new, old, strict=True))])


def _sums(sessions: CashSessionQuerySet) -> Rows:
    marks = {f"is_{mark.removesuffix('_at')}": Q(**{f"{mark}__isnull": False}) for mark in MARKS}
    live = sessions.live().order_by().annotate(**marks, **_unseen()).values(*KEY)
    sums = {alias: Sum(name, default=0) for alias, name in zip(SUM_NAMES, (*SUMMED, *UNSEEN), strict=True)}
    return live.annotate(number=Count("pk"), **sums).values_list(*KEY, "number", *sums)


def _unseen() -> dict[str, Case]:
    """Each of UNSEEN of a shift. Most shifts have no transfer, and need not be asked."""
    unseen = Movement.objects.unseen().filter(session=OuterRef("pk")).order_by().values("session")
    asked = {"unseen_transfers": Count("pk"), "unseen_amount": Sum("amount")}
    return {
        name: Case(
            When(transfer_total=0, then=Value(0)),
            default=Coalesce(Subquery(unseen.values(figure=figure)), 0, output_field=BigIntegerField()),
            output_field=BigIntegerField(),
        )
        for name, figure in asked.items()
    }


def _by_key(rows: Iterable[tuple[Any, ...]]) -> dict[Key, Sums]:
    return {row[: len(KEY)]: row[len(KEY) :] for row in rows}


@transaction.atomic
def rebuild() -> None:
    """After shifts were written past the actions. Nothing else may write meanwhile."""
    Tally.objects.all().delete()
    columns = (*KEY, *SUMS)
    Tally.objects.bulk_create(Tally(**dict(zip(columns, row, strict=True))) for row in _sums(CashSession.objects.all()))


def drift() -> Iterator[str]:
    """A sentence for each tally that is not the sum of its shifts; one query, so that it sees one instant."""
    stored = Tally.objects.annotate(of=Value("stored")).values_list("of", *KEY, *SUMS)
    actual = _sums(CashSession.objects.all()).annotate(of=Value("actual"))
    both: dict[str, list[tuple[Any, ...]]] = {"stored": [], "actual": []}
    for of, *row in stored.union(actual.values_list("of", *KEY, "number", *SUM_NAMES), all=True):
        both[of].append(tuple(row))
    told, true = _by_key(both["stored"]), _by_key(both["actual"])
    for key in sorted(told.keys() | true.keys()):
        if told.get(key, NOTHING) != true.get(key, NOTHING):
            yield f"{_TABLE} {key}: says {told.get(key, NOTHING)}, its shifts make {true.get(key, NOTHING)}"

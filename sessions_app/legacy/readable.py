"""Rows of the old system pass that can be read: those whose values are values, each id once.

A row that cannot is told with the column and what stands there, and left out, and so is one that says something else
under the id of another: somebody has to put the source right first. All the others come along meanwhile, but for people
and pharmacies: without one of them, what they did would be nobody's.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from sessions_app.legacy.codes import Code, Severity
from sessions_app.legacy.findings import Told
from sessions_app.legacy.plan import Origin
from sessions_app.legacy.report import Report
from sessions_app.legacy.rows import (
    CARD_PARTS,
    COST_BEFORE,
    DAY_READERS,
    SHIFT_READERS,
    Raw,
    Reader,
    amount,
    day,
    identity,
    instant,
    known_amount,
    text,
    whole,
)
from sessions_app.legacy.source import NoValue, Source, SourceError

NEEDED_BY_OTHERS = ("users", "businesses")
# What must be readable of a row, or it is left out: the columns that are there.
ITEM_READERS: dict[str, Reader] = {
    "id": identity,
    "amount": amount,
    **dict.fromkeys(("created_at", "verified_at"), instant),
}
AUDIT_READERS: dict[str, Reader] = {"id": identity, "changed_at": instant}
READERS: dict[str, dict[str, Reader]] = {
    "users": {"id": identity, "created_at": instant},
    "businesses": {"id": identity, "created_at": instant},
    "user_businesses": {"assigned_at": instant},
    "cash_sessions": {
        "id": identity,
        "session_number": whole,
        **SHIFT_READERS,
        **dict.fromkeys(CARD_PARTS, amount),
        **dict.fromkeys(("deleted_at", "last_modified_at"), instant),
    },
    "transfer_items": ITEM_READERS,
    "expense_items": ITEM_READERS,
    "cash_session_audit_logs": AUDIT_READERS,
    "daily_reconciliations": {
        "id": identity,
        "date": day,
        **DAY_READERS,
        **dict.fromkeys((COST_BEFORE, "total_sales"), known_amount),
        **dict.fromkeys(("created_at", "deleted_at", "last_modified_at"), instant),
    },
    "daily_reconciliation_audit_logs": AUDIT_READERS,
}


class Sieve:
    """Lets the rows of one reading of the source through; without a `report` it says nothing of the others.

    Raises SourceError for a person or a pharmacy that cannot be read.
    """

    def __init__(self, source: Source, report: Report | None = None) -> None:
        self._source, self._report = source, report
        self._twice: dict[str, set[str]] = {}
        self._first: dict[tuple[str, str], str] = {}

    def rows(self, table: str, raws: Iterable[Raw]) -> Iterator[Raw]:
        for raw in raws:
            told = Told(table, text(raw.get("id")))
            if odd := _unreadable(raw, READERS[table]):
                if table in NEEDED_BY_OTHERS:
                    raise SourceError(_error(told, *odd))
                told(Code.UNREADABLE, field=odd[0], was=odd[1])
            else:
                self._tell_if_again(table, raw, told)
            if told.findings:
                self._tell(told)
            else:
                yield raw

    def _tell_if_again(self, table: str, raw: Raw, told: Told) -> None:
        """Tell a row whose id another one had before: saying the same it is left out, otherwise somebody decides."""
        if table not in self._twice:
            self._twice[table] = self._source.ids_twice(table)
        if told.row not in self._twice[table]:
            return
        digest = Origin(table, told.row, raw).digest
        first = self._first.setdefault((table, told.row), "")
        self._first[table, told.row] = first or digest
        if first:
            told(Code.ID_TWICE, severity=Severity.WARNING if first == digest else Severity.BLOCKER, field="id")

    def _tell(self, told: Told) -> None:
        if self._report:
            self._report.add(told.all())


def _error(told: Told, column: str, value: Any) -> str:
    where = f"{told.table} {told.row}, {column}: {value}"
    return _("The old database cannot be read: %(why)s") % {"why": where}


def _unreadable(raw: Raw, readers: Mapping[str, Reader]) -> tuple[str, Any] | None:
    """Return the first column whose value is none, and what stands there."""
    for column, value in raw.items():
        if isinstance(value, NoValue):
            return column, str(value)
    for column, reader in readers.items():
        try:
            if column in raw:
                reader(raw[column])
        except (ValueError, OverflowError):
            return column, raw[column]
    return None

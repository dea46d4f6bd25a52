"""History rows into changes that a person can read: who, when, what (old and new), why.

A page is one query: each table gives its newest rows, each row with what the same object was before, and the database
puts them in one order. Pages follow one another by a cursor, so that the last costs what the first does, and nothing
is counted. A second query reads the roles, if people are on the page.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from cashpilot.files.downloads import CellType, ExportColumn, Sheet
from sessions_app.models import CashSession
from sessions_app.queries.audit.rows import CHANGE_KINDS, KINDS, AuditQuery, Cursor, read, roles_in
from sessions_app.queries.audit.wording import Change, Entry, entry

__all__ = [
    "CHANGE_KINDS",
    "KINDS",
    "AuditQuery",
    "Change",
    "Cursor",
    "Entry",
    "Page",
    "every",
    "history_of",
    "read_page",
    "sheet",
]

PAGE_LENGTH = 50
MOST_ROWS = 500
BLOCK = 1_000  # rows of an export read at once


@dataclass(frozen=True)
class Page:
    """`older` is the cursor of the next page; None on the last."""

    entries: list[Entry] = field(default_factory=list)
    older: Cursor | None = None


def history_of(shift: CashSession, *, is_blind: bool = False) -> list[Entry]:
    """Return the changes of a shift and of its movements, newest first, in one query; `is_blind` as in AuditQuery."""
    query = AuditQuery(kind="cashsession", number=shift.pk, is_blind=is_blind)
    return read_page(query, length=MOST_ROWS).entries


def read_page(query: AuditQuery, length: int = PAGE_LENGTH) -> Page:
    """Return the entries of the newest `length` rows: fewer, where some rows say nothing (sums beside a movement)."""
    rows = read(query, length + 1)
    roles = roles_in(rows)
    entries = [told for row in rows[:length] if (told := entry(row, roles, is_blind=query.is_blind))]
    if len(rows) <= length:
        return Page(entries)
    last = rows[length - 1]
    return Page(entries, Cursor(last["history_date"], last["table"], last["history_id"]))


def every(query: AuditQuery) -> Iterator[Entry]:
    """Yield all entries, read in blocks."""
    block = read_page(query, BLOCK)
    yield from block.entries
    while block.older:
        block = read_page(replace(query, before=block.older), BLOCK)
        yield from block.entries


def sheet(query: AuditQuery) -> Sheet:
    """Return the export: a row per column that changed, or one for a change without any."""
    headings = [
        _("Who did it"),
        _("What was changed"),
        _("Its number"),
        _("Name"),
        _("Pharmacy"),
        _("What happened"),
        _("Field"),
        _("Before"),
        _("After"),
        _("Reason"),
    ]
    columns = [ExportColumn(_("Time"), CellType.MOMENT), *map(ExportColumn, headings)]
    return Sheet("changes", columns, _lines(query), title=_("Changes"))


def _lines(query: AuditQuery) -> Iterator[list[Any]]:
    for one in every(query):
        facts = [one.at, one.who, one.label, str(one.number), one.subject, one.pharmacy, one.what]
        for change in one.changes or [Change("", None, None)]:
            yield [*facts, change.label, change.old or "", change.new or "", one.why]

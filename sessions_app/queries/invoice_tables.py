"""A table of invoices with their hours as proposals: what was billed in each shift that was open at those instants.

As of electronic invoices: those of earlier tables count too, and what no shift claims is told. A day of which no shift
claims any is billed as a whole. Whole guaraníes.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain
from typing import Any, cast

from django.utils.translation import gettext as _

from sessions_app.domain.choices import BilledSource
from sessions_app.evidence.billing_types import Entry
from sessions_app.evidence.documents import CREDIT_NOTE, INVOICE, Amounts, Document
from sessions_app.evidence.invoice_sums import Sums, sum_by_shift
from sessions_app.evidence.invoices import Events
from sessions_app.evidence.shift_finder import Shift
from sessions_app.evidence.titles import METHODS
from sessions_app.models import Batch, CashSession, Line
from sessions_app.queries import invoice_proposals
from sessions_app.queries.invoice_proposals import InvoiceReading
from sessions_app.queries.proposals import Proposal

NUMBER = re.compile(r"([0-9]{1,12})\D*", re.ASCII)
# A table tells hours if so many of its rows have one; shifts claim none of the others.
MOSTLY = 0.5

# Key of an invoice -> day -> its rows.
Rows = dict[str, dict[date, list[int]]]


@dataclass
class InvoiceTable:
    """`kept`: the invoices of days of which shifts claim some, to be stored; `rest`: the rows of the other days."""

    rest: list[Entry]
    proposals: list[Proposal] = field(default_factory=list)
    reading: InvoiceReading | None = None
    kept: list[Line] = field(default_factory=list)


def by_shift(batch: Batch, entries: Sequence[Entry]) -> InvoiceTable:
    """Return what each shift billed; all rows are the rest where they do not tell number, register and hour."""
    registers = batch.source.pharmacy.registers
    documents, rows = _documents(entries) if _tell_invoices(entries, registers) else ([], {})
    points = {point: _register(point, registers) for point in sorted({document.point for document in documents})}
    shifts = invoice_proposals.shifts_at(batch.source.pharmacy, points, documents)
    if not shifts:
        return InvoiceTable(list(entries))
    sums = _sums(batch, documents, points, shifts)
    days = {day for placed in sums.placed if placed.shift for day in rows.get(placed.document.cdc, ())}
    own = {key for key, of_days in rows.items() if days & of_days.keys()}
    reading = InvoiceReading([], "", points, still_open=invoice_proposals.open_among(shifts))
    invoice_proposals.tell(reading, sums, own)
    reading.remarks = _tell_without_hour(entries, days)
    return InvoiceTable(
        rest=[entry for entry in entries if entry.day not in days],
        proposals=list(_proposals(sums, {shift.pk: shift for _point, shift in shifts}, entries, rows)),
        reading=reading,
        kept=[invoice_proposals.line_of(document) for document in documents if document.cdc in own],
    )


def _tell_invoices(entries: Sequence[Entry], registers: int) -> bool:
    numbered = all(NUMBER.search(entry.number) and (entry.register or registers == 1) for entry in entries)
    return numbered and sum(entry.issued_at is not None for entry in entries) > MOSTLY * len(entries)


def _key(entry: Entry) -> str:
    """Invoices and credit notes are numbered apart."""
    return f"{'note ' if entry.is_note else ''}{entry.number}"[:100]


def _register(point: str, registers: int) -> int:
    """Return the register by the last number in its name, the only one if it has none; 0 where there is no such."""
    found = NUMBER.findall(point)
    number = int(found[-1]) if found else 1 if not point else 0
    return number if 1 <= number <= registers else 0


def _documents(entries: Iterable[Entry]) -> tuple[list[Document], Rows]:
    """Return the invoices that say an hour, each once though it takes several rows, and the rows of each by day."""
    documents: dict[str, Document] = {}
    rows: Rows = {}
    for entry in entries:
        if entry.issued_at:
            key = _key(entry)
            known = documents.get(key)
            documents[key] = _plus(known, entry) if known else _document(key, entry)
            rows.setdefault(key, {}).setdefault(entry.day, []).append(entry.row)
    return list(documents.values()), rows


def _document(key: str, entry: Entry) -> Document:
    return Document(
        cdc=key,
        issuer="",
        issuer_name="",
        type=CREDIT_NOTE if entry.is_note else INVOICE,
        timbrado="",
        point=entry.register,
        number=int(NUMBER.findall(entry.number)[-1]),
        issued_at=cast(datetime, entry.issued_at),
        total=abs(_amounts(entry).total),
        amounts=_amounts(entry),
    )


def _plus(document: Document, entry: Entry) -> Document:
    amounts = document.amounts + _amounts(entry)
    return replace(document, amounts=amounts, total=abs(amounts.total))


def _amounts(entry: Entry) -> Amounts:
    return Amounts(**{str(method): entry.amounts.get(method) or 0 for method in METHODS})


def _sums(
    batch: Batch, documents: list[Document], points: dict[str, int], shifts: list[tuple[str, CashSession]]
) -> Sums:
    """Add up the table's invoices with those of earlier tables in the same shifts."""
    others = [other for other in batch.source.batches.in_force() if other.pk != batch.pk]
    every = invoice_proposals.all_documents(documents, others, Events(), shifts)
    keys = [Shift((shift.pk, point), point, shift.opened_at, shift.closed_at) for point, shift in shifts]
    return sum_by_shift(every, keys, issuer="", points=[point for point, register in points.items() if register])


def _proposals(sums: Sums, shifts: dict[int, CashSession], entries: Iterable[Entry], rows: Rows) -> Iterator[Proposal]:
    """Yield what each shift billed, by the methods that the table tells of."""
    told = {str(method) for entry in entries for method, amount in entry.amounts.items() if amount is not None}
    of_shift: dict[int, list[int]] = defaultdict(list)
    for placed in sums.placed:
        if placed.shift:
            key: Any = placed.shift
            of_shift[key[0]] += chain(*rows.get(placed.document.cdc, {}).values())
    for proposal in invoice_proposals.proposals_of(sums, shifts):
        said = {name: amount for name, amount in proposal.said.items() if name.removeprefix("billed_") in told}
        where = tuple(sorted(of_shift[proposal.row.pk]))
        yield replace(proposal, said=said, source=BilledSource.FILE, rows=where)


def _tell_without_hour(entries: Iterable[Entry], days: set[date]) -> list[str]:
    """Say which rows of a day that is billed per shift no shift can claim."""
    rows = [str(entry.row) for entry in entries if entry.day in days and entry.issued_at is None]
    if not rows:
        return []
    told = {"rows": ", ".join(rows[:10])}
    return [_("Rows without an hour (%(rows)s) count in no shift.") % told]

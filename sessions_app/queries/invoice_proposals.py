"""Electronic invoices as proposals: what was billed in each shift that was open at their instants.

All documents of the source count, those of earlier batches too: a later file corrects an earlier one. Whole guaraníes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cashpilot import periods
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import BilledSource
from sessions_app.evidence.archives import shown
from sessions_app.evidence.documents import Amounts, Document, Foreign
from sessions_app.evidence.invoice_sums import OUTSIDE, Gap, OneKind, Placed, ShiftSum, Status, Sums, sum_by_shift
from sessions_app.evidence.invoices import Cancellation, Events, UnusedNumbers, apply_events, read_invoices
from sessions_app.evidence.shift_finder import Shift, ShiftFinder
from sessions_app.models import Batch, CashSession, Line
from sessions_app.queries.proposals import Preview, Proposal, Received, received_of

MOST_TOLD = 200
IN_FACTS = ("issuer", "issuer_name", "type", "timbrado", "point", "number", "is_approved")
STORED = ("key", "at", "amount", "cash", "card", "transfer", "credit", "facts")
CASH_KIND = 1
# Documents that are not listed by what became of them: a shift tells of them, or a list of their own.
ELSEWHERE = (Status.COUNTED, *OUTSIDE)


@dataclass
class InvoiceReading:
    """How invoices were read: whose they are, which point is which register, and what counts in no shift.

    `groups`: what became of the documents, with those that count nowhere. `still_open`: shifts that have more to come.
    """

    issuers: list[tuple[str, str, int]]
    issuer: str
    points: dict[str, int]
    outside: list[Placed] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    one_kind: list[OneKind] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    groups: list[tuple[str, int, list[Placed]]] = field(default_factory=list)
    still_open: list[int] = field(default_factory=list)


# --- Kept -------------------------------------------------------------------------------------------------------------


def receive(file: "UploadedFile[Any]") -> Received:
    """Return the documents as lines, without customers and items. Raises ValidationError if there is none."""
    found = read_invoices(file, shown(file.name or ""))  # type: ignore[arg-type]
    events = found.events
    told = {
        "cancellations": [[event.cdc, event.signed_at.isoformat()] for event in events.cancellations],
        "unused": [asdict(event) for event in events.unused],
        "approvals": events.approvals,
        "refused": found.refused[:MOST_TOLD],
        "skipped": found.skipped[:MOST_TOLD],
        "copies": len(found.copies),
    }
    return Received(lines=[line_of(document) for document in found.documents], found=told)


def line_of(document: Document) -> Line:
    facts = {name: getattr(document, name) for name in IN_FACTS}
    facts |= {"kinds": document.kinds, "because": document.unmapped_because, "refers_to": document.refers_to}
    facts |= {"foreign": [asdict(part) for part in document.foreign], "unmapped": document.amounts.unmapped}
    amounts = {name: getattr(document.amounts, name) for name in ("cash", "card", "transfer", "credit")}
    day = periods.local_date(document.issued_at)
    return Line(key=document.cdc, date=day, at=document.issued_at, amount=document.total, facts=facts, **amounts)


def documents_in(lines: QuerySet[Line]) -> Iterator[Document]:
    """Yield the documents of stored lines, which may be ten thousand: no model is made of each."""
    return map(_document_of, lines.values_list(*STORED, named=True))


def _document_of(line: Any) -> Document:
    facts = line.facts
    amounts = Amounts(line.cash or 0, line.card or 0, line.transfer or 0, line.credit or 0, facts["unmapped"])
    return Document(
        cdc=line.key,
        issued_at=cast(datetime, line.at),
        total=line.amount or 0,
        amounts=amounts,
        kinds=tuple(facts["kinds"]),
        foreign=tuple(Foreign(**part) for part in facts["foreign"]),
        unmapped_because=tuple(facts["because"]),
        refers_to=tuple(facts["refers_to"]),
        **{name: facts[name] for name in IN_FACTS},
    )


def _events(batches: Iterable[Batch]) -> Events:
    events = Events()
    for batch in batches:
        found = batch.found
        events.cancellations += [Cancellation(cdc, datetime.fromisoformat(at)) for cdc, at in found["cancellations"]]
        events.unused += [UnusedNumbers(**event) for event in found["unused"]]
        for cdc, is_approved in found["approvals"].items():
            events.approvals[cdc] = events.approvals.get(cdc, False) or is_approved
    return events


# --- Previewed --------------------------------------------------------------------------------------------------------


def preview(batch: Batch, chosen: Mapping[str, Any]) -> Preview:
    """Return what the documents would do, with the issuer and the registers as they are chosen or remembered."""
    pharmacy = batch.source.pharmacy
    others = [other for other in batch.source.batches.in_force() if other.pk != batch.pk]
    events = _events([*others, batch])
    own = list(apply_events(documents_in(Line.objects.filter(batch=batch)), events))
    reading = _reading(pharmacy, own, batch, chosen)
    again = Line.objects.filter(batch__in=others, key__in=_told_of(batch))
    touched = [*own, *documents_in(again)]
    shifts = shifts_at(pharmacy, reading.points, touched)
    documents = all_documents(own, others, events, shifts)
    keys = [Shift((shift.pk, point), point, shift.opened_at, shift.closed_at) for point, shift in shifts]
    sums = sum_by_shift(documents, keys, issuer=reading.issuer, points=_registers(reading.points), unused=events.unused)
    tell(reading, sums, {document.cdc for document in own})
    reading.remarks = _remarks(batch)
    proposals = list(proposals_of(sums, {shift.pk: shift for _point, shift in shifts}))
    reading.still_open = open_among(shifts)
    return Preview(proposals, _wrong(reading, own), _notes(batch, reading), reading, invoices=reading)


def remember(preview: Preview, chosen: Mapping[str, Any]) -> dict[str, Any]:
    reading: InvoiceReading = preview.reading
    return {"issuer": reading.issuer, "points": reading.points} if reading.issuer else {}


def _told_of(batch: Batch) -> set[str]:
    """Return the CDCs that the batch's events speak of; their documents may be in earlier batches."""
    return {cdc for cdc, _at in batch.found["cancellations"]} | set(batch.found["approvals"])


def _reading(
    pharmacy: Pharmacy, documents: Iterable[Document], batch: Batch, chosen: Mapping[str, Any]
) -> InvoiceReading:
    counted = Counter(document.issuer for document in documents)
    names = {document.issuer: document.issuer_name for document in documents}
    remembered = batch.source.remembered
    likely = max(sorted(counted), key=lambda issuer: counted[issuer], default="")
    issuer = chosen.get("issuer") or remembered.get("issuer") or likely
    points = dict(remembered.get("points", {}))
    for point in sorted({document.point for document in documents if document.issuer == issuer}):
        points.setdefault(point, _register(pharmacy, point))
    points |= {point: int(register) for point, register in chosen.get("points", {}).items()}
    issuers = [(one, names[one], count) for one, count in counted.most_common()]
    return InvoiceReading(issuers, issuer, points)


def _register(pharmacy: Pharmacy, point: str) -> int:
    """Return the register that a point of the first establishment is by its number; 0 where there is none."""
    establishment, number = point.split("-")
    return int(number) if establishment == "001" and 1 <= int(number) <= pharmacy.registers else 0


def _registers(points: Mapping[str, int]) -> list[str]:
    return [point for point, register in points.items() if register]


def shifts_at(
    pharmacy: Pharmacy, points: Mapping[str, int], documents: list[Document]
) -> list[tuple[str, CashSession]]:
    """Return the live shifts that were open at the instant and point of one of the documents, with each point."""
    if not documents:
        return []
    first = min(document.issued_at for document in documents)
    last = max(document.issued_at for document in documents)
    there = CashSession.objects.live().filter(pharmacy=pharmacy, opened_at__lte=last)
    there = there.filter(Q(closed_at=None) | Q(closed_at__gt=first)).order_by("opened_at", "pk")
    by_register: dict[int, list[CashSession]] = defaultdict(list)
    for shift in there:
        by_register[shift.register].append(shift)
    pairs = [(point, shift) for point, register in points.items() for shift in by_register[register] if register]
    finder = ShiftFinder(Shift(shift.pk, point, shift.opened_at, shift.closed_at) for point, shift in pairs)
    found = {hit.key for document in documents if (hit := finder.find(document.point, document.issued_at))}
    return [(point, shift) for point, shift in pairs if shift.pk in found]


def open_among(shifts: Iterable[tuple[str, CashSession]]) -> list[int]:
    return sorted({shift.pk for _point, shift in shifts if shift.is_open})


def all_documents(
    own: list[Document], others: list[Batch], events: Events, shifts: list[tuple[str, CashSession]]
) -> list[Document]:
    """Return the batch's documents and those of earlier batches within the shifts; the later one of a CDC counts."""
    by_cdc: dict[str, Document] = {}
    if shifts and others:
        start = min(shift.opened_at for _point, shift in shifts)
        end = max(shift.closed_at or periods.now() for _point, shift in shifts)
        earlier = Line.objects.filter(batch__in=others, at__gte=start, at__lte=end).order_by("batch__applied_at", "pk")
        for document in apply_events(documents_in(earlier), events):
            by_cdc[document.cdc] = document
    by_cdc |= {document.cdc: document for document in own}
    return list(by_cdc.values())


def proposals_of(sums: Sums, shifts: Mapping[int, CashSession]) -> Iterable[Proposal]:
    """Yield what each closed shift billed; an open one has documents to come."""
    of_shift: dict[int, list[ShiftSum]] = defaultdict(list)
    for total in sums.shifts:
        key: Any = total.shift.key
        of_shift[key[0]].append(total)
    for pk, totals in of_shift.items():
        shift = shifts[pk]
        if not shift.is_open:
            yield Proposal(
                shift.business_date,
                _said(totals),
                BilledSource.INVOICES,
                shift=shift,
                rows=tuple(range(sum(total.seen for total in totals))),
                received=received_of([shift]),
                facts=_facts(totals),
            )


def _said(totals: Iterable[ShiftSum]) -> dict[str, int | None]:
    """Return what is billed per method; cash is not known where anything is unmapped or stands twice."""
    amounts = Amounts()
    for total in totals:
        amounts += total.amounts
    known = {f"billed_{part.name}": getattr(amounts, part.name) for part in fields(amounts) if part.name != "unmapped"}
    said: dict[str, int | None] = {name: amount if amount >= 0 else None for name, amount in known.items()}
    if not all(total.cash_is_known for total in totals):
        said["billed_cash"] = None
    return said


def _facts(totals: list[ShiftSum]) -> dict[str, Any]:
    first = [total.first_number for total in totals if total.first_number is not None]
    last = [total.last_number for total in totals if total.last_number is not None]
    return {
        "invoices": sum(total.counted for total in totals),
        "first": min(first, default=None),
        "last": max(last, default=None),
        "cancelled": sum(len(total.cancelled) for total in totals),
        "cancelled_late": [number for total in totals for number in total.late_cancellations],
        "unmapped": sum(total.amounts.unmapped for total in totals),
        "notes": sum(total.credit_notes + total.debit_notes for total in totals),
        "foreign": _by_currency(part for total in totals for part in total.foreign),
        "is_doubled": any(total.has_conflict for total in totals),
    }


def _by_currency(parts: Iterable[Foreign]) -> dict[str, int]:
    """Return the guaraníes of what was paid or is owed in each foreign currency."""
    sums: dict[str, int] = defaultdict(int)
    for part in parts:
        sums[part.currency] += part.amount
    return dict(sums)


# --- Told -------------------------------------------------------------------------------------------------------------


def tell(reading: InvoiceReading, sums: Sums, own: set[str]) -> None:
    reading.outside = [placed for placed in sums.with_status(*OUTSIDE) if placed.document.cdc in own]
    reading.gaps, reading.one_kind = [gap for gap in sums.gaps if not gap.is_explained], sums.one_kind
    by_status: dict[Status, list[Placed]] = defaultdict(list)
    for placed in sums.placed:
        if placed.document.cdc in own:
            by_status[placed.status].append(placed)
    for status in Status:
        if there := by_status[status]:
            reading.groups.append((_label(status), len(there), [] if status in ELSEWHERE else there))


def _label(status: Status) -> str:
    return {
        Status.COUNTED: _("counted in a shift"),
        Status.CONFLICT: _("the same number twice"),
        Status.NO_OPEN_SHIFT: _("no shift was open"),
        Status.UNKNOWN_POINT: _("at a point that is no register"),
        Status.OTHER_ISSUER: _("of another issuer"),
        Status.CANCELLED: _("cancelled"),
        Status.REJECTED: _("refused by the tax office"),
        Status.SELF_INVOICE: _("self-invoices"),
        Status.REMISSION: _("remission notes"),
    }[status]


def _wrong(reading: InvoiceReading, documents: list[Document]) -> list[str]:
    if documents and not any(document.issuer == reading.issuer for document in documents):
        return [_("None of these documents is of the issuer of this pharmacy. Choose the issuer, or another file.")]
    return []


def _notes(batch: Batch, reading: InvoiceReading) -> list[str]:
    notes = [
        _("Nearly all of %(count)s invoices at %(point)s say “cash”: rather a default than a fact.")
        % {"count": one.invoices, "point": one.point}
        for one in reading.one_kind
        if one.kind == CASH_KIND
    ]
    notes += tell_open(reading)
    notes += [_("Not taken: %(why)s") % {"why": sentence} for sentence in batch.found["refused"]]
    return notes


def tell_open(reading: InvoiceReading | None) -> list[str]:
    shifts = reading.still_open if reading else []
    return [_("Shift #%(shift)s is still open: import again once it is closed.") % {"shift": pk} for pk in shifts]


def _remarks(batch: Batch) -> list[str]:
    """Say what came beside the documents, what came several times, and what is none; nobody needs to act on it."""
    found = batch.found
    cancelled, copies = len(found["cancellations"]), found["copies"]
    unused = sum(event["last"] - event["first"] + 1 for event in found["unused"])
    told = [
        ngettext(
            "%(count)s cancellation: it counts also for a document that comes later.",
            "%(count)s cancellations: they count also for documents that come later.",
            cancelled,
        )
        % {"count": cancelled},
        ngettext(
            "%(count)s number was declared as never used.", "%(count)s numbers were declared as never used.", unused
        )
        % {"count": unused},
        ngettext(
            "%(count)s document came several times, and counts once.",
            "%(count)s documents came several times, and count once.",
            copies,
        )
        % {"count": copies},
        _("No XML, so left aside: %(names)s") % {"names": ", ".join(found["skipped"][:10])},
    ]
    counts = (cancelled, unused, copies, len(found["skipped"]))
    return [sentence for sentence, count in zip(told, counts, strict=True) if count]

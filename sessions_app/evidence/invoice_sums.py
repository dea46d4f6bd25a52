"""Documents summed per shift: `sum_by_shift(documents, shifts, issuer=..., points=...)` -> Sums.

Pure: the caller gives the shifts with the point of their register, and all documents and unused numbers that it has.
A document belongs to the shift of its point with opened_at <= issued_at < closed_at (None: still open). It is placed
in exactly one way (`Status`): counted in a shift, in conflict, outside every shift, or ignored.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from sessions_app.evidence.documents import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    INVOICE,
    REMISSION,
    SELF_INVOICE,
    Amounts,
    Document,
    Foreign,
)
from sessions_app.evidence.invoices import UnusedNumbers
from sessions_app.evidence.shift_finder import Shift, ShiftFinder

# Below this many invoices of a point it says nothing that all are paid the same way; from this share on, they "are".
FEWEST_TO_JUDGE, NEARLY_ALL = 10, 0.95


class Status(StrEnum):
    COUNTED = "counted"
    CONFLICT = "conflict"  # another CDC has the same number
    NO_OPEN_SHIFT = "no_open_shift"
    UNKNOWN_POINT = "unknown_point"
    OTHER_ISSUER = "other_issuer"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    SELF_INVOICE = "self_invoice"
    REMISSION = "remission"


OUTSIDE = (Status.NO_OPEN_SHIFT, Status.UNKNOWN_POINT)


@dataclass(frozen=True)
class Placed:
    """`shift` is the key of the shift that was open, whatever the status, or None."""

    document: Document
    status: Status
    shift: Hashable | None


@dataclass
class ShiftSum:
    """Sum of the documents of one shift. Cash is known only if nothing is unmapped and nothing in conflict."""

    shift: Shift
    amounts: Amounts = field(default_factory=Amounts)
    counted: int = 0
    seen: int = 0
    credit_notes: int = 0
    debit_notes: int = 0
    numbers: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    late_cancellations: list[int] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)
    has_unmapped: bool = False
    has_conflict: bool = False

    @property
    def cash_is_known(self) -> bool:
        return not (self.has_unmapped or self.has_conflict)

    @property
    def first_number(self) -> int | None:
        return min(self.numbers, default=None)

    @property
    def last_number(self) -> int | None:
        return max(self.numbers, default=None)


@dataclass(frozen=True)
class Gap:
    """Numbers between the first and the last of one series that no document has, first and last included."""

    type: int
    timbrado: str
    point: str
    first: int
    last: int
    is_explained: bool


@dataclass(frozen=True)
class OneKind:
    """Nearly all invoices of a point say that they were paid in the same way: rather a default than a fact."""

    point: str
    kind: int
    invoices: int
    share: float


@dataclass(frozen=True)
class Sums:
    """Every document is in `placed` once; `shifts` are in the order they were given."""

    shifts: list[ShiftSum]
    placed: list[Placed]
    gaps: list[Gap]
    one_kind: list[OneKind]

    def with_status(self, *statuses: Status) -> list[Placed]:
        return [placed for placed in self.placed if placed.status in statuses]


def sum_by_shift(
    documents: Iterable[Document],
    shifts: Iterable[Shift],
    *,
    issuer: str,
    points: Iterable[str],
    unused: Iterable[UnusedNumbers] = (),
) -> Sums:
    """Place every document, and add up each shift. `points` are those of the pharmacy's registers."""
    ordered = sorted(documents, key=lambda document: (document.issued_at, document.cdc))
    sums = {shift.key: ShiftSum(shift) for shift in shifts}
    finder, registers = ShiftFinder(total.shift for total in sums.values()), set(points)
    own = [document for document in ordered if document.issuer == issuer]
    twice = _number_twice(own)
    placed = []
    for document in ordered:
        shift = finder.find(document.point, document.issued_at) if document.issuer == issuer else None
        status = _status(document, issuer, shift, document.cdc in twice, document.point in registers)
        placed.append(Placed(document, status, shift.key if shift else None))
    for item in placed:
        if item.shift is not None:
            _add(sums[item.shift], item)
    return Sums(list(sums.values()), placed, list(_gaps(own, unused)), list(_one_kind(own)))


def _number_twice(documents: Iterable[Document]) -> set[str]:
    """Return the CDCs of documents that share type, timbrado, point and number; refused ones never had a number."""
    series: dict[Hashable, list[str]] = defaultdict(list)
    for document in documents:
        if document.is_approved is not False:
            key = (document.type, document.timbrado, document.point, document.number)
            series[key].append(document.cdc)
    return {key for same in series.values() if len(same) > 1 for key in same}


def _status(document: Document, issuer: str, shift: Shift | None, is_twice: bool, is_known_point: bool) -> Status:
    """Return the one way in which a document counts, or does not; the first reason is the one that is told."""
    reasons = (
        (document.issuer != issuer, Status.OTHER_ISSUER),
        (document.type == SELF_INVOICE, Status.SELF_INVOICE),
        (document.type == REMISSION, Status.REMISSION),
        (document.is_approved is False, Status.REJECTED),
        (is_twice, Status.CONFLICT),
        (document.cancelled_at is not None, Status.CANCELLED),
        (shift is None and is_known_point, Status.NO_OPEN_SHIFT),
        (shift is None, Status.UNKNOWN_POINT),
    )
    return next((status for holds, status in reasons if holds), Status.COUNTED)


def _add(total: ShiftSum, placed: Placed) -> None:
    """Add one document of the shift to its sums."""
    document, status = placed.document, placed.status
    if document.type == INVOICE:
        total.seen += 1
        total.numbers.append(document.number)
    if status == Status.CONFLICT:
        total.has_conflict = True
    if status == Status.CANCELLED:
        _add_cancelled(total, document)
    if status != Status.COUNTED:
        return
    total.amounts += document.amounts
    total.foreign.extend(document.foreign)
    total.counted += document.type == INVOICE
    total.credit_notes += document.type == CREDIT_NOTE
    total.debit_notes += document.type == DEBIT_NOTE
    total.has_unmapped |= bool(document.amounts.unmapped)


def _add_cancelled(total: ShiftSum, document: Document) -> None:
    """A cancellation after the close is told apart: the money was in the drawer when it was counted."""
    total.cancelled.append(document.number)
    closed_at = total.shift.closed_at
    if closed_at and document.cancelled_at and document.cancelled_at >= closed_at:
        total.late_cancellations.append(document.number)


def _gaps(documents: Iterable[Document], unused: Iterable[UnusedNumbers]) -> Iterator[Gap]:
    series: dict[tuple[int, str, str], set[int]] = defaultdict(set)
    for document in documents:
        series[document.type, document.timbrado, document.point].add(document.number)
    for (kind, timbrado, point), numbers in sorted(series.items()):
        declared = [
            (event.first, event.last)
            for event in unused
            if (event.type, event.timbrado, event.point) == (kind, timbrado, point)
        ]
        for first, last in _missing(sorted(numbers)):
            for start, end, explained in _divided(first, last, declared):
                yield Gap(kind, timbrado, point, start, end, explained)


def _missing(numbers: list[int]) -> Iterator[tuple[int, int]]:
    for before, after in pairwise(numbers):
        if after > before + 1:
            yield before + 1, after - 1


def _divided(first: int, last: int, declared: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Yield the parts of a gap: explained by an event, or not. A gap may be millions wide, so none is walked."""
    place = first
    for start, end in sorted(declared):
        start, end = max(start, place), min(end, last)
        if start > end:
            continue
        if start > place:
            yield place, start - 1, False
        yield start, end, True
        place = end + 1
    if place <= last:
        yield place, last, False


def _one_kind(documents: Iterable[Document]) -> Iterator[OneKind]:
    kinds: Mapping[str, Counter[tuple[int, ...]]] = defaultdict(Counter)
    for document in documents:
        if document.type == INVOICE and document.kinds:
            kinds[document.point][tuple(sorted(set(document.kinds)))] += 1
    for point, counted in sorted(kinds.items()):
        (commonest, times), invoices = counted.most_common(1)[0], counted.total()
        if invoices >= FEWEST_TO_JUDGE and times >= NEARLY_ALL * invoices and len(commonest) == 1:
            yield OneKind(point, commonest[0], invoices, times / invoices)

"""Electronic invoices (SIFEN) as facts: who issued what, when, at which point, paid how. No customer, no items.

    found = read_invoices(file, "november.zip")     # XML, batch or zip; raises ValidationError for the file as a whole
    found.documents     one Document for each CDC, with `cancelled_at` and `is_approved` as the file's own events say
    found.copies        CDC -> how often it was there, if more than once
    found.events        cancellations and unused numbers, also those whose document is elsewhere (`apply_events` later)
    found.refused       what breaks a rule: nothing of it is taken; each sentence names the file and the field
    found.skipped       names in a zip that are no XML

Whole guaraníes. A payment of unknown kind, and whatever the payments do not explain, is `unmapped`, with its reason.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sessions_app.evidence import archives, cdc, sifen_xml
from sessions_app.evidence.documents import Document, WrongField, build, parse_instant, parse_whole
from sessions_app.evidence.sifen_xml import Record

REJECTED = "rechazado"
# A range of unused numbers is at most this long (Manual Técnico).
LONGEST_RANGE = 1000
# Name of the file, CDC, and the document unless it is refused.
Read = tuple[str, str, Document | None]


@dataclass(frozen=True)
class Cancellation:
    cdc: str
    signed_at: datetime


@dataclass(frozen=True)
class UnusedNumbers:
    """Numbers of one type and point that were declared as never used, first and last included."""

    timbrado: str
    point: str
    type: int
    first: int
    last: int


@dataclass
class Events:
    """Events that stand (not those that were answered with a refusal), and the answers to documents by CDC."""

    cancellations: list[Cancellation] = field(default_factory=list)
    unused: list[UnusedNumbers] = field(default_factory=list)
    approvals: dict[str, bool] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.cancellations or self.unused or self.approvals)


@dataclass
class Invoices:
    """All that one upload holds."""

    documents: list[Document] = field(default_factory=list)
    copies: dict[str, int] = field(default_factory=dict)
    events: Events = field(default_factory=Events)
    refused: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def main_issuer(self) -> str | None:
        """The issuer (RUC without its digit) of most of the documents."""
        counted = Counter(document.issuer for document in self.documents)
        return max(sorted(counted), key=lambda issuer: counted[issuer], default=None)


def read_invoices(file: BinaryIO | bytes, name: str) -> Invoices:
    """Return what a file that somebody sends holds; the order of the files in it decides nothing.

    Raises ValidationError if it is not to be read, or if nothing in it can be taken.
    """
    opened = archives.Opened()
    found = Invoices(skipped=opened.skipped)
    read: list[Read] = []
    for member, content in archives.members(BytesIO(file) if isinstance(file, bytes) else file, name, opened):
        read.extend(_read(member, content, found))
    found.documents = list(apply_events(_unlike(read, found), found.events))
    if not found.documents and found.events.is_empty:
        nothing = _("%(file)s holds no electronic document (SIFEN).") % {"file": archives.shown(name)}
        raise ValidationError(found.refused or [nothing])
    return found


def apply_events(documents: Iterable[Document], events: Events) -> Iterator[Document]:
    """Yield the documents with what the events say of them; the first cancellation of several counts."""
    cancelled: dict[str, datetime] = {}
    for event in sorted(events.cancellations, key=lambda event: event.signed_at, reverse=True):
        cancelled[event.cdc] = event.signed_at
    for document in documents:
        if document.cdc in cancelled or document.cdc in events.approvals:
            yield replace(
                document,
                cancelled_at=cancelled.get(document.cdc, document.cancelled_at),
                is_approved=_answered(document.is_approved, events.approvals.get(document.cdc)),
            )
        else:
            yield document


def _answered(known: bool | None, answer: bool | None) -> bool | None:
    """An approval outlives a refusal: a refused document may be sent again under the same CDC."""
    return True if known or answer else known if answer is None else answer


def _read(name: str, content: bytes, found: Invoices) -> Iterator[Read]:
    """Yield name, CDC and document (None: refused) for each one in an XML; events and refusals go to `found`."""
    try:
        records = sifen_xml.read(content)
    except ValidationError as error:
        found.refused.extend(f"{name} {sentence}" for sentence in error.messages)
        return
    if records.is_empty:
        found.refused.append(_("%(file)s holds no electronic document (SIFEN).") % {"file": name})
    for record in records.documents:
        try:
            document = build(record)
        except WrongField as error:
            document = None
            found.refused.append(f"{name}, {error}")
        yield name, record.texts.get("@Id", ""), document
    for record in [*records.events, *records.answers]:
        try:
            _add_event(record, found.events)
        except WrongField as error:
            found.refused.append(f"{name}, {error}")


def _unlike(read: Iterable[Read], found: Invoices) -> Iterator[Document]:
    """Yield each document once. Of a CDC with two contents none is taken, whichever came first."""
    by_cdc: dict[str, list[Read]] = {}
    for item in read:
        by_cdc.setdefault(item[1], []).append(item)
    for key, same in by_cdc.items():
        if len(same) == 1:
            yield from (document for _name, _cdc, document in same if document)
            continue
        found.copies[key] = len(same)
        contents = {document and replace(document, is_approved=None) for _name, _cdc, document in same}
        if len(contents) > 1:
            names = ", ".join(sorted({name for name, _cdc, _document in same}))
            found.refused.append(_("%(files)s: one CDC (%(cdc)s) with two contents.") % {"files": names, "cdc": key})
        elif document := same[0][2]:
            approved = any(other and other.is_approved for _name, _cdc, other in same)
            yield replace(document, is_approved=approved or None)


# --- Events and answers -----------------------------------------------------------------------------------------------


def _add_event(record: Record, events: Events) -> None:
    """Keep one event, unless it was refused: an event is a request. Raises WrongField."""
    texts = record.texts
    if record.kind == "rProtDe":
        _add_answer(texts, events)
    elif texts.get("dEstRes", "").casefold().startswith(REJECTED):
        return
    elif "cancelled" in texts:
        if cdc.parts(texts["cancelled"]) is None:
            raise WrongField("rGeVeCan Id", _("this is no CDC: a digit of it is wrong."))
        events.cancellations.append(Cancellation(texts["cancelled"], parse_instant(texts, "dFecFirma")))
    elif "dNumIn" in texts:
        events.unused.append(_unused(texts))


def _add_answer(texts: dict[str, str], events: Events) -> None:
    key = texts.get("Id")
    if not key:
        return  # it names no document
    if cdc.parts(key) is None:
        raise WrongField("rProtDe Id", _("this is no CDC: a digit of it is wrong."))
    approved = not texts.get("dEstRes", "").casefold().startswith(REJECTED)
    events.approvals[key] = events.approvals.get(key, False) or approved


def _unused(texts: dict[str, str]) -> UnusedNumbers:
    first, last = parse_whole(texts, "dNumIn"), parse_whole(texts, "dNumFin")
    if not first <= last < first + LONGEST_RANGE:
        raise WrongField("dNumFin", _("these are not the numbers of one range."))
    point = f"{parse_whole(texts, 'dEst'):03}-{parse_whole(texts, 'dPunExp'):03}"
    return UnusedNumbers(texts.get("dNumTim", ""), point, parse_whole(texts, "iTiDE"), first, last)

"""Electronic documents (SIFEN), their events and the answers to them, read out of XML: `read(content)` -> Found.

Looked for at any depth, by namespace and local name, whatever wraps them. Only the texts listed in LEAVES are kept,
so no customer and no item ever gets out of here. Raises ValidationError for what is no XML, has a DOCTYPE, is nested
too deep, or says the same thing twice.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sessions_app.evidence import safe_xml

NAMESPACE = "http://ekuatia.set.gov.py/sifen/xsd"
DEEPEST_ELEMENT = 64
DEEPEST_ESCAPE = 2
LONGEST_TEXT = 300
MOST_RECORDS = 20_000
DECLARATION = re.compile(r"<\?xml[^>]*\?>")

# Parent -> its texts that are kept.
LEAVES: dict[str, tuple[str, ...]] = {
    "DE": ("dDVId",),
    "gOpeDE": ("iTipEmi", "dCodSeg"),
    "gTimb": ("iTiDE", "dNumTim", "dEst", "dPunExp", "dNumDoc"),
    "gDatGralOpe": ("dFeEmiDE",),
    "gOpeCom": ("cMoneOpe", "dTiCam"),
    "gEmis": ("dRucEm", "dDVEmi", "dNomEmi"),
    "gCamCond": ("iCondOpe",),
    "gPaConEIni": ("iTiPago", "dMonTiPag", "cMoneTiPag", "dTiCamTiPag"),
    "gTotSub": ("dTotOpe", "dRedon", "dComi", "dTotGralOpe", "dTotalGs"),
    "gCamDEAsoc": ("dCdCDERef",),
    "rContDe": ("dProtAut",),
    "rProtDe": ("Id", "dEstRes"),
    "rEve": ("dFecFirma",),
    "rGeVeCan": ("Id",),
    "rGeVeInu": ("dNumTim", "dEst", "dPunExp", "dNumIn", "dNumFin", "iTiDE"),
    "gResProcEVe": ("id", "dEstRes"),
}
# Groups of which there may be several: each opens a record of its own.
RECORDS = ("rDE", "gPaConEIni", "gCamDEAsoc", "rProtDe", "rEve", "gResProcEVe")
# Here another piece of XML may stand as escaped text.
ESCAPED = ("xContenDE", "xContEv", "xEvento")


@dataclass
class Record:
    """The texts of one group, by name, and the groups in it that are records themselves."""

    kind: str
    texts: dict[str, str] = field(default_factory=dict)
    inner: list["Record"] = field(default_factory=list)

    def all(self, kind: str) -> list["Record"]:
        return [record for record in self.inner if record.kind == kind]


@dataclass
class Found:
    """Records of one file: documents (rDE), answers to documents (rProtDe), events (rEve).

    The text `dProtAut` of a document says that it was approved; `dEstRes` of an event is the answer to it.
    """

    documents: list[Record] = field(default_factory=list)
    answers: list[Record] = field(default_factory=list)
    events: list[Record] = field(default_factory=list)
    event_answers: list[Record] = field(default_factory=list)
    opened: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.documents or self.answers or self.events or self.event_answers)


def read(content: bytes) -> Found:
    """Return what an XML file holds of electronic documents; nothing at all is for the caller to judge."""
    found = Found()
    _Parser(found, level=0).parse(content)
    _answer_events(found, 0, 0)
    return found


def _qualified(names: Iterable[str]) -> dict[str, str]:
    return {f"{NAMESPACE} {name}": name for name in names}


_LEAVES = {
    (f"{NAMESPACE} {parent}", f"{NAMESPACE} {name}"): (parent, name)
    for parent, names in LEAVES.items()
    for name in names
}
_LEAF_NAMES = frozenset(name for _parent, name in _LEAVES)
_RECORDS, _ESCAPED = _qualified(RECORDS), _qualified(ESCAPED)
_WITH_ID = _qualified(("DE", "rEve"))
_CONTAINERS = _qualified(("rContDe", "rContEv"))
# Half of a document, and nothing in it is looked at: whose it is, what was sold, and the signature.
_UNREAD = {f"{NAMESPACE} gCamItem", f"{NAMESPACE} gDatRec", "http://www.w3.org/2000/09/xmldsig# Signature"}
# Expat takes some hundred bytes a level. In a file of this size that is little, so levels need not be counted.
SMALL = 500_000
# Of every other element only the depth matters.
_KNOWN = {*_LEAF_NAMES, *_RECORDS, *_ESCAPED, *_WITH_ID, *_CONTAINERS}


def _too_deep() -> ValidationError:
    return ValidationError(_("is nested too deep for an electronic document."))


class _Parser:
    """One run of the parser, or of another one inside it for XML that stands in it as text."""

    def __init__(self, found: Found, level: int) -> None:
        self.found, self.level = found, level
        self.stack: list[str] = [""]
        self.records: list[Record] = []
        self.last_document: Record | None = None
        self.text: list[str] | None = None
        # How many events and answers there were when each open container began.
        self.containers: list[tuple[int, int]] = []
        self.unread, self.inside = _UNREAD, ""
        self.expat = safe_xml.parser(self.start, self.end)

    def parse(self, content: bytes) -> None:
        if len(content) > SMALL:
            self.unread = set()
        try:
            safe_xml.feed(self.expat, content)
        except safe_xml.DoctypeFound:
            raise ValidationError(_("has a DOCTYPE, which no electronic document has.")) from None
        except safe_xml.BrokenXml as error:
            sentence = _("is no complete XML (line %(line)s). Download it again.") % {"line": error.line}
            raise ValidationError(sentence) from None
        finally:
            del self.expat  # which holds this one: in a circle, ten thousand would wait for the collector

    def start(self, name: str, attributes: dict[str, str]) -> None:
        stack = self.stack
        stack.append(name)
        if len(stack) > DEEPEST_ELEMENT:
            raise _too_deep()
        if name in _KNOWN:
            self.known(stack[-2], name, attributes)
        elif name in self.unread:
            self.inside = name
            self.expat.StartElementHandler, self.expat.EndElementHandler = None, self.pass_over

    def pass_over(self, name: str) -> None:
        if name == self.inside:
            self.expat.StartElementHandler, self.expat.EndElementHandler = self.start, self.end
            self.stack.pop()

    def known(self, parent: str, name: str, attributes: dict[str, str]) -> None:
        if (parent, name) in _LEAVES or name in _ESCAPED:
            self.text = []
            self.expat.CharacterDataHandler = self.text.append
        elif name in _RECORDS:
            self.open(_RECORDS[name])
        elif name in _CONTAINERS:
            self.containers.append((len(self.found.events), len(self.found.event_answers)))
            self.last_document = None if _CONTAINERS[name] == "rContDe" else self.last_document
        if name in _WITH_ID and self.records:
            self.keep(self.records[-1], "@Id", attributes.get("Id", ""))

    def open(self, kind: str) -> None:
        record = Record(kind)
        if kind == "rDE" and any(outer.kind == "rDE" for outer in self.records):
            raise ValidationError(_("holds a document inside a document."))
        self.found.opened += 1
        if self.found.opened > MOST_RECORDS:
            raise ValidationError(_("holds too many documents. Send it in parts."))
        if self.records:
            self.records[-1].inner.append(record)
        self.records.append(record)

    def end(self, name: str) -> None:
        if self.stack.pop() != name:  # an item inside an item
            raise _too_deep()
        if name not in _KNOWN:
            return
        leaf = _LEAVES.get((self.stack[-1], name))
        if leaf and self.text is not None:
            self.leaf(leaf, self.taken())
        elif name in _RECORDS:
            self.close()
        elif name in _ESCAPED and self.text is not None:
            self.unescape(self.taken())
        elif name in _CONTAINERS:
            _answer_events(self.found, *self.containers.pop())

    def taken(self) -> str:
        text = "".join(self.text or ())
        self.text, self.expat.CharacterDataHandler = None, None
        return text.strip()

    def leaf(self, leaf: tuple[str, str], text: str) -> None:
        parent, name = leaf
        if parent == "rContDe":
            if self.last_document:
                self.last_document.texts[name] = text
        elif self.records:
            self.keep(self.records[-1], name if parent != "rGeVeCan" else "cancelled", text)

    def keep(self, record: Record, name: str, text: str) -> None:
        if name in record.texts:
            raise ValidationError(_("says %(field)s twice in one document.") % {"field": name.lstrip("@")})
        if len(text) > LONGEST_TEXT:
            raise ValidationError(_("has too long a text in %(field)s.") % {"field": name.lstrip("@")})
        record.texts[name] = text

    def close(self) -> None:
        record = self.records.pop()
        if record.kind == "rDE":
            self.found.documents.append(record)
            self.last_document = record
        elif record.kind == "rProtDe":
            self.found.answers.append(record)
        elif record.kind == "rEve":
            self.found.events.append(record)
        elif record.kind == "gResProcEVe":
            self.found.event_answers.append(record)

    def unescape(self, text: str) -> None:
        """Read XML that was put into XML as text: it may have several roots, and a declaration before each."""
        if not text.startswith("<"):
            return
        if self.level >= DEEPEST_ESCAPE:
            raise _too_deep()
        inner = _Parser(self.found, self.level + 1)
        inner.parse(f"<fragment>{DECLARATION.sub('', text)}</fragment>".encode())
        self.last_document = inner.last_document or self.last_document


def _answer_events(found: Found, events: int, answers: int) -> None:
    """Give each event of one container (or file) the answer that names it; a single answer belongs to a single event.

    The number of an event is only unique among those sent together.
    """
    inside, given = found.events[events:], found.event_answers[answers:]
    del found.event_answers[answers:]
    for answer in given:
        named = [event for event in inside if event.texts.get("@Id") == answer.texts.get("id")]
        meant = named if len(named) == 1 else inside if len(inside) == len(given) == 1 else []
        for event in meant:
            event.texts["dEstRes"] = answer.texts.get("dEstRes", "")

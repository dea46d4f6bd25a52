"""Expat for XML from outside: `feed(parser(start, end), content)`.

Not the parser of defusedxml, which is Python and takes a minute for a month of invoices; what it forbids is forbidden
here the same way: every DOCTYPE, and with it every entity and every look at another file or machine.
"""

from collections.abc import Callable
from typing import NoReturn
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


DEEPEST = 64


class BrokenXml(Exception):
    """It is no complete XML, or nested too deep; `line` is where (0: its encoding is unknown)."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


class DoctypeFound(Exception):
    """It has a DOCTYPE."""


def parser(start: Start, end: End) -> XMLParserType:
    """Return a parser that calls with names as `namespace local`; texts are for the caller to ask for.

    The caller counts how deep elements are nested: expat takes memory for each level.
    """
    expat = ParserCreate(namespace_separator=" ")
    expat.buffer_text = True
    expat.StartElementHandler, expat.EndElementHandler = start, end
    expat.StartDoctypeDeclHandler = _refuse_doctype
    return expat


def limited_parser(start: Start, end: End) -> XMLParserType:
    """Return a parser that counts by itself, for what is not read by the ten thousand."""
    depth = 0

    def counted(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise BrokenXml(expat.CurrentLineNumber)
        start(name, attributes)

    def uncounted(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    expat = parser(counted, uncounted)
    return expat


def feed(expat: XMLParserType, content: bytes) -> None:
    """Parse a whole file. Raises BrokenXml, DoctypeFound, and whatever the handlers raise."""
    try:
        expat.Parse(content, True)
    except ExpatError as error:
        raise BrokenXml(error.lineno) from None
    except (LookupError, ValueError):  # an encoding that Python does not know, or not for this
        raise BrokenXml(0) from None


def _refuse_doctype(*_declared: object) -> NoReturn:
    raise DoctypeFound

"""Workbooks of Excel 2003 in one XML, which programs call .xls: `read(content)` -> sheets."""

from sessions_app.evidence import safe_xml
from sessions_app.evidence.sheets import (
    MOST_COLUMNS,
    MOST_SHEETS,
    UNCOMPUTED,
    Sheet,
    SheetBuilder,
    number_text,
    require_few_tags,
    too_much,
    unreadable,
)

NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"


def read(content: bytes) -> list[Sheet]:
    """Return the worksheets. Raises ValidationError."""
    require_few_tags(content)
    reader = _Reader()
    try:
        safe_xml.feed(reader.parser, content)
    except (safe_xml.BrokenXml, safe_xml.DoctypeFound):
        raise unreadable() from None
    return reader.sheets


class _Reader:
    """Rows and cells follow each other unless they say their place, from 1."""

    def __init__(self) -> None:
        self.parser = safe_xml.limited_parser(self.start, self.end)
        self.sheets: list[Sheet] = []
        self.builder = SheetBuilder("")
        self.row, self.place = 0, -1
        self.is_hidden = False
        self.cells: list[str] = []
        self.cell: dict[str, str] = {}
        self.kind = ""
        self.pieces: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{NAMESPACE} Worksheet":
            self.builder, self.row = SheetBuilder(attributes.get(f"{NAMESPACE} Name", "")), 0
        elif name == f"{NAMESPACE} Row":
            self.row = _number(attributes, "Index", self.row + 1)
            self.is_hidden = attributes.get(f"{NAMESPACE} Hidden") == "1"
            self.cells, self.place = [], -1
        elif name == f"{NAMESPACE} Cell":
            self.cell, self.kind, self.pieces = attributes, "", []
            self.place = _number(attributes, "Index", self.place + 2) - 1
        elif name == f"{NAMESPACE} Data":
            self.kind = attributes.get(f"{NAMESPACE} Type", "String")
            self.parser.CharacterDataHandler = self.pieces.append

    def end(self, name: str) -> None:
        if name == f"{NAMESPACE} Data":
            self.parser.CharacterDataHandler = None
        elif name == f"{NAMESPACE} Cell":
            self.put(self.text())
            self.place += _number(self.cell, "MergeAcross", 0)
        elif name == f"{NAMESPACE} Row":
            self.builder.add(self.row, self.cells, is_hidden=self.is_hidden)
        elif name == f"{NAMESPACE} Worksheet":
            if len(self.sheets) >= MOST_SHEETS:
                raise too_much()
            self.sheets.append(self.builder.sheet)

    def put(self, text: str) -> None:
        if not text:
            return
        if self.place >= MOST_COLUMNS:
            raise too_much()
        self.cells.extend([""] * (self.place + 1 - len(self.cells)))
        self.cells[self.place] = text

    def text(self) -> str:
        value = "".join(self.pieces)
        if self.kind == "Number":
            return number_text(float(value))
        if self.kind == "DateTime":
            return value.partition(".")[0].removesuffix("T00:00:00").replace("T", " ")
        return UNCOMPUTED if not self.kind and f"{NAMESPACE} Formula" in self.cell else value


def _number(attributes: dict[str, str], name: str, default: int) -> int:
    text = attributes.get(f"{NAMESPACE} {name}", "")
    return int(text) if text.isdecimal() and 0 < int(text) < 10**7 else default

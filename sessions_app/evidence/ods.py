"""Spreadsheets of LibreOffice (ODS): `read(content)` of its content.xml -> sheets."""

import re
from collections.abc import Callable

from sessions_app.evidence import safe_xml
from sessions_app.evidence.sheets import (
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_SHEETS,
    UNCOMPUTED,
    Pieces,
    Sheet,
    SheetBuilder,
    number_text,
    require_few_tags,
    too_much,
    unreadable,
)

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
GUARANI = "PYG"
NUMERIC = ("float", "currency", "percentage")
HOURS = re.compile(r"PT([0-9]+)H([0-9]+)M([0-9]+)(?:[.,][0-9]+)?S")


def read(content: bytes) -> list[Sheet]:
    """Return the tables of an ODS. Raises ValidationError."""
    require_few_tags(content)
    reader = _Reader()
    try:
        safe_xml.feed(reader.parser, content)
    except (safe_xml.BrokenXml, safe_xml.DoctypeFound):
        raise unreadable() from None
    return reader.sheets


class _Reader:
    """Repeated cells and rows are written once; only those that hold something are laid out."""

    def __init__(self) -> None:
        self.parser = safe_xml.limited_parser(self.start, self.end)
        self.sheets: list[Sheet] = []
        self.builder: SheetBuilder | None = None
        self.next_row = 1
        self.row: dict[str, str] = {}
        self.cells: list[str] = []
        self.place = 0
        self.cell: dict[str, str] | None = None
        self.pieces = Pieces()
        self.notes = 0
        self.starts: dict[str, Callable[[dict[str, str]], None]] = {
            f"{TABLE} table": self.start_table,
            f"{TABLE} table-row": self.start_row,
            f"{TABLE} table-cell": self.start_cell,
            f"{TABLE} covered-table-cell": self.start_cell,
            f"{TEXT} p": self.start_text,
            f"{OFFICE} annotation": self.start_note,
        }
        self.ends: dict[str, Callable[[], None]] = {
            f"{TABLE} table": self.end_table,
            f"{TABLE} table-row": self.end_row,
            f"{TABLE} table-cell": self.end_cell,
            f"{TABLE} covered-table-cell": self.end_cell,
            f"{TEXT} p": self.end_text,
            f"{OFFICE} annotation": self.end_note,
        }

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in self.starts:
            self.starts[name](attributes)

    def end(self, name: str) -> None:
        if name in self.ends:
            self.ends[name]()

    def start_table(self, attributes: dict[str, str]) -> None:
        if len(self.sheets) >= MOST_SHEETS:
            raise too_much()
        self.builder, self.next_row = SheetBuilder(attributes.get(f"{TABLE} name", "")), 1

    def end_table(self) -> None:
        if self.builder:
            self.sheets.append(self.builder.sheet)
        self.builder = None

    def start_row(self, attributes: dict[str, str]) -> None:
        self.row, self.cells, self.place = attributes, [], 0

    def end_row(self) -> None:
        times = _repeated(self.row, "number-rows-repeated")
        if self.builder and any(self.cells):
            if times > MOST_ROWS:
                raise too_much()
            is_hidden = self.row.get(f"{TABLE} visibility", "visible") != "visible"
            for number in range(self.next_row, self.next_row + times):
                self.builder.add(number, self.cells, is_hidden=is_hidden)
        self.next_row += times

    def start_cell(self, attributes: dict[str, str]) -> None:
        self.cell, self.pieces = attributes, Pieces()

    def end_cell(self) -> None:
        attributes, self.cell = self.cell or {}, None
        times = _repeated(attributes, "number-columns-repeated")
        if text := self.text(attributes):
            if self.place + times > MOST_COLUMNS:
                raise too_much()
            self.cells.extend([""] * (self.place - len(self.cells)))
            self.cells.extend([text] * times)
        self.place += times

    def start_note(self, _attributes: dict[str, str]) -> None:
        self.notes += 1

    def end_note(self) -> None:
        self.notes -= 1

    def start_text(self, _attributes: dict[str, str]) -> None:
        if self.cell is not None and not self.notes:
            self.pieces.add(" ")
            self.parser.CharacterDataHandler = self.pieces.add

    def end_text(self) -> None:
        self.parser.CharacterDataHandler = None

    def text(self, attributes: dict[str, str]) -> str:
        kind = attributes.get(f"{OFFICE} value-type", "")
        if kind in NUMERIC:
            number = number_text(float(attributes.get(f"{OFFICE} value", "")))
            currency = attributes.get(f"{OFFICE} currency", GUARANI)
            return number if currency == GUARANI else f"{number} {currency}"
        if kind == "date":
            return attributes.get(f"{OFFICE} date-value", "").removesuffix("T00:00:00").replace("T", " ")
        if kind == "time" and (match := HOURS.fullmatch(attributes.get(f"{OFFICE} time-value", ""))):
            return f"{int(match[1]):02}:{match[2]}:{match[3]}"
        text = attributes.get(f"{OFFICE} string-value") or self.pieces.text
        if not kind and not text.strip() and f"{TABLE} formula" in attributes:
            return UNCOMPUTED
        return text


def _repeated(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(f"{TABLE} {name}", "1")
    if not (text.isdecimal() and 0 < int(text) < 10**8):
        raise unreadable()
    return int(text)

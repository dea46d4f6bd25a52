"""Workbooks of Excel (XLSX), read part by part: `read(archive)` -> sheets.

Our own reader, because what else there is either cannot tell hidden rows and formulas, or believes a file's sizes: the
Rust one takes the whole process down with it. Macros, links, drawings and everything else are not looked at.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from posixpath import join, normpath
from xml.parsers.expat import XMLParserType
from zipfile import ZipFile

from sessions_app.evidence import archives, safe_xml
from sessions_app.evidence.sheets import (
    LARGEST_UNPACKED,
    MOST_COLUMNS,
    MOST_SHEETS,
    MOST_TAGS,
    UNCOMPUTED,
    Pieces,
    Sheet,
    SheetBuilder,
    boolean_text,
    moment_text,
    number_text,
    place,
    require_few_tags,
    too_large,
    too_much,
    unreadable,
)

WORKBOOK = "xl/workbook.xml"
# Texts that the cells of one workbook share, their tags, and tags of a part that is neither texts nor cells.
MOST_TEXTS, MOST_TAGS_OF_TEXTS, MOST_OTHER_TAGS = 100_000, 600_000, 200_000
# Excel takes no longer format; the pattern below would be busy for minutes.
LONGEST_FORMAT = 255
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
# Number formats that every program knows by their number: dates, hours, and dates of Asia.
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
NO_LETTERS_OF_DATES = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]+")
TRUE = ("1", "true")


@lru_cache(maxsize=100)  # cells of old workbooks ask one by one
def is_date_format(code: str) -> bool:
    """Return whether a number format shows a day or an hour."""
    code = code[:LONGEST_FORMAT]
    return bool(re.search(r"[dmyhs]", NO_LETTERS_OF_DATES.sub("", code.partition(";")[0]), re.IGNORECASE))


@dataclass
class _Book:
    sheets: list[tuple[str, str, bool]] = field(default_factory=list)  # name, relation, hidden
    from_1904: bool = False
    targets: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    date_styles: set[int] = field(default_factory=set)


def read(archive: ZipFile) -> list[Sheet]:
    """Return the worksheets of an XLSX. Raises ValidationError."""
    parts = _Parts(archive)
    book = _Book()
    _read_workbook(parts, book)
    _read_relations(parts, book)
    _read_texts(parts, book)
    _read_styles(parts, book)
    if len(book.sheets) > MOST_SHEETS:
        raise too_much()
    sheets = []
    for name, relation, is_hidden in book.sheets:
        content = parts.content(book.targets.get(relation, ""))
        if content:
            builder = SheetBuilder(name, is_hidden=is_hidden, from_1904=book.from_1904)
            _SheetReader(book, builder).read(content)
            sheets.append(builder.sheet)
    return sheets


class _Parts:
    """The members of the zip, all of them within one budget of bytes, and of tags."""

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        self.infos = {info.filename.lower(): info for info in archive.infolist()}
        self.left, self.tags_left = LARGEST_UNPACKED, MOST_TAGS

    def content(self, name: str, most_tags: int = MOST_TAGS) -> bytes:
        """Return a part, or nothing if there is none."""
        info = self.infos.get(name.lower())
        if info is None:
            return b""
        self.left -= info.file_size
        if self.left < 0:
            raise too_large()
        try:
            content = archives.unpack(self.archive, info)
        except archives.BROKEN:
            raise unreadable() from None
        self.tags_left -= require_few_tags(content, min(most_tags, self.tags_left))
        return content


def local(name: str) -> str:
    return name.rpartition(" ")[2]


def walk(content: bytes, start: Callable[[str, dict[str, str]], None]) -> None:
    """Call with the local names of a part; a part that is not there has none. Raises ValidationError."""
    if content:
        feed(safe_xml.limited_parser(lambda name, found: start(local(name), found), lambda _name: None), content)


def feed(parser: XMLParserType, content: bytes) -> None:
    try:
        safe_xml.feed(parser, content)
    except (safe_xml.BrokenXml, safe_xml.DoctypeFound):
        raise unreadable() from None


def _read_workbook(parts: _Parts, book: _Book) -> None:
    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            book.from_1904 = attributes.get("date1904", "") in TRUE
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            shown = attributes.get("state", "visible") == "visible"
            book.sheets.append((attributes.get("name", ""), relation, not shown))

    walk(parts.content(WORKBOOK, MOST_OTHER_TAGS), start)


def _read_relations(parts: _Parts, book: _Book) -> None:
    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            target = attributes.get("Target", "")
            full = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            book.targets[attributes.get("Id", "")] = full

    walk(parts.content("xl/_rels/workbook.xml.rels", MOST_OTHER_TAGS), start)


def _read_texts(parts: _Parts, book: _Book) -> None:
    """Texts that cells share; a text may be in several runs, and how it is pronounced is none of it."""
    pieces = Pieces()
    pronounced = 0

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal pieces, pronounced
        pronounced += name == "rPh"
        if name == "si":
            pieces = Pieces()
        parser.CharacterDataHandler = pieces.add if name == "t" and not pronounced else None

    def end(name: str) -> None:
        nonlocal pronounced
        pronounced -= name == "rPh"
        parser.CharacterDataHandler = None
        if name == "si":
            book.texts.append(plain(pieces.text))
            if len(book.texts) > MOST_TEXTS:
                raise too_much()

    parser = safe_xml.limited_parser(lambda name, found: start(local(name), found), lambda name: end(local(name)))
    if content := parts.content("xl/sharedStrings.xml", MOST_TAGS_OF_TEXTS):
        feed(parser, content)


def plain(text: str) -> str:
    """Return a text without the escapes that Excel writes for control signs."""
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _read_styles(parts: _Parts, book: _Book) -> None:
    formats: dict[str, str] = {}
    styles: list[str] = []
    is_cell = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_cell
        if name == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name in ("cellXfs", "cellStyleXfs", "cellStyles"):
            is_cell = name == "cellXfs"
        elif name == "xf" and is_cell:
            styles.append(attributes.get("numFmtId", "0"))

    walk(parts.content("xl/styles.xml", MOST_OTHER_TAGS), start)
    for number, style in enumerate(styles):
        known = style.isdigit() and int(style) in DATE_FORMATS
        if is_date_format(formats[style]) if style in formats else known:
            book.date_styles.add(number)


class _SheetReader:
    """One worksheet: rows with their numbers and whether they are hidden, cells by their references."""

    def __init__(self, book: _Book, builder: SheetBuilder) -> None:
        self.book, self.builder = book, builder
        self.parser = safe_xml.limited_parser(self.start, self.end)
        self.starts: dict[str, Callable[[dict[str, str]], None]] = {}
        self.ends: dict[str, Callable[[], None]] = {}
        self.number, self.is_hidden = 0, False
        self.cells: list[str] = []
        self.place = -1
        self.kind, self.style = "", 0
        self.pieces = Pieces()
        self.has_formula = False

    def read(self, content: bytes) -> None:
        feed(self.parser, content)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.starts:
            self.take_names(name.removesuffix(local(name)))
        if handle := self.starts.get(name):
            handle(attributes)

    def take_names(self, space: str) -> None:
        """Take as cells only what is in the namespace of the sheet itself."""
        text, end_text = self.start_text, self.end_text
        starts = {"row": self.start_row, "c": self.start_cell, "v": text, "t": text, "f": self.start_formula}
        ends = {"row": self.end_row, "c": self.end_cell, "v": end_text, "t": end_text}
        self.starts = {f"{space}{name}": handle for name, handle in starts.items()}
        self.ends = {f"{space}{name}": handle for name, handle in ends.items()}

    def start_row(self, attributes: dict[str, str]) -> None:
        text = attributes.get("r", "")
        self.number = int(text) if text.isdecimal() else self.number + 1
        self.is_hidden = attributes.get("hidden", "") in TRUE or attributes.get("ht") == "0"
        self.cells, self.place = [], -1

    def start_cell(self, attributes: dict[str, str]) -> None:
        match = REFERENCE.fullmatch(attributes["r"]) if "r" in attributes else None
        self.place = place(match[1]) if match else self.place + 1
        self.kind = attributes.get("t", "n")
        style = attributes.get("s", "")
        self.style = int(style) if style.isdecimal() else 0
        self.has_formula = False
        if self.pieces.size:
            self.pieces = Pieces()

    def start_text(self, _attributes: dict[str, str]) -> None:
        self.parser.CharacterDataHandler = self.pieces.add

    def start_formula(self, _attributes: dict[str, str]) -> None:
        self.has_formula = True

    def end(self, name: str) -> None:
        if handle := self.ends.get(name):
            handle()

    def end_text(self) -> None:
        self.parser.CharacterDataHandler = None

    def end_row(self) -> None:
        self.builder.add(self.number, self.cells, is_hidden=self.is_hidden)

    def end_cell(self) -> None:
        text = self.text() if self.pieces.size or self.has_formula else ""
        if not text:
            return
        if self.place >= MOST_COLUMNS:
            raise too_much()
        self.cells.extend([""] * (self.place + 1 - len(self.cells)))
        self.cells[self.place] = text

    def text(self) -> str:
        """The value that was last computed stands for a formula; without one it is UNCOMPUTED."""
        value = self.pieces.text
        if self.has_formula and not value and self.kind != "str":
            return UNCOMPUTED
        if self.kind == "s":
            return self.shared(value)
        if self.kind == "n":
            return self.numeric(value)
        if self.kind == "b":
            return boolean_text(value.strip() in TRUE)
        if self.kind == "d":
            return value.removesuffix("T00:00:00").replace("T", " ")
        return plain(value)

    def shared(self, value: str) -> str:
        if not value.strip().isdecimal() or int(value) >= len(self.book.texts):
            raise unreadable()
        return self.book.texts[int(value)]

    def numeric(self, value: str) -> str:
        if not value.strip():
            return ""
        number = float(value)
        if self.style in self.book.date_styles:
            return moment_text(number, from_1904=self.book.from_1904)
        return number_text(number)

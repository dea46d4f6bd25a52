"""Workbooks of old Excel (XLS, BIFF5 and BIFF8): `read(stream)` of the stream "Workbook" or "Book" -> sheets.

Our own reader: see xlsx.py. Only records that say what is in a cell, how it is shown, and whether its row is.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sessions_app.evidence.sheets import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_SHEETS,
    UNCOMPUTED,
    Sheet,
    SheetBuilder,
    boolean_text,
    has_password,
    moment_text,
    number_text,
    too_much,
    unreadable,
)
from sessions_app.evidence.xlsx import DATE_FORMATS, is_date_format

BIFF5, BIFF8 = 0x0500, 0x0600
BOF, EOF, CONTINUE, FILEPASS, CODEPAGE, DATEMODE = 0x0809, 0x000A, 0x003C, 0x002F, 0x0042, 0x0022
BOUNDSHEET, FORMAT, XF, SST = 0x0085, 0x041E, 0x00E0, 0x00FC
ROW, FORMULA, STRING, BOOLERR = 0x0208, 0x0006, 0x0207, 0x0205
NUMBER, RK, MULRK, LABEL, RSTRING, LABELSST = 0x0203, 0x027E, 0x00BD, 0x0204, 0x00D6, 0x00FD
HIDDEN_ROW = 0x20
# Sheets may say that they begin at one and the same place: what is read of all of them together is limited.
MOST_RECORDS = 2 * MOST_CELLS
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


@dataclass
class _Book:
    version: int = BIFF8
    encoding: str = "cp1252"
    from_1904: bool = False
    sheets: list[tuple[int, str, bool]] = field(default_factory=list)  # offset, name, hidden
    formats: dict[int, str] = field(default_factory=dict)
    styles: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    records: int = 0
    cells: int = 0

    def is_date(self, style: int) -> bool:
        number = self.styles[style] if style < len(self.styles) else 0
        return is_date_format(self.formats[number]) if number in self.formats else number in DATE_FORMATS


def read(stream: bytes) -> list[Sheet]:
    """Return the worksheets of an XLS. Raises ValidationError."""
    try:
        book = _read_book(stream)
        return [_read_sheet(stream, book, *sheet) for sheet in book.sheets]
    except (struct.error, ValueError, LookupError):
        raise unreadable() from None


def _records(stream: bytes, place: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield kind and content of each record up to the end of its part; what continues it is a further piece."""
    kind, pieces = 0, list[bytes]()
    while place + 4 <= len(stream):
        following, size = struct.unpack_from("<HH", stream, place)
        content = stream[place + 4 : place + 4 + size]
        place += 4 + size
        if following == CONTINUE:
            pieces.append(content)
            continue
        if pieces:
            yield kind, pieces
        kind, pieces = following, [content]
        if kind == EOF:
            return
    raise unreadable()


def _read_book(stream: bytes) -> _Book:
    book = _Book()
    for kind, pieces in _records(stream, 0):
        if kind == FILEPASS:
            raise has_password()
        if kind in _GLOBALS:
            _GLOBALS[kind](book, pieces[0])
        elif kind == SST:
            book.texts = list(_shared_texts(pieces))
    return book


def _set_version(book: _Book, content: bytes) -> None:
    book.version = struct.unpack_from("<H", content)[0]
    if book.version not in (BIFF5, BIFF8):
        raise unreadable()


def _set_encoding(book: _Book, content: bytes) -> None:
    page = struct.unpack_from("<H", content)[0]
    book.encoding = {1200: "utf-16-le", 32768: "mac_roman", 32769: "cp1252"}.get(page, f"cp{page}")


def _set_epoch(book: _Book, content: bytes) -> None:
    book.from_1904 = content[:1] == b"\x01"


def _add_format(book: _Book, content: bytes) -> None:
    width = 2 if book.version == BIFF8 else 1
    book.formats[struct.unpack_from("<H", content)[0]] = _text(book, content[2:], width)


def _add_style(book: _Book, content: bytes) -> None:
    book.styles.append(struct.unpack_from("<2xH", content)[0])


def _add_sheet(book: _Book, content: bytes) -> None:
    if len(book.sheets) >= MOST_SHEETS:
        raise too_much()
    offset, state, kind = struct.unpack_from("<IBB", content)
    if kind == 0:
        book.sheets.append((offset, _text(book, content[6:], 1), state != 0))


_GLOBALS: dict[int, Callable[[_Book, bytes], None]] = {
    BOF: _set_version,
    CODEPAGE: _set_encoding,
    DATEMODE: _set_epoch,
    BOUNDSHEET: _add_sheet,
    FORMAT: _add_format,
    XF: _add_style,
}


def _text(book: _Book, content: bytes, width: int) -> str:
    """Return a text with its length before it, in one or two bytes; BIFF8 says how wide its signs are."""
    length = int.from_bytes(content[:width], "little")
    if book.version == BIFF5:
        return content[width : width + length].decode(book.encoding)
    wide = content[width] & 1
    return content[width + 1 : width + 1 + length * (2 if wide else 1)].decode("utf-16-le" if wide else "latin-1")


def _shared_texts(pieces: list[bytes]) -> Iterator[str]:
    """Yield the texts that cells share. One may run on in the next record, which says anew how wide its signs are."""
    reader = _Pieces(pieces)
    _total, count = struct.unpack("<II", reader.take(8))
    for _number in range(count):
        length, flags = struct.unpack("<HB", reader.take(3))
        runs = int.from_bytes(reader.take(2), "little") if flags & 8 else 0
        extra = int.from_bytes(reader.take(4), "little") if flags & 4 else 0
        yield reader.signs(length, flags & 1)
        reader.take(4 * runs + extra)


class _Pieces:
    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces, self.piece, self.place = pieces, 0, 0

    def take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            if self.place >= len(self.pieces[self.piece]):
                self.piece, self.place = self.piece + 1, 0
            part = self.pieces[self.piece][self.place : self.place + size - len(taken)]
            self.place += len(part)
            taken += part
        return taken

    def signs(self, length: int, wide: int) -> str:
        text = ""
        while len(text) < length:
            if self.place >= len(self.pieces[self.piece]):
                self.piece, self.place = self.piece + 1, 1
                wide = self.pieces[self.piece][0] & 1
            width = 2 if wide else 1
            size = min((length - len(text)) * width, len(self.pieces[self.piece]) - self.place)
            part = self.pieces[self.piece][self.place : self.place + size]
            self.place += size
            text += part.decode("utf-16-le" if wide else "latin-1", "surrogatepass")
        return text


def _read_sheet(stream: bytes, book: _Book, offset: int, name: str, is_hidden: bool) -> Sheet:
    cells = _Cells(book)
    for kind, pieces in _records(stream, offset):
        book.records += 1
        if book.records > MOST_RECORDS:
            raise too_much()
        cells.add(kind, pieces[0])
    builder = SheetBuilder(name, is_hidden=is_hidden, from_1904=book.from_1904)
    for number in sorted(cells.rows):
        row = cells.rows[number]
        texts = [row.get(place, "") for place in range(max(row) + 1)]
        builder.add(number + 1, texts, is_hidden=number in cells.hidden)
    return builder.sheet


class _Cells:
    """Cells of one sheet by row and column, both from 0."""

    def __init__(self, book: _Book) -> None:
        self.book = book
        self.rows: dict[int, dict[int, str]] = {}
        self.hidden: set[int] = set()
        self.awaited: tuple[int, int] | None = None

    def add(self, kind: int, content: bytes) -> None:
        if kind == ROW:
            number, flags = struct.unpack_from("<H10xH", content)
            if flags & HIDDEN_ROW:
                self.hidden.add(number)
        elif kind == STRING and self.awaited:
            self.put(*self.awaited, _text(self.book, content, 2))
        elif kind == MULRK:
            row, first = struct.unpack_from("<HH", content)
            for place in range((len(content) - 6) // 6):
                style, packed = struct.unpack_from("<HI", content, 4 + place * 6)
                self.put(row, first + place, self.number(_unpacked(packed), style))
        elif kind in (NUMBER, RK, LABEL, RSTRING, LABELSST, FORMULA, BOOLERR):
            row, column, style = struct.unpack_from("<HHH", content)
            self.put(row, column, self.value(kind, content[6:], style, (row, column)))

    def value(self, kind: int, content: bytes, style: int, where: tuple[int, int]) -> str:
        if kind == NUMBER:
            return self.number(struct.unpack_from("<d", content)[0], style)
        if kind == RK:
            return self.number(_unpacked(struct.unpack_from("<I", content)[0]), style)
        if kind == LABELSST:
            text: str = self.book.texts[struct.unpack_from("<I", content)[0]]
            return text
        if kind == FORMULA:
            return self.computed(content, style, where)
        if kind == BOOLERR:
            return ERRORS.get(content[0], "#N/A") if content[1] else boolean_text(bool(content[0]))
        return _text(self.book, content, 2)

    def computed(self, content: bytes, style: int, where: tuple[int, int]) -> str:
        """Return what a formula came to; a text follows in a record of its own."""
        if content[6:8] != b"\xff\xff":
            return self.number(struct.unpack_from("<d", content)[0], style)
        self.awaited = where if content[0] == 0 else None
        if content[0] == 2:
            return ERRORS.get(content[2], "#N/A")
        return {0: "", 1: boolean_text(bool(content[2]))}.get(content[0], UNCOMPUTED)

    def number(self, value: float, style: int) -> str:
        if self.book.is_date(style):
            return moment_text(value, from_1904=self.book.from_1904)
        return number_text(value)

    def put(self, row: int, column: int, text: str) -> None:
        if not text:
            return
        self.book.cells += 1
        if column >= MOST_COLUMNS or self.book.cells > MOST_CELLS:
            raise too_much()
        self.rows.setdefault(row, {})[column] = text


def _unpacked(packed: int) -> float:
    """Return the number in an RK: an integer or the upper part of a float, perhaps times 100."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        value = struct.unpack("<d", struct.pack("<II", 0, packed & 0xFFFFFFFC))[0]
    return value / 100 if packed & 1 else value

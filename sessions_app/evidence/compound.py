"""The container of old Office files (OLE2, CFB): `find(content, names)` -> name and bytes. Raises BrokenContainer."""

import struct
from collections.abc import Iterable, Iterator

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FREE, END = 0xFFFFFFFF, 0xFFFFFFFE
ENTRY = 128
STREAM, ROOT = 2, 5


class BrokenContainer(Exception):
    """It does not hold together."""


def find(content: bytes, names: Iterable[str]) -> tuple[str, bytes] | None:
    """Return the first of these streams that there is, or None; no other one is put together."""
    try:
        container = _Container(content)
        return next(((name, container.stream(name)) for name in names if name in container.entries), None)
    except (struct.error, ValueError, IndexError, OverflowError):
        raise BrokenContainer from None


class _Container:
    def __init__(self, content: bytes) -> None:
        self.content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise BrokenContainer
        self.sector, self.mini_sector = 1 << shift, 1 << mini_shift
        self.first_directory, self.cutoff, self.first_mini = struct.unpack_from("<I4xII", content, 48)
        self.table = self._table()
        directory = self._chain(self.first_directory)
        entries = [directory[place : place + ENTRY] for place in range(0, len(directory) - ENTRY + 1, ENTRY)]
        self.root = next((entry for entry in entries if entry[66] == ROOT), None)
        self.entries = {_name(entry): entry for entry in reversed(entries) if entry[66] == STREAM}

    def stream(self, name: str) -> bytes:
        """Return a stream; small ones are kept together in the one of the root."""
        entry = self.entries[name]
        size = struct.unpack_from("<I", entry, 120)[0]
        if size >= self.cutoff:
            return self._chain(_start(entry))[:size]
        mini = self._chain(_start(self.root)) if self.root and size else b""
        places = _follow(_integers(self._chain(self.first_mini)), _start(entry)) if size else iter(())
        width = self.mini_sector
        return b"".join(mini[place * width : (place + 1) * width] for place in places)[:size]

    def _at(self, number: int) -> bytes:
        return self.content[(number + 1) * self.sector : (number + 2) * self.sector]

    def _chain(self, first: int) -> bytes:
        return b"".join(self._at(number) for number in _follow(self.table, first))

    def _table(self) -> list[int]:
        """Return the next sector of each sector. The sectors of this table itself are listed in the header."""
        listed = list(struct.unpack_from("<109I", self.content, 76))
        more, count = struct.unpack_from("<II", self.content, 68)
        most = len(self.content) // self.sector + 1
        for _number in range(min(count, most)):
            if more >= END:
                break
            *numbers, more = _integers(self._at(more))
            listed += numbers
        used = [number for number in listed if number < most]
        return [value for number in used[:most] for value in _integers(self._at(number))]


def _name(entry: bytes) -> str:
    return entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)].decode("utf-16-le")


def _start(entry: bytes) -> int:
    start: int = struct.unpack_from("<I", entry, 116)[0]
    return start


def _integers(content: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4]))


def _follow(table: list[int], first: int) -> Iterator[int]:
    """Yield a chain of sectors; one that comes back to itself is broken."""
    seen = 0
    while first < END:
        yield first
        first = table[first]
        seen += 1
        if seen > len(table):
            raise BrokenContainer

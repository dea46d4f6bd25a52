"""Small workbooks, made up here: `xlsx(sheets)`, `raw_xlsx(parts)`, `ods(rows)`, `xls(rows)`."""

import struct
from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def xlsx(rows, *, title="Sheet", hidden=(), change=None):
    """As openpyxl writes it; `change` gets the workbook before it is saved."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for number in hidden:
        sheet.row_dimensions[number].hidden = True
    if change:
        change(workbook)
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def zipped_parts(parts):
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def raw_xlsx(sheet, *, shared="", properties="", styles="", target="worksheets/sheet1.xml", prefix="", **parts):
    """An XLSX of the XML that stands in its sheet, as some program may write it."""
    mark, declared = (f"{prefix}:", f"xmlns:{prefix}") if prefix else ("", "xmlns")
    return zipped_parts(
        {
            "xl/workbook.xml": f'<{mark}workbook {declared}="{MAIN}" xmlns:r="{LINKS}"><{mark}workbookPr {properties}/>'
            f'<{mark}sheets><{mark}sheet name="Hoja1" sheetId="1" r:id="rId1"/></{mark}sheets></{mark}workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
            f'<Relationship Id="rId1" Target="{target}"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<{mark}worksheet {declared}="{MAIN}">{sheet}</{mark}worksheet>',
            **({"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{shared}</sst>'} if shared else {}),
            **({"xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'} if styles else {}),
            **parts,
        }
    )


def ods(table):
    """An ODS of the XML that stands in its first table."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Hoja1">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped_parts({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})


# --- XLS --------------------------------------------------------------------------------------------------------------


def record(kind, content=b""):
    return struct.pack("<HH", kind, len(content)) + content


def short_text(text, version=0x600):
    encoded = text.encode("cp1252")
    return bytes([len(encoded)]) + (b"\x00" if version == 0x600 else b"") + encoded


def long_text(text, version=0x600):
    if version == 0x500:
        encoded = text.encode("cp1252")
        return struct.pack("<H", len(encoded)) + encoded
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def cell(row, column, value, version, shared):
    """The record for a value: text, whole number (packed), fraction, day, or bytes for a ready one."""
    head = struct.pack("<HHH", row, column, 1 if isinstance(value, date) else 0)
    if isinstance(value, bytes):
        return value
    if isinstance(value, date):
        return record(0x203, head + struct.pack("<d", (value - date(1899, 12, 30)).days))
    if isinstance(value, int):
        return record(0x27E, head + struct.pack("<i", (value << 2) | 2))
    if isinstance(value, float):
        return record(0x203, head + struct.pack("<d", value))
    if version == 0x500:
        return record(0x204, head + long_text(value, version))
    shared.append(value)
    return record(0xFD, head + struct.pack("<I", len(shared) - 1))


def shared_texts(texts):
    """The table of texts, cut in two in the middle of the last one, as long tables are."""
    content = struct.pack("<II", len(texts), len(texts)) + b"".join(long_text(text) for text in texts)
    if not texts:
        return record(0xFC, content)
    cut = len(content) - 2 * (len(texts[-1]) // 2)
    return record(0xFC, content[:cut]) + record(0x3C, b"\x01" + content[cut:])


def biff(rows, *, version=0x600, hidden=(), from_1904=False, extra=b""):
    """The stream of a workbook with one sheet."""
    shared = []
    cells = b"".join(
        cell(row, column, value, version, shared)
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
        if value is not None
    )
    flags = (struct.pack("<HHHHHHHH", row - 1, 0, 9, 255, 0, 0, 0x20, 15) for row in hidden)
    sheet = record(0x809, struct.pack("<HH", version, 0x10)) + b"".join(record(0x208, flag) for flag in flags)
    sheet += cells + record(0x0A)
    start = record(0x809, struct.pack("<HH", version, 5)) + record(0x42, struct.pack("<H", 1252))
    start += extra + record(0x22, bytes([from_1904, 0]))
    start += record(0xE0, struct.pack("<HH16x", 0, 0)) + record(0xE0, struct.pack("<HH16x", 0, 14))
    end = (shared_texts(shared) if version == 0x600 else b"") + record(0x0A)
    name = short_text("Hoja1", version)
    offset = len(start) + 4 + 6 + len(name) + len(end)
    return start + record(0x85, struct.pack("<IBB", offset, 0, 0) + name) + end + sheet


def compound(stream, name="Workbook"):
    """A container with one stream, of at least 4096 bytes so that it stands in sectors of its own."""
    stream = stream.ljust(4096, b"\x00")
    stream += b"\x00" * (-len(stream) % 512)
    count = len(stream) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE]
    table += [0xFFFFFFFF] * (128 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += b"\x00" * 10 + struct.pack("<IIIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    header += b"\xff" * (512 - len(header))

    def entry(title, kind, first, size):
        encoded = title.encode("utf-16-le")
        head = encoded.ljust(64, b"\x00") + struct.pack("<HBB", len(encoded) + 2, kind, 1)
        return head + b"\xff" * 12 + b"\x00" * 36 + struct.pack("<II4x", first, size)

    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0) + entry(name, 2, 2, len(stream)) + b"\x00" * 256
    return header + struct.pack("<128I", *table) + directory + stream


def xls(rows, **kwargs):
    return compound(biff(rows, **kwargs), "Book" if kwargs.get("version") == 0x500 else "Workbook")

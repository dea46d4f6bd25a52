"""A file with a table, whatever its name says it is: `read_workbook(content)` -> Workbook.

CSV in any encoding and with any separator, XLSX, XLS, ODS, and the web pages and XML that programs call .xls. The type
is told from the content. Nothing is believed: sizes are limited (sheets.py), nothing outside the file is looked at, and
no formula is computed. Raises ValidationError with what is wrong and what to do.
"""

import re
from io import BytesIO
from zipfile import ZipFile

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sessions_app.evidence import archives, compound, ods, spreadsheet_xml, xls, xlsx
from sessions_app.evidence.encodings import decode
from sessions_app.evidence.sheets import (
    LARGEST_FILE,
    LARGEST_UNPACKED,
    Workbook,
    has_password,
    too_large,
    too_much,
    unreadable,
)
from sessions_app.evidence.text_tables import read_csv, read_html

MOST_PARTS = 2000
BEGINNING = 2000
CHARSET = re.compile(rb"charset=[\"']?([\w-]+)", re.IGNORECASE)
# What other files begin with, and are called a table all the same.
OTHERS = {b"%PDF": "PDF", b"MIME-Version:": "MHT", b"{\\rtf": "RTF", b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG"}
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


def read_workbook(content: bytes) -> Workbook:
    """Return the sheets of a file that hold something. Raises ValidationError."""
    if len(content) > LARGEST_FILE:
        raise too_large()
    workbook = _read(content)
    sheets = tuple(sheet for sheet in workbook.sheets if sheet.rows)
    if not sheets:
        raise ValidationError(_("There is nothing in it: a row of titles and at least one more are needed."))
    return Workbook(sheets, workbook.encoding)


def _read(content: bytes) -> Workbook:
    if content.startswith(archives.ZIP):
        return _from_zip(content)
    if content.startswith(compound.MAGIC):
        return _from_container(content)
    for start, kind in OTHERS.items():
        if content.startswith(start):
            raise ValidationError(
                _("This is a %(kind)s file. Export the table as XLSX or CSV from the program that has it.")
                % {"kind": kind}
            )
    return _from_text(content)


def _from_zip(content: bytes) -> Workbook:
    try:
        archive = ZipFile(BytesIO(content))
    except archives.BROKEN:
        raise unreadable() from None
    infos = archive.infolist()
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > LARGEST_UNPACKED:
        raise too_much()
    if any(info.flag_bits & 1 for info in infos):
        raise has_password()
    names = {info.filename.lower() for info in infos}
    if xlsx.WORKBOOK in names:
        return Workbook(tuple(xlsx.read(archive)))
    if "content.xml" in names:
        return Workbook(tuple(ods.read(_content_xml(archive))))
    raise unreadable()


def _content_xml(archive: ZipFile) -> bytes:
    try:
        return archives.unpack(archive, archive.getinfo("content.xml"))
    except archives.BROKEN:
        raise unreadable() from None


def _from_container(content: bytes) -> Workbook:
    try:
        found = compound.find(content, ("EncryptedPackage", "Workbook", "Book"))
    except compound.BrokenContainer:
        raise unreadable() from None
    if found is None:
        raise unreadable()
    name, stream = found
    if name == "EncryptedPackage":
        raise has_password()
    return Workbook(tuple(xls.read(stream)))


def _from_text(content: bytes) -> Workbook:
    declared = CHARSET.search(content[:BEGINNING])
    try:
        text, encoding = decode(content, declared[1].decode() if declared else "")
    except (UnicodeDecodeError, ValueError):
        raise unreadable() from None
    if CONTROL.search(text):
        raise unreadable()
    if spreadsheet_xml.NAMESPACE in text[:BEGINNING]:
        return Workbook(tuple(spreadsheet_xml.read(content)), encoding)
    if text.lstrip().startswith("<"):
        sheets = read_html(text)
        if not sheets:
            raise unreadable()
        return Workbook(tuple(sheets), encoding)
    return Workbook((read_csv(text),), encoding)

"""A file that somebody sends, or the files in the zip that it is: `members(file, name)`.

Nothing of it is believed: neither sizes nor names nor depth. Nothing is ever written to a disk. Raises ValidationError
with a sentence that names the file.
"""

import re
import stat
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MEGABYTE = 1_000_000
LARGEST_FILE = 64 * MEGABYTE
LARGEST_MEMBER = 20 * MEGABYTE
LARGEST_UNPACKED = 200 * MEGABYTE
MOST_MEMBERS = 15_000
# A zip may hold zips, and these nothing but files.
DEEPEST = 2
ZIP, EMPTY_ZIP = b"PK\x03\x04", b"PK\x05\x06"
READ_TYPES = (".xml", ".zip")
LITTER = re.compile(r"__macosx/|/\._|/\.ds_store|/thumbs\.db|/desktop\.ini")
BROKEN = (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, KeyError)
LONGEST_NAME = 120


@dataclass
class Opened:
    """All that may be taken out of one file that was sent, however deep its zips are nested."""

    bytes_left: int = LARGEST_UNPACKED
    members_left: int = MOST_MEMBERS
    # Names of what is no XML and no zip: named to the person, never read.
    skipped: list[str] = field(default_factory=list)


def shown(name: str) -> str:
    """Return a name from outside as it may stand in a sentence: without control signs, and not endless."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name)[-LONGEST_NAME:]


def members(file: BinaryIO, name: str, opened: Opened) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the file itself, or of each XML in the zip, as long as `opened` allows."""
    start = file.read(len(ZIP))
    file.seek(0)
    if start in (ZIP, EMPTY_ZIP):
        yield from _members(file, shown(name), opened, depth=1)
        return
    content = file.read(LARGEST_MEMBER + 1)
    _require(len(content) <= LARGEST_MEMBER, lambda: _too_large(shown(name), LARGEST_MEMBER))
    yield shown(name), content


def _members(file: BinaryIO, name: str, opened: Opened, depth: int) -> Iterator[tuple[str, bytes]]:
    _require(
        depth <= DEEPEST,
        lambda: _("%(file)s: a zip in a zip in a zip is not read. Send the inner one.") % {"file": name},
    )
    _require(file.seek(0, 2) <= LARGEST_FILE, lambda: _too_large(name, LARGEST_FILE))
    try:
        archive = ZipFile(file)
    except BROKEN:
        raise ValidationError(_("%(file)s is a broken zip. Make it again.") % {"file": name}) from None
    for info in _wanted(archive, name, opened):
        inner = shown(info.filename)
        content = _content(archive, info, opened)
        if content.startswith(ZIP):
            yield from _members(BytesIO(content), inner, opened, depth + 1)
        else:
            yield inner, content


def _wanted(archive: ZipFile, name: str, opened: Opened) -> list[ZipInfo]:
    """Return what is read of a zip; all of it is judged before the first byte is unpacked."""
    infos = archive.infolist()
    opened.members_left -= len(infos)
    limit = {"file": name, "limit": MOST_MEMBERS}
    _require(
        opened.members_left >= 0,
        lambda: _("%(file)s holds too many files: at most %(limit)s. Send it in parts.") % limit,
    )
    wanted = []
    for info in infos:
        path = f"/{info.filename}".lower()
        if info.is_dir() or LITTER.search(path):
            continue
        if not path.endswith(READ_TYPES):
            opened.skipped.append(shown(info.filename))
            continue
        _require_harmless(info)
        wanted.append(info)
    unpacked = sum(info.file_size for info in wanted)
    _require(unpacked <= opened.bytes_left, lambda: _too_large(name, LARGEST_UNPACKED))
    return wanted


def _require_harmless(info: ZipInfo) -> None:
    name = shown(info.filename)
    _require(not info.flag_bits & 1, lambda: _("%(file)s has a password. Send it without one.") % {"file": name})
    linked = stat.S_ISLNK(info.external_attr >> 16)
    _require(not linked, lambda: _("%(file)s is a link to another file. Send the file itself.") % {"file": name})
    usual = info.compress_type in (ZIP_STORED, ZIP_DEFLATED)
    _require(usual, lambda: _("%(file)s is packed in an unusual way. Make the zip again.") % {"file": name})
    _require(info.file_size <= LARGEST_MEMBER, lambda: _too_large(name, LARGEST_MEMBER))


def _content(archive: ZipFile, info: ZipInfo, opened: Opened) -> bytes:
    opened.bytes_left -= info.file_size
    _require(opened.bytes_left >= 0, lambda: _too_large(shown(info.filename), LARGEST_UNPACKED))
    try:
        return unpack(archive, info)
    except BROKEN:
        broken = _("%(file)s is broken in the zip. Make it again.") % {"file": shown(info.filename)}
        raise ValidationError(broken) from None


def unpack(archive: ZipFile, info: ZipInfo) -> bytes:
    """Return a member, no more of it than it says to be: asked for everything, zipfile unpacks first and cuts after.

    Raises one of BROKEN.
    """
    with archive.open(info) as member:
        return member.read(info.file_size + 1)


def _too_large(name: str, limit: int) -> str:
    return _("%(file)s is too large: at most %(limit)s MB.") % {"file": name, "limit": limit // MEGABYTE}


def _require(holds: bool, sentence: Callable[[], str]) -> None:
    """A zip has thousands of files, so a sentence is made only where it is needed."""
    if not holds:
        raise ValidationError(sentence())

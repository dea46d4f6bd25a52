"""A zip is judged before anything of it is unpacked."""

import stat
import struct
import tracemalloc
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from django.core.exceptions import ValidationError

from sessions_app.evidence import archives
from sessions_app.evidence.archives import Opened, members, shown
from sessions_app.tests.evidence.sifen import zipped, zipped_as


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


def taken(content, name="sent.zip", **limits):
    opened = Opened(**limits)
    return dict(members(BytesIO(content), name, opened)), opened.skipped


def refusal(content, **limits):
    with pytest.raises(ValidationError) as refused:
        taken(content, **limits)
    return " ".join(refused.value.messages)


def test_a_file_that_is_no_zip_is_itself():
    assert taken(b"<a/>", "one.xml") == ({"one.xml": b"<a/>"}, [])


def test_a_zip_gives_its_xml_files_wherever_they_are_and_names_the_others():
    files = {"a.xml": b"1", "may/b.XML": b"2", "kude.pdf": b"3", "notes.txt": b"4"}
    assert taken(zipped_as(files)) == ({"a.xml": b"1", "may/b.XML": b"2"}, ["kude.pdf", "notes.txt"])


def test_what_computers_leave_in_zips_is_passed_over():
    litter = {"__MACOSX/._a.xml": b"x", "a/._b.xml": b"x", "Thumbs.db": b"x", ".DS_Store": b"x", "folder/": b""}
    assert taken(zipped_as(litter)) == ({}, [])


def test_a_zip_in_a_zip_is_read_and_no_deeper():
    inner = zipped(a_xml="1")
    assert taken(zipped(inner_zip=inner)) == ({"a.xml": b"1"}, [])
    assert "a zip in a zip in a zip" in refusal(zipped(outer_zip=zipped(inner_zip=inner)))


def test_a_large_member_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_MEMBER", 1000)
    assert refusal(zipped(big_xml=b"0" * 1001)) == "big.xml is too large: at most 0 MB."


def test_all_members_together_have_a_limit_across_nested_zips():
    inner = zipped(a_xml=b"0" * 2000, b_xml=b"0" * 900)
    assert len(taken(inner, bytes_left=3000)[0]) == 2
    assert "too large" in refusal(zipped(one_zip=inner, two_zip=inner), bytes_left=4000)


def test_too_many_members_are_refused():
    four = zipped_as({f"{number}.xml": b"" for number in range(4)})
    assert len(taken(four, members_left=4)[0]) == 4
    assert "sent.zip holds too many files" in refusal(four, members_left=3)


def test_a_size_that_lies_gives_no_more_than_it_says():
    content = bytearray(zipped(a_xml=b"0" * 20_000_000))
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 100)
    tracemalloc.start()
    try:
        assert refusal(bytes(content)) == "a.xml is broken in the zip. Make it again."
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_link_is_refused():
    stream, info = BytesIO(), ZipInfo("a.xml")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with ZipFile(stream, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert "is a link" in refusal(stream.getvalue())


def test_a_password_is_not_asked_for():
    content = bytearray(zipped(a_xml="1"))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(content)) == "a.xml has a password. Send it without one."


def test_unusual_packing_is_refused():
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_BZIP2) as archive:
        archive.writestr("a.xml", "1")
    assert "unusual way" in refusal(stream.getvalue())


@pytest.mark.parametrize("cut", [10, 60])
def test_half_a_zip_is_broken(cut):
    whole = zipped_as({"a.xml": "1" * 90})
    assert refusal(whole[:cut]) == "sent.zip is a broken zip. Make it again."


def test_a_name_is_shown_without_control_signs():
    assert shown("a\r\n\x1b\u202egpj.xml") == "a����gpj.xml"
    assert len(shown("x" * 500)) == archives.LONGEST_NAME


def test_a_name_that_climbs_out_is_only_a_name():
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr("../../tmp/a.xml", "1")
    assert taken(stream.getvalue())[0] == {"../../tmp/a.xml": b"1"}

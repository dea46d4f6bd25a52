"""XML of electronic documents: found in any wrapper, and nothing else believed."""

import pytest
from django.core.exceptions import ValidationError

from sessions_app.evidence import sifen_xml
from sessions_app.evidence.sifen_xml import read
from sessions_app.tests.evidence.sifen import (
    NAMESPACE,
    answer,
    answered_event,
    batch,
    cancellation,
    cdc,
    invoice,
    unused,
)


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


def numbers(text):
    content = text if isinstance(text, bytes) else text.encode()
    return [record.texts["dNumDoc"] for record in read(content).documents]


def refusal(text):
    with pytest.raises(ValidationError) as refused:
        read(text if isinstance(text, bytes) else text.encode())
    return " ".join(refused.value.messages)


ONE = invoice(1, root=False)
PREFIXED = ONE.replace("<", "<ns2:").replace("<ns2:/", "</ns2:").replace("xmlns=", "xmlns:ns2=")


@pytest.mark.parametrize(
    "text",
    [
        invoice(1),
        "\ufeff" + invoice(1),
        ONE,
        PREFIXED,
        batch(ONE),
        batch(batch(ONE)),
        f'<rLoteDE xmlns="{NAMESPACE}">{ONE}</rLoteDE>',
        f'<rContDe xmlns="{NAMESPACE}">{ONE}<dProtAut>12</dProtAut></rContDe>',
        f'<a xmlns="urn:other"><b>{ONE}</b></a>',
        f'<?xml version="1.0" encoding="UTF-8" standalone="no"?><!-- c -->{ONE}<!-- c -->',
        invoice(1).replace("UTF-8", "UTF-16").encode("utf-16"),
        invoice(1).replace("UTF-8", "ISO-8859-1").encode("latin-1"),
    ],
)
def test_a_document_is_found_whatever_wraps_it(text):
    assert numbers(text) == ["0000001"]


def test_documents_of_a_batch_are_all_found():
    assert numbers(batch(*(invoice(number, root=False) for number in (3, 1, 2)))) == ["0000003", "0000001", "0000002"]


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_xml_written_as_text_is_read_too_with_several_roots_and_declarations():
    inner = escaped(invoice(4) + invoice(5))
    assert numbers(f'<r xmlns="{NAMESPACE}"><xContenDE>{inner}</xContenDE></r>') == ["0000004", "0000005"]
    assert numbers(f'<r xmlns="{NAMESPACE}"><xContenDE><![CDATA[{invoice(4)}]]></xContenDE></r>') == ["0000004"]


def test_text_in_text_in_text_ends():
    text = invoice(4)
    for _level in range(4):
        text = f'<r xmlns="{NAMESPACE}"><xContenDE>{escaped(text)}</xContenDE></r>'
    assert refusal(text) == "is nested too deep for an electronic document."


def test_an_approval_beside_a_document_is_its_own():
    contained = f'<rContDe xmlns="{NAMESPACE}">{invoice(2, root=False)}<dProtAut>7</dProtAut></rContDe>'
    found = read(f"<all>{invoice(1, root=False)}{contained}{invoice(3, root=False)}</all>".encode())
    assert [record.texts.get("dProtAut") for record in found.documents] == [None, "7", None]
    elsewhere = f'<rContDe xmlns="{NAMESPACE}"><dProtAut>9</dProtAut></rContDe>'
    found = read(f"<all>{invoice(1, root=False)}{elsewhere}</all>".encode())
    assert [record.texts.get("dProtAut") for record in found.documents] == [None]


def test_answers_and_events_are_found_beside_documents():
    found = read(f"<all>{ONE}{cancellation(cdc(1))}{answer(cdc(1), 'Aprobado')}</all>".encode())
    assert [record.texts["cancelled"] for record in found.events] == [cdc(1)]
    assert [(record.texts["Id"], record.texts["dEstRes"]) for record in found.answers] == [(cdc(1), "Aprobado")]
    assert not found.is_empty


def test_the_answer_to_an_event_is_the_one_in_its_container():
    first = answered_event(cancellation(cdc(1)), "Rechazado")
    second = answered_event(escaped(cancellation(cdc(2))), "Aprobado")
    events = read(f"<all>{first}{second}{unused(5, 6)}</all>".encode()).events
    assert [event.texts.get("dEstRes") for event in events] == ["Rechazado", "Aprobado", None]


def test_in_another_namespace_nothing_is_an_electronic_document():
    assert read(ONE.replace(NAMESPACE, "http://example.invalid/").encode()).is_empty
    assert read(ONE.replace(f' xmlns="{NAMESPACE}"', "").encode()).is_empty


def test_texts_elsewhere_than_where_they_belong_are_not_taken():
    moved = ONE.replace("<gDtipDE>", "<gDtipDE><dNumDoc>9999999</dNumDoc><x><dRucEm>1</dRucEm></x>")
    assert numbers(moved) == ["0000001"]


DOCTYPES = [
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><a>&b;</a>',
    '<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd"><a/>',
    "<!DOCTYPE html><html/>",
]


@pytest.mark.parametrize("text", DOCTYPES)
def test_a_doctype_is_refused(text):
    assert refusal(text) == "has a DOCTYPE, which no electronic document has."
    assert refusal(f"<?xml version='1.0'?>{text}".encode("utf-16")) == refusal(text)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xd8\xff\xe0JFIF", b"text", invoice(1)[:400].encode()])
def test_what_is_no_whole_xml_is_refused(content):
    assert "is no complete XML" in refusal(content)


def test_letters_that_are_not_in_the_encoding_are_refused():
    text = invoice(1).replace("Inventada", "Ñandutí")
    assert "is no complete XML" in refusal(text.encode("latin-1"))
    for encoding in ("no-such", "shift_jis"):
        assert "is no complete XML" in refusal(text.replace("UTF-8", encoding).encode())


def test_depth_has_a_limit():
    assert "nested too deep" in refusal("<a>" * 100_000)


def test_what_is_passed_over_has_to_be_whole_and_in_a_large_file_not_too_deep(monkeypatch):
    deep = ONE.replace("<gCamItem>", "<gCamItem>" + "<x>" * 100 + "</x>" * 100)
    assert numbers(deep) == ["0000001"]
    assert "is no complete XML" in refusal(ONE.replace("<gCamItem>", "<gCamItem>" + "<x>" * 100))
    assert "nested too deep" in refusal(ONE.replace("<gCamItem>", "<gCamItem><gCamItem></gCamItem>"))
    monkeypatch.setattr(sifen_xml, "SMALL", 100)
    assert "nested too deep" in refusal(deep)


def test_what_stands_in_a_part_that_is_passed_over_is_not_taken():
    hidden = "<gCamItem><gTimb><dNumDoc>0000009</dNumDoc></gTimb></gCamItem>"
    assert numbers(ONE.replace("<gCamItem>", hidden + "<gCamItem>")) == ["0000001"]


def test_one_document_says_nothing_twice():
    again = ONE.replace("<gTotSub>", "<gTotSub><dTotGralOpe>5</dTotGralOpe>")
    assert refusal(again) == "says dTotGralOpe twice in one document."
    assert refusal(ONE.replace("</DE>", "</DE><DE Id='1'/>")) == "says Id twice in one document."


def test_a_document_in_a_document_is_refused():
    assert refusal(ONE.replace("</DE>", f"{ONE}</DE>")) == "holds a document inside a document."


def test_endless_texts_and_endless_documents_are_refused(monkeypatch):
    assert "too long a text in dNomEmi" in refusal(invoice(dNomEmi="x" * 5000))
    monkeypatch.setattr(sifen_xml, "MOST_RECORDS", 3)
    assert "too many documents" in refusal(f"<p:a xmlns:p='{NAMESPACE}'>{'<p:rDE/>' * 4}</p:a>")

"""A file of invoices: taken whole, each document once, with what happened to it afterwards."""

from datetime import datetime
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError

from cashpilot.periods import ASUNCION
from sessions_app.evidence.invoices import Events, UnusedNumbers, apply_events, read_invoices
from sessions_app.tests.evidence.sifen import (
    NAMESPACE,
    OTHER_RUC,
    answer,
    answered_event,
    batch,
    cancellation,
    cdc,
    invoice,
    unused,
    zipped,
    zipped_as,
)


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


def read(content, name="sent.xml"):
    return read_invoices(content.encode() if isinstance(content, str) else content, name)


def refusal(content, name="sent.xml"):
    with pytest.raises(ValidationError) as refused:
        read(content, name)
    return refused.value.messages


def numbers(found):
    return sorted(document.number for document in found.documents)


def local(*parts):
    return datetime(*parts, tzinfo=ASUNCION)


def test_a_zip_of_documents_batches_and_events_is_one_reading():
    found = read(
        zipped(
            a_xml=invoice(1),
            b_xml=batch(invoice(2, root=False), invoice(3, root=False)),
            c_xml=cancellation(cdc(2)),
            d_xml=unused(4, 6),
            e_pdf="x",
        )
    )
    assert numbers(found) == [1, 2, 3]
    assert [document.number for document in found.documents if document.cancelled_at] == [2]
    assert found.events.unused == [UnusedNumbers("12345678", "001-001", 1, 4, 6)]
    assert (found.refused, found.skipped, found.copies) == ([], ["e.pdf"], {})


def test_a_stream_is_read_as_well_as_bytes():
    assert numbers(read_invoices(BytesIO(invoice(1).encode()), "a.xml")) == [1]


def test_a_copy_counts_once_in_whatever_wrapper():
    wrapped = f'<rContDe xmlns="{NAMESPACE}">{invoice(1, root=False)}<dProtAut>7</dProtAut></rContDe>'
    found = read(zipped_as({"a.xml": invoice(1), "a (1).xml": invoice(1), "b.xml": wrapped}))
    assert [(document.number, document.is_approved) for document in found.documents] == [(1, True)]
    assert found.copies == {cdc(1): 3}


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_one_cdc_with_two_contents_is_never_taken(order):
    contents = {"a": invoice(1), "b": invoice(1, total="20000")}
    found = read(zipped_as({**{f"{name}.xml": contents[name] for name in order}, "c.xml": invoice(2)}))
    assert numbers(found) == [2]
    assert found.refused == [f"a.xml, b.xml: one CDC ({cdc(1)}) with two contents."]


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_a_document_is_not_taken_beside_a_broken_one_of_its_cdc(order):
    contents = {"a": invoice(1), "b": invoice(1, dTotGralOpe="9")}
    messages = refusal(zipped_as({f"{name}.xml": contents[name] for name in order}))
    assert messages == [
        "b.xml, dTotGralOpe: the totals do not add up.",
        f"a.xml, b.xml: one CDC ({cdc(1)}) with two contents.",
    ]


def test_what_breaks_a_rule_is_refused_by_name_and_the_rest_is_still_there():
    found = read(zipped(a_xml=invoice(1, dRedon="x"), b_xml=invoice(2), c_xml="<html/>", d_xml="nothing"))
    assert numbers(found) == [2]
    assert found.refused == [
        "a.xml, dRedon: x is no amount.",
        "c.xml holds no electronic document (SIFEN).",
        "d.xml is no complete XML (line 1). Download it again.",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "sent.xml is no complete XML (line 1). Download it again."),
        ("<html/>", "sent.xml holds no electronic document (SIFEN)."),
        (zipped(a_pdf="x"), "sent.xml holds no electronic document (SIFEN)."),
        (invoice(kind=9), "sent.xml, iTiDE: documents of type 9 are not known here."),
    ],
)
def test_a_file_of_which_nothing_can_be_taken_is_refused(content, sentence):
    assert refusal(content) == [sentence]


def test_names_are_shown_without_control_signs():
    assert refusal("<a/>", "a\nb\u202e.xml") == ["a�b�.xml holds no electronic document (SIFEN)."]


def test_a_cancellation_before_its_document_is_kept_until_it_comes():
    found = read(cancellation(cdc(1), at="2026-07-01T10:00:00"))
    assert (found.documents, found.events.cancellations[0].cdc) == ([], cdc(1))
    later = read(invoice(1))
    assert [document.cancelled_at for document in apply_events(later.documents, found.events)] == [
        local(2026, 7, 1, 10)
    ]


def test_the_first_of_two_cancellations_counts():
    both = zipped(a_xml=cancellation(cdc(1), at="2026-07-02T08:00:00"), b_xml=cancellation(cdc(1)), c_xml=invoice(1))
    assert [document.cancelled_at for document in read(both).documents] == [local(2026, 7, 1, 10)]


def test_an_event_that_was_refused_changes_nothing():
    cancel = answered_event(cancellation(cdc(1)), "Rechazado")
    numbers_unused = answered_event(unused(2, 3), "Rechazado")
    found = read(zipped(a_xml=invoice(1), b_xml=cancel, c_xml=numbers_unused))
    assert [document.cancelled_at for document in found.documents] == [None]
    assert found.events == Events()


@pytest.mark.parametrize(
    ("states", "approved"),
    [
        (["Aprobado"], True),
        (["Aprobado con observación"], True),
        (["Rechazado"], False),
        (["Rechazado", "Aprobado"], True),
        (["Aprobado", "Rechazado"], True),
        ([], None),
    ],
)
def test_an_answer_says_whether_a_document_was_approved(states, approved):
    answers = {f"answer{place}.xml": answer(cdc(1), state) for place, state in enumerate(states)}
    found = read(zipped_as({"a.xml": invoice(1), **answers}))
    assert [document.is_approved for document in found.documents] == [approved]


def test_an_answer_that_comes_later_is_applied_later():
    refused, approved = (read(answer(cdc(1), state)).events for state in ("Rechazado", "Aprobado"))
    once = list(apply_events(read(invoice(1)).documents, refused))
    assert [document.is_approved for document in once] == [False]
    assert [document.is_approved for document in apply_events(once, approved)] == [True]
    assert [document.is_approved for document in apply_events(once, Events())] == [False]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (cancellation("1" * 44), "rGeVeCan Id: this is no CDC"),
        (answer("5", "Aprobado"), "rProtDe Id: this is no CDC"),
        (unused(9, 5), "dNumFin: these are not the numbers of one range."),
        (unused(1, 9_000_000), "dNumFin: these are not the numbers of one range."),
        (cancellation(cdc(1), at="yesterday"), "dFecFirma: yesterday is no date and hour."),
    ],
)
def test_an_event_that_makes_no_sense_is_refused_with_its_field(content, sentence):
    assert refusal(content)[0].startswith(f"sent.xml, {sentence}")


def test_the_issuer_of_most_documents_is_the_main_one():
    mixed = batch(*(invoice(number, root=False) for number in (1, 2)), invoice(7, ruc=OTHER_RUC, root=False))
    assert read(mixed).main_issuer == "80012345"
    assert read(cancellation(cdc(1))).main_issuer is None

"""One electronic document: held against its CDC, its totals and its payments; then booked per method."""

from datetime import UTC, datetime

import pytest

from sessions_app.evidence import sifen_xml
from sessions_app.evidence.documents import Amounts, Foreign, WrongField, build
from sessions_app.tests.evidence.sifen import OTHER_RUC, cdc, invoice, paid


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


def built(text):
    return build(sifen_xml.read(text.encode()).documents[0])


def amounts(*payments, **kwargs):
    return built(invoice(1, *payments, **kwargs)).amounts


def refusal(text):
    with pytest.raises(WrongField) as refused:
        built(text)
    return str(refused.value)


def test_a_document_says_who_what_and_when_in_asuncion():
    document = built(invoice(812, point="002-003", at="2026-07-09T22:30:00", timbrado="17654321"))
    assert (document.issuer, document.issuer_name, document.timbrado) == ("80012345", "Farmacia Inventada", "17654321")
    assert (document.type, document.full_number) == (1, "002-003-0000812")
    assert document.issued_at == datetime(2026, 7, 10, 1, 30, tzinfo=UTC)
    assert (document.is_approved, document.cancelled_at, document.refers_to) == (None, None, ())


def test_neither_customer_nor_items_are_kept():
    assert "ecret" not in repr(built(invoice()))


@pytest.mark.parametrize(
    ("kind", "method"),
    [(1, "cash"), (3, "card"), (4, "card"), (8, "card"), (5, "transfer"), (7, "transfer"), (16, "transfer")]
    + [(17, "transfer"), (21, "transfer")]
    + [(kind, "unmapped") for kind in (2, 6, 9, 10, 11, 12, 13, 14, 15, 18, 19, 20, 22, 99)],
)
def test_each_kind_of_payment_has_its_method_or_none(kind, method):
    assert amounts(paid(kind, "10000.0000")) == Amounts(**{method: 10_000})


def test_several_payments_share_one_invoice():
    mixed = [paid(1, "39300.0000"), paid(3, "58950.0000"), paid(4, "1000"), paid(7, "98350.0000")]
    assert amounts(*mixed, total="197600") == Amounts(cash=39_300, card=59_950, transfer=98_350)


def test_points_in_an_amount_are_decimals():
    assert amounts(paid(1, "150000.0000"), total="150000") == Amounts(cash=150_000)


def test_on_credit_the_first_payment_goes_to_its_method_and_the_rest_is_owed():
    assert amounts(paid(4, "250000"), total="900000", condition=2) == Amounts(card=250_000, credit=650_000)
    assert amounts(total="486500", condition=2) == Amounts(credit=486_500)


def test_a_payment_of_nothing_pays_nothing():
    document = built(invoice(1, paid(1, "0"), total="56000"))
    assert document.amounts == Amounts(unmapped=56_000)
    assert document.unmapped_because == ("The payments are not the total.",)


def test_money_received_beyond_the_total_is_not_booked_as_sold():
    assert amounts(paid(1, "100000"), total="87400") == Amounts(cash=100_000, unmapped=-12_600)
    assert amounts(paid(1, "900000"), total="870000", condition=2) == Amounts(cash=900_000, unmapped=-30_000)


def test_an_unknown_kind_is_named():
    document = built(invoice(1, paid(99, "7000"), paid(2, "2000"), total="10000"))
    assert document.amounts == Amounts(unmapped=10_000)
    assert document.unmapped_because == (
        "Paid in a way that is no method here (2, 99).",
        "The payments are not the total.",
    )


def test_cash_written_before_rounding_is_taken_down_by_it():
    rounded = {"total": "23100", "before_rounding": "23139", "rounding": "39"}
    assert amounts(paid(1, "23139"), **rounded) == Amounts(cash=23_100)
    assert amounts(paid(1, "23100"), **rounded) == Amounts(cash=23_100)
    assert amounts(paid(3, "23139"), **rounded) == Amounts(card=23_139, unmapped=-39)
    assert amounts(paid(1, "23140"), **rounded) == Amounts(cash=23_140, unmapped=-40)


def test_foreign_money_counts_at_its_own_rate_rounded_half_up_and_is_listed():
    dollars = {"currency": "USD", "rate": "7301"}
    document = built(invoice(1, paid(1, "38.5", "USD", "7301"), total="38.5", **dollars))
    assert (document.total, document.amounts) == (281_089, Amounts(cash=281_089)), "of 281.088,5"
    assert document.foreign == (Foreign("USD", 281_089, "cash"),)


def test_the_total_in_guaranies_that_a_foreign_document_gives_is_taken():
    document = built(
        invoice(1, paid(3, "10", "USD", "7000"), total="10", currency="USD", rate="1", in_guaranies="70000")
    )
    assert (document.total, document.amounts) == (70_000, Amounts(card=70_000))


def test_what_rounding_each_line_leaves_is_not_unmapped():
    thirds = [paid(1, "1.333", "USD", "7000.1"), paid(3, "2.667", "USD", "7000.1")]
    document = built(invoice(1, *thirds, total="4", currency="USD", rate="7000.1"))
    assert document.total == document.amounts.total == 28_000
    assert document.amounts.unmapped == 0


def test_credit_in_foreign_money_is_listed_too():
    document = built(invoice(1, total="10", condition=2, currency="USD", rate="7000"))
    assert document.foreign == (Foreign("USD", 70_000, "credit"),)


@pytest.mark.parametrize(("kind", "amount"), [(5, -42_000), (6, 42_000)])
def test_a_note_moves_money_without_saying_how(kind, amount):
    original = cdc(9)
    document = built(invoice(3, kind=kind, total="42000", refers_to=original))
    assert (document.total, document.amounts) == (42_000, Amounts(unmapped=amount))
    assert document.unmapped_because == ("A note does not say how it was paid.",)
    assert document.refers_to == (original,)


def test_purchases_and_remissions_are_no_sales():
    assert built(invoice(3, kind=4, total="65000")).amounts == Amounts()
    remission = invoice(5, kind=7)
    remission = remission[: remission.index("<gTotSub>")] + remission[remission.index("</gTotSub>") + 10 :]
    assert (built(remission).total, built(remission).amounts) == (0, Amounts())


@pytest.mark.parametrize(
    "amount", ["-5000", "1e9", "150.000,00", "NaN", "", "١٢٣", "99999999999999999999", "0x10", "1_000", " ", "+5", "5."]
)
def test_what_is_no_amount_is_refused_with_its_field(amount):
    assert refusal(invoice(1, paid(1, amount))).startswith("dMonTiPag: ")
    assert refusal(invoice(dTotGralOpe=amount)).startswith("dTotGralOpe: ")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("iTiPago", "abc"),
        ("iTiPago", ""),
        ("cMoneTiPag", "Gs"),
        ("iCondOpe", "3"),
        ("cMoneOpe", ""),
        ("dFeEmiDE", "2026-02-30T10:00:00"),
        ("dFeEmiDE", "2026-07-01T09:00:00Z"),
        ("dFeEmiDE", "2026-07-01"),
        ("dFeEmiDE", "2026-07-02T09:00:00"),
        ("dNumDoc", "0000002"),
        ("dEst", "002"),
        ("dPunExp", "009"),
        ("dRucEm", OTHER_RUC),
        ("dDVEmi", "1"),
        ("dDVId", "x"),
        ("iTiDE", "5"),
        ("dCodSeg", "000000001"),
        ("iTipEmi", "2"),
        ("dNumTim", ""),
        ("dTotOpe", "10001"),
        ("dRedon", "50"),
    ],
)
def test_a_document_that_contradicts_itself_is_refused_with_the_field(name, text):
    named = "dTotGralOpe" if name in ("dTotOpe", "dRedon") else name
    assert refusal(invoice(**{name: text})).startswith(f"{named}: ")


def test_foreign_money_without_a_rate_is_refused():
    assert refusal(invoice(1, paid(1, "10000", "USD"))).startswith("dTiCamTiPag: ")
    assert refusal(invoice(1, paid(1, "38.5", "USD", "7300"), total="38.5", currency="USD")).startswith("dTiCam: ")


def test_an_unknown_type_is_named():
    assert refusal(invoice(kind=9)) == "iTiDE: documents of type 9 are not known here."


def test_a_wrong_cdc_is_refused():
    right = cdc(1)
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert refusal(invoice().replace(right, wrong)) == "DE Id: this is no CDC: a digit of it is wrong."

"""Whole guaraníes as people type and read them."""

from contextlib import suppress

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from cashpilot.money import (
    MAXIMUM,
    MoneyField,
    MoneyFormField,
    PiecesFormField,
    SignedMoneyField,
    SignedMoneyFormField,
    WholeNumberField,
    WholeNumberFormField,
    group,
    parse_amount,
    parse_number,
    parse_pieces,
    parse_signed,
    with_sign,
)

MILLION_AND_A_QUARTER = [
    "1250000",
    "01250000",
    "1.250.000",
    "1,250,000",
    "1 250 000",
    "1\u00a0250\u00a0000",  # no-break spaces, as this product itself prints the sign
    "1\u202f250\u202f000",  # narrow ones, as spreadsheets in Spanish paste them
    "  1.250.000  ",
    "₲1250000",
    "₲ 1.250.000",
    "₲\u00a01.250.000",
    "Gs 1.250.000",
    "Gs. 1.250.000",
    "Gs.1250000",
    "gs 1250000",
    "GS. 1,250,000",
    "1.000.000+250.000",
    "₲ 1.000.000 + Gs. 250.000",
    "1000000+200000+50000",
    "1.250.000+0",
    "Gs. 1.250.000.-",  # as on cheques and receipts
    "1.250.000.-",
    "1.250.000 Gs.-",
    "G. 1.250.000",
    "1.250.000 Gs",
    "1.250.000Gs.",
    "1.250.000 ₲",
    "PYG 1.250.000",
    "1250000 pyg",
    "₲1.250.000",
    "1\u2009250\u2009000",  # thin spaces
    "1\u2007250\u2007000",  # as wide as a figure
    "\u200b1.250.000\u200b",  # zero-width ones
    "1\u200b250\u200b000",
    "\ufeff1250000",
    "\u200e₲ 1.250.000\u200f",  # marks of direction
    "\u202d1.250.000\u202c",
    "\t1.250.000\t",
    "Gs.\t1.250.000",  # two cells, the currency in the first
    "1.000.000.- + 250.000.-",
]
NO_AMOUNT = [
    "",
    " ",
    "₲",
    "Gs.",
    "+",
    "1.500+",
    "+1.500",
    "1.500++2.000",
    "abc",
    "12a",
    "1.234,56",
    "1,234.56",
    "12,50",
    "0.500",  # half a guaraní, or 500: nobody knows
    "0,500",
    "1.50",
    "1.5000",
    "1.250,000",  # two separators in one number
    "1.250 000",
    "1250.000",
    "1..250",
    ".500",
    "500.",
    "1e9",
    "1E3",
    "0x10",
    "1_000",
    "NaN",
    "nan",
    "Infinity",
    "-5",
    "\N{MINUS SIGN}5",
    "1.500-500",
    "3*500",
    "٣٤",  # Arabic
    "１２３",  # full width
    "²",
    "½",
    "1\n250",
    "1250\n",
    "100\t250",  # two cells
    "1\x00250",
    "1250\x00",
    "\ud800",
    "$ 1.250",
    "₲ ₲ 1.250",
    "₲ 1.250 Gs",
    "G 1.250",  # a letter, not the abbreviation
    "gſ. 1.250",
    "1.250 kg",
    "Gs. 1.234,56",
    "1.250.-500",
    "1.250-",
    ".-",
    "1.250.-.-",
    "1.250.000,-",
    "9" * 10_000,
    "1+" * 5_000 + "1",
]


@pytest.mark.parametrize("text", MILLION_AND_A_QUARTER)
def test_an_amount_is_read_as_people_write_it(text):
    assert parse_amount(text) == 1_250_000


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("₲ 0", 0),
        ("007", 7),
        ("500", 500),
        ("1.500", 1_500),
        ("1,500", 1_500),
        ("1 500", 1_500),
        ("Gs. 1.500", 1_500),
        ("1.500+2.000", 3_500),
        ("9.999.999.999", 9_999_999_999),
        ("9.999.999.998+1", 9_999_999_999),
    ],
)
def test_an_amount_has_one_reading(text, amount):
    assert parse_amount(text) == amount


@pytest.mark.parametrize("text", NO_AMOUNT)
def test_what_is_no_amount_is_refused_and_told_what_is(text):
    with pytest.raises(ValidationError, match=r"1\.250\.000") as refusal:
        parse_amount(text)
    assert refusal.value.code == "invalid"


@pytest.mark.parametrize("text", ["10.000.000.000", "10000000000", "9.999.999.999+1", "9" * 40])
def test_an_amount_above_the_largest_is_refused_and_told_the_largest(text):
    with pytest.raises(ValidationError, match=r"9\.999\.999\.999") as refusal:
        parse_amount(text)
    assert refusal.value.code == "max_value"


@given(st.text())
def test_no_text_does_worse_than_be_refused(text):
    with suppress(ValidationError):
        assert 0 <= parse_amount(text) <= MAXIMUM


@given(st.integers(0, MAXIMUM))
def test_what_is_shown_can_be_typed_back(amount):
    assert parse_amount(group(amount)) == amount
    assert parse_amount(with_sign(amount)) == amount
    assert parse_amount(str(amount)) == amount


@given(st.lists(st.integers(0, 900_000_000), min_size=1, max_size=8))
def test_a_sum_is_the_sum_of_its_terms(amounts):
    assert parse_amount("+".join(map(group, amounts))) == sum(amounts)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "₲\u00a00"),
        (500, "₲\u00a0500"),
        (1_250_000, "₲\u00a01.250.000"),
        (-15_000, "\N{MINUS SIGN}₲\u00a015.000"),
        (9_999_999_999, "₲\u00a09.999.999.999"),
    ],
)
def test_an_amount_is_shown_with_its_sign(amount, shown):
    assert with_sign(amount) == shown


@pytest.mark.parametrize("language", ["es", "en"])
def test_an_amount_is_shown_alike_in_every_language(language):
    with translation.override(language):
        assert group(1_250_000) == "1.250.000"
        assert group(-15_000) == "\N{MINUS SIGN}15.000"


@pytest.mark.parametrize("value", [1.0, "1", None, True])
def test_what_is_no_whole_number_is_never_shown_as_money(value):
    with pytest.raises(TypeError):
        group(value)
    with pytest.raises(TypeError):
        with_sign(value)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("0", 0),
        ("7", 7),
        ("3x10", 30),
        ("3X10", 30),
        ("3×10", 30),
        ("3x10+7", 37),
        ("2*100 + 1", 201),
        ("1000000", 1_000_000),
    ],
)
def test_pieces_are_counted_loose_and_in_bundles(text, pieces):
    assert parse_pieces(text) == pieces


@pytest.mark.parametrize(
    "text", ["", "-1", "1.5", "x10", "3x", "1.000", "٣", "1e3", "7\n", "1000001", "1001x1000", "9" * 40]
)
def test_what_is_no_number_of_pieces_is_refused(text):
    with pytest.raises(ValidationError, match="3x10"):
        parse_pieces(text)


def test_pieces_are_refused_when_too_long_and_never_cut_off():
    """150 ones: cut after 200 characters they would still be a number, but another one."""
    with pytest.raises(ValidationError, match="3x10"):
        parse_pieces("+".join(["1"] * 150))


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("20452", 20_452), ("999999999", 999_999_999)])
def test_a_number_is_bare_digits(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "1.000", "1 000", "-1", "+1", "1e3", "1_0", "٣", "１", "1\n", "1000000000", "9" * 5_000]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValidationError, match="20452"):
        parse_number(text)


class Till(forms.Form):
    counted = MoneyFormField()
    expense = MoneyFormField(required=False, min_value=1)
    notes_of_2000 = PiecesFormField(required=False)
    invoices = WholeNumberFormField(required=False)


def test_a_blank_count_is_missing_and_not_zero():
    for blank in ("", "  ", "\u00a0", "\u200b", "\t"):
        assert Till({"counted": blank}).errors.keys() == {"counted"}


def test_a_blank_that_may_be_blank_is_unknown_and_not_zero():
    form = Till({"counted": "0", "expense": " "})
    assert form.is_valid()
    assert form.cleaned_data == {"counted": 0, "expense": None, "notes_of_2000": None, "invoices": None}


def test_a_form_reads_every_field_in_its_own_way():
    form = Till({"counted": " ₲ 1.250.000 ", "expense": "1.500+2.000", "notes_of_2000": "3x10+7", "invoices": "20452"})
    assert form.is_valid()
    assert form.cleaned_data == {"counted": 1_250_000, "expense": 3_500, "notes_of_2000": 37, "invoices": 20_452}


@pytest.mark.parametrize("text", [*(text for text in NO_AMOUNT if text.strip()), "9" * 40])
def test_a_form_refuses_garbage_and_gives_back_what_was_typed(text):
    form = Till({"counted": text})
    assert form.errors.keys() == {"counted"}
    assert form["counted"].value() == text


def test_an_amount_below_the_least_is_refused():
    assert Till({"counted": "0", "expense": "0"}).errors.keys() == {"expense"}


def test_a_field_shows_its_amount_in_groups_and_drops_no_dots():
    page = str(Till(initial={"counted": 1_250_000})["counted"])
    assert 'value="1.250.000"' in page
    assert 'type="text"' in page


def test_a_phone_offers_the_keys_that_the_field_promises():
    """A telephone's keyboard has a plus; no keyboard of digits has an x, and the iPhone's have no minus."""
    keyboards = {"counted": "tel", "notes_of_2000": "text", "invoices": "numeric"}
    for name, keyboard in keyboards.items():
        assert f'inputmode="{keyboard}"' in str(Till()[name])
    assert SignedMoneyFormField().widget.attrs["inputmode"] == "text"


@pytest.mark.parametrize(
    ("typed", "changed"), [("1.250.000", False), ("1250000", False), ("1.250.001", True), ("", True), ("abc", True)]
)
def test_a_field_changed_when_its_amount_did_and_not_its_dots(typed, changed):
    assert MoneyFormField(required=False).has_changed(1_250_000, typed) is changed


def test_a_model_brings_our_fields_to_every_form_of_it():
    assert isinstance(MoneyField().formfield(), MoneyFormField)
    assert type(WholeNumberField().formfield()) is WholeNumberFormField


@pytest.mark.parametrize(("amount", "fits"), [(-1, False), (0, True), (MAXIMUM, True), (MAXIMUM + 1, False)])
def test_a_column_of_money_has_limits(amount, fits):
    """The largest is 9.999.999.999, as the page says; SQLite would take anything."""
    assert MAXIMUM == 9_999_999_999
    try:
        MoneyField().clean(amount, None)
    except ValidationError:
        assert not fits
    else:
        assert fits


# --- Below zero -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1.250.000", 1_250_000),
        ("-5.000", -5_000),
        ("\N{MINUS SIGN}5.000", -5_000),
        ("- 5.000", -5_000),
        ("1.500.000 + 20.000 - 300", 1_519_700),
        ("-₲ 1.000-2.000", -3_000),
        ("+5", 5),
        ("-9.999.999.999", -MAXIMUM),
        ("-Gs. 5.000.-", -5_000),
        ("1.500.000.- - 20.000 Gs", 1_480_000),
        ("\u2212\u2009₲\u202f1.250.000", -1_250_000),
    ],
)
def test_an_amount_that_may_be_below_zero(typed, amount):
    assert parse_signed(typed) == amount


@pytest.mark.parametrize(
    "typed", ["-", "--5", "5-", "+-5", "1.5", "-1,5", "1e-3", "", "abc", "-10.000.000.000", "5 5-1", "1+" * 100 + "1"]
)
def test_what_is_no_amount_either_way_is_refused(typed):
    with pytest.raises(ValidationError):
        parse_signed(typed)


@pytest.mark.parametrize("amount", [-MAXIMUM, -1_250_000, 0, 7])
def test_what_a_signed_field_shows_it_reads_again(amount):
    assert SignedMoneyFormField().clean(group(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "fits"), [(-MAXIMUM - 1, False), (-MAXIMUM, True), (MAXIMUM, True), (MAXIMUM + 1, False)]
)
def test_a_signed_column_has_limits_both_ways(amount, fits):
    assert isinstance(SignedMoneyField().formfield(), SignedMoneyFormField)
    try:
        SignedMoneyField().clean(amount, None)
    except ValidationError:
        assert not fits
    else:
        assert fits


def test_the_longest_text_is_read_and_one_sign_more_is_not():
    assert parse_amount("0" * 200) == 0
    with pytest.raises(ValidationError):
        parse_amount("0" * 201)


@pytest.mark.timeout(2)
@pytest.mark.parametrize("field", [MoneyFormField(), SignedMoneyFormField(), PiecesFormField()])
def test_the_longest_body_is_refused_in_words_and_at_once(field):
    """900 KB of a sum, for the cheap one too: that nobody adds it up."""
    for _ in range(10):
        with pytest.raises(ValidationError, match=r"Write|Escrib"):
            field.clean("1+" * 450_000 + "1")


def test_a_sum_below_the_largest_amount_below_zero_is_refused():
    assert parse_signed("-9.999.999.998-1") == -9_999_999_999
    with pytest.raises(ValidationError):
        parse_signed("-9.999.999.999-1")

"""Amounts, days and hours as people and programs write them."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashpilot.money import group
from sessions_app.evidence.cells import CellError, parse_amount, parse_count, parse_hour, parse_moment

MILLION = 1_250_000


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.mark.parametrize(
    "text",
    [
        "1250000",
        "1.250.000",
        "1,250,000",
        "1 250 000",
        "1'250'000",
        "1.250.000,00",
        "1,250,000.00",
        "1.250.000,0",
        "1250000.0000",
        "1250000,00",
        "1.250.000,000",
        "Gs. 1.250.000",
        "Gs 1.250.000",
        "GS.1250000",
        "G. 1.250.000",
        "₲ 1.250.000",
        "₲1.250.000",
        "PYG 1.250.000",
        "1.250.000 Gs.",
        "1.250.000 guaraníes",
        "1.250.000.-",
        "Gs. 1.250.000,-",
    ],
)
def test_an_amount_is_read_however_it_is_written(text):
    assert parse_amount(text) == MILLION


@pytest.mark.parametrize(
    "text", ["-35.000", "- 35.000", "−35.000", "35.000-", "(35.000)", "Gs. -35.000", "-Gs. 35.000", "(Gs. 35.000,00)"]
)
def test_below_zero_in_all_its_forms(text):
    assert parse_amount(text) == -35_000


@pytest.mark.parametrize("text", ["-", "–", "—", "--", "- -", "Gs. -", "₲ -", "0", "0,00", "0.000", "-0"])
def test_a_dash_is_nothing(text):
    assert parse_amount(text) == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1.250.000,50", "has decimals"),
        ("1250000.4", "has decimals"),
        ("1.25", "has decimals"),
        ("300.1250", "has decimals"),
        ("1250,000", "can be read in two ways"),
        ("1.250,000", "is no amount"),
        ("1.250.00", "is no amount"),
        ("1.2500.000", "is no amount"),
        ("1,250.000,00", "is no amount"),
        ("0.250.000", "is no amount"),
        ("1.25E+06", "what the spreadsheet shows instead"),
        ("1,25e6", "what the spreadsheet shows instead"),
        ("#REF!", "what the spreadsheet shows instead"),
        ("####", "what the spreadsheet shows instead"),
        ("=", "a formula that was never computed"),
        ("38,50 USD", "in another currency"),
        ("$ 1.000", "in another currency"),
        ("U$S 1.000", "in another currency"),
        ("10.000.000.000", "the largest amount is 9.999.999.999"),
        ("s/d", "is no amount"),
        ("Gs.", "is no amount"),
        ("1.000 + 500", "is no amount"),
        ("1-2", "is no amount"),
        ("١٢٣", "is no amount"),
        ("½", "is no amount"),
        ("12:30", "is no amount"),
        ("01/11/2026", "is no amount"),
        ("()", "is no amount"),
        ("1" * 81, "is no amount"),
    ],
)
def test_what_is_no_amount_or_could_be_two_is_refused(text, sentence):
    with pytest.raises(CellError, match=sentence):
        parse_amount(text)


@given(st.integers(-9_999_999_999, 9_999_999_999))
def test_what_we_write_ourselves_is_read_again(amount):
    assert parse_amount(group(amount)) == amount
    assert parse_amount(f"Gs. {group(amount)},00") == amount
    assert parse_amount(f"{amount:,}") == amount


def test_a_number_of_invoices_may_be_grouped_and_is_not_below_zero():
    assert (parse_count("40"), parse_count("1.040"), parse_count("-")) == (40, 1040, 0)
    with pytest.raises(CellError):
        parse_count("-3")


FIRST = date(2026, 11, 1)  # a Sunday


@pytest.mark.parametrize(
    "text",
    [
        "01/11/2026",
        "1/11/26",
        "01-11-2026",
        "1.11.2026",
        "01 11 2026",
        "2026-11-01",
        "2026/11/1",
        "20261101",
        "01112026",
        "01-nov-2026",
        "1 nov. 2026",
        "01/Nov/26",
        "1 de noviembre de 2026",
        "1 de noviembre del 2026",
        "1-NOVIEMBRE-2026",
        "Nov 1, 2026",
        "domingo 01/11/2026",
        "Dom. 1/11/2026",
        "DOMINGO, 1 de noviembre de 2026",
        "Sun 01/11/2026",
        "46327",
        "46327.5",
    ],
)
def test_a_day_is_read_however_it_is_written(text):
    moment = parse_moment(text)
    assert (moment.day, moment.hour) == (FIRST, None)


@pytest.mark.parametrize(
    ("text", "month"), [("setiembre", 9), ("sept", 9), ("set", 9), ("ene", 1), ("aug", 8), ("ago.", 8), ("dic", 12)]
)
def test_months_by_name_in_both_languages(text, month):
    assert parse_moment(f"5 {text} 2026").day == date(2026, month, 5)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("01/11/2026 14:30", time(14, 30)),
        ("01/11/2026 14:30:05", time(14, 30, 5)),
        ("01/11/2026, 14:30 hs", time(14, 30)),
        ("01/11/2026 02:30 p. m.", time(14, 30)),
        ("01/11/2026 12:05 a.m.", time(0, 5)),
        ("01/11/2026 12:05 PM", time(12, 5)),
        ("2026-11-01T14:30:00.250", time(14, 30)),
        ("2026-11-01 00:00:00", time(0)),
        ("domingo 1 de noviembre de 2026 a las 14:30", time(14, 30)),
        ("1 nov. 2026 14.30", time(14, 30)),
    ],
)
def test_an_hour_may_stand_behind_the_day(text, hour):
    moment = parse_moment(text)
    assert (moment.day, moment.hour) == (FIRST, hour)


def test_a_zone_is_turned_into_the_time_of_asuncion():
    moment = parse_moment("2026-11-02T01:30:00.000Z")
    assert (moment.local().day, moment.local().hour) == (FIRST, time(22, 30))
    assert moment.local().instant == datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
    assert parse_moment("2026-11-01T00:00:00.000-03:00").local().day == FIRST
    assert parse_moment("2026-11-01T00:00:00+0000").is_midnight_utc
    assert not parse_moment("2026-11-01T00:00:00-03:00").is_midnight_utc


def test_a_month_may_come_first_if_somebody_says_so_and_serials_may_count_from_1904():
    assert parse_moment("03/11/2026").day == date(2026, 11, 3)
    assert parse_moment("03/11/2026", month_first=True).day == date(2026, 3, 11)
    assert parse_moment("2026-11-03", month_first=True).day == date(2026, 11, 3)
    assert parse_moment("44865", from_1904=True).day == FIRST


@pytest.mark.parametrize(
    "text",
    [
        *("", "ayer", "31/02/2026", "13/13/2026", "1/11", "01/11/126", "01/11-2026", "2026", "1", "1250000"),
        *("5 xyz 2026", "٢٢/١١/٢٠٢٦", "01/11/2026 25:00", "01/11/2026 13:00 pm", "01/11/2026 al 02/11/2026"),
        f"01/11/2026{' ' * 71}",
        *("lunes 01/11/2026", "TOTAL 01/11/2026", "=", "9999999"),
    ],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(CellError):
        parse_moment(text)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("7:05", time(7, 5)), ("14:30:00", time(14, 30)), ("2:30 p.m.", time(14, 30)), ("14h30", time(14, 30))],
)
def test_an_hour_alone(text, hour):
    assert parse_hour(text) == hour


@pytest.mark.parametrize("text", ["", "24:00", "14", "0:30 am", "12:60"])
def test_what_is_no_hour_is_refused(text):
    with pytest.raises(CellError):
        parse_hour(text)

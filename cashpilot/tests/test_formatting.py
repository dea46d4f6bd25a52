from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.utils import translation

from cashpilot import formatting, periods

NOON = datetime(2026, 11, 22, 15, tzinfo=UTC)  # 12:00 in Asunción, a Sunday


def test_amounts_as_people_read_them() -> None:
    assert formatting.money(1_250_000) == "₲\u00a01.250.000"
    assert formatting.amount(0) == "0"
    assert [formatting.signed(difference) for difference in (-15_000, 2_000, 0)] == [
        "−\u00a015.000",
        "+\u00a02.000",
        "0",
    ]
    assert formatting.unsigned(-15_000) == "₲\u00a015.000"
    assert formatting.times(20_000, 3) == 60_000


def test_what_is_only_under_another_method_has_no_sign() -> None:
    figures = {"total_difference": -15_000, "misplaced": 85_000}
    assert formatting.off_by(SimpleNamespace(result="short", **figures)) == "−\u00a015.000"
    assert formatting.off_by(SimpleNamespace(result="swapped", **figures)) == "85.000"


@pytest.mark.parametrize("shown", [formatting.money, formatting.amount, formatting.signed])
def test_the_unknown_is_a_dash_and_never_a_zero(shown) -> None:
    assert shown(None) == "—"


@pytest.mark.parametrize("shown", [formatting.money, formatting.amount, formatting.signed, formatting.unsigned])
def test_what_is_no_whole_number_is_refused(shown) -> None:
    with pytest.raises(TypeError):
        shown(1.5)


@pytest.mark.parametrize(
    ("language", "instant", "text"),
    [
        ("es", datetime(2026, 11, 22, 3, 0, tzinfo=UTC), "hoy 00:00"),
        ("es", datetime(2026, 11, 22, 2, 59, tzinfo=UTC), "ayer 23:59"),
        ("es", datetime(2026, 11, 20, 18, 2, tzinfo=UTC), "vie 20/11 15:02"),
        ("en", datetime(2026, 11, 20, 18, 2, tzinfo=UTC), "Fri 20/11 15:02"),
        ("en", datetime(2025, 11, 20, 18, 2, tzinfo=UTC), "Thu 20/11/2025 15:02"),
    ],
)
def test_moments_are_told_as_in_asuncion(language: str, instant: datetime, text: str) -> None:
    with periods.at(NOON), translation.override(language):
        assert formatting.moment(instant) == text


def test_a_day_is_past_once_it_is_over() -> None:
    with periods.at(NOON):
        assert formatting.is_past(date(2026, 11, 21))
        assert not formatting.is_past(date(2026, 11, 22))


def test_denominations_fall_whatever_the_order_of_the_keys() -> None:
    assert formatting.by_denomination({"50": 1, "1000": 2, "500": 3}) == [(1000, 2), (500, 3), (50, 1)]

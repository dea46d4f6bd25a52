"""An amount that is far more than usual has a zero too many."""

import pytest

from sessions_app.domain.usual_amounts import doubtful


@pytest.mark.parametrize(
    ("typed", "largest", "asked"),
    [
        (12_500_001, 1_250_000, True),
        (12_500_000, 1_250_000, False),  # exactly ten times
        (1_250_000, 1_250_000, False),
        (12_500_001, None, False),  # nothing of that kind yet, or too few shifts
        (12_500_001, 0, False),
        (None, 1_250_000, False),
        (0, 1_250_000, False),
    ],
)
def test_an_amount_is_doubted_above_ten_times_the_largest(typed, largest, asked):
    assert doubtful({"final_cash": typed}, {"final_cash": largest}) == ["final_cash"] * asked


def test_each_amount_is_held_against_the_largest_of_its_kind():
    typed = {"final_cash": 5_000, "expense": 5_000, "card": 5_000}
    assert doubtful(typed, {"final_cash": 10_000, "expense": 100, "card": 499}) == ["expense", "card"]

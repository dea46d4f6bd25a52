"""Expenses: the largest first.

Today is Wednesday, 18 November 2026.
"""

from sessions_app.tests.reports.test_reports import TODAY, _today, expense, sold, values  # noqa: F401 - a fixture


def test_expenses_of_one_amount_stand_in_the_order_of_their_names(ana):
    """Whatever their capitals, by which a database may order them."""
    sold(ana, TODAY, 0, movements=[expense(5_000, "Hielo"), expense(5_000, "flete"), expense(7_000, "Luz")])
    assert values("expenses", "Description") == [("Luz",), ("flete",), ("Hielo",)]


def test_the_part_of_an_expense_is_whole_percent_halves_up(ana):
    sold(ana, TODAY, 0, movements=[expense(199, "Flete"), expense(1, "Hielo")])
    assert values("expenses", "Description", "Part") == [("Flete", 100), ("Hielo", 1)]

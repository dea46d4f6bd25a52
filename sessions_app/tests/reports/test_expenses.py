"""Expenses by their description and by pharmacy."""

from sessions_app.actions import movements as movement_actions
from sessions_app.tests.reports.sold import TODAY, expense, noon, sold, table, values
from testing.client import signed_in
from testing.factories import ShiftFactory


def test_expenses_by_description_whatever_its_capitals(ana, marta):
    shift = sold(ana, TODAY, 0, movements=[expense(10_000, "Flete"), expense(5_000, "flete"), expense(1_000, "Hielo")])
    wrong = movement_actions.add_movement(shift.pk, new=expense(99_000, "Flete"), reason="late", by=marta)
    movement_actions.void_movement(shift.pk, wrong.pk, reason="otra vez", by=marta)
    told = values("expenses", "Description", "Times", "Amount", "Part")
    assert told == [("Flete", 2, 15_000, 94), ("Hielo", 1, 1_000, 6)]


def test_expenses_of_an_open_shift_count_because_they_are_gone(ana):
    with noon(TODAY):
        shift = ShiftFactory(cashier=ana)
        movement_actions.add_movement(shift.pk, new=expense(3_000, "hielo"), by=ana)
    assert values("expenses", "Pharmacy", "Amount", by="pharmacy") == [("Central", 3_000)]


def test_expenses_of_one_amount_stand_in_the_order_of_their_names(ana):
    """Whatever their capitals, by which a database may order them."""
    sold(ana, TODAY, 0, movements=[expense(5_000, "Hielo"), expense(5_000, "flete"), expense(7_000, "Luz")])
    assert values("expenses", "Description") == [("Luz",), ("flete",), ("Hielo",)]


def test_the_part_of_an_expense_is_whole_percent_halves_up(ana):
    sold(ana, TODAY, 0, movements=[expense(199, "Flete"), expense(1, "Hielo")])
    assert values("expenses", "Description", "Part") == [("Flete", 100), ("Hielo", 1)]


def test_a_row_and_its_bar_lead_to_the_shifts_with_the_description_or_of_the_pharmacy(ana, marta):
    shift = sold(ana, TODAY, 0, movements=[expense(5_000, "Flete, 2 cajas"), expense(1_000, "Hielo")])
    sold(ana, TODAY, 0, movements=[expense(3_000, "Hielo")])
    made = table("expenses")
    flete = made.rows[0]
    month = f"/?date_from=2026-11-01&date_to=2026-11-18&pharmacy={shift.pharmacy_id}"
    assert flete.link == f"{month}&text=Flete%2C+2+cajas"
    assert [bar.link for bar in made.charts[0].rows] == [row.link for row in made.rows]
    assert list(signed_in(marta).get(flete.link).context["page"]) == [shift]

    assert [row.link for row in table("expenses", by="pharmacy").rows] == [month]

"""A pharmacy is offered the descriptions that it uses most."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cashpilot import periods
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.queries.descriptions import most_used
from testing.factories import ShiftFactory


def _closed(ana, *descriptions, kind=Kind.EXPENSE, days=1, **values):
    movements = [NewMovement(kind, 1_000, description) for description in descriptions]
    with periods.at(periods.now() - timedelta(days=days)):
        return ShiftFactory(closed=True, cashier=ana, movements=movements, **values)


def test_the_most_used_come_first_and_at_most_ten(ana, central):
    _closed(ana, "Taxi", "Hielo", "Taxi", "Taxi", "Hielo", *(f"Varios {number:02}" for number in range(20)))
    with CaptureQueriesContext(connection) as queries:
        offered = most_used(central, Kind.EXPENSE, ana)
    assert offered == ["Taxi", "Hielo", *(f"Varios {number:02}" for number in range(8))]
    assert len(queries) == 1


def test_only_live_movements_of_this_pharmacy_in_90_days_are_offered(ana, central, luque, marta):
    _closed(ana, "Taxi", days=90)
    _closed(ana, "Viejo", days=91)
    mark_actions.delete_shift(_closed(ana, "Borrado").pk, reason="twice", by=marta)
    voided = _closed(ana, "Anulado")
    movement_actions.void_movement(voided.pk, voided.movements.get().pk, reason="twice", by=marta)
    _closed(ana, "Sobre", kind=Kind.ENVELOPE)
    ana.assignments.create(pharmacy=luque)
    _closed(ana, "De Luque", pharmacy=luque)

    assert most_used(central, Kind.EXPENSE, ana) == ["Taxi"]
    assert most_used(central, Kind.ENVELOPE, ana) == ["Sobre"]


@pytest.mark.parametrize("kind", [Kind.TRANSFER, Kind.COLLECTION, Kind.CREDIT_SALE])
def test_a_customers_name_is_offered_only_to_who_sees_the_shift_that_holds_it(ana, beto, marta, central, kind):
    _closed(ana, "M. Giménez", kind=kind)
    offered = {person: most_used(central, kind, person) for person in (ana, beto, marta)}
    assert offered == {ana: ["M. Giménez"], beto: [], marta: ["M. Giménez"]}

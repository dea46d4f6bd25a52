"""scripts/testing/factories.py: rows by the rules, or none stored at all."""

import pytest

from accounts.models import User
from cashpilot.exceptions import ActionRefused
from pharmacies.models import Pharmacy
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import CashSession
from testing.factories import PASSWORD, PersonFactory, PharmacyFactory, ShiftFactory


def test_a_shift_by_itself_has_a_cashier_who_works_where_it_is(db):
    shift = ShiftFactory()
    assert shift.is_open
    assert shift.cashier.assignments.get().pharmacy == shift.pharmacy
    assert shift.cashier.check_password(PASSWORD)


def test_a_closed_shift_was_opened_and_closed_by_the_actions(ana):
    shift = ShiftFactory(closed=True, cashier=ana, movements=[NewMovement(Kind.CARD, 1_000)])
    assert (shift.final_cash, shift.card_total, shift.history.count()) == (1_200_000, 1_000, 2)


def test_no_shift_is_made_past_the_rules(ana):
    ShiftFactory(cashier=ana)
    with pytest.raises(ActionRefused):
        ShiftFactory(cashier=ana)


def test_whoever_is_built_is_not_stored(db):
    shift = ShiftFactory.build()
    assert (shift.pk, shift.cashier.pk, shift.pharmacy.pk) == (None, None, None)
    assert PersonFactory.build(role="Admin").is_staff
    assert PharmacyFactory.build(name="Sur").name == "Sur"
    assert [model.objects.count() for model in (User, Pharmacy, CashSession)] == [0, 0, 0]

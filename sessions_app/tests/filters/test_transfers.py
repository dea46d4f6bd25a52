"""The list's queries are written once for what is asked, and answer with what there is by then."""

import pytest

from sessions_app.actions.movements import add_movement
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from testing.client import signed_in
from testing.factories import PersonFactory, ShiftFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("asked", ["text=Zulma", "pharmacy={pharmacy}", "imported=0", "sort=amount", ""])
def test_what_was_asked_before_finds_who_came_since(asked, marta, central):
    address = f"/transfers/?{asked.format(pharmacy=central.pk)}"
    owner = signed_in(marta)
    before = list(owner.get(address).context["page"])
    zulma = PersonFactory(first_name="Zulma", role="Cashier", pharmacies=[central])
    shift = ShiftFactory(cashier=zulma, pharmacy=central)
    transfer = add_movement(shift.pk, new=NewMovement(Kind.TRANSFER, 10_000, "SIPAP"), by=zulma)
    page = owner.get(address)

    assert (before, list(page.context["page"]), page.context["totals"]["pending"]) == ([], [transfer], 1)


def test_other_questions_have_other_answers(marta, ana, otto, central, luque):
    here, there = (ShiftFactory(cashier=cashier) for cashier in (ana, otto))
    first, second = (
        add_movement(shift.pk, new=NewMovement(Kind.TRANSFER, amount, "SIPAP"), by=shift.cashier)
        for shift, amount in ((here, 10_000), (there, 20_000))
    )
    owner = signed_in(marta)

    def listed(query):
        page = owner.get(f"/transfers/?{query}")
        return list(page.context["page"]), page.context["totals"]["pending_amount"]

    assert listed(f"pharmacy={central.pk}") == ([first], 10_000)
    assert listed(f"pharmacy={luque.pk}") == ([second], 20_000)
    assert listed(f"pharmacy={central.pk}&pharmacy={luque.pk}") == ([second, first], 30_000)
    assert listed("sort=amount") == ([first, second], 30_000)
    assert listed("sort=-amount") == ([second, first], 30_000)
    assert listed("verified=1") == ([], 30_000)

"""The list's queries are written once for what is asked, and answer with what there is by then."""

import pytest

from testing.client import signed_in
from testing.factories import PersonFactory, ShiftFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("asked", ["text=Zulma", "pharmacy={pharmacy}", "status=closed", ""])
def test_what_was_asked_before_finds_who_came_since(asked, marta, central):
    address = f"/sessions/?{asked.format(pharmacy=central.pk)}"
    owner = signed_in(marta)
    before = list(owner.get(address).context["page"])
    zulma = PersonFactory(first_name="Zulma", role="Cashier", pharmacies=[central])
    shift = ShiftFactory(cashier=zulma, pharmacy=central, closed=True)
    page = owner.get(address)

    assert (before, list(page.context["page"]), page.context["totals"]["count"]) == ([], [shift], 1)

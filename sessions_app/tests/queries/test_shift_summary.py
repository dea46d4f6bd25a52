"""The figures of one shift, arranged for reading."""

import pytest

from sessions_app.domain.choices import Result
from sessions_app.ledger.hash_chain import with_seal
from sessions_app.models import CashSession
from sessions_app.queries.shift_summary import summarize
from testing.factories import ShiftFactory

BILLED_IN_CASH = 700_000


@pytest.mark.parametrize(
    ("billed", "is_of_the_drawer"),
    [
        ({"billed_cash": BILLED_IN_CASH + 5_000}, True),
        ({"billed_cash": BILLED_IN_CASH, "billed_card": 5_000}, False),
        ({"billed_cash": BILLED_IN_CASH + 4_000, "billed_card": 1_000}, False),
    ],
)
def test_the_drawer_is_blamed_only_when_all_that_is_short_is_cash(billed, is_of_the_drawer, ana):
    ShiftFactory(closed=True, cashier=ana, billed=billed)
    summary = summarize(with_seal(CashSession.objects.with_evidence()).get(), ana)
    assert (summary.result, summary.amount, summary.is_of_the_drawer) == (Result.SHORT, 5_000, is_of_the_drawer)

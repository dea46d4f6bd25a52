"""The count is blind: what a shift should hold is hidden from whoever is to count it, until it is counted."""

from typing import TYPE_CHECKING

from django.db.models import Q

from sessions_app.domain.choices import BILLED, SOURCE_OF, Method, Status

if TYPE_CHECKING:
    from accounts.models import User
    from sessions_app.models import CashSession

# What was billed, and the figures that tell something of it.
HIDDEN = (
    *BILLED,
    *SOURCE_OF.values(),
    "expected_cash",
    *(f"{method}_difference" for method in Method.values),
    "total_difference",
    "evidence_result",
    "evidence_difference",
)


def is_blind_to(shift: "CashSession", reader: "User") -> bool:
    """Tell whether HIDDEN is hidden: from everybody while the shift is open, from its cashier until it is counted."""
    return shift.final_cash is None and (shift.is_open or shift.cashier_id == reader.pk)


def blind_to(reader: "User") -> Q:
    """Return `is_blind_to` as a condition on shifts."""
    return Q(final_cash=None) & (Q(status=Status.OPEN) | Q(cashier=reader))

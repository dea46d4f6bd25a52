"""What makes people wait for each other, taken out: under a server without it the proofs have to fail."""

from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from sessions_app.actions import unit_of_work
from sessions_app.models import CashSession
from sessions_app.querysets.shifts import CashSessionQuerySet
from testing.server import PATIENCE

if TYPE_CHECKING:
    from accounts.models import User


def take_out_the_locks(crowd: int, patch: pytest.MonkeyPatch) -> None:
    """The whole crowd sees the shift as it was, or the register free; then all of them go on to write."""
    everybody_looked = Barrier(crowd, timeout=PATIENCE)

    def look(pk: int, by: "User") -> CashSession:
        shift = CashSession.objects.visible_to(by).select_related("pharmacy").get(pk=pk)
        everybody_looked.wait()
        return shift

    def find_nothing(shifts: CashSessionQuerySet, **_place: Any) -> CashSessionQuerySet:
        everybody_looked.wait()
        return shifts.none()

    patch.setattr(unit_of_work, "lock_shift", look)
    patch.setattr(CashSessionQuerySet, "in_the_way_of", find_nothing)
    if connection.vendor == "sqlite":  # there the lock is that of the database, taken when a transaction begins
        patch.setitem(connection.settings_dict["OPTIONS"], "transaction_mode", "DEFERRED")

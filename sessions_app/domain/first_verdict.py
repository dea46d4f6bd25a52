"""The first verdict of a shift: its figures as they were closed, against the first billed cash that was known.

It stands whatever is corrected afterwards. A correction before the closing ticket is typed does not change it either,
for it is made of the figures of the closing. Amounts are whole guaraníes, a difference is received minus billed.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

from sessions_app.domain import formulas
from sessions_app.domain.billed import has_arrived
from sessions_app.domain.choices import BILLED, Kind, Status

MOVEMENT_SUMS = [f"{kind}_total" for kind in Kind.values]
# What was closed, and the settings that it is judged by.
AS_CLOSED = ("initial_cash", "final_cash", *MOVEMENT_SUMS, "tolerance", "transfers_billed_as_cash")
# The columns that a version has to bring.
NEEDED = (*AS_CLOSED, *BILLED, "closed_at", "billed_source", "history_date")


class Verdict(NamedTuple):
    """A result, its difference in guaraníes, and the instant (UTC) at which it could be given."""

    result: str
    difference: int
    at: datetime


def give_verdict(closing: Any, billed: Any, at: datetime) -> Verdict:
    """Judge what `closing` counted and noted by what `billed` says was billed."""
    row = SimpleNamespace(
        status=Status.CLOSED,
        **{name: getattr(closing, name) for name in AS_CLOSED},
        **{name: getattr(billed, name) for name in BILLED},
    )
    return Verdict(str(formulas.result(row)), formulas.total_difference(row), at)


def derive_verdict(versions: Iterable[Any], undone: Collection[tuple[datetime, datetime]] = ()) -> Verdict | None:
    """Return the first verdict that the versions of a shift give, oldest first; None while it is not compared.

    Cash that evidence said and that is unknown again, because its import was undone, takes the verdict that it gave
    along. `undone`: the instants (UTC) at which imports were applied and undone that had made the cash known.
    """
    closing = verdict = former = None
    for version in versions:
        if closing is None and version.closed_at is not None and version.final_cash is not None:
            closing = version
        if verdict is None and closing is not None and version.billed_cash is not None:
            verdict = give_verdict(closing, version, version.history_date)
        elif verdict is not None and _was_undone(former, version, verdict, undone):
            verdict = None
        former = version
    return verdict


def _was_undone(former: Any, version: Any, verdict: Verdict, undone: Collection[tuple[datetime, datetime]]) -> bool:
    is_unknown_again = version.billed_cash is None and has_arrived(former, "billed_cash")
    return is_unknown_again and any(
        applied <= verdict.at and former.history_date <= at <= version.history_date for applied, at in undone
    )

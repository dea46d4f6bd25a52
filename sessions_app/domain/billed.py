"""Set what was billed, of a shift or a day, together with where each figure comes from."""

from collections.abc import Mapping
from typing import Any

from sessions_app.domain.choices import ARRIVED, SOURCE_OF

# No amounts: what a cashier typed of the ticket stays.
TYPED_ONCE = ("ticket_number", "ticket_count")


def set_billed(row: Any, figures: Mapping[str, int | None], source: str) -> None:
    """Set some billed figures (name -> guaraníes; None: unknown). One that is as it was keeps its source."""
    for name, amount in figures.items():
        if amount != getattr(row, name):
            setattr(row, name, amount)
            setattr(row, SOURCE_OF[name], "" if amount is None else source)


def changes_by(row: Any, said: Mapping[str, int | None], source: str) -> dict[str, list[Any]]:
    """Return what evidence from `source` changes in a row: name -> [amount, source] as they are now.

    It fills what is unknown, and corrects what came from the same source; what somebody else said stays.
    """
    changes = {}
    for name, amount in said.items():
        column = SOURCE_OF.get(name, "")
        before, before_source = getattr(row, name), getattr(row, column) if column else ""
        is_own = before in (None, "") or (before_source == source if column else name not in TYPED_ONCE)
        if is_own and before != amount:
            changes[name] = [before, before_source]
    return changes


def disagreements(row: Any, said: Mapping[str, int | None]) -> dict[str, int]:
    """Return the figures of the evidence that are not what the row says; an unknown one disagrees with nothing."""
    known = {name: amount for name, amount in said.items() if amount is not None}
    return {name: amount for name, amount in known.items() if getattr(row, name) not in (None, amount)}


def has_arrived(row: Any, name: str) -> bool:
    """Tell whether a billed figure is known from evidence and not from a person."""
    return getattr(row, name) is not None and getattr(row, SOURCE_OF[name], "") in ARRIVED

"""Set what was billed, of a shift or a day, together with where each figure comes from."""

from collections.abc import Mapping
from typing import Any

from sessions_app.domain.choices import SOURCE_OF


def set_billed(row: Any, figures: Mapping[str, int | None], source: str) -> None:
    """Set some billed figures (name -> guaraníes; None: unknown). One that is as it was keeps its source."""
    for name, amount in figures.items():
        if amount != getattr(row, name):
            setattr(row, name, amount)
            setattr(row, SOURCE_OF[name], "" if amount is None else source)

"""A version of what a form says about a row: the later of two who edit it at once is told, and overwrites nothing."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from cashpilot.exceptions import require


def version_of(facts: Mapping[str, Any]) -> str:
    """Return a text that changes with any of the facts: numbers, texts and lists of these."""
    return hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()[:16]


def require_unchanged(version: str, facts: Mapping[str, Any]) -> None:
    """Raise ActionRefused for a form that was drawn on other facts. One without a version is not asked."""
    sentence = _("Somebody changed this while you had the page open. Compare, and send it again if yours holds.")
    require(sentence if version and version != version_of(facts) else None, conflict=True)

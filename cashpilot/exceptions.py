"""The exception of an action that is refused, and the check of the reason that people give for what they do."""

from typing import Any

from django.utils.translation import gettext as _

REASON_LENGTH = 500
LEAST_SIGNS = 3


class ActionRefused(Exception):
    """A rule turned the action down: the sentence to show, and the shift to look at, if there is one.

    `conflict` says that another request came first: what was asked had been possible on what the person saw.
    """

    def __init__(self, sentence: str, *, shift: Any = None, conflict: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.shift = shift
        self.conflict = conflict

    @property
    def status(self) -> int:
        return 409 if self.conflict else 422


def require(sentence: str | None, *, shift: Any = None, conflict: bool = False) -> None:
    """Raise ActionRefused if a rule answered with a sentence."""
    if sentence:
        raise ActionRefused(sentence, shift=shift, conflict=conflict)


def require_reason(reason: str) -> str:
    """Return the reason without loose spaces. Raises ActionRefused when there is none, or too much of it."""
    reason = limit_reason(reason)
    if not reason:
        raise ActionRefused(_("Write the reason in a few words."))
    return reason


def limit_reason(reason: str) -> str:
    """Return the reason without loose spaces, perhaps empty.

    Raises ActionRefused for fewer than LEAST_SIGNS letters or digits, which say nothing, and for more than
    REASON_LENGTH signs.
    """
    reason = reason.strip()
    if len(reason) > REASON_LENGTH:
        raise ActionRefused(_("Write the reason in at most %(limit)s characters.") % {"limit": REASON_LENGTH})
    if reason and sum(map(str.isalnum, reason)) < LEAST_SIGNS:
        raise ActionRefused(_("Write the reason in a few words."))
    return reason

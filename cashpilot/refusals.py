"""What an action answers when it may not do what was asked, and the reason that people give for what they do."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

REASON_LENGTH = 500


class Refused(Exception):
    """A rule turned the action down: the sentence to show, and the shift to look at, if there is one.

    `conflict` says that another request came first: what was asked had been possible on what the person saw.
    """

    def __init__(self, sentence: str, *, session: Any = None, conflict: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.session = session
        self.conflict = conflict

    @property
    def status(self) -> int:
        return 409 if self.conflict else 422


def require(sentence: str | None, *, session: Any = None, conflict: bool = False) -> None:
    """Raise Refused if a rule answered with a sentence."""
    if sentence:
        raise Refused(sentence, session=session, conflict=conflict)


def worded(reason: str) -> str:
    """The reason without loose spaces. Raises Refused when there is none, or too much of it."""
    reason = bounded(reason)
    if not reason:
        raise Refused(_("Write the reason."))
    return reason


def bounded(reason: str) -> str:
    """The same where no reason is needed."""
    reason = reason.strip()
    if len(reason) > REASON_LENGTH:
        raise Refused(_("Write the reason in at most %(limit)s characters.") % {"limit": REASON_LENGTH})
    return reason


def words(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=REASON_LENGTH, widget=forms.Textarea({"rows": 2}), **options)


class ReasonForm(forms.Form):
    reason = words(gettext_lazy("Reason"))

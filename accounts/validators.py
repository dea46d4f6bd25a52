"""Passwords that somebody who knows the business would try first are refused."""

import re
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cashpilot.normalize import folded
from pharmacies.models import Pharmacy

# Of the trade, the country, the calendar and the keyboard, in both languages; folded.
WORDS = frozenset(Path(__file__).with_name("guessable_words.txt").read_text().split())
FEWEST_LETTERS = 4
LOOKS_LIKE = str.maketrans("013457@$", "oieastas")


class GuessableWordsValidator:
    """Refuse digits alone, and words of WORDS or names of pharmacies, whatever digits and signs stand around them."""

    def validate(self, password: str, user: Any = None) -> None:
        plain = folded(password)
        # With the digits left out, and read as the letters that they look like: `farmacia1`, `f4rmaci4`.
        readings = (plain, plain.translate(LOOKS_LIKE))
        names = {word for name in Pharmacy.objects.values_list("name", flat=True) for word in _words(folded(name))}
        if any(_is_guessable(_words(reading), WORDS | names) for reading in readings):
            sentence = _("This password is easy to guess. Take several words that nobody expects together.")
            raise ValidationError(sentence, code="password_guessable")

    def get_help_text(self) -> str:
        """Advise whoever has typed nothing yet."""
        return _("Several words that nobody expects together are best.")


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def _is_guessable(words: list[str], known: frozenset[str] | set[str]) -> bool:
    letters = "".join(words)
    return len(letters) < FEWEST_LETTERS or len(set(letters)) == 1 or all(_is_made_of(word, known) for word in words)


def _is_made_of(word: str, known: frozenset[str] | set[str]) -> bool:
    """Say whether a word is one of those, or several without a space: `farmaciacentral`."""
    ends = {0}
    for end in range(1, len(word) + 1):
        if any(start in ends and word[start:end] in known for start in range(end)):
            ends.add(end)
    return len(word) in ends

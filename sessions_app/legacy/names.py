"""Find the person whom a text of the old system means: `Ana Benítez`, `ana@example.com`, both, or `User-<id>`.

Nothing is pinned on anybody without evidence: a text that names nobody, or two people, names nobody.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from sessions_app.legacy.codes import Code
from sessions_app.legacy.findings import Told
from sessions_app.legacy.plan import PersonId
from sessions_app.legacy.rows import User

IN_BRACKETS = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>")
BY_ID = re.compile(r"user-(\S+)", re.IGNORECASE)


class Names:
    """The people of the source, found by what was written of them. Each text that names nobody is told once."""

    def __init__(self, users: Iterable[User]) -> None:
        self._ids: set[str] = set()
        self._spellings: dict[str, set[str]] = defaultdict(set)
        self._emails: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, set[str]] = defaultdict(set)
        self._told: set[str] = set()
        for user in users:
            self._ids.add(user.id)
            self._spellings[user.email.strip()].add(user.id)
            self._emails[user.email.strip().lower()].add(user.id)
            self._names[_plain(f"{user.first_name} {user.last_name}")].add(user.id)

    def known(self, person: str | None) -> PersonId:
        """Return the id if somebody has it, else None."""
        return person if person in self._ids else None

    def find(self, text: str) -> PersonId:
        """Return the one person whom the text means, else None."""
        text = text.strip()
        if not text:
            return None
        if email := IN_BRACKETS.search(text):
            return self._by_email(email[1])
        if "@" in text:
            return self._by_email(text)
        if by_id := BY_ID.fullmatch(text):
            return self.known(by_id[1].lower())
        return _only(self._names.get(_plain(text)))

    def attribute(self, text: str, reason: str, told: Told, field: str) -> tuple[PersonId, str]:
        """Return the person, and the reason, with the text in front of it where it means no one person."""
        person, text = self.find(text), text.strip()
        if person or not text:
            return person, reason
        if text not in self._told:
            self._told.add(text)
            told(Code.NAME_NOT_ONE_PERSON, field=field, was=text)
        return None, f"{text}: {reason}"

    def _by_email(self, email: str) -> PersonId:
        """As it is written, else whatever its case: two people may have had the same one in two spellings."""
        return _only(self._spellings.get(email)) or _only(self._emails.get(email.lower()))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _only(people: set[str] | None) -> PersonId:
    return next(iter(people)) if people and len(people) == 1 else None

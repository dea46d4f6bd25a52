"""Tell where a person is signed in now. It reads the sessions themselves, which last half a day at most."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import Http404
from django.utils import timezone

from accounts.models import SignIn, User
from cashpilot.web.session_timeout import SIGN_IN


@dataclass(frozen=True)
class OpenSession:
    sign_in: SignIn
    ends_at: datetime
    is_present: bool
    # Whoever has it is signed in: it is shown nowhere.
    key: str


def of(person: User, present_key: str | None = None) -> list[OpenSession]:
    """Return the sessions that still let `person` in, the newest first."""
    keys: dict[int, tuple[str, datetime]] = {}
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        data = session.get_decoded()
        if SIGN_IN in data and _lets_in(data, person):
            keys[data[SIGN_IN]] = session.session_key, session.expire_date
    rows = SignIn.objects.filter(pk__in=keys, person=person).order_by("-id")
    return [OpenSession(row, keys[row.pk][1], keys[row.pk][0] == present_key, keys[row.pk][0]) for row in rows]


def one(person: User, sign_in: int) -> OpenSession:
    """Return the open session that this sign-in began. Raises Http404 if it ended meanwhile, or is not of `person`."""
    for session in of(person):
        if session.sign_in.pk == sign_in:
            return session
    raise Http404


def _lets_in(data: dict[str, Any], person: User) -> bool:
    return data.get(SESSION_KEY) == str(person.pk) and data.get(HASH_SESSION_KEY) == person.get_session_auth_hash()

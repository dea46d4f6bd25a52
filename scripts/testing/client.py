"""Browsers without a screen, and the addresses that they can ask for."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from accounts.models import User
from cashpilot.web.session_timeout import SIGNED_IN_AT, SessionStore

# Tokens, the number of the request, the page's clock and the minute in which it would be printed.
VARIES = re.compile(
    r"""["'][\w-]{30,}["']|content="[A-Z2-9]{8}"|data-(?:now|seconds)="[0-9]+"|[0-9]{2}:[0-9]{2}(?= por | by )"""
)


def lasting(page: str) -> list[str]:
    """The lines of a page without what is another each time that it is drawn."""
    return VARIES.sub("", page).splitlines()


def routes(patterns: Iterable[Any], prefix: str = "") -> Iterator[str]:
    """Every address that the patterns know, with its parameters."""
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern.url_patterns, route)


def signed_in(user: User) -> Client:
    """A browser without a screen in which `user` is signed in.

    Its session is written at once as a sign-in leaves it: Client.force_login writes it four times.
    """
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "accounts.backends.RoleBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[SIGNED_IN_AT] = timezone.now().timestamp()
    session.save()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client

"""Browsers without a screen, and the addresses that they can ask for."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.test import Client
from django.urls import URLPattern

from accounts.models import User


def routes(patterns: Iterable[Any], prefix: str = "") -> Iterator[str]:
    """Every address that the patterns know, with its parameters."""
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern.url_patterns, route)


def signed_in(user: User) -> Client:
    """A browser without a screen in which `user` is signed in."""
    client = Client()
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return client

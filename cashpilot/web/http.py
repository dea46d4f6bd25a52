from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.urls import ResolverMatch
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from accounts.models import User


class Request(HttpRequest):
    """A request as views receive it: signed in, htmx or not. For type hints only; Django makes a HttpRequest."""

    user: "User"
    resolver_match: ResolverMatch
    htmx: HtmxDetails


def language_of_browser(request: HttpRequest) -> str:
    """Return the language last chosen in this browser; else Spanish."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

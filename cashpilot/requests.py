from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class Request(HttpRequest):
    """A request as views receive it: signed in, and htmx or not. For type hints only; Django makes a HttpRequest."""

    user: User
    htmx: HtmxDetails

"""The answer during a pause of the sign-in."""

from datetime import datetime
from math import ceil

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cashpilot.web import errors


def paused(request: HttpRequest, until: datetime) -> HttpResponse:
    """Too many wrong passwords for this account, or from this address."""
    seconds = (until - timezone.now()).total_seconds()
    minutes = ceil(seconds / 60)
    advice = ngettext(
        "There were too many wrong passwords. Wait %(minutes)s minute and try again.",
        "There were too many wrong passwords. Wait %(minutes)s minutes and try again.",
        minutes,
    ) % {"minutes": minutes}
    response = errors.page(request, 429, _("Sign in is paused"), advice, "accounts/locked_out.html")
    response.headers["Retry-After"] = str(ceil(seconds))
    return response

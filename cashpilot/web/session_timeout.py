"""How long a sign-in lasts: while it is used within the idle time of the role, and 12 hours at most.

The session row's own expire_date is the limit, which Django compares when it loads the row: it is exact, and neither
the data nor the browser's cookie is ever written again for it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

LIMIT = timedelta(seconds=settings.SESSION_COOKIE_AGE)
SIGNED_IN_AT = "signed_in_at"


def start(request: HttpRequest, **_signal: Any) -> None:
    """Note when somebody signed in, whichever way they did."""
    request.session[SIGNED_IN_AT] = timezone.now().timestamp()


def time_left(request: HttpRequest) -> timedelta:
    """Return how long the session lasts if nothing is asked after `request`, which is a signed-in person's."""
    idle = settings.ADMIN_IDLE if request.user.is_staff else settings.CASHIER_IDLE
    signed_in_at = datetime.fromtimestamp(request.session.get(SIGNED_IN_AT, 0), UTC)
    return min(idle, signed_in_at + LIMIT - timezone.now())


def postpone_end(request: HttpRequest, left: timedelta) -> None:
    Session.objects.filter(pk=request.session.session_key).update(expire_date=timezone.now() + left)


def ran_out(key: str | None) -> bool:
    """Say whether that session ended by itself; one that was signed out has no row."""
    return Session.objects.filter(pk=key, expire_date__lte=timezone.now()).exists()

"""How failed sign-ins are counted: 5 at one account lock it, 100 from one address lock that, for 15 minutes."""

import ipaddress
from datetime import datetime
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_username, get_credentials
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils import timezone

Credentials = dict[str, Any] | None


class LockoutHandler(AxesDatabaseHandler):
    def get_failures(self, request: HttpRequest, credentials: Credentials = None) -> int:
        return max(failures for failures, _last in self._counted(request, credentials))

    def reset_user_attempts(self, request: HttpRequest, credentials: Credentials = None) -> int:
        """A right password forgives its own account only, and nothing else that came from the address."""
        count: int = self.reset_attempts(username=get_client_username(request, credentials))
        return count

    def locked_until(self, request: HttpRequest, credentials: Credentials = None) -> datetime:
        counted = self._counted(request, credentials)
        times = [last for failures, last in counted if last and failures >= settings.AXES_FAILURE_LIMIT]
        return max(times, default=timezone.now()) + settings.AXES_COOLOFF_TIME

    def _counted(self, request: HttpRequest, credentials: Credentials) -> list[tuple[int, datetime | None]]:
        """Failures of account and address, each with the last; axes knows one limit, so the address's weigh less."""
        account, address = (
            attempts.aggregate(count=Sum("failures_since_start", default=0), last=Max("attempt_time"))
            for attempts in self.get_user_attempts(request, credentials)
        )
        weighed = address["count"] * settings.AXES_FAILURE_LIMIT // settings.ADDRESS_FAILURE_LIMIT
        return [(account["count"], account["last"]), (weighed, address["last"])]


def tries_left(request: HttpRequest, email: str) -> int:
    """Return how many wrong passwords are left until the account, or the address, is locked."""
    handler = AxesProxyHandler.get_implementation()
    failures: int = handler.get_failures(request, get_credentials(email))
    return max(settings.AXES_FAILURE_LIMIT - failures, 0)


def is_locked(email: str) -> bool:
    """Say whether the account is locked; its address may be as well."""
    counts_since = timezone.now() - settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(username=email, attempt_time__gte=counts_since)
    failures: int = attempts.aggregate(count=Sum("failures_since_start", default=0))["count"]
    return failures >= settings.AXES_FAILURE_LIMIT


def client_address(request: HttpRequest) -> str | None:
    """Return the address that our own proxies vouch for; the rest of X-Forwarded-For anybody may have written."""
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    if settings.PROXIES and len(hops) >= settings.PROXIES:
        try:
            return str(ipaddress.ip_address(hops[-settings.PROXIES].strip()))
        except ValueError:
            pass  # no proxy wrote that
    return request.META.get("REMOTE_ADDR") or None

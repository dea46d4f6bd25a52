"""How failed sign-ins are counted: 5 at one account pause it, 100 from one address pause that, for 15 minutes.

A device where the person signed in before is counted apart, so that nobody elsewhere keeps them out; one where anybody
of ours did is counted instead of the address that it shares with others.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import SignIn
from accounts.querysets import SignInQuerySet

PAUSE = settings.SIGN_IN_PAUSE
DEVICE_COOKIE, DEVICE_SALT = settings.DEVICE_COOKIE_NAME, "accounts.device"


@dataclass(frozen=True)
class Attempt:
    """Somebody at a device who says to be `account` (an e-mail in its one spelling, or what is told in its place)."""

    account: str
    address: str | None
    device: str
    is_known: bool  # the person signed in there before
    is_ours: bool  # anybody did

    @classmethod
    def of(cls, request: HttpRequest, email: str) -> "Attempt":
        device = device_of(request)
        signed_in = SignIn.objects.filter(kind=SignIn.Kind.SIGNED_IN, device=device)
        people = set(signed_in.values_list("person__email", flat=True).distinct()) if device else set()
        account = as_told(email)
        return cls(account, client_address(request), device, account in people, bool(people))

    def paused_until(self) -> datetime | None:
        """Return when the pause of account or source ends, the later one; None if there is none."""
        ends = [_end_of_pause(failures, limit) for failures, limit in self._counted()]
        return max((end for end in ends if end), default=None)

    def tries_left(self) -> int:
        """Return how many wrong passwords are left until the account, or the source, is paused."""
        lately = timezone.now() - PAUSE
        return min(limit - failures.filter(happened_at__gt=lately).count() for failures, limit in self._counted())

    def _counted(self) -> Iterator[tuple[SignInQuerySet, int]]:
        yield of_account(self.account, self.device if self.is_known else ""), settings.FAILURES_OF_AN_ACCOUNT
        source = {"device": self.device} if self.is_ours else {"address": self.address}
        yield SignIn.objects.filter(kind=SignIn.Kind.FAILED, **source), settings.FAILURES_FROM_AN_ADDRESS


def of_account(account: str, known_device: str = "") -> SignInQuerySet:
    """Select the failures at an account that nothing forgave yet: at that device, or at all unknown ones."""
    rows = SignIn.objects.filter(account=account)
    where = Q(is_known_device=True, device=known_device) if known_device else Q(is_known_device=False)
    forgiving = rows.filter(Q(kind=SignIn.Kind.UNLOCKED) | Q(kind=SignIn.Kind.SIGNED_IN) & where)
    last = forgiving.order_by("-id").values_list("id", flat=True).first() or 0
    return rows.filter(where, kind=SignIn.Kind.FAILED, id__gt=last)


def is_locked(email: str) -> bool:
    """Say whether the account is paused, at one of the devices that the person used or at all others."""
    rows = SignIn.objects.filter(account=email, kind=SignIn.Kind.FAILED, is_known_device=True)
    lately = rows.filter(happened_at__gt=timezone.now() - 2 * PAUSE).order_by()
    devices = ["", *lately.values_list("device", flat=True).distinct()]
    return any(_end_of_pause(of_account(email, device), settings.FAILURES_OF_AN_ACCOUNT) for device in devices)


def _end_of_pause(failures: SignInQuerySet, limit: int) -> datetime | None:
    """A pause begins with the failure that reaches the limit within its length; during it none is counted."""
    times: list[datetime] = list(failures.order_by("-id").values_list("happened_at", flat=True)[:limit])
    if len(times) < limit or times[0] - times[-1] >= PAUSE or times[0] + PAUSE <= timezone.now():
        return None
    return times[0] + PAUSE


def as_told(email: str) -> str:
    """Return what was typed as an e-mail; what is none may be a password in the wrong field, so only its beginning."""
    return email[:254] if "@" in email else f"{email[:2]}…"


def device_of(request: HttpRequest) -> str:
    """Return what the cookie of the device bears; empty where we did not sign it."""
    return request.get_signed_cookie(DEVICE_COOKIE, default="", salt=DEVICE_SALT) or ""


def client_address(request: HttpRequest) -> str | None:
    """Return the address that our own proxies vouch for; the rest of X-Forwarded-For anybody may have written."""
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    if settings.PROXIES and len(hops) >= settings.PROXIES:
        try:
            return str(ipaddress.ip_address(hops[-settings.PROXIES].strip()))
        except ValueError:
            pass  # no proxy wrote that
    return request.META.get("REMOTE_ADDR") or None

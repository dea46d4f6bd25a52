"""Every row about signing in, and nowhere else. Django's signals call it, whichever way somebody signs in."""

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.lockout import DEVICE_COOKIE, DEVICE_SALT, Attempt, client_address, device_of
from accounts.models import SignIn, User
from cashpilot.web.session_timeout import SIGN_IN

Kind = SignIn.Kind
A_YEAR = 365 * 24 * 3600  # seconds


def signed_in(request: Any, user: User, **_signal: Any) -> None:
    """Write it, and remember in the session which row tells of it."""
    attempt = Attempt.of(request, user.email)
    request.device = attempt.device or secrets.token_hex(16)
    row = _write(request, Kind.SIGNED_IN, attempt, user, device=request.device)
    request.session[SIGN_IN] = row.pk


def remember_device(request: Any, response: HttpResponse) -> HttpResponse:
    """Leave the cookie by which the device is known from now on, in the answer to a sign-in."""
    response.set_signed_cookie(
        DEVICE_COOKIE,
        request.device,
        salt=DEVICE_SALT,
        max_age=A_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def failed(credentials: dict[str, Any], request: Any = None, **_signal: Any) -> None:
    """Count a wrong password or code, unless it was not looked at. A pause that it begins stands in `request`."""
    if request is None:
        return
    email = str(credentials.get("username") or "")
    attempt = Attempt.of(request, email)
    person = User.objects.filter(email=email).first()
    if getattr(request, "paused_until", None):
        _write(request, Kind.REFUSED, attempt, person)
        return
    _write(request, Kind.FAILED, attempt, person)
    request.paused_until = attempt.paused_until()
    if request.paused_until:
        _write(request, Kind.PAUSED, attempt, person)


def signed_out(request: Any, user: User | None, **_signal: Any) -> None:
    if user:
        _write(request, Kind.SIGNED_OUT, Attempt.of(request, user.email), user)


def unlocked(person: User, *, by: User | None) -> None:
    SignIn.objects.create(kind=Kind.UNLOCKED, person=person, account=person.email, by=by)


def ended(request: HttpRequest, sign_in: SignIn, *, by: User) -> None:
    """Write that `by` ended the session that `sign_in` began; address and device are those of `by`."""
    SignIn.objects.create(
        kind=Kind.ENDED,
        person=sign_in.person,
        account=sign_in.account,
        address=client_address(request),
        device=device_of(request),
        browser=_browser(request),
        by=by,
    )


def _write(request: HttpRequest, kind: str, attempt: Attempt, person: User | None, device: str = "") -> SignIn:
    return SignIn.objects.create(
        kind=kind,
        person=person,
        account=attempt.account,
        address=attempt.address,
        device=device or attempt.device,
        is_known_device=attempt.is_known,
        browser=_browser(request),
    )


def _browser(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "").replace("\0", "")[:200]

import logging
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from time import perf_counter
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import middleware as auth
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.functional import empty
from django.utils.translation import gettext as _

from cashpilot.web import metrics, session_timeout
from cashpilot.web.http import language_of_browser
from cashpilot.web.logs import new_request_id, request_id, saved

Answer = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger("cashpilot.request")
LONGEST_PATH = 200
SAID_TO_NOBODY = ("/health/live/", "/health/ready/", "/metrics")


def request_log(get_response: Answer) -> Answer:
    """Give each request an id, answer it in X-Request-ID, and write one line about it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        id_before, saved_before = request_id.set(new_request_id()), saved.set(False)
        started, queries, waited = perf_counter(), 0, 0.0

        def count(execute: Any, *args: Any) -> Any:
            nonlocal queries, waited
            queries, begun = queries + 1, perf_counter()
            try:
                return execute(*args)
            finally:
                waited += perf_counter() - begun

        try:
            with connection.execute_wrapper(count):
                response = get_response(request)
            response.headers["X-Request-ID"] = request_id.get()
            logger.info("request", extra=_facts(request, response, started, queries))
            metrics.observe(
                route=request.resolver_match.route if request.resolver_match else None,
                method=request.method,
                status=response.status_code,
                seconds=perf_counter() - started,
                database_seconds=waited,
            )
            return response
        finally:
            request_id.reset(id_before)
            saved.reset(saved_before)

    return middleware


def _facts(request: HttpRequest, response: HttpResponse, started: float, queries: int) -> dict[str, Any]:
    """The path without its query, which carries what a person typed."""
    match = request.resolver_match
    user = _user_met(request)
    return {
        "method": request.method,
        "path": request.path[:LONGEST_PATH],
        "route": match.route if match else None,
        "status": response.status_code,
        "milliseconds": round((perf_counter() - started) * 1000),
        "queries": queries,
        "user": user.pk if user else None,
    }


def _user_met(request: HttpRequest) -> Any:
    """Return the person found to be signed in, without asking the database: that may be what failed."""
    user: Any = getattr(request, "user", None)
    if user is None or getattr(user, "_wrapped", user) is empty:
        return None
    return user if user.is_authenticated else None


def no_session_for_health(get_response: Answer) -> Answer:
    """Let whoever asks for the health be nobody: a session would be looked up, and the database may be what hangs."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info in SAID_TO_NOBODY:
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return get_response(request)

    return middleware


def small_bodies(get_response: Answer) -> Answer:
    """Django limits what it reads into memory, and lets a file of any size fill the disk."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0  # as Django reads it: no body at all
        limit = settings.LARGEST_UPLOAD if request.path == settings.UPLOADS else settings.LARGEST_BODY
        if length > limit:
            raise RequestDataTooBig(f"the body is larger than {limit} bytes")
        return get_response(request)

    return middleware


def language(get_response: Answer) -> Answer:
    """The person's own language; before sign-in the one chosen in this browser; else Spanish."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.user.language if request.user.is_authenticated else language_of_browser(request)
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        patch_vary_headers(response, ["Cookie"])
        return response

    return middleware


def htmx_answers(get_response: Answer) -> Answer:
    """Under htmx a redirect leaves the page: a sign-in form never lands inside a table."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if request.htmx and response.status_code == HTTPStatus.FOUND:  # type: ignore[attr-defined]
            response.status_code = 204
            response.headers["HX-Redirect"] = response.headers["Location"]
            del response.headers["Location"]
        return response

    return middleware


def never_stored(get_response: Answer) -> Answer:
    """A till is shared: no page stays in the browser's cache for the next person."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        add_never_cache_headers(response)
        return response

    return middleware


def session_end(get_response: Answer) -> Answer:
    """Keep the session of a signed-in person alive. Stands outside SessionMiddleware, which has saved it by then."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and _user_met(request):
            left = session_timeout.postpone_end(request)
            response.headers["Session-Ends-In"] = str(int(left.total_seconds()))
        return response

    return middleware


def own_password_first(get_response: Answer) -> Answer:
    """A password that somebody else has seen opens one page only: the one where it is changed."""

    def middleware(request: HttpRequest) -> HttpResponse:
        must_change = request.user.is_authenticated and request.user.must_change_password
        if must_change and request.path not in map(reverse, ("password", "logout", "set_language", "stay")):
            return redirect("password")
        return get_response(request)

    return middleware


def second_factor_first(get_response: Answer) -> Answer:
    """Lead who works in the back office without a second factor to where it is set up, if one is required."""

    def middleware(request: HttpRequest) -> HttpResponse:
        is_lacking = settings.SECOND_FACTOR_REQUIRED and request.user.is_authenticated and request.user.is_staff
        open_pages = ("own_factor", "password", "logout", "set_language", "stay")
        if is_lacking and not request.session.get(session_timeout.SECOND_FACTOR):
            return get_response(request) if request.path in map(reverse, open_pages) else redirect("own_factor")
        return get_response(request)

    return middleware


class LoginRequiredMiddleware(auth.LoginRequiredMiddleware):
    """After signing in, people are back on the page they saw: not on the address of a form or fragment it asked for."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if session_timeout.ran_out(request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
            sentence = _(
                "Your session ended by itself, as it does when nobody uses it and after %(hours)s hours at most. "
                "Sign in and go on where you were."
            )
            messages.info(request, sentence % {"hours": session_timeout.LIMIT // timedelta(hours=1)})
        seen = request.headers.get("HX-Current-URL")
        if not seen and request.method in ("GET", "HEAD"):
            seen = request.get_full_path()
        seen = seen or request.headers.get("Referer") or resolve_url(settings.LOGIN_REDIRECT_URL)
        return redirect_to_login(seen)

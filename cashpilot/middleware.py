import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import middleware as auth
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _

from cashpilot import idle
from cashpilot.logs import request_id

Answer = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger("cashpilot.request")
WRITES = ("INSERT", "UPDATE", "DELETE")


def request_log(get_response: Answer) -> Answer:
    """Give each request an id, answer it in X-Request-ID, and write one line about it.

    `request.was_saved`: something that it wrote has been committed.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        token = request_id.set(uuid.uuid4().hex)
        started, queries = perf_counter(), 0

        def watch(execute: Any, sql: str, *args: Any) -> Any:
            nonlocal queries
            queries += 1
            result = execute(sql, *args)
            if sql.startswith(WRITES):
                transaction.on_commit(partial(setattr, request, "was_saved", True))
            return result

        try:
            with connection.execute_wrapper(watch):
                response = get_response(request)
            response.headers["X-Request-ID"] = request_id.get()
            logger.info("request", extra=_facts(request, response, started, queries))
            return response
        finally:
            request_id.reset(token)

    return middleware


def _facts(request: HttpRequest, response: HttpResponse, started: float, queries: int) -> dict[str, Any]:
    """The route and not the path: a path may carry what a person typed."""
    match = request.resolver_match
    return {
        "method": request.method,
        "route": match.route if match else None,
        "status": response.status_code,
        "milliseconds": round((perf_counter() - started) * 1000),
        "queries": queries,
        "user": _user_pk(request),
    }


def _user_pk(request: HttpRequest) -> int | None:
    """None while the database cannot say who it is."""
    try:
        return request.user.pk
    except (AttributeError, DatabaseError):
        return None


def language(get_response: Answer) -> Answer:
    """The person's own language; before sign-in the one chosen in this browser; else Spanish."""
    known = dict(settings.LANGUAGES)

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if request.user.is_authenticated:
            chosen = request.user.language
        chosen = chosen if chosen in known else settings.LANGUAGE_CODE
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
        if request.htmx and response.status_code == 302:  # type: ignore[attr-defined]
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
    """What a signed-in person asks keeps the session alive. Outside SessionMiddleware, which has saved it by then."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        user = getattr(request, "user", None)
        if response.status_code < 500 and user and user.is_authenticated and not idle.is_polled(request):
            left = idle.time_left(request)
            idle.postpone_end(request, left)
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


class LoginRequiredMiddleware(auth.LoginRequiredMiddleware):
    """After signing in, people are back on the page they saw: not on the address of a form or fragment it asked for."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if idle.ran_out(request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
            sentence = _(
                "Your session ended by itself, as it does when nobody uses it and after %(hours)s hours at most. "
                "Sign in and go on where you were."
            )
            messages.info(request, sentence % {"hours": idle.LIMIT // timedelta(hours=1)})
        seen = request.headers.get("HX-Current-URL")
        if not seen and request.method in ("GET", "HEAD"):
            seen = request.get_full_path()
        seen = seen or request.headers.get("Referer") or resolve_url(settings.LOGIN_REDIRECT_URL)
        return redirect_to_login(seen)


class GoneMiddleware:
    """A row that left a person's sight while they acted on it is as missing as one that never was."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, ObjectDoesNotExist):
            raise Http404 from exception

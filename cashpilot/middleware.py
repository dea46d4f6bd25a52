import logging
import uuid
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from cashpilot.logs import request_id

Answer = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger("cashpilot.request")


def request_log(get_response: Answer) -> Answer:
    """Give each request an id, answer it in X-Request-ID, and write one line about it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = request_id.set(uuid.uuid4().hex)
        started, queries = perf_counter(), 0

        def count(execute: Any, *args: Any) -> Any:
            nonlocal queries
            queries += 1
            return execute(*args)

        try:
            with connection.execute_wrapper(count):
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
    user = getattr(request, "user", None)
    return {
        "method": request.method,
        "route": match.route if match else None,
        "status": response.status_code,
        "milliseconds": round((perf_counter() - started) * 1000),
        "queries": queries,
        "user": user.pk if user and user.is_authenticated else None,
    }


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


class GoneMiddleware:
    """A row that left a person's sight while they acted on it is as missing as one that never was."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, ObjectDoesNotExist):
            raise Http404 from exception

"""The bar above a list: its further fields, drawn when they are asked for, and what a person chose in it before.

What is chosen in the bar is there when the person comes back to the bare address of the page. Only the bar's own links
and form say `remember=1`, so no other link to a list is kept, nor are the search and the page. It is kept in the
browser, in a cookie of each page and person: reading a list writes nothing, and people who share a till do not meet.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render

from cashpilot import periods
from cashpilot.web.http import Request
from pharmacies.query_forms import DATES, PLACES, QueryForm

REMEMBER, FIELDS = "remember", "fields"
# Instead of both dates, where they are those of a preset: tomorrow, today is another day.
RANGE = "range"
KEPT_FOR = timedelta(days=365)

View = Callable[..., HttpResponse]


def with_filter_bar(filters: type[QueryForm]) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """Give a page what its bar needs. An address that asks for something always wins over what was kept."""

    def decorate(view: View) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: Request, **kwargs: Any) -> HttpResponseBase:
            asked = request.GET
            kept = _read(request.COOKIES.get(_cookie(request), ""))
            if not asked and kept:
                return redirect(f"{request.path}?{kept.urlencode()}")
            request.GET = _plain(asked, filters)  # type: ignore[assignment]  # views only read it
            if FIELDS in asked:
                return _fields(request, filters.of(request, **kwargs))
            response = view(request, **kwargs)
            return _remember(request, filters, response) if REMEMBER in asked else response

        return answer

    return decorate


def _fields(request: Request, form: QueryForm) -> HttpResponse:
    """The fields behind the button: under htmx alone, else as a page of its own."""
    context = {"form": form, "url": request.path, "is_part": request.htmx}
    template = "components/more_filters.html" if request.htmx else "filters.html"
    return render(request, template, context, status=form.http_status)


def _remember(request: Request, filters: type[QueryForm], response: HttpResponse) -> HttpResponseBase:
    """Keep what could be read, and answer under the plain address."""
    address = f"{request.path}?{request.GET.urlencode()}" if request.GET else request.path
    response.headers["HX-Push-Url"] = address
    if response.status_code != 200:  # noqa: PLR2004
        return response
    answer = response if request.htmx else redirect(address)
    if written := _written(request.GET, filters):
        answer.set_cookie(
            _cookie(request),
            written,
            max_age=KEPT_FOR,
            path=request.path,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        answer.delete_cookie(_cookie(request), path=request.path, samesite="Lax")
    return answer


def _cookie(request: Request) -> str:
    return f"filters-{request.resolver_match.url_name}-{request.user.pk}"


def _plain(asked: QueryDict, filters: type[QueryForm]) -> QueryDict:
    """Return what is asked of the list; of the bar's own form without the fields that were left blank."""
    query = asked.copy()
    for name in (REMEMBER, FIELDS):
        query.pop(name, None)
    if REMEMBER in asked:
        for name in list(query):
            if not any(query.getlist(name)) and name not in filters.BLANK_ANSWERS:
                del query[name]
    return query


def _written(asked: QueryDict, filters: type[QueryForm]) -> str:
    """Return a query as it is kept; empty where nothing is asked."""
    query = asked.copy()
    for name in list(query):
        if name not in {*filters.base_fields, "sort"} - {"text", *PLACES}:
            del query[name]
    spans = {tuple(map(str, periods.preset(name, periods.today()))): name for name in reversed(periods.PRESETS)}
    if span := spans.get((query.get(DATES[0], ""), query.get(DATES[1], ""))):
        for date in DATES:
            del query[date]
        query[RANGE] = span
    return query.urlencode()


def _read(kept: str) -> QueryDict:
    query = QueryDict(kept, mutable=True)
    name = query.pop(RANGE, [""])[-1]
    if name in periods.PRESETS:
        query[DATES[0]], query[DATES[1]] = map(str, periods.preset(name, periods.today()))
    return query

"""What a person chose in the bar of a list is there when they come back to its bare address.

Only what is chosen in the bar is kept: its links and its form say `remember=1`, and no other link to a list does.
Neither the search nor the page is kept. It is kept with the person (`User.filters`): the same on every computer.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect

from accounts import actions
from cashpilot import periods
from cashpilot.web.http import Request
from sessions_app.filters.base import DATES, PLACES, QueryForm

REMEMBER = "remember"
# Instead of both dates, where they are those of a preset: tomorrow, today is another day.
RANGE = "range"

View = Callable[..., HttpResponse]


def remembers(filters: type[QueryForm]) -> Callable[[View], Callable[..., HttpResponseBase]]:
    """Let a list keep what is chosen in its bar. An address that asks for something always wins."""

    def decorate(view: View) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            page = request.resolver_match.url_name or ""
            kept = request.user.filters.get(page)
            if not request.GET and kept and request.path != "/":
                return redirect(f"{request.path}?{_read(kept).urlencode()}")
            if REMEMBER not in request.GET:
                return view(request, *args, **kwargs)
            request.GET = _without_blanks(request.GET, filters)
            return _remember(request, page, filters, view(request, *args, **kwargs))

        return answer

    return decorate


def _remember(request: Request, page: str, filters: type[QueryForm], response: HttpResponse) -> HttpResponseBase:
    """Keep what could be read, and answer under the plain address."""
    address = f"{request.path}?{request.GET.urlencode()}" if request.GET else request.path
    if response.status_code == 200:  # noqa: PLR2004
        actions.remember_filter(page, _written(request.GET, filters), by=request.user)
        if not request.htmx:
            return redirect(address)
    response.headers["HX-Push-Url"] = address
    return response


def _without_blanks(asked: QueryDict, filters: type[QueryForm]) -> QueryDict:
    query = asked.copy()
    del query[REMEMBER]
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
    if name := spans.get((query.get(DATES[0], ""), query.get(DATES[1], ""))):
        for date in DATES:
            del query[date]
        query[RANGE] = name
    return query.urlencode()


def _read(kept: str) -> QueryDict:
    query = QueryDict(kept, mutable=True)
    if name := query.get(RANGE):
        del query[RANGE]
        query[DATES[0]], query[DATES[1]] = map(str, periods.preset(name, periods.today()))
    return query

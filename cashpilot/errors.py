"""What a person sees when a page cannot be shown: one kind page, with the id that the log bears."""

import sys
from collections.abc import Iterator
from traceback import walk_tb

from django.db import InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from cashpilot.logs import request_id


def page(status: int, title: str, advice: str) -> HttpResponse:
    """Without request, session or database: one of them may be what failed."""
    context = {"status": status, "title": title, "advice": advice, "request_id": request_id.get()}
    return HttpResponse(render_to_string("error.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(400, _("We could not read that request"), _("Go back, reload the page and try again."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(403, _("Your role does not include this"), _("If you need it, ask an administrator."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(
        403,
        _("The page had been open for too long"),
        _("Nothing was saved. Go back, reload the page and send it again."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(404, _("There is nothing here"), _("Check the address, or go to your shifts."))


def server_error(request: HttpRequest) -> HttpResponse:
    failed = next((error for error in _chain(sys.exc_info()[1]) if isinstance(error, _OF_THE_DATABASE)), None)
    if failed:
        unknown = getattr(request, "was_saved", False) or _died_while_saving(failed)
        advice = (
            _("Wait a moment. Before you send it again, look whether what you sent was saved.")
            if unknown
            else _("Nothing was saved. Wait a moment and send it again.")
        )
        response = page(503, _("The database is not answering"), advice)
        response.headers["Retry-After"] = "10"
        return response
    return page(
        500,
        _("Something failed on our side"),
        _("Nothing was saved. Try again; if it repeats, tell your administrator."),
    )


_OF_THE_DATABASE = (OperationalError, InterfaceError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came of: on its way out of a template it may have become another one."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _died_while_saving(error: BaseException) -> bool:
    """Whether the answer to a COMMIT never came: then nobody here knows what became of it."""
    commit = BaseDatabaseWrapper._commit.__code__  # type: ignore[attr-defined]
    return any(frame.f_code is commit for frame, _line in walk_tb(error.__traceback__))

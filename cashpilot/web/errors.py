"""An exception becomes an answer here: one kind page, in the person's language, with the id that the log bears.

Forms show what was refused themselves; this is for all that is left. 503 is for a database that does not answer.
"""

import logging
import sys
from collections.abc import Iterator
from http import HTTPStatus
from traceback import walk_tb
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.db import IntegrityError, InterfaceError, OperationalError
from django.db.transaction import Atomic
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware import csrf
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from cashpilot.db import constraints
from cashpilot.exceptions import ActionRefused
from cashpilot.web import stale_forms
from cashpilot.web.http import language_of_browser
from cashpilot.web.logs import request_id, saved

logger = logging.getLogger(__name__)
COMMIT = Atomic.__exit__.__code__
READ_ONLY_TRANSACTION = "25006"  # in PostgreSQL, where Django makes it an InternalError like many a fault of ours
READS = ("GET", "HEAD", "OPTIONS")
# What programs call.
PROGRAMS = "/api/v"
# How Django's refusals of a page's address begin, as against those of its token.
WRONG_ORIGINS = tuple(reason.split(" - ")[0] for reason in (csrf.REASON_BAD_ORIGIN, csrf.REASON_BAD_REFERER))
SHOWN_BESIDE_THE_PAGE = {"HX-Reswap": "none", "HX-Push-Url": "false"}  # by static/js/sending.js


def page(request: HttpRequest, status: int, title: Any, advice: Any, template: str = "error.html") -> HttpResponse:
    """Without session, user or database: one of them may be what failed. Under htmx it is a notice.

    A program is answered with JSON.
    """
    language = getattr(request, "LANGUAGE_CODE", None) or language_of_browser(request)
    if request.path.startswith(PROGRAMS):
        with translation.override(language):
            return JsonResponse({"error": f"{title}. {advice}", "request_id": request_id.get()}, status=status)
    is_fragment = "HX-Request" in request.headers
    with translation.override(language):
        context = {"status": status, "title": title, "advice": advice, "request_id": request_id.get()}
        text = render_to_string("error.html#notice" if is_fragment else template, context)
    headers = {"Content-Language": language, **(SHOWN_BESIDE_THE_PAGE if is_fragment else {})}
    return HttpResponse(text, status=status, headers=headers)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return page(request, 413, _("That is too much at once"), _("Nothing was saved. Send less, or a smaller file."))
    return page(request, 400, _("We could not read that request"), _("Go back, reload the page and try again."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 403, _("Your role does not include this"), _("If you need it, ask an administrator."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if reason.startswith(WRONG_ORIGINS):
        return _wrong_origin(request)
    if stale_forms.can_be_shown_again(request):
        if stale_forms.is_typed_by_user(request):
            return stale_forms.show_again(request)
        advice = _("Nothing was saved, and nothing of it is kept here. Whoever typed it signs in and writes it again.")
        return page(request, 403, _("Somebody else is signed in on this computer now"), advice)
    advice = _("Nothing was saved. Go back, reload the page and send it again.")
    return page(request, 403, _("The page had been open for too long"), advice)


def _wrong_origin(request: HttpRequest) -> HttpResponse:
    """Another site sent it, or a proxy of ours hides the name and port that people typed: the log has both."""
    facts = {"origin": request.headers.get("Origin") or request.headers.get("Referer"), "host": request.get_host()}
    logger.warning("request from another origin", extra=facts)
    advice = _("Nothing was saved. Open CashPilot at its usual address. If it repeats, tell your administrator.")
    return page(request, 403, _("This page was sent from another address"), advice)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404, _("There is nothing here"), _("Check the address, or go to your shifts."))


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    advice = _("This address is only used by a button of its page. Go back and use it there.")
    response = page(request, 405, _("That is not done this way"), advice)
    response.headers["Allow"] = allowed
    return response


def refused(request: HttpRequest, refusal: ActionRefused) -> HttpResponse:
    return page(request, refusal.status, _("That was not saved"), refusal.sentence)


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exc_info()[1]
    if any(map(_is_read_only, _chain(error))):
        title = _("At the moment the database can only be read")
    elif causes := [cause for cause in _chain(error) if isinstance(cause, (OperationalError, InterfaceError))]:
        error, title = causes[0], _("The database is busy or does not answer")
    else:
        return page(request, 500, _("Something failed on our side"), _what_became_of(request, error))
    response = page(request, 503, title, _what_became_of(request, error))
    response.headers["Retry-After"] = "10"
    return response


def _what_became_of(request: HttpRequest, error: BaseException | None) -> Any:
    """Never "nothing was saved" where it may have been."""
    if request.method in READS:
        return _("Wait a moment and try again. If it repeats, tell your administrator.")
    if saved.get():
        return _("What you sent was saved, only the page that shows it failed. Do not send it again.")
    if _while_committing(error):
        return _("We do not know whether it was saved. Before you send it again, look.")
    return _("Nothing was saved. Wait a moment and send it again. If it repeats, tell your administrator.")


def _is_read_only(error: BaseException) -> bool:
    """Say whether it is the driver's own word for a write to a standby, a read-only database or a read-only file."""
    is_readonly_file = getattr(error, "sqlite_errorname", "").startswith("SQLITE_READONLY")
    return is_readonly_file or getattr(error, "sqlstate", None) == READ_ONLY_TRANSACTION


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came of: on its way out of a template it may have become another one."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _while_committing(error: BaseException | None) -> bool:
    """A connection lost during COMMIT, or found lost right after it, leaves it open whether the server had finished."""
    return error is not None and any(frame.f_code is COMMIT for frame, _line in walk_tb(error.__traceback__))


class DomainErrors:
    """Middleware that answers what actions and querysets raised and no view caught."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            return not_allowed(request, response.headers["Allow"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, ObjectDoesNotExist):
            # A row that left a person's sight while they acted on it is as missing as one that never was.
            raise Http404 from exception
        if isinstance(exception, IntegrityError):
            sentence = constraints.sentence_of(constraints.violated(exception))
            return refused(request, ActionRefused(sentence, conflict=True)) if sentence else None
        return refused(request, exception) if isinstance(exception, ActionRefused) else None

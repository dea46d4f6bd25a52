"""Billing systems call this address, and a page explains it. Answers are JSON; nothing is read, no session counts."""

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_not_required, permission_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from cashpilot.web.http import Request
from pharmacies.models import ApiToken
from pharmacies.token_actions import CALLS_A_MINUTE, MINUTE, count_call, token_of
from sessions_app.actions.calls import Taken, take_call
from sessions_app.domain.rules.imports import why_not_import
from sessions_app.evidence import calls
from sessions_app.evidence.calls import NotJson, WrongCall, read_call

DESCRIPTION = Path(calls.__file__).with_name("openapi.json")
BEARER = "bearer "
LONGEST_KEY = 255


@csrf_exempt
@login_not_required
def billed(request: HttpRequest) -> HttpResponse:
    """Take what was billed in a shift or a day. A token is asked for, and no cookie: so no other site can send it.

    Sentences are in the language that the caller asks for.
    """
    language = get_language_from_request(request)
    with override(language):
        response = _answered(request)
    response.headers["Content-Language"] = language
    patch_vary_headers(response, ["Accept-Language"])
    return response


def _answered(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _refused(405, _("Only POST is answered here."), headers={"Allow": "POST"})
    token = token_of(_key_of(request))
    if not token:
        sentence = _("There is no such token, or it was revoked.")
        return _refused(401, sentence, headers={"WWW-Authenticate": "Bearer"})
    left = count_call(token)
    response = _answer(request, token) if left >= 0 else _refused(429, _("Too many calls: wait a moment."))
    return _with_limit(response, token, left)


def _key_of(request: HttpRequest) -> str:
    header = request.headers.get("Authorization", "")
    return header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else ""


def _answer(request: HttpRequest, token: ApiToken) -> HttpResponse:
    if why_not_import(token.created_by):
        return _refused(403, _("Whoever made this token may not do this any more: make another one."))
    key = request.headers.get("Idempotency-Key", "").strip()
    try:
        _require_key(key)
        return _taken(take_call(token, read_call(request.body), body=request.body, key=key))
    except RequestDataTooBig:
        return _refused(413, _("That is too much for one shift or day. Nothing was saved."))
    except NotJson as error:
        return _refused(400, str(error))
    except WrongCall as error:
        return _refused(422, _("Nothing was saved: see the fields."), error.fields)
    except ActionRefused as refusal:
        return _refused(refusal.status, refusal.sentence)


def _require_key(key: str) -> None:
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise WrongCall({"Idempotency-Key": _("Write at most %(longest)s characters.") % {"longest": LONGEST_KEY}})


def _taken(taken: Taken) -> JsonResponse:
    about = {"date": str(taken.match.day.date)} if taken.match.day else {"shift": taken.match.shift_id}
    answer = {"state": _state(taken), "import": taken.batch.pk, **about}
    return JsonResponse(answer, status=HTTPStatus.CREATED if taken.is_new else HTTPStatus.OK)


def _state(taken: Taken) -> str:
    """Held until the open shift closes; no word of what is written there."""
    if taken.batch.undone_at:
        return "undone"
    return "held" if taken.match.is_held else "applied"


def _refused(
    status: int, sentence: str, fields: dict[str, str] | None = None, *, headers: dict[str, str] | None = None
) -> JsonResponse:
    answer: dict[str, Any] = {"error": sentence, **({"fields": fields} if fields else {})}
    return JsonResponse(answer, status=status, headers=headers)


def _with_limit(response: HttpResponse, token: ApiToken, left: int) -> HttpResponse:
    """Say how many calls a minute are taken, how many are left of this one, and after how many seconds it ends."""
    began = token.counted_from or periods.now()
    ends = max(1, round((began + MINUTE - periods.now()).total_seconds()))
    response.headers["RateLimit-Limit"] = str(CALLS_A_MINUTE)
    response.headers["RateLimit-Remaining"] = str(max(0, left))
    response.headers["RateLimit-Reset"] = str(ends)
    if left < 0:
        response.headers["Retry-After"] = str(ends)
    return response


@require_safe
@login_not_required
def description(request: HttpRequest) -> HttpResponse:
    """Answer with the description for programs (OpenAPI). It holds no data, so whoever builds a caller may read it."""
    return HttpResponse(_description(), content_type="application/json")


@cache
def _description() -> str:
    return DESCRIPTION.read_text()


@require_safe
@permission_required("pharmacies.view_pharmacy", raise_exception=True)
def page(request: Request) -> HttpResponse:
    """Show to people how a billing system calls."""
    context = {"address": request.build_absolute_uri("/api/v1/billed/"), "limit": CALLS_A_MINUTE}
    return render(request, "sessions_app/api.html", context)

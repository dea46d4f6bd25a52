"""What the views have in common: who may, what became of a form, a file to take home."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase

from cashpilot.exports import Sheet, as_asked
from cashpilot.refusals import Refused
from cashpilot.requests import Request
from sessions_app import actions, rules
from sessions_app.models import CashSession

PAGE_LENGTH = 25


def permitted(name: str) -> Callable[..., Any]:
    return permission_required(f"sessions_app.{name}", raise_exception=True)


class Outcome(NamedTuple):
    """What became of a form: `written` if it was carried out, else the status to answer with, and the refusal."""

    status: int
    written: Any = None
    refusal: rules.Refused | None = None


def submit(form: Form, write: Callable[[], Any]) -> Outcome:
    """Carry out what a valid form says; a refusal's sentence is shown by the form."""
    if not form.is_valid():
        return Outcome(422 if form.is_bound else 200)
    try:
        return Outcome(302, written=write())
    except rules.Refused as refusal:
        form.add_error(None, refusal.sentence)
        return Outcome(refusal.status, refusal=refusal)


def submit_once(request: Request, form: Form, write: Callable[[], CashSession]) -> Outcome:
    """The same, but the page's form sent again is answered the same; a page without a token has only the rules."""
    try:
        token = UUID(request.POST.get("token", ""))
    except ValueError:
        return submit(form, write)
    sent = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    content = json.dumps(sent, sort_keys=True)
    # Not the path: 0001 is as good as 1 there, and it may be longer than its column.
    purpose = f"{request.resolver_match.url_name} {request.resolver_match.kwargs}"
    return submit(form, partial(actions.once, token, by=request.user, purpose=purpose, content=content, write=write))


def file_of(sheet: Callable[[], Sheet], extension: str, request: Request) -> HttpResponseBase:
    try:
        return as_asked(sheet(), extension, request.GET)
    except Refused as refusal:
        return HttpResponse(refusal.sentence, content_type="text/plain; charset=utf-8", status=422)

"""Helpers of all views: the permission, a form that is carried out once, a file to take home."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from cashpilot.files.downloads import Sheet, as_asked
from cashpilot.web.forms import Outcome, submit
from cashpilot.web.http import Request
from pharmacies.models import Pharmacy
from pharmacies.query_forms import QueryForm
from sessions_app.actions.idempotency import idempotent
from sessions_app.forms.fields import AskedOnceMore
from sessions_app.models import CashSession
from sessions_app.queries.usual_amounts import doubtful_amounts

PAGE_LENGTH = 25


View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def permitted(name: str) -> Callable[[View], View]:
    return permission_required(f"sessions_app.{name}", raise_exception=True)


def submit_idempotent(request: Request, form: Form, write: Callable[[], CashSession]) -> Outcome:
    """Carry out what a valid form says once: sent again, it is answered the same. Without a token the rules decide."""
    try:
        key = UUID(request.POST.get("token", ""))
    except ValueError:
        return submit(form, write)
    return submit(form, lambda: _carry_out_once(request, key, write))


def _carry_out_once(request: Request, key: UUID, write: Callable[[], CashSession]) -> CashSession | None:
    """The CSRF token is no part of the content: it is another one after each sign-in. Nor is an answered doubt."""
    beside = ("csrfmiddlewaretoken", "confirm_amount")
    sent = {name: values for name, values in request.POST.lists() if name not in beside}
    # Not the path: 0001 is as good as 1 there, and it may be longer than its column.
    asked = request.resolver_match
    claim = {"scope": f"{asked.url_name} {asked.kwargs}", "content": json.dumps(sent, sort_keys=True)}
    with idempotent(key, by=request.user, **claim, shift=asked.kwargs.get("pk")) as attempt:
        if attempt.is_new:
            attempt.shift = write()
    return attempt.shift


def ask_about_unusual(form: AskedOnceMore, pharmacy: Pharmacy) -> None:
    """Refuse a valid form whose amounts are far above the usual ones until it says that they are right."""
    if form.is_valid() and not form.cleaned_data["confirm_amount"]:
        form.ask_about(doubtful_amounts(pharmacy, form.amounts()))


def file_of(sheet: Callable[[], Sheet], extension: str, filters: QueryForm, request: Request) -> HttpResponseBase:
    """Return a list as a file that says what was asked for: its dates in the name, all of it inside a workbook."""
    try:
        made = sheet()
        name = slugify(f"cashpilot {made.title} {filters.dates_in_name()}")
        about = [made.title, *filters.on_paper(), _made_by(request)]
        return as_asked(replace(made, name=name, about=about), extension, request.GET)
    except ActionRefused as refusal:
        return HttpResponse(refusal.sentence, content_type="text/plain; charset=utf-8", status=422)


def _made_by(request: Request) -> str:
    when = date_format(localtime(periods.now()), "d/m/Y H:i")
    return _("Made on %(when)s by %(who)s") % {"when": when, "who": request.user}

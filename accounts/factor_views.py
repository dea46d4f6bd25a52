"""The second factor: asked for at the sign-in, set up by its person, reset by an administrator."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import second_factor, sign_ins
from accounts.lockout import Attempt
from accounts.models import User
from accounts.paused import paused
from cashpilot.exceptions import ActionRefused
from cashpilot.web import errors
from cashpilot.web.http import Request
from cashpilot.web.session_timeout import SECOND_FACTOR

# In the session of somebody whose password was right: who they are, until when (a timestamp), where they go on.
WAITING = "waits_for_second_factor"
WAITS_FOR = timedelta(minutes=10)
BACKEND = "accounts.backends.RoleBackend"


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "autofocus": True}),
    )

    def refuse(self) -> None:
        self.add_error("code", _("This code is not right, or was used already. Take the one that the app shows now."))


def ask(request: HttpRequest, person: User, goes_on: str) -> HttpResponse:
    """Put off a sign-in whose password was right until the code is."""
    until = (timezone.now() + WAITS_FOR).timestamp()
    request.session[WAITING] = {"person": person.pk, "until": until, "next": goes_on}
    return redirect("second_factor")


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor_page(request: Any) -> HttpResponseBase:
    """Ask for the code, and sign in with it."""
    waiting = request.session.get(WAITING)
    if not waiting or waiting["until"] < timezone.now().timestamp():
        return redirect("login")
    person = User.objects.get(pk=waiting["person"], is_active=True)
    attempt = Attempt.of(request, person.email)
    if until := attempt.paused_until():
        return paused(request, until)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if second_factor.is_right(person, form.cleaned_data["code"]):
            del request.session[WAITING]
            login(request, person, backend=BACKEND)
            request.session[SECOND_FACTOR] = True
            return sign_ins.remember_device(request, redirect(waiting["next"]))
        sign_ins.failed({"username": person.email}, request)
        if until := attempt.paused_until():
            return paused(request, until)
        form.refuse()
    return render(request, "accounts/second_factor.html", {"form": form}, status=422 if form.is_bound else 200)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def own_factor(request: Request) -> HttpResponseBase:
    """Let who works in the back office set up a second factor; the printed codes are shown once."""
    if not request.user.is_staff:
        raise PermissionDenied
    form = CodeForm(request.POST if request.method == "POST" else None)
    if second_factor.is_set_up(request.user):
        return _already(request, form)
    if form.is_valid():
        if codes := second_factor.set_up(form.cleaned_data["code"], by=request.user):
            request.session[SECOND_FACTOR] = True
            return render(request, "accounts/printed_codes.html", {"codes": codes})
        form.refuse()
    device = second_factor.begun(request.user)
    context = {
        "form": form,
        "is_set_up": False,
        "picture": mark_safe(second_factor.picture(device)),  # noqa: S308 - drawn by segno, of no text that it shows
        "secret": second_factor.secret_of(device),
        "is_required": settings.SECOND_FACTOR_REQUIRED,
    }
    return render(request, "accounts/own_factor.html", context, status=422 if form.is_bound else 200)


def _already(request: Request, form: CodeForm) -> HttpResponseBase:
    """A session from before it was required is let in by a code."""
    if form.is_valid():
        if second_factor.is_right(request.user, form.cleaned_data["code"]):
            request.session[SECOND_FACTOR] = True
            return redirect("dashboard")
        sign_ins.failed({"username": request.user.email}, request)
        form.refuse()
    context = {"form": form, "is_set_up": True, "is_given": request.session.get(SECOND_FACTOR)}
    return render(request, "accounts/own_factor.html", context, status=422 if form.is_bound else 200)


@require_POST
@permission_required("accounts.change_user", raise_exception=True)
def reset_factor(request: Request, pk: int) -> HttpResponseBase:
    try:
        person = second_factor.reset(pk, by=request.user)
    except ActionRefused as refusal:
        return errors.refused(request, refusal)
    messages.success(request, _("The second factor of %(who)s is reset.") % {"who": person})
    return redirect("person", pk)

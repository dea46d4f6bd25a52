"""Signing in, and what people choose for themselves. The pages about people are in people_views.py."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language as _set_language

from accounts import actions, factor_views, open_sessions, second_factor, sign_ins
from accounts.forms import MailsForm, SignInForm
from accounts.lockout import Attempt
from accounts.paused import paused
from cashpilot.exceptions import ActionRefused
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import refuses_stale, shown_again


class SignInView(LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm

    def form_valid(self, form: Any) -> HttpResponse:
        if second_factor.is_set_up(form.get_user()):
            return factor_views.ask(self.request, form.get_user(), self.get_success_url())
        return sign_ins.remember_device(self.request, super().form_valid(form))

    def form_invalid(self, form: Any) -> HttpResponse:
        if until := getattr(self.request, "paused_until", None):
            return paused(self.request, until)
        return self.render_to_response(self.get_context_data(form=form), status=422)


@shown_again
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: Request) -> HttpResponseBase:
    """One's own password, and an end to one's other sessions."""
    attempt = Attempt.of(request, request.user.email)
    if request.method == "POST" and (until := attempt.paused_until()):
        return paused(request, until)
    form = PasswordChangeForm(request.user, request.POST if request.method == "POST" else None)
    stale = refuses_stale(form)
    if not stale and form.is_valid():
        try:
            person = actions.change_own_password(password=form.cleaned_data["new_password1"], by=request.user)
        except ActionRefused as refusal:
            form.add_error("new_password1", refusal.sentence)
        else:
            update_session_auth_hash(request, person)
            messages.success(request, _("Your password is changed. Your other sessions are signed out."))
            return redirect("dashboard")
    if form.has_error("old_password", "password_incorrect"):
        sign_ins.failed({"username": request.user.email}, request)
        if until := attempt.paused_until():
            return paused(request, until)
    return render(request, "accounts/password.html", {"form": form}, status=_status(form, stale=stale))


@require_safe
def sessions(request: Request) -> HttpResponse:
    """Show where the reader is signed in."""
    found = open_sessions.of(request.user, request.session.session_key)
    return render(request, "accounts/sessions.html", {"sessions": found, "person": request.user})


@require_POST
def end_session(request: Request, pk: int, sign_in: int) -> HttpResponseBase:
    """End one session of a person: one's own, or that of somebody whom one administers."""
    if pk != request.user.pk and not request.user.has_perm("accounts.change_user"):
        raise PermissionDenied
    person = actions.end_session(pk, sign_in, request=request, by=request.user)
    messages.success(request, _("That session is ended."))
    return redirect("sessions") if person == request.user else redirect("person", pk)


@shown_again
@require_http_methods(["GET", "HEAD", "POST"])
def mails(request: Request) -> HttpResponseBase:
    """Let a person choose the mails they receive."""
    form = MailsForm(request.POST if request.method == "POST" else None, person=request.user)
    stale = refuses_stale(form)
    if not stale and form.is_valid():
        actions.choose_mails(**form.cleaned_data, by=request.user)
        messages.success(request, _("Your choice is saved."))
        return redirect("mails")
    return render(request, "accounts/mails.html", {"form": form}, status=_status(form, stale=stale))


def _status(form: BaseForm, *, stale: bool) -> int:
    if stale:
        return 403
    return 422 if form.is_bound else 200


@require_POST
def sign_out_others(request: Request) -> HttpResponseBase:
    update_session_auth_hash(request, actions.sign_out_everywhere(by=request.user))
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("password")


@require_POST
def stay(request: Request) -> HttpResponse:
    """Somebody is still there: asking is what keeps the session alive."""
    return HttpResponse(status=204)


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Django's own, and the choice is remembered with the person."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES) and check_for_language(chosen):
        actions.choose_language(language=chosen, by=request.user)
    return _set_language(request)

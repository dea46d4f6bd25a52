"""The marks beside a shift: flag, sign-off, deletion. Each asks for its reason, and shows the form again if refused."""

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cashpilot.web.forms import ReasonForm
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from sessions_app.actions import marks as mark_actions
from sessions_app.forms.fields import decide_on
from sessions_app.forms.marks import DecideForm, SignOffForm
from sessions_app.views.responses import permitted, submit_idempotent
from sessions_app.views.shift_page import render_shift, visible_shift


@shown_again
@require_POST
@permitted("flag_cashsession")
def flag_shift(request: Request, pk: int) -> HttpResponseBase:
    visible_shift(request, pk)
    form = ReasonForm(request.POST, auto_id="flag_%s")
    outcome = submit_idempotent(
        request, form, lambda: mark_actions.flag_shift(pk, **form.cleaned_data, by=request.user)
    )
    if outcome.written:
        return redirect("shift", pk)
    return render_shift(request, pk, status=outcome.status, flag_form=form)


@shown_again
@require_POST
@permitted("unflag_cashsession")
def unflag_shift(request: Request, pk: int) -> HttpResponseBase:
    visible_shift(request, pk)
    form = ReasonForm(request.POST, auto_id="unflag_%s")
    outcome = submit_idempotent(
        request, form, lambda: mark_actions.unflag_shift(pk, **form.cleaned_data, by=request.user)
    )
    if outcome.written:
        return redirect("shift", pk)
    return render_shift(request, pk, status=outcome.status, unflag_form=form)


@shown_again
@require_POST
@permitted("sign_off_cashsession")
def sign_off_shift(request: Request, pk: int) -> HttpResponseBase:
    visible_shift(request, pk)
    form = SignOffForm(request.POST, auto_id="sign_off_%s")
    outcome = submit_idempotent(
        request, form, lambda: mark_actions.sign_off_shift(pk, **form.cleaned_data, by=request.user)
    )
    if outcome.written:
        return redirect("shift", pk)
    return render_shift(request, pk, status=outcome.status, sign_off_form=form)


@shown_again
@require_POST
@permitted("sign_off_cashsession")
def decide_on_evidence(request: Request, pk: int) -> HttpResponseBase:
    form = DecideForm(request.POST, version=visible_shift(request, pk).version)
    outcome = submit_idempotent(
        request, form, lambda: mark_actions.decide_on_evidence(pk, **form.values(), by=request.user)
    )
    if outcome.written:
        return redirect("shift", pk)
    if outcome.refusal and outcome.refusal.shift:
        decide_on(form, outcome.refusal.shift)
    return render_shift(request, pk, status=outcome.status, decide_form=form)


@shown_again
@require_POST
@permitted("delete_cashsession")
def delete_shift(request: Request, pk: int) -> HttpResponseBase:
    visible_shift(request, pk)
    form = ReasonForm(request.POST, auto_id="delete_%s")
    outcome = submit_idempotent(
        request, form, lambda: mark_actions.delete_shift(pk, **form.cleaned_data, by=request.user)
    )
    if outcome.written:
        return redirect("shift", pk)
    return render_shift(request, pk, status=outcome.status, delete_form=form)


@shown_again
@require_POST
@permitted("restore_cashsession")
def restore_shift(request: Request, pk: int) -> HttpResponseBase:
    visible_shift(request, pk)
    form = ReasonForm(request.POST, auto_id="restore_%s")
    outcome = submit_idempotent(
        request, form, lambda: mark_actions.restore_shift(pk, **form.cleaned_data, by=request.user)
    )
    if outcome.written:
        return redirect("shift", pk)
    return render_shift(request, pk, status=outcome.status, restore_form=form)

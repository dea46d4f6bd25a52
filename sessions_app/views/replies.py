"""Views of replies. A refused form is answered with 422, or 409 when another request came first."""

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from sessions_app.actions import replies as reply_actions
from sessions_app.forms.replies import ReplyForm
from sessions_app.models import CashSession
from sessions_app.views.responses import permitted, submit_idempotent
from sessions_app.views.shift_page import render_shift, visible_shift


@shown_again
@require_POST
@permitted("add_reply")
def add_reply(request: Request, pk: int) -> HttpResponseBase:
    visible_shift(request, pk)
    form = ReplyForm(request.POST, auto_id="reply_%s")

    def write() -> CashSession:
        return reply_actions.add_reply(pk, **form.cleaned_data, by=request.user).session

    outcome = submit_idempotent(request, form, write)
    if outcome.written:
        return redirect("shift", pk)
    return render_shift(request, pk, status=outcome.status, reply_form=form)

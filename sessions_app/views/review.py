"""The shifts that wait to be signed off: one by one, or those that balance together."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from cashpilot.exceptions import ActionRefused
from cashpilot.web.http import Request
from sessions_app.actions import marks as mark_actions
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.filters.review import ReviewFilter
from sessions_app.forms.fields import decide_on
from sessions_app.forms.marks import SignOffRowForm, SignOffTogetherForm
from sessions_app.models import CashSession, Reply
from sessions_app.querysets.shifts import CashSessionQuerySet
from sessions_app.views.responses import PAGE_LENGTH, permitted, submit_idempotent

PEOPLE = ("pharmacy", "cashier", "signed_off_by")


@require_GET
@permitted("view_every_cashsession")
def review_queue(request: Request) -> HttpResponse:
    return _queue(request)


def _queue(
    request: Request,
    *,
    status: int = 200,
    refused: SignOffRowForm | None = None,
    together: SignOffTogetherForm | None = None,
) -> HttpResponse:
    """`refused`: the form of one shift, `together`: that of several, as they were sent."""
    filters = ReviewFilter(request)
    shifts = filters.rows() if filters.is_valid() else CashSession.objects.none()
    queue = shifts.exceptions_first()
    # Their numbers alone are put in order: all that a row shows, for every shift that waits, took four times as long.
    page = Paginator(queue.values_list("pk", flat=True), PAGE_LENGTH).get_page(request.GET.get("page"))
    shown = _to_show(queue.filter(pk__in=list(page)))
    rows = [_row(request, shift, refused if refused and refused.shift == shift else None) for shift in shown]
    context = {
        "filters": filters,
        "page": page,
        "rows": rows,
        "refused": refused,
        "together": together or SignOffTogetherForm(initial={"note": _("It balances.")}, auto_id="together_%s"),
        "can_together": any(row["may_be_ticked"] for row in rows),
    }
    status = status if filters.is_valid() else 422
    return render(request, "sessions_app/review.html", context, status=status)


def _to_show(shifts: CashSessionQuerySet) -> CashSessionQuerySet:
    return shifts.select_related(*PEOPLE).annotate(has_reply=Exists(Reply.objects.filter(session=OuterRef("pk"))))


def _row(request: Request, shift: CashSession, form: SignOffRowForm | None = None) -> dict[str, Any]:
    why_not = mark_rules.why_not_sign_off(request.user, shift)
    may_be_ticked = mark_rules.why_not_sign_off_together(request.user, shift) is None
    form = form or SignOffRowForm(shift=shift)
    return {"shift": shift, "form": form, "why_not": why_not, "may_be_ticked": may_be_ticked}


@require_POST
@permitted("sign_off_cashsession")
def sign_off_row(request: Request, pk: int) -> HttpResponseBase:
    """Under htmx the row alone, else the queue."""
    shift = get_object_or_404(_to_show(CashSession.objects.visible_to(request.user)), pk=pk)
    form = SignOffRowForm(request.POST, shift=shift)
    outcome = submit_idempotent(
        request, form, lambda: mark_actions.sign_off_shift(pk, **form.cleaned_data, by=request.user)
    )
    if outcome.written and not request.htmx:
        messages.success(request, _("Shift %(shift)s is signed off.") % {"shift": shift})
        return redirect(_back(request))
    if outcome.refusal:
        decide_on(form, outcome.refusal.shift)
    if not request.htmx:
        return _queue(request, status=outcome.status, refused=form)
    shift = get_object_or_404(_to_show(CashSession.objects.visible_to(request.user)), pk=pk)
    row = _row(request, shift, None if outcome.written else form)
    status = 200 if outcome.written else outcome.status
    return render(request, "sessions_app/review.html#row", {"row": row}, status=status)


@require_POST
@permitted("sign_off_cashsession")
def sign_off_together(request: Request) -> HttpResponseBase:
    form = SignOffTogetherForm(request.POST, auto_id="together_%s")
    versions = form.cleaned_data["shift"] if form.is_valid() else {}
    visible = CashSession.objects.visible_to(request.user).in_bulk(versions)
    if visible.keys() != versions.keys():
        raise Http404
    if not versions:
        return _queue(request, status=422, together=form)
    refused = mark_actions.sign_off_together(versions, note=form.cleaned_data["note"], by=request.user)
    _tell(request, len(versions) - len(refused), refused)
    return _queue(request, status=409) if refused else redirect(_back(request))


def _tell(request: Request, signed: int, refused: dict[int, ActionRefused]) -> None:
    if signed:
        told = ngettext("%(count)s shift is signed off.", "%(count)s shifts are signed off.", signed)
        messages.success(request, told % {"count": signed})
    for pk, refusal in refused.items():
        messages.warning(request, f"#{pk}: {refusal.sentence}")


def _back(request: Request) -> str:
    query = request.GET.urlencode()
    return reverse("review_queue") + (f"?{query}" if query else "")

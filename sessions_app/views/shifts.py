"""Views of shifts. A refused form is answered with 422, or 409 when another request came first."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cashpilot import periods
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from sessions_app import exports
from sessions_app.actions import shifts as shift_actions
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.filters.shifts import ShiftFilter
from sessions_app.forms.shifts import CloseForm, CorrectForm, OpenForm
from sessions_app.models import CashSession
from sessions_app.pagination import ShiftPaginator
from sessions_app.queries import shift_summary
from sessions_app.queries.totals import sum_shifts
from sessions_app.views.responses import PAGE_LENGTH, ask_about_unusual, file_of, permitted, submit_idempotent
from sessions_app.views.shift_page import movements_of, render_shift, visible_shift


@require_GET
@permitted("view_cashsession")
def dashboard(request: Request) -> HttpResponse:
    context = {**list_shifts(request), "is_front": not request.GET}
    return render(request, "sessions_app/dashboard.html", context, status=context["filters"].http_status)


def list_shifts(request: Request) -> dict[str, Any]:
    """Return the filters of the query string, the totals of what they let through, and a page of it."""
    filters = ShiftFilter(request)
    is_valid = filters.is_valid()
    shifts = filters.rows() if is_valid else CashSession.objects.none()
    totals = filters.totals() if is_valid else sum_shifts(shifts)
    shifts = shifts.select_related("pharmacy", "cashier").newest()
    paginator = ShiftPaginator(shifts, PAGE_LENGTH, count=totals["count"], still_open=totals["still_open"])
    page = paginator.get_page(request.GET.get("page"))
    # Open shifts come first, so one's own are on the first page.
    mine = [shift for shift in page if shift.is_open and shift.cashier == request.user]
    return {"filters": filters, "totals": totals, "page": page, "mine": mine}


@require_GET
@permitted("export_cashsession")
def export_shifts(request: Request, extension: str) -> HttpResponseBase:
    filters = ShiftFilter(request)
    if not filters.is_valid():
        return dashboard(request)
    return file_of(lambda: exports.shifts(filters.rows()), extension, request)


@shown_again
@require_http_methods(["GET", "POST"])
@permitted("open_cashsession")
def open_shift(request: Request) -> HttpResponseBase:
    form = OpenForm(request.POST if request.method == "POST" else None, by=request.user)
    if form.is_valid():
        ask_about_unusual(form, form.cleaned_data["pharmacy"])
    outcome = submit_idempotent(request, form, lambda: shift_actions.open_shift(**form.values(), by=request.user))
    if outcome.written:
        messages.success(request, _("Shift %(shift)s is open.") % {"shift": outcome.written})
        return redirect("shift", outcome.written.pk)
    shifts = CashSession.objects.closable_by(request.user).select_related("pharmacy").newest()
    taken = outcome.refusal and outcome.refusal.shift
    context = {
        "form": form,
        "taken": taken and shifts.filter(pk=taken.pk).first(),
        "mine": shifts.filter(cashier=request.user),
    }
    return render(request, "sessions_app/open.html", context, status=outcome.status)


@require_GET
@permitted("view_cashsession")
def show_shift(request: Request, pk: int) -> HttpResponse:
    return render_shift(request, pk)


@require_GET
@permitted("view_cashsession")
def slip(request: Request, pk: int) -> HttpResponse:
    """Show the closing slip, to print and to sign. A shift that is still open has none."""
    shift = visible_shift(request, pk)
    if shift.is_open:
        raise Http404
    context = {
        "shift": shift,
        "summary": shift_summary.summarize(shift),
        "movements": movements_of(shift)[::-1],
        "replies": shift.replies.select_related("created_by").order_by("id"),
        "paper": "ticket" if request.GET.get("paper") == "ticket" else "a4",
        "printed_at": periods.now(),
    }
    return render(request, "sessions_app/slip.html", context)


@shown_again
@require_http_methods(["GET", "POST"])
@permitted("close_cashsession")
def close_shift(request: Request, pk: int) -> HttpResponseBase:
    shift = visible_shift(request, pk)
    if request.method == "GET" and shift_rules.why_not_close(request.user, shift):
        return redirect("shift", pk)
    form = CloseForm(request.POST if request.method == "POST" else None, shift=shift)
    ask_about_unusual(form, shift.pharmacy)
    outcome = submit_idempotent(request, form, lambda: shift_actions.close_shift(pk, **form.values(), by=request.user))
    if outcome.written:
        return redirect("shift", pk)
    if outcome.refusal and outcome.refusal.shift:
        form.renew(outcome.refusal.shift)
    return render(request, "sessions_app/close.html", {"shift": form.shift, "form": form}, status=outcome.status)


@require_POST
@permitted("close_cashsession")
def doubts_of_close(request: Request, pk: int) -> HttpResponse:
    """What the last question before a close asks about; nothing is written."""
    shift = visible_shift(request, pk)
    form = CloseForm(request.POST, shift=shift)
    ask_about_unusual(form, shift.pharmacy)
    return render(request, "sessions_app/doubts.html", {"doubts": form.doubts})


@shown_again
@require_http_methods(["GET", "POST"])
@permitted("correct_cashsession")
def correct_shift(request: Request, pk: int) -> HttpResponseBase:
    shift = visible_shift(request, pk)
    form = CorrectForm(request.POST if request.method == "POST" else None, shift=shift)
    outcome = submit_idempotent(
        request, form, lambda: shift_actions.correct_shift(pk, **form.values(), by=request.user)
    )
    if outcome.written:
        return redirect("shift", pk)
    if outcome.refusal and outcome.refusal.shift and outcome.refusal.conflict:
        form.show_current(outcome.refusal.shift)
    context = {"shift": shift, "form": form, "refusal": shift_rules.why_not_correct(request.user, shift)}
    return render(request, "sessions_app/correct.html", context, status=outcome.status)

"""Views of shifts. A refused form is answered with 422, or 409 when another request came first."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cashpilot import periods
from cashpilot.exceptions import ActionRefused
from cashpilot.web.forms import ReasonForm
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from pharmacies.filter_bar import with_filter_bar
from sessions_app import exports
from sessions_app.actions import shifts as shift_actions
from sessions_app.domain.advice import kinds_of, methods_off
from sessions_app.domain.rules import shifts as shift_rules
from sessions_app.filters.shifts import ShiftFilter
from sessions_app.forms.movements import MovementForm
from sessions_app.forms.shifts import CloseForm, CorrectForm, OpenForm, OpeningForm, RecountForm
from sessions_app.models import CashSession
from sessions_app.pagination import CountedPaginator, ShiftPaginator
from sessions_app.queries import first_run, shift_summary
from sessions_app.queries.both_verdicts import add_verdicts
from sessions_app.views.responses import PAGE_LENGTH, ask_about_unusual, file_of, permitted, submit_idempotent
from sessions_app.views.shift_page import (
    hint_at_like,
    movements_of,
    render_history,
    render_shift,
    say_what_changed,
    visible_shift,
)


@require_safe
@permitted("view_cashsession")
@with_filter_bar(ShiftFilter)
def dashboard(request: Request) -> HttpResponse:
    """Show the list of shifts; a cashier's opens with their own while nothing is asked of it."""
    is_own = not request.user.has_perm("sessions_app.view_every_cashsession")
    context = {**list_shifts(request), "is_front": is_own and not request.GET}
    # Who sees every shift works in any pharmacy, and is not told whom to ask for one.
    context["whom_to_ask"] = first_run.whom_to_ask(request.user, context["filters"].pharmacies) if is_own else None
    return render(request, "sessions_app/dashboard.html", context, status=context["filters"].http_status)


def list_shifts(request: Request) -> dict[str, Any]:
    """Return the filters of the query string, the totals of what they let through, and a page of it."""
    filters = ShiftFilter(request)
    totals = filters.totals()
    page = _paginator(filters, totals, request.GET).get_page(request.GET.get("page"))
    add_verdicts(page, request.user)
    # Open shifts come first, so one's own are on the first page.
    mine = [shift for shift in page if shift.is_open and shift.cashier == request.user]
    return {"filters": filters, "totals": totals, "page": page, "mine": mine}


def _paginator(filters: ShiftFilter, totals: dict[str, int], asked: Mapping[str, str]) -> CountedPaginator:
    if not filters.is_valid():
        return CountedPaginator([], PAGE_LENGTH, count=0)
    if filters.cleaned_data["sort"]:
        return CountedPaginator(filters.listed(), PAGE_LENGTH, count=totals["count"])
    counts = {"count": totals["count"], "still_open": totals["still_open"]}
    return ShiftPaginator(filters.listed(), PAGE_LENGTH, **counts, asked=asked)


@require_safe
@permitted("export_cashsession")
def export_shifts(request: Request, extension: str) -> HttpResponseBase:
    filters = ShiftFilter(request)
    if not filters.is_valid():
        return dashboard(request)
    return file_of(lambda: exports.shifts(filters.in_order(filters.rows()), request.user), extension, filters, request)


@shown_again
@require_http_methods(["GET", "HEAD", "POST"])
@permitted("open_cashsession")
def open_shift(request: Request) -> HttpResponseBase:
    data = request.POST if request.method == "POST" else None
    form = OpenForm(data, by=request.user, place=request.GET.get("pharmacy", ""))
    if form.is_valid():
        ask_about_unusual(form, form.cleaned_data["pharmacy"])
    outcome = submit_idempotent(request, form, lambda: shift_actions.open_shift(**form.values(), by=request.user))
    if outcome.written:
        messages.success(request, _("Shift %(shift)s is open.") % {"shift": outcome.written})
        if outcome.written.gap:
            # Without amount and sign: who counts again is not to be told what to find.
            messages.warning(
                request,
                _("What you counted is not what the shift before left. Count again, or go on: it is noted down."),
            )
        return redirect("shift", outcome.written.pk)
    form.tell_usual_opening()
    taken = outcome.refusal and outcome.refusal.shift
    context = {
        "form": form,
        "taken": taken and CashSession.objects.closable_by(request.user).filter(pk=taken.pk).first(),
        "mine": [shift for shift in form.held if shift.cashier == request.user],
        "whom_to_ask": first_run.whom_to_ask(request.user, form.pharmacies),
    }
    return render(request, "sessions_app/open.html", context, status=outcome.status)


@require_safe
@permitted("view_cashsession")
def show_shift(request: Request, pk: int) -> HttpResponse:
    return render_shift(request, pk)


@require_safe
@permitted("view_cashsession")
def show_history(request: Request, pk: int) -> HttpResponse:
    return render_history(request, pk)


@require_safe
@permitted("view_cashsession")
def slip(request: Request, pk: int) -> HttpResponse:
    """Show the closing slip, to print and to sign. A shift that is still open has none."""
    shift = visible_shift(request, pk)
    if shift.is_open:
        raise Http404
    context = {
        "shift": shift,
        "summary": shift_summary.summarize(shift, request.user),
        "movements": movements_of(shift)[::-1],
        "replies": shift.replies.select_related("created_by").order_by("id"),
        "paper": "ticket" if request.GET.get("paper") == "ticket" else "a4",
        "printed_at": periods.now(),
    }
    return render(request, "sessions_app/slip.html", context)


@shown_again
@require_http_methods(["GET", "HEAD", "POST"])
@permitted("close_cashsession")
def close_shift(request: Request, pk: int) -> HttpResponseBase:
    shift = visible_shift(request, pk)
    if request.method != "POST" and shift_rules.why_not_close(request.user, shift):
        return redirect("shift", pk)
    if shift.awaits_recount:
        return _recount(request, shift)
    form = CloseForm(request.POST if request.method == "POST" else None, shift=shift)
    ask_about_unusual(form, shift.pharmacy)
    outcome = submit_idempotent(request, form, lambda: shift_actions.close_shift(pk, **form.values(), by=request.user))
    if outcome.written:
        if form.cleaned_data["transfer"]:
            hint_at_like(request, outcome.written.movements.transfers().latest("id"))
        return _show_closed(outcome.written)
    if outcome.refusal and outcome.refusal.shift:
        if outcome.refusal.shift.awaits_recount:
            return _ask_for_recount(request, outcome.refusal)
        form.renew(outcome.refusal.shift)
    return render(request, "sessions_app/close.html", {"shift": form.shift, "form": form}, status=outcome.status)


@require_POST
@permitted("close_cashsession")
def doubts_of_close(request: Request, pk: int) -> HttpResponse:
    """Show what the last question before a close asks about; nothing is written."""
    shift = visible_shift(request, pk)
    form = CloseForm(request.POST, shift=shift)
    ask_about_unusual(form, shift.pharmacy)
    return render(request, "sessions_app/doubts.html", {"doubts": form.doubts})


def _ask_for_recount(request: Request, refusal: ActionRefused) -> HttpResponse:
    """Another first count was quicker: this one is no second count, and is not carried out as one."""
    form = RecountForm(request.POST, shift=refusal.shift)
    form.is_valid()
    form.add_error(None, refusal.sentence)
    form.renew(refusal.shift)
    return render(request, "sessions_app/recount.html", {"shift": form.shift, "form": form}, status=refusal.status)


def _recount(request: Request, shift: CashSession) -> HttpResponseBase:
    """Ask for the second count, at the address of the close; of the first one and of the ticket nothing is told."""
    form = RecountForm(request.POST if request.method == "POST" else None, shift=shift)
    outcome = submit_idempotent(
        request, form, lambda: shift_actions.recount_shift(shift.pk, **form.values(), by=request.user)
    )
    if outcome.written:
        return _show_closed(outcome.written)
    if outcome.refusal and outcome.refusal.shift:
        form.renew(outcome.refusal.shift)
    return render(request, "sessions_app/recount.html", {"shift": form.shift, "form": form}, status=outcome.status)


def _show_closed(shift: CashSession) -> HttpResponseBase:
    """Lead to the shift, or back to its count if it was off and is asked for once more."""
    return redirect("close_shift" if shift.is_open else "shift", shift.pk)


@shown_again
@require_http_methods(["GET", "HEAD", "POST"])
@permitted("close_cashsession_uncounted")
def close_uncounted_shift(request: Request, pk: int) -> HttpResponseBase:
    visible_shift(request, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None, auto_id="close_uncounted_%s")
    outcome = submit_idempotent(
        request, form, lambda: shift_actions.close_uncounted_shift(pk, **form.cleaned_data, by=request.user)
    )
    if outcome.written or request.method != "POST":
        return redirect("shift", pk)
    return render_shift(request, pk, status=outcome.status, close_uncounted_form=form)


@shown_again
@require_http_methods(["GET", "HEAD", "POST"])
@permitted("correct_cashsession")
def correct_shift(request: Request, pk: int) -> HttpResponseBase:
    """The figures of a closed shift; of an open one its opening."""
    shift = visible_shift(request, pk)
    if shift.is_open:
        return _correct_opening(request, shift)
    form = CorrectForm(request.POST if request.method == "POST" else None, shift=shift, reader=request.user)
    outcome = submit_idempotent(
        request, form, lambda: shift_actions.correct_shift(pk, **form.values(), by=request.user)
    )
    if outcome.written:
        say_what_changed(request, shift, outcome.written)
        return redirect("shift", pk)
    if outcome.refusal and outcome.refusal.shift and outcome.refusal.conflict:
        form.show_current(outcome.refusal.shift)
    context = {"shift": shift, "form": form, "refusal": shift_rules.why_not_correct(request.user, shift)}
    if context["refusal"] is None:
        context |= _what_can_be_wrong(request, shift)
    return render(request, "sessions_app/correct.html", context, status=outcome.status)


def _what_can_be_wrong(request: Request, shift: CashSession) -> dict[str, Any]:
    """Return the advice, and for each method that is off what was noted for it and a form for what was left out."""
    off = methods_off(shift)
    if not off:
        return {"advice": None, "methods_off": []}
    why_not = shift_summary.why_not(request.user, shift)
    live = [one for one in movements_of(shift) if not one.voided_at]
    noted = shift_summary.movement_lines(request.user, shift, live)
    methods = {line.method: line for line in shift_summary.methods(shift)}
    return {
        "why_not": why_not,
        "advice": shift_summary.advice_for(request.user, shift, why_not, has_reply=shift.replies.exists()),
        "methods_off": [_method_off(shift, methods[method], noted) for method in off],
    }


def _method_off(shift: CashSession, line: shift_summary.MethodLine, noted: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = kinds_of(line.method, shift)
    return {
        "line": line,
        "form": MovementForm(shift=shift, kinds=kinds, auto_id=f"{line.method}_%s"),
        "noted": [one for one in noted if one["movement"].kind in kinds],
    }


def _correct_opening(request: Request, shift: CashSession) -> HttpResponseBase:
    form = OpeningForm(request.POST if request.method == "POST" else None, shift=shift)
    outcome = submit_idempotent(
        request, form, lambda: shift_actions.correct_opening(shift.pk, **form.values(), by=request.user)
    )
    if outcome.written:
        say_what_changed(request, shift, outcome.written)
        return redirect("shift", shift.pk)
    if outcome.refusal and outcome.refusal.shift and outcome.refusal.conflict:
        shift = outcome.refusal.shift
        form.show_current(shift)
    context = {"shift": shift, "form": form, "refusal": shift_rules.why_not_correct_opening(request.user, shift)}
    return render(request, "sessions_app/correct_opening.html", context, status=outcome.status)

"""Permission, scoped shift, form, action, answer. A refusal is 422; 409 when another request came first."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cashpilot import periods
from cashpilot.refusals import ReasonForm
from cashpilot.requests import Request
from sessions_app import actions, attention, audit, causes, exports, reports, rules, seals, statements
from sessions_app.filters import AuditFilter, ShiftFilter
from sessions_app.forms import CloseForm, CorrectForm, MovementForm, OpenForm, ReplyForm, ReviewForm
from sessions_app.models import CashSession, Movement
from sessions_app.pagination import ShiftPaginator
from sessions_app.views.answers import PAGE_LENGTH, file_of, permitted, submit, submit_once

MARK_FORMS = {
    "flag": ReasonForm,
    "unflag": ReasonForm,
    "review": ReviewForm,
    "delete": ReasonForm,
    "restore": ReasonForm,
}


def _visible(request: Request, pk: int) -> CashSession:
    people = ("pharmacy", "cashier", "flagged_by", "reviewed_by", "deleted_by")
    shifts = seals.with_seal(CashSession.objects.visible_to(request.user).select_related(*people))
    if request.user.has_perm("sessions_app.view_every_cashsession"):
        shifts = shifts.with_what_was_left()
    return get_object_or_404(shifts, pk=pk)


@require_GET
@permitted("view_cashsession")
def dashboard(request: Request) -> HttpResponse:
    filters = ShiftFilter(request)
    is_valid = filters.is_valid()
    shifts = filters.qs if is_valid else CashSession.objects.none()
    totals = filters.totals() if is_valid else reports.totals(shifts)
    shifts = shifts.select_related("pharmacy", "cashier").newest()
    paginator = ShiftPaginator(shifts, PAGE_LENGTH, count=totals["count"], still_open=totals["still_open"])
    page = paginator.get_page(request.GET.get("page"))
    is_front = not request.GET
    owns = is_front and not request.htmx and request.user.has_perm("sessions_app.view_every_cashsession")
    context = {
        "filters": filters,
        "totals": totals,
        "page": page,
        # Open shifts come first, so one's own are on the first page.
        "mine": [shift for shift in page if shift.is_open and shift.cashier == request.user],
        "is_front": is_front,
        "attention": attention.attention(request.user) if owns else None,
        "today": periods.today(),
    }
    part = "#shifts" if request.htmx else ""
    return render(request, f"sessions_app/dashboard.html{part}", context, status=200 if is_valid else 422)


@require_GET
@permitted("export_cashsession")
def export_sessions(request: Request, extension: str) -> HttpResponseBase:
    filters = ShiftFilter(request)
    if not filters.is_valid():
        return dashboard(request)
    return file_of(lambda: exports.shifts(filters.qs), extension, request)


@require_http_methods(["GET", "POST"])
@permitted("open_cashsession")
def open_session(request: Request) -> HttpResponseBase:
    form = OpenForm(request.POST if request.method == "POST" else None, by=request.user)
    outcome = submit_once(request, form, lambda: actions.open_session(**form.values(), by=request.user))
    if outcome.written:
        messages.success(request, _("Shift %(shift)s is open.") % {"shift": outcome.written})
        return redirect("session", outcome.written.pk)
    shifts = CashSession.objects.closable_by(request.user).select_related("pharmacy").newest()
    taken = outcome.refusal and outcome.refusal.session
    context = {
        "form": form,
        "taken": taken and shifts.filter(pk=taken.pk).first(),
        "mine": shifts.filter(cashier=request.user),
    }
    return render(request, "sessions_app/open.html", context, status=outcome.status)


@require_GET
@permitted("view_cashsession")
def session(request: Request, pk: int) -> HttpResponse:
    return _shift_page(request, pk)


def _shift_page(request: Request, pk: int, *, status: int = 200, **refused: Any) -> HttpResponse:
    """The shift as it is now, or the part of it that changes. `refused`: forms to show again as they were sent."""
    session = _visible(request, pk)
    movements = _movements(session)
    context = {
        "session": session,
        "movements": statements.movement_lines(request.user, movements),
        "causes": causes.causes(session, movements),
        "statement": statements.statement(session),
        "why_not": statements.refusals(request.user, session),
        "history": audit.history_of(session),
        "movement_form": MovementForm(session=session),
        **{f"{mark}_form": form_class(auto_id=f"{mark}_%s") for mark, form_class in MARK_FORMS.items()},
        "replies": session.replies.select_related("created_by").order_by("id") if session.closed_at else [],
        "reply_form": ReplyForm(),
        "refusal": None,
        "void_form": None,
        "void_pk": None,
        **refused,
    }
    part = "#live" if _asks_for_part(request) else ""
    return render(request, f"sessions_app/shift.html{part}", context, status=status)


def _asks_for_part(request: Request) -> bool:
    """Forms that replace the whole content of their page name it as their target."""
    return bool(request.htmx) and request.htmx.target != "main"


def _movements(session: CashSession) -> list[Movement]:
    """Newest first, with their people."""
    movements = list(session.movements.select_related("created_by", "voided_by", "verified_by").order_by("-id"))
    for movement in movements:
        movement.session = session
    return movements


@require_GET
@permitted("view_cashsession")
def slip(request: Request, pk: int) -> HttpResponse:
    """The closing slip, to print and to sign. A shift that is still open has none."""
    session = _visible(request, pk)
    if session.is_open:
        raise Http404
    context = {
        "session": session,
        "statement": statements.statement(session),
        "movements": _movements(session)[::-1],
        "replies": session.replies.select_related("created_by").order_by("id"),
        "paper": "ticket" if request.GET.get("paper") == "ticket" else "a4",
        "printed_at": periods.now(),
    }
    return render(request, "sessions_app/slip.html", context)


def _after(request: Request, pk: int) -> HttpResponseBase:
    """The changed part of the page where that was asked for, else the page itself."""
    return _shift_page(request, pk) if _asks_for_part(request) else redirect("session", pk)


@require_POST
@permitted("add_movement")
def add_movement(request: Request, pk: int) -> HttpResponseBase:
    form = MovementForm(request.POST, session=_visible(request, pk))
    outcome = submit(form, lambda: actions.add_movement(pk, **form.values(), by=request.user))
    if outcome.written:
        return _after(request, pk)
    if outcome.refusal:  # the shift may have closed meanwhile, and then the form asks why
        form = MovementForm(request.POST, session=_visible(request, pk))
        form.add_error(None, outcome.refusal.sentence)
    return _shift_page(request, pk, status=outcome.status, movement_form=form)


@require_POST
@permitted("void_movement")
def void_movement(request: Request, pk: int, movement_pk: int) -> HttpResponseBase:
    get_object_or_404(_visible(request, pk).movements, pk=movement_pk)
    form = ReasonForm(request.POST)

    def write() -> CashSession:
        return actions.void_movement(pk, movement_pk, **form.cleaned_data, by=request.user).session

    outcome = submit_once(request, form, write)
    if outcome.written:
        return _after(request, pk)
    return _shift_page(request, pk, status=outcome.status, void_form=form, void_pk=movement_pk)


@require_POST
@permitted("verify_movement")
def verify_movement(request: Request, pk: int, movement_pk: int) -> HttpResponseBase:
    get_object_or_404(_visible(request, pk).movements, pk=movement_pk)
    form, seen = Form(request.POST), "undo" not in request.POST
    outcome = submit(form, lambda: actions.verify_transfer(pk, movement_pk, seen=seen, by=request.user))
    if outcome.refusal:
        return _shift_page(request, pk, status=outcome.status, refusal=outcome.refusal.sentence)
    return _after(request, pk)


@require_http_methods(["GET", "POST"])
@permitted("close_cashsession")
def close_session(request: Request, pk: int) -> HttpResponseBase:
    session = _visible(request, pk)
    if request.method == "GET" and rules.why_not_close(request.user, session):
        return redirect("session", pk)
    form = CloseForm(request.POST if request.method == "POST" else None, session=session)
    outcome = submit_once(request, form, lambda: actions.close_session(pk, **form.values(), by=request.user))
    if outcome.written:
        return redirect("session", pk)
    if outcome.refusal and outcome.refusal.session:
        form.renew(outcome.refusal.session)
    return render(request, "sessions_app/close.html", {"session": form.session, "form": form}, status=outcome.status)


@require_http_methods(["GET", "POST"])
@permitted("correct_cashsession")
def correct_session(request: Request, pk: int) -> HttpResponseBase:
    session = _visible(request, pk)
    form = CorrectForm(request.POST if request.method == "POST" else None, session=session)
    outcome = submit_once(request, form, lambda: actions.correct_session(pk, **form.values(), by=request.user))
    if outcome.written:
        return redirect("session", pk)
    if outcome.refusal and outcome.refusal.session and outcome.refusal.conflict:
        form.show_current(outcome.refusal.session)
    context = {"session": session, "form": form, "refusal": rules.why_not_correct(request.user, session)}
    return render(request, "sessions_app/correct.html", context, status=outcome.status)


def _mark_view(name: str, action: Callable[..., Any]) -> Callable[..., Any]:
    """A view that asks for words (a reason, a note) and sets or clears a mark."""

    @require_POST
    @permitted(f"{name}_cashsession")
    def view(request: Request, pk: int) -> HttpResponseBase:
        _visible(request, pk)
        form = MARK_FORMS[name](request.POST, auto_id=f"{name}_%s")
        outcome = submit_once(request, form, lambda: action(pk, **form.cleaned_data, by=request.user))
        if outcome.written:
            return redirect("session", pk)
        return _shift_page(request, pk, status=outcome.status, **{f"{name}_form": form})

    return view


flag_session = _mark_view("flag", actions.flag_session)
unflag_session = _mark_view("unflag", actions.unflag_session)
review_session = _mark_view("review", actions.review_session)
delete_session = _mark_view("delete", actions.delete_session)
restore_session = _mark_view("restore", actions.restore_session)


@require_POST
@permitted("add_reply")
def add_reply(request: Request, pk: int) -> HttpResponseBase:
    _visible(request, pk)
    form = ReplyForm(request.POST)

    def write() -> CashSession:
        return actions.add_reply(pk, **form.cleaned_data, by=request.user).session

    outcome = submit_once(request, form, write)
    if outcome.written:
        return redirect("session", pk)
    return _shift_page(request, pk, status=outcome.status, reply_form=form)


@require_GET
@permitted("view_audit")
def audit_page(request: Request) -> HttpResponse:
    form = AuditFilter(request)
    page = audit.page(form.asked()) if form.is_valid() else audit.Page()
    partial = "#changes" if request.htmx else ""
    context = {"form": form, "page": page}
    return render(request, f"sessions_app/audit.html{partial}", context, status=200 if form.is_valid() else 422)


@require_GET
@permitted("view_audit")
def audit_export(request: Request) -> HttpResponseBase:
    form = AuditFilter(request)
    if not form.is_valid():
        return render(request, "sessions_app/audit.html", {"form": form, "page": audit.Page()}, status=422)
    return file_of(lambda: audit.sheet(form.asked()), "csv", request)

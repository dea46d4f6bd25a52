"""Permission, scoped shift, form, action, answer. A refusal is 422; 409 when another request came first."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cashpilot.refusals import ReasonForm
from sessions_app import actions, audit, reports, rules, statements
from sessions_app.filters import ShiftFilter
from sessions_app.forms import CloseForm, CorrectForm, MovementForm, OpenForm, ReviewForm
from sessions_app.models import CashSession

PAGE_LENGTH = 25


def _permitted(name: str) -> Callable[..., Any]:
    return permission_required(f"sessions_app.{name}", raise_exception=True)


def _visible(request: HttpRequest, pk: int) -> CashSession:
    people = ("pharmacy", "cashier", "flagged_by", "reviewed_by", "deleted_by")
    return get_object_or_404(CashSession.objects.visible_to(request.user).select_related(*people), pk=pk)


def _refuse(form: Form, refusal: rules.Refused) -> int:
    """Put the sentence where the form shows it; the status to answer with."""
    form.add_error(None, refusal.sentence)
    return 409 if refusal.conflict else 422


@require_GET
@_permitted("view_cashsession")
def dashboard(request: HttpRequest) -> HttpResponse:
    filters = ShiftFilter(request)
    is_valid = filters.is_valid()
    shifts = filters.qs if is_valid else CashSession.objects.none()
    totals = reports.totals(shifts)
    paginator = Paginator(shifts.select_related("pharmacy", "cashier").newest(), PAGE_LENGTH)
    paginator.count = totals["count"]
    context = {"filters": filters, "totals": totals, "page": paginator.get_page(request.GET.get("page"))}
    partial = "#shifts" if request.htmx else ""
    return render(request, f"sessions_app/dashboard.html{partial}", context, status=200 if is_valid else 422)


@require_http_methods(["GET", "POST"])
@_permitted("open_cashsession")
def open_session(request: HttpRequest) -> HttpResponseBase:
    form = OpenForm(request.POST if request.method == "POST" else None, by=request.user)
    status, taken = 422 if form.is_bound else 200, None
    if form.is_valid():
        try:
            session = actions.open_session(**form.values(), by=request.user)
        except rules.Refused as refusal:
            status, taken = _refuse(form, refusal), refusal.session
        else:
            messages.success(request, _("Shift %(shift)s is open.") % {"shift": session})
            return redirect("session", session.pk)
    mine = CashSession.objects.closable_by(request.user).filter(cashier=request.user).select_related("pharmacy")
    reachable = taken and CashSession.objects.visible_to(request.user).filter(pk=taken.pk).first()
    context = {"form": form, "taken": reachable, "mine": mine.newest()}
    return render(request, "sessions_app/open.html", context, status=status)


@require_GET
@_permitted("view_cashsession")
def session(request: HttpRequest, pk: int) -> HttpResponse:
    return _shift_page(request, _visible(request, pk))


def _shift_page(
    request: HttpRequest, session: CashSession, *, status: int = 200, partial: str = "", **bound: Any
) -> HttpResponse:
    """The shift, with the forms that were refused still filled in. `bound`: movement_form, or a mark's form by name."""
    movements = list(session.movements.select_related("created_by", "voided_by", "verified_by").order_by("-id"))
    for movement in movements:
        movement.session = session
    context = {
        "session": session,
        "movements": statements.movement_lines(request.user, movements),
        "statement": statements.statement(session),
        "why_not": statements.refusals(request.user, session),
        "history": audit.history_of(session),
        "movement_form": MovementForm(session=session),
        "reason_form": ReasonForm(),
        "review_form": ReviewForm(),
        "token": uuid4(),
        **bound,
    }
    return render(request, f"sessions_app/shift.html{partial}", context, status=status)


@require_POST
@_permitted("add_movement")
def add_movement(request: HttpRequest, pk: int) -> HttpResponseBase:
    session = _visible(request, pk)
    form, status = MovementForm(request.POST, session=session), 422
    if form.is_valid():
        try:
            actions.add_movement(pk, note=form.note(), reason=form.cleaned_data.get("reason", ""), by=request.user)
        except rules.Refused as refusal:
            status = _refuse(form, refusal)
        else:
            return _after(request, pk)
    return _shift_page(request, session, status=status, partial=_live(request), movement_form=form)


def _live(request: HttpRequest) -> str:
    return "#live" if request.htmx else ""


def _after(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The changed part of the page under htmx, else the page itself."""
    return _shift_page(request, _visible(request, pk), partial="#live") if request.htmx else redirect("session", pk)


@require_POST
@_permitted("void_movement")
def void_movement(request: HttpRequest, pk: int, movement_pk: int) -> HttpResponseBase:
    session = _visible(request, pk)
    get_object_or_404(session.movements, pk=movement_pk)
    form, status = ReasonForm(request.POST), 422
    if form.is_valid():
        try:
            actions.void_movement(pk, movement_pk, reason=form.cleaned_data["reason"], by=request.user)
        except rules.Refused as refusal:
            status = _refuse(form, refusal)
        else:
            return _after(request, pk)
    bound = {"void_form": form, "void_pk": movement_pk}
    return _shift_page(request, session, status=status, partial=_live(request), **bound)


@require_POST
@_permitted("verify_movement")
def verify_movement(request: HttpRequest, pk: int, movement_pk: int) -> HttpResponseBase:
    session = _visible(request, pk)
    get_object_or_404(session.movements, pk=movement_pk)
    try:
        actions.verify_transfer(pk, movement_pk, seen="undo" not in request.POST, by=request.user)
    except rules.Refused as refusal:
        return _shift_page(request, session, status=422, partial=_live(request), refusal=refusal.sentence)
    return _after(request, pk)


@require_http_methods(["GET", "POST"])
@_permitted("close_cashsession")
def close_session(request: HttpRequest, pk: int) -> HttpResponseBase:
    session = _visible(request, pk)
    if request.method == "GET" and not session.is_open:
        return redirect("session", pk)
    form = CloseForm(request.POST if request.method == "POST" else None, session=session)
    status, winner = 422 if form.is_bound else 200, None
    if form.is_valid():
        try:
            actions.close_session(pk, **form.values(), by=request.user)
            return redirect("session", pk)
        except rules.Refused as refusal:
            status, winner = _refuse(form, refusal), refusal.session
            form.renew_version(winner or session)
    return render(request, "sessions_app/close.html", {"session": winner or session, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
@_permitted("correct_cashsession")
def correct_session(request: HttpRequest, pk: int) -> HttpResponseBase:
    session = _visible(request, pk)
    form = CorrectForm(request.POST if request.method == "POST" else None, session=session)
    status, refusal = 422 if form.is_bound else 200, rules.why_not_correct(request.user, session)
    if form.is_valid():
        try:
            values = {"version": form.cleaned_data["version"], "reason": form.cleaned_data["reason"]}
            actions.correct_session(pk, **values, **form.changes(), by=request.user)
            return redirect("session", pk)
        except rules.Refused as error:
            status = _refuse(form, error)
            if error.conflict:
                form.show_current(error.session)
    context = {"session": session, "form": form, "refusal": refusal}
    return render(request, "sessions_app/correct.html", context, status=status)


def _mark_view(action: Callable[..., Any], form_class: type[Form], words: str, permission: str) -> Callable[..., Any]:
    """A view that asks for words (a reason, a note) and sets or clears a mark."""
    name = permission.removesuffix("_cashsession")

    @require_POST
    @_permitted(permission)
    def view(request: HttpRequest, pk: int) -> HttpResponseBase:
        session = _visible(request, pk)
        form, status = form_class(request.POST), 422
        if form.is_valid():
            try:
                action(pk, **{words: form.cleaned_data[words]}, by=request.user)
                return redirect("session", pk)
            except rules.Refused as refusal:
                status = _refuse(form, refusal)
        return _shift_page(request, session, status=status, **{f"{name}_form": form})

    return view


flag_session = _mark_view(actions.flag_session, ReasonForm, "reason", "flag_cashsession")
unflag_session = _mark_view(actions.unflag_session, ReasonForm, "reason", "unflag_cashsession")
review_session = _mark_view(actions.review_session, ReviewForm, "note", "review_cashsession")
delete_session = _mark_view(actions.delete_session, ReasonForm, "reason", "delete_cashsession")
restore_session = _mark_view(actions.restore_session, ReasonForm, "reason", "restore_cashsession")

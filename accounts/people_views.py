"""The pages about people: the list, a new one, one person and the acts on them.

A refused form is answered with 422. A generated password is shown by the answer itself: in a message or a session it
would be stored.
"""

from copy import copy
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions, open_sessions, roles, rules, second_factor
from accounts.forms import DisableForm, PeopleFilter, PersonForm
from accounts.models import User
from accounts.querysets import open_shifts
from cashpilot import periods
from cashpilot.web.forms import ReasonForm, renew, submit
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from pharmacies.filter_bar import with_filter_bar

PAGE_LENGTH = 50

may_view = permission_required("accounts.view_user", raise_exception=True)
may_add = permission_required("accounts.add_user", raise_exception=True)
may_change = permission_required("accounts.change_user", raise_exception=True)


@require_safe
@may_view
@with_filter_bar(PeopleFilter)
def people(request: Request) -> HttpResponse:
    filters = PeopleFilter(request)
    rows = filters.rows().prefetch_related("groups", "assignments__pharmacy")
    page = Paginator(rows, PAGE_LENGTH).get_page(request.GET.get("page"))
    shifts = list(open_shifts(*page.object_list))
    lines = [_line(person, [shift for shift in shifts if shift.cashier_id == person.pk]) for person in page]
    context = {"filters": filters, "page": page, "lines": lines}
    return render(request, "accounts/people.html", context, status=filters.http_status)


def _line(person: User, shifts: list[Any]) -> dict[str, Any]:
    pharmacies = sorted(assignment.pharmacy.name for assignment in person.assignments.all())
    role = roles.LABELS.get(person.role, "")
    return {"person": person, "role": role, "pharmacies": ", ".join(pharmacies), "shifts": shifts}


@shown_again
@require_http_methods(["GET", "HEAD", "POST"])
@may_add
def new_person(request: Request) -> HttpResponse:
    """Add somebody; `pharmacy` in the address says where they will work."""
    data = request.POST if request.method == "POST" else None
    form = PersonForm(data, by=request.user, initial={"pharmacies": request.GET.getlist("pharmacy")})
    outcome = submit(form, lambda: actions.create_person(**form.cleaned_data, by=request.user))
    if outcome.written:
        return hand_over(request, *outcome.written)
    return render(request, "accounts/new_person.html", {"form": form}, status=outcome.status)


@shown_again
@require_http_methods(["GET", "HEAD", "POST"])
@may_view
def person(request: Request, pk: int) -> HttpResponseBase:
    if request.method == "POST":
        return _change(request, pk)
    return _page(request, _visible(request, pk))


@may_change
def _change(request: Request, pk: int) -> HttpResponseBase:
    found = _visible(request, pk)
    form = PersonForm(request.POST, instance=copy(found), by=request.user)
    outcome = submit(form, lambda: actions.edit_person(pk, **form.cleaned_data, by=request.user))
    if outcome.written:
        messages.success(request, _("%(who)s is saved.") % {"who": outcome.written})
        return redirect("person", pk)
    if outcome.refusal:
        renew(form)
    return _page(request, found, status=outcome.status, form=form)


@shown_again
@require_POST
@may_change
def reset_password(request: Request, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    form = forms.Form(request.POST, auto_id="reset_%s")
    outcome = submit(form, lambda: actions.reset_password(pk, by=request.user))
    if outcome.written:
        return hand_over(request, *outcome.written)
    return _page(request, found, status=outcome.status, reset_form=form)


@shown_again
@require_POST
@may_change
def disable(request: Request, pk: int) -> HttpResponseBase:
    found = _visible(request, pk)
    form = DisableForm(request.POST, shifts=open_shifts(found))
    outcome = submit(form, lambda: actions.disable(pk, **form.cleaned_data, by=request.user))
    if outcome.written:
        messages.success(request, _("%(who)s cannot sign in any more.") % {"who": found})
        return redirect("person", pk)
    return _page(request, found, status=outcome.status, disable_form=form)


@shown_again
@require_POST
@may_change
def enable(request: Request, pk: int) -> HttpResponseBase:
    found = _visible(request, pk)
    form = ReasonForm(request.POST, auto_id="enable_%s")
    outcome = submit(form, lambda: actions.enable(pk, **form.cleaned_data, by=request.user))
    if outcome.written:
        messages.success(request, _("%(who)s can sign in again.") % {"who": found})
        return redirect("person", pk)
    return _page(request, found, status=outcome.status, enable_form=form)


@shown_again
@require_POST
@may_change
def anonymise(request: Request, pk: int) -> HttpResponseBase:
    found = _visible(request, pk)
    form = ReasonForm(request.POST, auto_id="anonymise_%s")
    outcome = submit(form, lambda: actions.anonymise(pk, **form.cleaned_data, by=request.user))
    if outcome.written:
        sentence = _("Name and e-mail are gone. What the person did stays, as that of %(who)s.")
        messages.success(request, sentence % {"who": outcome.written})
        return redirect("person", pk)
    return _page(request, found, status=outcome.status, anonymise_form=form)


@shown_again
@require_POST
@may_change
def unlock(request: Request, pk: int) -> HttpResponseBase:
    found = _visible(request, pk)
    form = forms.Form(request.POST, auto_id="unlock_%s")
    outcome = submit(form, lambda: actions.unlock(pk, by=request.user))
    if outcome.written:
        messages.success(request, _("%(who)s can try again now.") % {"who": found})
        return redirect("person", pk)
    return _page(request, found, status=outcome.status, unlock_form=form)


def _visible(request: Request, pk: int) -> User:
    rows = User.objects.visible_to(request.user).prefetch_related("groups", "assignments__pharmacy")
    found: User = get_object_or_404(rows, pk=pk)
    return found


def _page(request: Request, found: User, *, status: int = 200, **refused: Any) -> HttpResponse:
    """Show one person. `refused`: forms to show again as they were sent."""
    by, shifts = request.user, list(open_shifts(found))
    context = {
        "line": _line(found, shifts),
        "form": PersonForm(instance=copy(found), by=by) if by.has_perm("accounts.change_user") else None,
        "reset_form": forms.Form(auto_id="reset_%s"),
        "disable_form": DisableForm(shifts=shifts),
        "enable_form": ReasonForm(auto_id="enable_%s"),
        "anonymise_form": ReasonForm(auto_id="anonymise_%s"),
        "factor_form": forms.Form(auto_id="factor_%s"),
        "unlock_form": forms.Form(auto_id="unlock_%s"),
        "sessions": open_sessions.of(found) if by.has_perm("accounts.view_signin") else [],
        "why_not": {
            "factor": rules.why_not_reset_factor(by, found, has_factor=second_factor.is_set_up(found)),
            "end": rules.why_not_end_session(by, found),
            "change": rules.why_not_change(by, found),
            "reset": rules.why_not_reset_password(by, found),
            "disable": actions.why_not_disable(by, found),
            "enable": rules.why_not_enable(by, found),
            "anonymise": actions.why_not_anonymise(by, found),
            "unlock": actions.why_not_unlock(by, found),
        },
        **refused,
    }
    return render(request, "accounts/person.html", context, status=status)


def hand_over(request: Request, found: User, password: str) -> HttpResponse:
    """Show a generated password, once, on a slip to print."""
    context = {
        "line": _line(found, []),
        "password": password,
        "address": request.build_absolute_uri("/"),
        "printed_at": periods.now(),
    }
    return render(request, "accounts/password_slip.html", context)

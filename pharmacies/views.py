"""The pages about pharmacies: the list, a new one, one pharmacy. A refused form is answered with 422 or 409."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cashpilot.web.forms import ReasonForm, renew, submit
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from pharmacies import actions
from pharmacies.forms import PharmacyForm, TokenForm
from pharmacies.models import ApiToken, Pharmacy

PAGE_LENGTH = 50

may_view = permission_required("pharmacies.view_pharmacy", raise_exception=True)
may_add = permission_required("pharmacies.add_pharmacy", raise_exception=True)
may_change = permission_required("pharmacies.change_pharmacy", raise_exception=True)


@require_safe
@may_view
def pharmacies(request: Request) -> HttpResponse:
    active_people = Count("assignments", filter=Q(assignments__user__is_active=True))
    rows = Pharmacy.objects.visible_to(request.user).annotate(people=active_people).order_by("-is_active", "name")
    page = Paginator(rows, PAGE_LENGTH).get_page(request.GET.get("page"))
    return render(request, "pharmacies/pharmacies.html", {"page": page})


@shown_again
@require_http_methods(["GET", "HEAD", "POST"])
@may_add
def new_pharmacy(request: Request) -> HttpResponseBase:
    form = PharmacyForm(request.POST if request.method == "POST" else None)
    outcome = submit(form, lambda: actions.create_pharmacy(**form.cleaned_data, by=request.user))
    if outcome.written:
        messages.success(request, _("%(pharmacy)s is added.") % {"pharmacy": outcome.written})
        return redirect("pharmacy", outcome.written.pk)
    return render(request, "pharmacies/new_pharmacy.html", {"form": form}, status=outcome.status)


@shown_again
@require_http_methods(["GET", "HEAD", "POST"])
@may_view
def pharmacy(request: Request, pk: int) -> HttpResponseBase:
    if request.method == "POST":
        return _change(request, pk)
    return page_of(request, visible(request, pk))


@may_change
def _change(request: Request, pk: int) -> HttpResponseBase:
    found = visible(request, pk)
    form = PharmacyForm(request.POST, instance=copy(found))
    outcome = submit(form, lambda: actions.edit_pharmacy(pk, **form.cleaned_data, by=request.user))
    if outcome.written:
        messages.success(request, _("%(pharmacy)s is saved.") % {"pharmacy": outcome.written})
        return redirect("pharmacy", pk)
    if outcome.refusal:
        renew(form)
    return page_of(request, found, status=outcome.status, form=form)


@shown_again
@require_POST
@may_change
def deactivate(request: Request, pk: int) -> HttpResponseBase:
    found = visible(request, pk)
    form = ReasonForm(request.POST, auto_id="deactivate_%s")
    outcome = submit(form, lambda: actions.deactivate_pharmacy(pk, **form.cleaned_data, by=request.user))
    if outcome.written:
        messages.success(request, _("%(pharmacy)s takes no new shifts.") % {"pharmacy": found})
        return redirect("pharmacy", pk)
    return page_of(request, found, status=outcome.status, deactivate_form=form)


@shown_again
@require_POST
@may_change
def reactivate(request: Request, pk: int) -> HttpResponseBase:
    found = visible(request, pk)
    form = ReasonForm(request.POST, auto_id="reactivate_%s")
    outcome = submit(form, lambda: actions.reactivate_pharmacy(pk, **form.cleaned_data, by=request.user))
    if outcome.written:
        messages.success(request, _("%(pharmacy)s takes shifts again.") % {"pharmacy": found})
        return redirect("pharmacy", pk)
    return page_of(request, found, status=outcome.status, reactivate_form=form)


def visible(request: Request, pk: int) -> Pharmacy:
    found: Pharmacy = get_object_or_404(Pharmacy.objects.visible_to(request.user), pk=pk)
    return found


def page_of(
    request: Request,
    found: Pharmacy,
    *,
    status: int = 200,
    revocations: dict[int, ReasonForm] | None = None,
    **refused: Any,
) -> HttpResponse:
    """Show one pharmacy. `refused`, and `revocations` by their token: forms to show again as they were sent."""
    by = request.user
    assignments = found.assignments.select_related("user").order_by("-user__is_active", "user__first_name", "user")
    context = {
        "pharmacy": found,
        "people": [assignment.user for assignment in assignments],
        "form": PharmacyForm(instance=copy(found)) if by.has_perm("pharmacies.change_pharmacy") else None,
        "deactivate_form": ReasonForm(auto_id="deactivate_%s"),
        "reactivate_form": ReasonForm(auto_id="reactivate_%s"),
        "why_not_deactivate": actions.why_not_deactivate(by, found),
        "why_not_reactivate": actions.why_not_reactivate(by, found),
        "tokens": _tokens(request, found, revocations or {}),
        "token_form": TokenForm(auto_id="token_%s"),
        **refused,
    }
    return render(request, "pharmacies/pharmacy.html", context, status=status)


def _tokens(request: Request, found: Pharmacy, refused: dict[int, ReasonForm]) -> list[tuple[ApiToken, ReasonForm]]:
    """Return the tokens of a pharmacy, newest first, each with the form that revokes it."""
    tokens = found.api_tokens.visible_to(request.user).select_related("created_by", "revoked_by")
    return [(token, refused.get(token.pk) or ReasonForm(auto_id=f"revoke_{token.pk}_%s")) for token in tokens]

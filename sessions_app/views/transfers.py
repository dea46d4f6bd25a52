"""Bank transfers, verified against the bank's list: one by one, or those that are ticked."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cashpilot.db.reading import named
from cashpilot.exceptions import ActionRefused
from cashpilot.web.forms import submit
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from pharmacies.filter_bar import with_filter_bar
from sessions_app import exports
from sessions_app.actions import movements as movement_actions
from sessions_app.filters.transfers import SHOWN, TransferFilter
from sessions_app.forms.movements import TransfersForm
from sessions_app.models import Movement
from sessions_app.pagination import NEWEST_TRANSFERS, CountedPaginator, Listable
from sessions_app.queries.bank_leftovers import unnoted_lines
from sessions_app.queries.totals import sum_transfers
from sessions_app.queries.transfers import likes_of
from sessions_app.views.responses import file_of, permitted

PAGE_LENGTH = 50


@require_safe
@permitted("view_every_cashsession")
@with_filter_bar(TransferFilter)
def transfers(request: Request) -> HttpResponse:
    return _page(request)


@require_safe
@permitted("export_cashsession")
def export_transfers(request: Request, extension: str) -> HttpResponseBase:
    form = TransferFilter(request)
    if not form.is_valid():
        return _page(request)
    return file_of(lambda: exports.transfers(form.in_order()), extension, form, request)


def _page(request: Request, *, status: int = 200, is_answer: bool = False, refused: Sequence[str] = ()) -> HttpResponse:
    """`is_answer`: a form is answered; `refused`: why transfers of it were not verified."""
    form = TransferFilter(request)
    rows, totals, count = _read(form)
    keyset = None if request.GET.get("sort") else NEWEST_TRANSFERS
    pages = CountedPaginator(rows, PAGE_LENGTH, count=count, keyset=keyset, asked=request.GET)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "form": form,
        "totals": totals,
        "page": page,
        # Who sees the page sees every pharmacy.
        "likes": likes_of(list(page)),
        "query": request.GET.urlencode(),
        "refused": refused,
        "unnoted": unnoted_lines(PAGE_LENGTH) if form.is_valid() and form.reach else [],
        "is_answer": False,
        "begins": is_answer,
    }
    status = status if form.is_valid() else 422
    return render(request, "sessions_app/transfers.html", context, status=status)


def _read(form: TransferFilter) -> tuple[Listable, dict[str, int], int]:
    """Return what is asked for, its totals and how many there are; nothing where the question cannot be read."""
    if not form.is_valid():
        nothing = Movement.objects.none()
        return nothing, sum_transfers(nothing, nothing), 0
    totals = form.totals()
    return form.listed(), totals, form.count(totals)


@shown_again
@require_POST
@permitted("verify_movement")
def verify_transfer(request: Request, movement_pk: int) -> HttpResponseBase:
    """Under htmx the row and the totals of what is filtered, else the page again at that row."""
    transfer = get_object_or_404(Movement.objects.visible_to(request.user), pk=movement_pk)
    form, verified = Form(request.POST), "undo" not in request.POST
    outcome = submit(
        form,
        lambda: movement_actions.verify_transfer(transfer.session_id, transfer.pk, verified=verified, by=request.user),
    )
    sentence = "" if outcome.written else str(form.non_field_errors()[0])
    if request.htmx:
        return _verified_row(request, movement_pk, sentence, status=outcome.status if sentence else 200)
    if sentence:
        messages.error(request, sentence)
        return _page(request, status=outcome.status)
    return redirect(f"{reverse('transfers')}?{request.GET.urlencode()}#transfer-{transfer.pk}")


@shown_again
@require_POST
@permitted("verify_movement")
def verify_together(request: Request) -> HttpResponseBase:
    """Each in a transaction of its own, so that one that was voided meanwhile holds up no other."""
    form = TransfersForm(request.POST, by=request.user)
    if not form.is_valid():
        return _page(request, status=422, is_answer=True, refused=[str(error) for error in form.errors["transfer"]])
    refused = []
    for transfer in form.cleaned_data["transfer"]:
        try:
            movement_actions.verify_transfer(transfer.session_id, transfer.pk, by=request.user)
        except ActionRefused as refusal:
            refused.append(f"{transfer.said}: {refusal.sentence}")
    if refused or request.htmx:
        return _page(request, status=409 if refused else 200, is_answer=True, refused=refused)
    return redirect(f"{reverse('transfers')}?{request.GET.urlencode()}")


def _verified_row(request: Request, pk: int, sentence: str, *, status: int) -> HttpResponse:
    transfer = get_object_or_404(named(Movement.objects.visible_to(request.user), *SHOWN), pk=pk)
    form = TransferFilter(request)
    totals: Any = form.totals() if form.is_valid() else None
    context = {
        "form": form,
        "page": [transfer],
        "likes": likes_of([transfer]),
        "totals": totals,
        "refusal": sentence,
        "is_answer": True,
        "query": request.GET.urlencode(),
    }
    return render(request, "sessions_app/transfers.html#verified", context, status=status)

"""Evidence that somebody sends: every batch, a new file, its preview, applied, undone."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cashpilot.exceptions import ActionRefused
from cashpilot.web.forms import ReasonForm, submit
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from sessions_app.actions import imports as import_actions
from sessions_app.forms.imports import (
    FileForm,
    InvoiceChoicesForm,
    QuestionsForm,
    TableChoicesForm,
    chosen_in,
    hidden_fields,
    labelled_bank_fields,
    labelled_fields,
)
from sessions_app.models import Batch, EvidenceKind
from sessions_app.queries import imports
from sessions_app.views.responses import PAGE_LENGTH, permitted

# So many rows, documents or gaps are shown at most.
MOST_SHOWN = 100


@require_safe
@permitted("view_day")
def import_list(request: Request) -> HttpResponse:
    people = ("source__pharmacy", "created_by", "applied_by", "undone_by")
    batches = Batch.objects.visible_to(request.user).select_related(*people).defer("content", "found")
    page = Paginator(batches.order_by("-created_at", "-pk"), PAGE_LENGTH).get_page(request.GET.get("page"))
    return render(request, "sessions_app/imports.html", {"page": page})


@shown_again
@require_http_methods(["GET", "HEAD", "POST"])
@permitted("change_day")
def new_import(request: Request) -> HttpResponseBase:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = FileForm(*sent, by=request.user)
    outcome = submit(form, lambda: _receive(form, request))
    if outcome.written:
        return redirect("import", outcome.written.pk)
    return render(request, "sessions_app/new_import.html", {"form": form}, status=outcome.status)


def _receive(form: FileForm, request: Request) -> Batch:
    try:
        return import_actions.receive_file(**form.cleaned_data, by=request.user)
    except ValidationError as error:
        raise ActionRefused(" ".join(error.messages[:5])) from None


@require_safe
@permitted("view_day")
def show_import(request: Request, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    return _page(request, batch, chosen=chosen_in(request.GET, batch.source.kind))


def _batch(request: Request, pk: int) -> Batch:
    visible = Batch.objects.visible_to(request.user).select_related("source__pharmacy")
    batch: Batch = get_object_or_404(visible, pk=pk)
    return batch


@shown_again
@require_POST
@permitted("change_day")
def apply_import(request: Request, pk: int) -> HttpResponseBase:
    batch, form = _batch(request, pk), Form(request.POST)
    chosen, token = chosen_in(request.POST, batch.source.kind), request.POST.get("token")
    outcome = submit(form, lambda: import_actions.apply_batch(pk, choices=chosen, token=token, by=request.user))
    if outcome.written:
        messages.success(request, _("%(file)s is applied.") % {"file": batch})
        return redirect("import", pk)
    return _page(request, _batch(request, pk), chosen=chosen, form=form, status=outcome.status)


@shown_again
@require_POST
@permitted("change_day")
def undo_import(request: Request, pk: int) -> HttpResponseBase:
    form = ReasonForm(request.POST)
    outcome = submit(form, lambda: import_actions.undo_batch(pk, **form.cleaned_data, by=request.user))
    batch = _batch(request, pk)
    if outcome.written:
        messages.success(request, _("%(file)s is undone.") % {"file": batch})
        return redirect("import", pk)
    return _page(request, batch, undo_form=form, status=outcome.status)


def _page(request: Request, batch: Batch, *, status: int = 200, chosen: Any = None, **forms: Any) -> HttpResponse:
    """Draw the preview while the batch waits, else what it did."""
    chosen = chosen or {}
    context = {"batch": batch, "form": Form(), **forms}
    if batch.applied_at:
        matches = batch.matches.select_related("shift", "day", "movement__session", "line").order_by("pk")
        context |= {"matches": list(map(imports.told, matches)), "undo_form": forms.get("undo_form") or ReasonForm()}
        context |= {"found": imports.invoices_in(batch), "most": MOST_SHOWN}
        return render(request, "sessions_app/import_done.html", context, status=status)
    preview = imports.preview_of(batch, chosen)
    context |= {"preview": preview, "hidden": hidden_fields(chosen), **_choices(batch, preview, chosen)}
    return render(request, "sessions_app/import_preview.html", context, status=status)


def _choices(batch: Batch, preview: Any, chosen: Any) -> dict[str, Any]:
    reading = preview.reading
    if batch.source.kind == EvidenceKind.INVOICES:
        choices = InvoiceChoicesForm(reading, batch.source.pharmacy.registers)
        return {"choices": choices, "questions": Form(), "answered": [], "most": MOST_SHOWN}
    names = labelled_bank_fields if batch.source.kind == EvidenceKind.BANK else labelled_fields
    return {
        "choices": TableChoicesForm(reading, chosen, names()),
        "questions": QuestionsForm(reading, chosen),
        "answered": QuestionsForm.answers_before(reading, chosen),
        "left_out": chosen.get("left_out", []),
        "taken": chosen.get("taken", []),
        "most": MOST_SHOWN,
    }

"""A file of the billing system: sent, looked at with its columns, imported."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cashpilot.web.forms import submit
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from sessions_app.actions import imports as import_actions
from sessions_app.forms.imports import ColumnsForm, DayFileForm
from sessions_app.models import DayImport
from sessions_app.queries import imports
from sessions_app.views.responses import permitted


@shown_again
@require_http_methods(["GET", "POST"])
@permitted("change_day")
def import_file(request: Request) -> HttpResponseBase:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DayFileForm(*sent, by=request.user)

    def write() -> DayImport:
        typed = form.cleaned_data
        return import_actions.receive_file(typed["pharmacy"], name=typed["file"].name, rows=form.rows, by=request.user)

    outcome = submit(form, write)
    if outcome.written:
        return redirect("import_preview", outcome.written.pk)
    return render(request, "sessions_app/day_file.html", {"form": form}, status=outcome.status)


@shown_again
@require_http_methods(["GET", "POST"])
@permitted("change_day")
def import_preview(request: Request, pk: int) -> HttpResponseBase:
    """The columns come from the query while they are chosen, and from the form once they are imported."""
    file = get_object_or_404(DayImport.objects.visible_to(request.user).select_related("pharmacy"), pk=pk)
    guessed = imports.guess(file, _remembered(file))
    if request.method == "GET":
        form = ColumnsForm(request.GET or guessed, file=file, columns=guessed)
        return _preview(request, file, form, status=200 if form.is_valid() else 422)
    form = ColumnsForm(request.POST, file=file, columns=guessed)
    state = request.POST.get("state")
    outcome = submit(form, lambda: import_actions.import_days(pk, columns=form.columns(), state=state, by=request.user))
    if not outcome.written:
        return _preview(request, file, form, status=outcome.status)
    messages.success(request, _("%(file)s is imported.") % {"file": file})
    return redirect("days")


def _remembered(file: DayImport) -> dict[str, str]:
    done = DayImport.objects.filter(pharmacy=file.pharmacy, imported_at__isnull=False).order_by("-imported_at").first()
    return done.columns if done else {}


def _preview(request: Request, file: DayImport, form: ColumnsForm, *, status: int) -> HttpResponse:
    lines: list[Any] = imports.lines(file, form.columns()) if form.is_bound and "date" in form.cleaned_data else []
    context = {
        "file": file,
        "form": form,
        "names": [label for name, (label, _read, _words) in imports.FIELDS.items() if name in form.columns()][1:],
        "lines": lines,
        "wrong": sum(bool(line.errors) for line in lines),
        "changing": sum(line.changes for line in lines),
        "in_cash": imports.transfers_in_cash(lines),
        "state": imports.fingerprint(lines),
        "done": file.imported_at and _("This file is imported."),
    }
    return render(request, "sessions_app/day_preview.html", context, status=status)

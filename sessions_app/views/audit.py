"""Views of changes."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cashpilot.web.http import Request
from pharmacies.filter_bar import with_filter_bar
from sessions_app.filters.audit import AuditFilter
from sessions_app.queries.audit.pages import Page, read_page, sheet
from sessions_app.views.responses import file_of, permitted


@require_safe
@permitted("view_audit")
@with_filter_bar(AuditFilter)
def audit_page(request: Request) -> HttpResponse:
    form = AuditFilter(request)
    page = read_page(form.asked()) if form.is_valid() else Page()
    context = {"form": form, "page": page}
    return render(request, "sessions_app/audit.html", context, status=form.http_status)


@require_safe
@permitted("view_audit")
def audit_export(request: Request, extension: str) -> HttpResponseBase:
    form = AuditFilter(request)
    if not form.is_valid():
        return render(request, "sessions_app/audit.html", {"form": form, "page": Page()}, status=422)
    return file_of(lambda: sheet(form.asked()), extension, form, request)

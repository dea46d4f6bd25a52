"""The reports: one mechanism for all of them, which sessions_app/reports declares."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cashpilot.db import replica
from cashpilot.web.http import Request
from pharmacies.filter_bar import with_filter_bar
from sessions_app.filters.reports import ReportFilter
from sessions_app.reports.catalogue import REPORTS
from sessions_app.reports.report import Table
from sessions_app.views.responses import file_of, permitted


@require_safe
@permitted("view_reports")
def index(request: Request) -> HttpResponse:
    return render(request, "sessions_app/reports.html", {"reports": REPORTS.values()})


@require_safe
@permitted("view_reports")
@with_filter_bar(ReportFilter)
def report(request: Request, name: str) -> HttpResponse:
    declared = REPORTS[name]
    form = ReportFilter(request, declared)
    with replica.reading() as known_until:
        table = form.arranged(declared.make(form.asked())) if form.is_valid() else Table([], [])
    orders = form.orders(column.name for column in table.columns)
    headings = [(column, orders[column.name]) for column in table.columns]
    context = {"report": declared, "form": form, "table": table, "headings": headings, "known_until": known_until}
    return render(request, "sessions_app/report.html", context, status=form.http_status)


@require_safe
@permitted("view_reports")
def export_report(request: Request, name: str, extension: str) -> HttpResponseBase:
    declared = REPORTS[name]
    form = ReportFilter(request, declared)
    if not form.is_valid():
        return report(request, name=name)
    with replica.reading():
        return file_of(
            lambda: form.arranged(declared.make(form.asked())).sheet(declared.title), extension, form, request
        )

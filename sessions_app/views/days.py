"""The days of the pharmacies: the list, one day, what was billed that day, the sign-off."""

import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cashpilot.web.forms import submit
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from pharmacies.filter_bar import with_filter_bar
from pharmacies.models import Pharmacy
from sessions_app import exports
from sessions_app.actions import days as day_actions
from sessions_app.domain.rules import days as day_rules
from sessions_app.filters.days import DaysFilter
from sessions_app.forms.days import DayForm, SignOffDayForm
from sessions_app.forms.fields import decide_on
from sessions_app.forms.marks import DecideForm
from sessions_app.models import CashSession
from sessions_app.queries import day_figures, shift_summary
from sessions_app.queries.audit.pages import read_page
from sessions_app.queries.audit.rows import AuditQuery
from sessions_app.queries.both_verdicts import add_verdicts
from sessions_app.queries.contradictions import add_contradictions
from sessions_app.queries.sign_off import is_alone_on_day
from sessions_app.views.responses import file_of, permitted

PAGE_LENGTH = 60


@require_safe
@permitted("view_day")
@with_filter_bar(DaysFilter)
def day_list(request: Request) -> HttpResponse:
    form = DaysFilter(request)
    rows = _listed(form) if form.is_valid() else []
    page = Paginator(rows, PAGE_LENGTH).get_page(request.GET.get("page"))
    add_contradictions(figures.day for figures in page if figures.day)
    return render(request, "sessions_app/days.html", {"form": form, "page": page}, status=form.http_status)


@require_safe
@permitted("export_cashsession")
def export_days(request: Request, extension: str) -> HttpResponseBase:
    form = DaysFilter(request)
    if not form.is_valid():
        return day_list(request)
    return file_of(lambda: exports.days(_listed(form)), extension, form, request)


def _listed(form: DaysFilter) -> list[day_figures.DayFigures]:
    """Return the days that a valid form asks for."""
    return form.listed(day_figures.figures_of_days(form.user, *form.asked()))


@shown_again
@require_http_methods(["GET", "HEAD", "POST"])
@permitted("view_day")
def day(request: Request, pharmacy_pk: int, date: datetime.date) -> HttpResponseBase:
    if request.method == "POST":
        return _write(request, pharmacy_pk, date)
    return _page(request, _pharmacy(request, pharmacy_pk), date)


def _pharmacy(request: Request, pk: int) -> Pharmacy:
    found: Pharmacy = get_object_or_404(Pharmacy.objects.visible_to(request.user), pk=pk)
    return found


def _page(
    request: Request, pharmacy: Pharmacy, date: datetime.date, *, status: int = 200, **refused: Any
) -> HttpResponse:
    """`refused`: forms to show again as they were sent."""
    figures = day_figures.of_day(request.user, pharmacy, date)
    of_day = CashSession.objects.visible_to(request.user).live().filter(pharmacy=pharmacy, business_date=date)
    shifts = list(of_day.with_what_was_left().select_related("cashier").order_by("opened_at", "id"))
    add_verdicts(shifts, request.user)
    written = figures.day
    add_contradictions([written] if written else [])
    of_shifts = [(shift.cashier_id, shift.status) for shift in shifts]
    is_alone = is_alone_on_day(request.user, of_shifts)
    context = {
        "figures": figures,
        "methods": shift_summary.methods(figures.row),
        "shifts": shifts,
        "form": DayForm(figures=figures),
        "sign_off_form": SignOffDayForm(initial={"version": written.version if written else 0}, auto_id="sign_%s"),
        "why_not_write": day_rules.why_not_write_day(request.user, date),
        "why_not_sign_off": day_rules.why_not_sign_off_day(request.user, written, of_shifts, is_alone=is_alone),
        "decide_form": DecideForm(version=written.version if written else None),
        "why_not_decide": day_rules.why_not_decide_day(
            request.user,
            written,
            of_shifts,
            is_alone=is_alone,
            is_undecided=bool(written and written.contradiction and not written.contradiction.decided),
        ),
        "history": read_page(AuditQuery(kind="day", number=written.pk)).entries if written else [],
        **refused,
    }
    return render(request, "sessions_app/day.html", context, status=status)


@permitted("change_day")
def _write(request: Request, pharmacy_pk: int, date: datetime.date) -> HttpResponseBase:
    pharmacy = _pharmacy(request, pharmacy_pk)
    form = DayForm(request.POST, figures=day_figures.of_day(request.user, pharmacy, date))
    outcome = submit(form, lambda: day_actions.write_day(pharmacy, date, **form.cleaned_data, by=request.user))
    if outcome.written:
        messages.success(request, _("The day is saved."))
        return redirect("day", pharmacy_pk, date)
    if outcome.refusal and outcome.refusal.conflict:
        form.renew()
    return _page(request, pharmacy, date, status=outcome.status, form=form)


@shown_again
@require_POST
@permitted("sign_off_day")
def sign_off_day(request: Request, pharmacy_pk: int, date: datetime.date) -> HttpResponseBase:
    pharmacy = _pharmacy(request, pharmacy_pk)
    form = SignOffDayForm(request.POST, auto_id="sign_%s")
    outcome = submit(form, lambda: day_actions.sign_off_day(pharmacy, date, **form.cleaned_data, by=request.user))
    if outcome.written:
        return redirect("day", pharmacy_pk, date)
    written = day_figures.of_day(request.user, pharmacy, date).day
    if outcome.refusal and outcome.refusal.conflict and written:
        decide_on(form, written)
    return _page(request, pharmacy, date, status=outcome.status, sign_off_form=form)


@shown_again
@require_POST
@permitted("sign_off_day")
def decide_on_day(request: Request, pharmacy_pk: int, date: datetime.date) -> HttpResponseBase:
    pharmacy = _pharmacy(request, pharmacy_pk)
    form = DecideForm(request.POST, version=None)
    outcome = submit(form, lambda: day_actions.decide_on_day(pharmacy, date, **form.values(), by=request.user))
    if outcome.written:
        return redirect("day", pharmacy_pk, date)
    written = day_figures.of_day(request.user, pharmacy, date).day
    if outcome.refusal and outcome.refusal.conflict and written:
        decide_on(form, written)
    return _page(request, pharmacy, date, status=outcome.status, decide_form=form)

"""What waits to be signed off: shifts one by one, or those that balance together, and days as a whole."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from cashpilot.exceptions import ActionRefused
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from sessions_app.actions import marks as mark_actions
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.filters.review import ReviewFilter
from sessions_app.forms.fields import decide_on
from sessions_app.forms.marks import SignOffRowForm, SignOffTogetherForm
from sessions_app.ledger.first_verdicts import later_changes
from sessions_app.models import CashSession, DayVerdict, Reply
from sessions_app.queries.both_verdicts import AtClose, at_close
from sessions_app.queries.sign_off import Standing, judge_standings
from sessions_app.queries.worklist import figures_of
from sessions_app.querysets.shifts import CashSessionQuerySet
from sessions_app.views.remembered import remembers
from sessions_app.views.responses import PAGE_LENGTH, permitted, submit, submit_idempotent

PEOPLE = ("pharmacy", "cashier", "signed_off_by")


@require_GET
@permitted("view_every_cashsession")
@remembers(ReviewFilter)
def review_queue(request: Request) -> HttpResponse:
    return _queue(request)


def _queue(
    request: Request,
    *,
    status: int = 200,
    refused: SignOffRowForm | None = None,
    together: SignOffTogetherForm | None = None,
) -> HttpResponse:
    """`refused`: the form of one shift, `together`: that of several, as they were sent."""
    filters = ReviewFilter(request)
    queue = _in_order(filters) if filters.is_valid() else CashSession.objects.none()
    page = Paginator(queue, PAGE_LENGTH).get_page(request.GET.get("page"))
    rows = _rows(request, [key[-2:] for key in page], refused)
    context = {
        "filters": filters,
        "figures": figures_of(request.user),
        "page": page,
        "rows": rows,
        "refused": refused,
        "together": together or SignOffTogetherForm(initial={"note": _("It balances.")}, auto_id="together_%s"),
        "can_together": any(row["may_be_ticked"] for row in rows),
    }
    status = status if filters.is_valid() else 422
    return render(request, "sessions_app/review.html", context, status=status)


def _in_order(filters: ReviewFilter) -> QuerySet[Any, Any]:
    """Return shifts and days in one order: rank, weight, date, which of both, number.

    Their numbers alone are put in order: all that a row shows, for every shift that waits, took four times as long.
    """
    shifts: Any = filters.shifts().ranked().annotate(is_day=Value(0)).order_by()
    days: Any = filters.days().ranked().annotate(is_day=Value(1)).order_by()
    keys = shifts.values_list("rank", "weight", "business_date", "is_day", "id")
    of_days = days.values_list("rank", "weight", "date", "is_day", "id")
    queue: QuerySet[Any, Any] = keys.union(of_days, all=True)
    return queue.order_by("rank", "-weight", "business_date", "is_day", "id")


def _rows(request: Request, keys: list[tuple[int, int]], refused: SignOffRowForm | None) -> list[dict[str, Any]]:
    """Return the rows of shifts and days, by which of both and number."""
    numbers = [number for is_day, number in keys if not is_day]
    shifts = {
        row["shift"].pk: row
        for row in _shift_rows(request, _to_show(CashSession.objects.filter(pk__in=numbers)), refused)
    }
    of_days = [number for is_day, number in keys if is_day]
    days = DayVerdict.objects.select_related("pharmacy").in_bulk(of_days) if of_days else {}
    return [
        {"day": days[number], "shift": None, "may_be_ticked": False} if is_day else shifts[number]
        for is_day, number in keys
    ]


def _to_show(shifts: CashSessionQuerySet) -> CashSessionQuerySet:
    people = shifts.select_related(*PEOPLE).with_unverified()
    return people.annotate(has_reply=Exists(Reply.objects.filter(session=OuterRef("pk"))))


def _shift_rows(
    request: Request, shown: Iterable[CashSession], refused: SignOffRowForm | None = None
) -> list[dict[str, Any]]:
    shifts = list(shown)
    changes = later_changes(shifts)
    standings = judge_standings(request.user, shifts, changes)
    first = at_close(shifts)
    return [_row(request, shift, standings[shift.pk], first.get(shift.pk), refused) for shift in shifts]


def _row(
    request: Request, shift: Any, standing: Standing, first: AtClose | None, refused: SignOffRowForm | None
) -> dict[str, Any]:
    changers, unverified = standing.changers, shift.unverified_amount
    together = mark_rules.why_not_sign_off_together(request.user, shift, changers, unverified=unverified)
    return {
        "day": None,
        "shift": shift,
        "at_close": first,
        "form": refused if refused and refused.shift == shift else SignOffRowForm(shift=shift),
        "why_not": mark_rules.why_not_sign_off(request.user, shift, changers, is_alone=standing.is_alone),
        "is_alone": standing.is_alone,
        "may_be_ticked": together is None,
        "is_ticked": f"{shift.pk}:{shift.version}" in request.POST.getlist("shift"),
    }


@shown_again
@require_POST
@permitted("sign_off_cashsession")
def sign_off_row(request: Request, pk: int) -> HttpResponseBase:
    """Under htmx the row alone, else the queue."""
    shift = get_object_or_404(_to_show(CashSession.objects.visible_to(request.user)), pk=pk)
    form = SignOffRowForm(request.POST, shift=shift)
    outcome = submit_idempotent(
        request, form, lambda: mark_actions.sign_off_shift(pk, **form.cleaned_data, by=request.user)
    )
    if outcome.written and not request.htmx:
        messages.success(request, _("Shift %(shift)s is signed off.") % {"shift": shift})
        return redirect(_back(request))
    if outcome.refusal:
        decide_on(form, outcome.refusal.shift)
    if not request.htmx:
        return _queue(request, status=outcome.status, refused=form)
    shown = _to_show(CashSession.objects.visible_to(request.user).filter(pk=pk))
    [row] = _shift_rows(request, shown, None if outcome.written else form)
    status = 200 if outcome.written else outcome.status
    return render(request, "sessions_app/review.html#row", {"row": row}, status=status)


@shown_again
@require_POST
@permitted("sign_off_cashsession")
def sign_off_together(request: Request) -> HttpResponseBase:
    form = SignOffTogetherForm(request.POST, auto_id="together_%s")
    versions = form.cleaned_data["shift"] if form.is_valid() else {}
    visible = CashSession.objects.visible_to(request.user).in_bulk(versions)
    if visible.keys() != versions.keys():
        raise Http404

    def write() -> tuple[dict[int, ActionRefused]]:
        return (mark_actions.sign_off_together(versions, note=form.cleaned_data["note"], by=request.user),)

    outcome = submit(form, write)
    if not outcome.written:
        return _queue(request, status=outcome.status, together=form)
    [refused] = outcome.written
    _tell(request, len(versions) - len(refused), refused)
    return _queue(request, status=409) if refused else redirect(_back(request))


def _tell(request: Request, signed: int, refused: dict[int, ActionRefused]) -> None:
    if signed:
        told = ngettext("%(count)s shift is signed off.", "%(count)s shifts are signed off.", signed)
        messages.success(request, told % {"count": signed})
    for pk, refusal in refused.items():
        messages.warning(request, f"#{pk}: {refusal.sentence}")


def _back(request: Request) -> str:
    query = request.GET.urlencode()
    return reverse("review_queue") + (f"?{query}" if query else "")

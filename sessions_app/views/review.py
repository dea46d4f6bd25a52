"""Views of what waits to be signed off: shifts one by one, or those that balance together, and days as a whole."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cashpilot import periods
from cashpilot.db.reading import named
from cashpilot.db.written_once import Rows, places, told
from cashpilot.exceptions import ActionRefused
from cashpilot.web.forms import Blank, submit
from cashpilot.web.http import Request
from cashpilot.web.stale_forms import shown_again
from pharmacies.filter_bar import with_filter_bar
from sessions_app.actions import marks as mark_actions
from sessions_app.domain.rules import marks as mark_rules
from sessions_app.filters.review import ReviewFilter
from sessions_app.forms.fields import decide_on
from sessions_app.forms.marks import SignOffForm, SignOffRowForm, SignOffTogetherForm, UndoForm
from sessions_app.ledger.first_verdicts import changes_in
from sessions_app.models import CashSession, Reply
from sessions_app.pagination import QUEUE, CountedPaginator
from sessions_app.queries.both_verdicts import AtClose, at_close, versions_of
from sessions_app.queries.contradictions import contradictions_of, tell_contradicted_days
from sessions_app.queries.evidence import evidence_of
from sessions_app.queries.sign_off import Standing, judge_standings
from sessions_app.queries.worklist import Figures, Place, figures_of
from sessions_app.querysets.shifts import UNLISTED, CashSessionQuerySet
from sessions_app.views.responses import PAGE_LENGTH, permitted, submit_idempotent

NAMED = ("pharmacy", "cashier", "deleted_by")
# Whoever signed a shift off may undo it.
UNSHOWN = [name for name in UNLISTED if name != "signed_off_by"]
# The form of a row that nobody typed into, with a place for the row's number.
BLANK = Blank(SignOffForm, "shift_{0}_%s")
# Where the session keeps what was signed off last, to be undone.
UNDO = "signed_off_last"


@require_safe
@permitted("view_every_cashsession")
@with_filter_bar(ReviewFilter)
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
    filters, figures = ReviewFilter(request), figures_of(request.user)
    page = _page(request, filters, figures)
    rows = _rows(request, list(page), filters, refused)
    context = {
        "filters": filters,
        "figures": figures,
        "page": page,
        "rows": rows,
        "usual": SignOffRowForm.usual,
        "refused": refused,
        "together": together or SignOffTogetherForm(initial={"note": _("It balances.")}, auto_id="together_%s"),
        "can_together": any(row["may_be_ticked"] for row in rows),
        "undo": _to_undo(request),
    }
    status = status if filters.is_valid() else 422
    return render(request, "sessions_app/review.html", context, status=status)


def _page(request: Request, filters: ReviewFilter, figures: Figures) -> Any:
    if not filters.is_valid():
        return CountedPaginator([], PAGE_LENGTH, count=0).get_page(1)
    count = _known_count(filters, figures)
    count = filters.count() if count is None else count
    pages = CountedPaginator(filters.queue(), PAGE_LENGTH, count=count, keyset=QUEUE, asked=request.GET)
    return pages.get_page(request.GET.get("page"))


def _known_count(filters: ReviewFilter, figures: Figures) -> int | None:
    """Return how many rows there are where the figures say it already."""
    counts = {
        frozenset[str](): figures.waiting,
        frozenset({"settle"}): figures.settle,
        frozenset({"missing"}): figures.missing_rows,
        frozenset({"rest"}): figures.only_to_sign_off,
    }
    return counts.get(frozenset(filters.asked()))


def _rows(
    request: Request, queued: list[Place], filters: ReviewFilter, refused: SignOffRowForm | None
) -> list[dict[str, Any]]:
    """Return the rows of shifts and days in these places of the queue. Of a day, its place says all that is shown.

    A row is a `day` alone (DayVerdict), or what `_row` returns with the `contradiction` of its shift, or None.
    """
    numbers = [place.id for place in queued if not place.is_day]
    shown = _shown(len(numbers)).ask(**told(numbers))
    shifts = {row["shift"].pk: row for row in _shift_rows(request, shown, refused)}
    has_days = len(numbers) < len(queued)
    where = {pharmacy.pk: pharmacy for pharmacy in filters.pharmacies} if has_days else {}
    days = {place.id: place.day(where[place.pharmacy]) for place in queued if place.is_day}
    tell_contradicted_days(days.values())
    return [
        {"day": days[place.id], "shift": None, "may_be_ticked": False} if place.is_day else shifts[place.id]
        for place in queued
    ]


# As many as a page has.
@lru_cache(maxsize=64)
def _shown(count: int) -> Rows[CashSession]:
    numbers: Any = places(count)
    return Rows(_to_show(CashSession.objects.filter(pk__in=numbers)))


def _to_show(shifts: CashSessionQuerySet) -> CashSessionQuerySet:
    shown = named(shifts, *NAMED).defer(*UNSHOWN)
    return shown.annotate(has_reply=Exists(Reply.objects.filter(session=OuterRef("pk"))))


def _shift_rows(
    request: Request, shown: Iterable[CashSession], refused: SignOffRowForm | None = None
) -> list[dict[str, Any]]:
    shifts = list(shown)
    versions = versions_of(shifts)
    standings = judge_standings(request.user, shifts, changes_in(versions))
    first, contradictions = at_close(shifts, versions), contradictions_of(shifts, request.user)
    return [
        _row(request, shift, standings[shift.pk], first.get(shift.pk), refused)
        | {"contradiction": contradictions.get(shift.pk)}
        for shift in shifts
    ]


def _row(
    request: Request, shift: Any, standing: Standing, first: AtClose | None, refused: SignOffRowForm | None
) -> dict[str, Any]:
    """Return what is drawn of a shift. `refused` is the form of one of them, as it was sent."""
    changers = standing.changers
    together = mark_rules.why_not_sign_off_together(request.user, shift, changers)
    return {
        "day": None,
        "shift": shift,
        "at_close": first,
        "form": refused if refused and refused.shift == shift else BLANK,
        "why_not": mark_rules.why_not_sign_off(request.user, shift, changers, is_alone=standing.is_alone),
        "is_alone": standing.is_alone,
        "may_be_ticked": together is None,
        "is_ticked": f"{shift.pk}:{shift.version}" in request.POST.getlist("shift"),
        "may_undo": bool(shift.signed_off_at) and mark_rules.why_not_undo_sign_off(request.user, shift) is None,
    }


@require_safe
@permitted("view_every_cashsession")
def evidence(request: Request, pk: int) -> HttpResponse:
    shifts = CashSession.objects.visible_to(request.user).with_what_was_left()
    shift = get_object_or_404(shifts.select_related("pharmacy", "cashier"), pk=pk)
    if shift.closed_at is None:
        raise Http404
    found = evidence_of(shift, request.user)
    return render(request, "sessions_app/review/evidence.html", {"evidence": found})


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
        _keep_to_undo(request, [pk])
        return redirect(_back(request))
    if outcome.refusal:
        decide_on(form, outcome.refusal.shift)
    if not request.htmx:
        return _queue(request, status=outcome.status, refused=form)
    status = 200 if outcome.written else outcome.status
    return _row_answer(request, pk, None if outcome.written else form, status=status)


def _row_answer(request: Request, pk: int, refused: SignOffRowForm | None = None, *, status: int) -> HttpResponse:
    """The row as it is now, with the figures above the queue."""
    rows = _shift_rows(request, _to_show(CashSession.objects.visible_to(request.user).filter(pk=pk)), refused)
    context = {"rows": rows, "usual": SignOffRowForm.usual, "figures": figures_of(request.user)}
    return render(request, "sessions_app/review.html#answer", context, status=status)


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
    _keep_to_undo(request, versions.keys() - refused.keys())
    return _queue(request, status=409) if refused else redirect(_back(request))


def _tell(request: Request, signed: int, refused: dict[int, ActionRefused]) -> None:
    if signed:
        told = ngettext("%(count)s shift is signed off.", "%(count)s shifts are signed off.", signed)
        messages.success(request, told % {"count": signed})
    for pk, refusal in refused.items():
        messages.warning(request, f"#{pk}: {refusal.sentence}")


# --- Undone -----------------------------------------------------------------------------------------------------------


@require_POST
@permitted("sign_off_cashsession")
def undo_sign_offs(request: Request) -> HttpResponseBase:
    """Under htmx, about one shift, its row; else the queue."""
    form = UndoForm(request.POST)
    versions = form.cleaned_data["shift"] if form.is_valid() else {}
    if versions.keys() != CashSession.objects.visible_to(request.user).in_bulk(versions).keys():
        raise Http404
    if not versions:
        return _queue(request, status=422)
    refused = _undo(request, versions)
    request.session.pop(UNDO, None)
    if request.htmx:
        return _row_answer(request, next(iter(versions)), status=409 if refused else 200)
    for pk, refusal in refused.items():
        messages.warning(request, f"#{pk}: {refusal.sentence}")
    if undone := len(versions) - len(refused):
        told = ngettext("%(count)s shift waits again.", "%(count)s shifts wait again.", undone)
        messages.success(request, told % {"count": undone})
    return _queue(request, status=409) if refused else redirect(_back(request))


def _undo(request: Request, versions: dict[int, int]) -> dict[int, ActionRefused]:
    refused = {}
    for pk, version in versions.items():
        try:
            mark_actions.undo_sign_off(pk, version=version, by=request.user)
        except ActionRefused as refusal:
            refused[pk] = refusal
    return refused


def _keep_to_undo(request: Request, shifts: Iterable[int]) -> None:
    """Remember in the session what was signed off just now; the rule says until when it can be undone."""
    signed = CashSession.objects.sign_off_undoable_by(request.user).filter(pk__in=shifts)
    request.session[UNDO] = {
        "until": (periods.now() + mark_rules.UNDONE_WITHIN).isoformat(),
        "shifts": [f"{pk}:{version}" for pk, version in signed.values_list("pk", "version")],
    }


def _to_undo(request: Request) -> list[str]:
    kept = request.session.get(UNDO, {})
    is_late = not kept or datetime.fromisoformat(kept["until"]) < periods.now()
    return [] if is_late else kept["shifts"]


def _back(request: Request) -> str:
    query = request.GET.urlencode()
    return reverse("review_queue") + (f"?{query}" if query else "")

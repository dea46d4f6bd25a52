"""Views of one shift's page."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from cashpilot.web.forms import ReasonForm
from cashpilot.web.http import Request
from sessions_app.domain import causes
from sessions_app.forms.marks import SignOffForm
from sessions_app.forms.movements import MovementForm
from sessions_app.forms.replies import ReplyForm
from sessions_app.ledger import hash_chain
from sessions_app.models import CashSession, Movement
from sessions_app.queries import shift_summary
from sessions_app.queries.audit.pages import history_of

MARK_FORMS = {
    "flag": ReasonForm,
    "unflag": ReasonForm,
    "sign_off": SignOffForm,
    "delete": ReasonForm,
    "restore": ReasonForm,
}


def visible_shift(request: Request, pk: int) -> CashSession:
    people = ("pharmacy", "cashier", "flagged_by", "signed_off_by", "deleted_by")
    shifts = hash_chain.with_seal(CashSession.objects.visible_to(request.user).select_related(*people))
    if request.user.has_perm("sessions_app.view_every_cashsession"):
        shifts = shifts.with_what_was_left()
    return get_object_or_404(shifts, pk=pk)


def render_shift(request: Request, pk: int, *, status: int = 200, **refused: Any) -> HttpResponse:
    """Answer with the shift as it is, or the part of it that changes. `refused`: forms to show again as sent."""
    shift = visible_shift(request, pk)
    movements = movements_of(shift)
    context = {
        "shift": shift,
        "movements": shift_summary.movement_lines(request.user, movements),
        "causes": causes.causes(shift, movements),
        "summary": shift_summary.summarize(shift),
        "why_not": shift_summary.why_not(request.user, shift),
        "history": history_of(shift),
        "movement_form": MovementForm(shift=shift),
        **{f"{mark}_form": form_class(auto_id=f"{mark}_%s") for mark, form_class in MARK_FORMS.items()},
        "replies": shift.replies.select_related("created_by").order_by("id") if shift.closed_at else [],
        "reply_form": ReplyForm(),
        "refusal": None,
        "void_form": None,
        "void_pk": None,
        **refused,
    }
    part = "#live" if _asks_for_part(request) else ""
    return render(request, f"sessions_app/shift.html{part}", context, status=status)


def _asks_for_part(request: Request) -> bool:
    """Forms that replace the whole content of their page name it as their target."""
    return bool(request.htmx) and request.htmx.target != "main"


def movements_of(shift: CashSession) -> list[Movement]:
    """Newest first, with their people."""
    movements = list(shift.movements.select_related("created_by", "voided_by", "verified_by").order_by("-id"))
    for movement in movements:
        movement.session = shift
    return movements


def answer_with_shift(request: Request, pk: int) -> HttpResponseBase:
    """Answer with the changed part of the page where that was asked for, else the page itself."""
    return render_shift(request, pk) if _asks_for_part(request) else redirect("shift", pk)

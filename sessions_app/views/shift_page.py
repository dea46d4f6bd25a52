"""Views of one shift's page."""

from datetime import datetime
from functools import cache
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cashpilot import periods
from cashpilot.db.reading import named
from cashpilot.db.written_once import Given, Rows, once_a_day
from cashpilot.web.forms import Blank, ReasonForm
from cashpilot.web.http import Request
from sessions_app.domain import causes
from sessions_app.domain.blind_count import is_blind_to
from sessions_app.domain.choices import MARKS, Kind
from sessions_app.domain.verdicts import then_and_now, what_changed
from sessions_app.forms.marks import DecideForm, SignOffForm
from sessions_app.forms.movements import MovementForm
from sessions_app.forms.replies import ReplyForm
from sessions_app.ledger import hash_chain
from sessions_app.models import CashSession, ControlLine, Movement, Reply
from sessions_app.queries import shift_summary
from sessions_app.queries.audit.pages import Entry, history_of
from sessions_app.queries.transfers import likes_of
from sessions_app.querysets.ledger import TOLD_OF_LINES

NAMES_OF_PEOPLE = ("id", "first_name", "last_name", "email")
# Of the history, so many acts are on the page of the shift itself.
ACTS_SHOWN = 5
ACTS = {
    "close_uncounted": ReasonForm,
    "flag": ReasonForm,
    "unflag": ReasonForm,
    "sign_off": SignOffForm,
    "delete": ReasonForm,
    "restore": ReasonForm,
}
BLANK_FORMS = {f"{act}_form": Blank(form, auto_id=f"{act}_%s") for act, form in ACTS.items()}


def visible_shift(request: Request, pk: int) -> CashSession:
    for shift in _shift_asked(request.user).ask(pk=pk):
        return _with_who_marked(shift)
    raise Http404


def _with_who_marked(shift: Any) -> CashSession:
    """Set the people who flagged, signed off and deleted a shift, as `_who` read them."""
    for mark in MARKS:
        told = getattr(shift, f"who_{mark}")
        setattr(shift, f"{mark}_by", User(**told) if told else None)
    marked: CashSession = shift
    return marked


@once_a_day
def _shift_asked(user: User) -> Rows[CashSession]:
    visible = CashSession.objects.visible_to(user).filter(pk=Given("pk")).select_related("pharmacy", "cashier")
    visible = visible.annotate(**{f"who_{mark}": _who(f"{mark}_by") for mark in MARKS})
    shifts = hash_chain.with_seal(visible.with_evidence())
    if user.has_perm("sessions_app.view_every_cashsession"):
        shifts = shifts.with_what_was_left().select_related("cashier__control_line")
    return Rows(shifts)


def _who(relation: str) -> Subquery:
    """Read what names a person, where there is one; three more joins would double what PostgreSQL plans."""
    person = User.objects.order_by().filter(pk=OuterRef(relation))
    return Subquery(person.values(told=JSONObject(**{name: name for name in NAMES_OF_PEOPLE})))


def render_shift(request: Request, pk: int, *, status: int = 200, **refused: Any) -> HttpResponse:
    """Answer with the shift as it is, or the part of it that changes. `refused`: forms to show again as sent."""
    shift = visible_shift(request, pk)
    movements = movements_of(shift)
    why_not = shift_summary.why_not(request.user, shift)
    history = history_of(shift, is_blind=is_blind_to(shift, request.user))
    acts = _acts_of(history)
    summary = shift_summary.summarize(shift, request.user)
    replies = _replies_asked().ask(shift=pk) if shift.closed_at else []
    context = {
        "shift": shift,
        "movements": shift_summary.movement_lines(request.user, shift, movements, history),
        "causes": causes.causes(shift, movements),
        "summary": summary,
        "noted": shift_summary.noted(shift),
        "why_not": why_not,
        "advice": shift_summary.advice_for(request.user, shift, why_not, has_reply=bool(replies)),
        "control_line": _line_told_of(shift, request.user),
        "history": acts,
        "acts_shown": ACTS_SHOWN,
        "older": reverse("shift_history", args=[pk]) if len(acts) > ACTS_SHOWN else "",
        "movement_form": MovementForm(shift=shift, initial={"kind": _kind_noted_last(shift, movements)}),
        **BLANK_FORMS,
        "decide_form": DecideForm(version=shift.version) if summary and summary.contradiction else None,
        "replies": replies,
        "reply_form": None if why_not["reply"] else ReplyForm(auto_id="reply_%s"),
        "refusal": _refusal_of(refused, why_not),
        "is_part": _asks_for_part(request),
        "void_form": None,
        "void_pk": None,
        **refused,
    }
    part = "#live" if context["is_part"] else ""
    return render(request, f"sessions_app/shift.html{part}", context, status=status)


def _refusal_of(refused: dict[str, Any], why_not: dict[str, str | None]) -> str | None:
    """Return the rule's sentence about a form that was refused: where the act is gone, its form is no more drawn."""
    acts = ["add_movement" if name == "movement_form" else name.removesuffix("_form") for name in refused]
    return next((sentence for act in acts if (sentence := why_not.get(act))), None)


def render_history(request: Request, pk: int) -> HttpResponse:
    """Answer with all of a shift's history, of which its page holds the newest acts."""
    shift = visible_shift(request, pk)
    context = {
        "shift": shift,
        "history": _acts_of(history_of(shift, is_blind=is_blind_to(shift, request.user))),
        "summary": shift_summary.summarize(shift, request.user),
    }
    return render(request, "sessions_app/shift_history.html", context)


def _acts_of(history: list[Entry]) -> list[Entry]:
    """Return the history without what the movements themselves tell."""
    return [entry for entry in history if not entry.movement]


def _kind_noted_last(shift: CashSession, movements: list[Movement]) -> str:
    """Return what is offered first: what was noted last while the shift is open, for what comes comes in rows."""
    return movements[0].kind if shift.is_open and movements else Kind.EXPENSE


def _line_told_of(shift: CashSession, reader: User) -> ControlLine | None:
    """Return the control line of the cashier, if this shift is of its climb and `reader` is told of it."""
    if shift.cashier == reader or not reader.has_perms(TOLD_OF_LINES):
        return None
    line: ControlLine | None = getattr(shift.cashier, "control_line", None)
    return line if line and line.since and line.since <= shift.business_date else None


def _asks_for_part(request: Request) -> bool:
    """Forms that replace the whole content of their page name it as their target."""
    return bool(request.htmx) and request.htmx.target != "main"


def movements_of(shift: CashSession) -> list[Movement]:
    """Newest first, with their people."""
    movements = _movements_asked().ask(shift=shift.pk)
    for movement in movements:
        movement.session = shift
    return movements


@cache
def _movements_asked() -> Rows[Movement]:
    of_shift = Movement.objects.filter(session=Given("shift"))
    return Rows(named(of_shift, "created_by", "voided_by", "verified_by").order_by("-id"))


@cache
def _replies_asked() -> Rows[Reply]:
    return Rows(named(Reply.objects.filter(session=Given("shift")), "created_by").order_by("id"))


def say_what_changed(request: Request, before: CashSession, now: CashSession) -> None:
    """Say which figures a correction changed, and what it made of a closed shift; what is sent again says nothing."""
    if before.version == now.version:
        return
    # Who counts blind is not told what was billed, by a page that others may look at.
    is_blind = now.closed_at is not None and is_blind_to(now, request.user)
    changed = "" if is_blind else what_changed(before, now)
    sentences = [changed, then_and_now(before, now) if before.closed_at else ""]
    if told := ". ".join(filter(None, sentences)):
        messages.success(request, told)


def hint_at_like(request: Request, transfer: Movement) -> None:
    """Warn that a transfer like this one was noted before; its shift is named only to who may see it."""
    like = likes_of([transfer]).get(transfer.pk)
    if like is None:
        return
    facts = {"when": _days_ago(like.created_at), "shift": f"#{like.shift}"}
    if Movement.objects.visible_to(request.user).filter(pk=like.pk).exists():
        told = _("An equal transfer was noted %(when)s in shift %(shift)s. See that it is not the same one.")
    else:
        told = _("An equal transfer was noted %(when)s. See that it is not the same one.")
    messages.warning(request, told % facts)


def _days_ago(moment: datetime) -> str:
    """Say in days of Paraguay how long ago it was."""
    days = (periods.today() - periods.local_date(moment)).days
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days} if days else _("today")


def answer_with_shift(request: Request, pk: int) -> HttpResponseBase:
    """Answer with the changed part of the page where that was asked for, else the page itself."""
    return render_shift(request, pk) if _asks_for_part(request) else redirect("shift", pk)

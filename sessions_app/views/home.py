"""The owner's front page: yesterday in a sentence, today's shifts, and the first of what is to settle."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from cashpilot.web.http import Request
from sessions_app.models import CashSession, DayVerdict
from sessions_app.queries.bank_leftovers import Leftovers, leftovers
from sessions_app.queries.both_verdicts import add_verdicts
from sessions_app.queries.contradictions import tell_contradicted_days
from sessions_app.queries.first_run import steps_of
from sessions_app.queries.front_rows import SHOWN, front_rows_of
from sessions_app.queries.today import Days, days_of
from sessions_app.queries.worklist import Worklist, worklist_of
from sessions_app.views.responses import permitted
from sessions_app.views.shifts import dashboard

# How many rows each of both lists may have at least; together they have as many as fit on a notebook's first screen.
LEAST = 3


@require_safe
@permitted("view_cashsession")
def home(request: Request) -> HttpResponseBase:
    """Show the list instead to a cashier, and for a question asked of the list."""
    is_front = not request.GET and not request.htmx
    if not is_front or not request.user.has_perm("sessions_app.view_every_cashsession"):
        return dashboard(request)
    rows = front_rows_of(request.user)
    worklist, days = worklist_of(request.user, rows.to_settle), days_of(request.user)
    bank = leftovers() if worklist.bank_lists else None
    context = {
        "worklist": worklist,
        "days": days,
        "bank": bank,
        "steps": steps_of(request.user, any_shift=worklist.every > 0),
        "mine": [shift for shift in rows.today if shift.is_open and shift.cashier == request.user],
        **_shown(worklist, days, bank, rows.today, request.user),
    }
    return render(request, "sessions_app/home.html", context)


def _shown(
    worklist: Worklist, days: Days, bank: Leftovers | None, shifts: list[CashSession], reader: User
) -> dict[str, Any]:
    """Return the rows of both lists, each with its verdict at the close where another one stands now."""
    room = SHOWN - len(worklist.lines) - bool(worklist.figures.between.missing) - bool(bank)
    to_settle = worklist.worst[: max(LEAST, room - days.count)]
    today = shifts[: max(LEAST, room - len(to_settle))]
    add_verdicts((row for row in (*to_settle, *today) if isinstance(row, CashSession)), reader)
    tell_contradicted_days(row for row in to_settle if isinstance(row, DayVerdict))
    return {"to_settle": to_settle, "shifts": today}

"""The owner's front page: what waits for somebody, above the list of shifts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cashpilot import periods
from cashpilot.web.http import Request
from sessions_app.queries import first_run, worklist
from sessions_app.views.responses import permitted
from sessions_app.views.shifts import dashboard, list_shifts


@require_GET
@permitted("view_cashsession")
def home(request: Request) -> HttpResponse:
    """Show the list alone to a cashier, and for a question asked of the list."""
    is_front = not request.GET and not request.htmx
    if not is_front or not request.user.has_perm("sessions_app.view_every_cashsession"):
        return dashboard(request)
    listed = list_shifts(request)
    steps = first_run.steps_of(request.user, any_shift=listed["totals"]["count"] > 0)
    context = {**listed, "worklist": worklist.worklist_of(request.user), "today": periods.today(), "steps": steps}
    return render(request, "sessions_app/home.html", context)

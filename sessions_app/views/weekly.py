"""The week on one page and one sheet, the first of the reports."""

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cashpilot import periods
from cashpilot.web.http import Request
from sessions_app.reports.weekly import last_whole_week, week_of
from sessions_app.views.responses import permitted

EARLIEST = date(2000, 1, 1)
# So many rows of what is to settle leave room on the sheet.
MOST_SHOWN = 12


@require_safe
@permitted("view_reports")
def weekly(request: Request) -> HttpResponse:
    week = week_of(request.user, _monday(request.GET.get("week", "")))
    context = {"week": week, "to_settle": week.to_settle[:MOST_SHOWN], "left_out": week.to_settle[MOST_SHOWN:]}
    return render(request, "sessions_app/weekly.html", context)


def _monday(asked: str) -> date:
    """Return the Monday of the week of the day that is asked for; of the last whole week where none is.

    Raises Http404 on what is no day, and on a week that has not begun.
    """
    if not asked:
        return last_whole_week()
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        raise Http404(_("There is no such week.")) from None
    if not EARLIEST <= day <= periods.around(periods.today(), "week")[1]:
        raise Http404(_("There is no such week."))
    return periods.around(day, "week")[0]

"""The mail about the week before, on Mondays, to those who chose the digest: what the page of the week says."""

from datetime import date
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from accounts.models import User
from cashpilot import periods
from sessions_app.mail.letters import (
    Letter,
    LetterRow,
    exception_row,
    line_row,
    page_address,
    queue_in_the_morning,
    tell_between,
)
from sessions_app.reports.report import Cell
from sessions_app.reports.weekly import Week, last_whole_week, week_of

MONDAY = 0


def queue_weekly_mails() -> None:
    """Queue the mail about the last whole week, once, on its Monday from DIGEST_HOUR on."""
    monday = last_whole_week()
    if periods.today().weekday() == MONDAY:
        queue_in_the_morning(f"week {monday}", lambda person: _letter(person, monday))


def _letter(person: User, monday: date) -> Letter:
    week = week_of(person, monday)
    listed = {
        **_places(week),
        _("Still to settle of this week"): [exception_row(row) for row in week.to_settle],
        _("Worth looking at together"): [line_row(line) for line in week.lines],
        _("Between shifts"): [LetterRow(_("In this week"), tell_between(week.between))],
    }
    return Letter(
        subject=week.title,
        intro=" ".join(said for said in (week.sentence, week.sales_sentence) if said),
        url=f"{page_address('report_weekly')}?{urlencode({'week': monday})}",
        sections={heading: rows for heading, rows in listed.items() if rows},
    )


def _places(week: Week) -> dict[str, list[LetterRow]]:
    """Return the figures of each pharmacy, and of all of them together, as the page shows them."""
    totals = [(week.sales.shown_total, week.results.shown_total)] if week.sales.shown_total else []
    places = [*zip(week.sales.shown, week.results.shown, strict=True), *totals]
    return {sales[0].text: _rows([*sales[1:], *results[1:]]) for sales, results in places}


def _rows(cells: list[Cell]) -> list[LetterRow]:
    return [LetterRow(cell.label, cell.text) for cell in cells if cell.text]

"""The query string of what waits to be signed off."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cashpilot.db.written_once import Rows, once_a_day
from pharmacies.query_forms import choice
from sessions_app.domain.choices import Result
from sessions_app.filters.base import Chosen, ShiftQueryForm
from sessions_app.models import CashSession, DayVerdict
from sessions_app.queries.search import Search, shifts_like
from sessions_app.queries.worklist import Asked, Queue, queue_places
from sessions_app.querysets.ledger import DayVerdictQuerySet
from sessions_app.querysets.shifts import CashSessionQuerySet

# Filter -> the shifts, and the days as a whole, that it leaves.
IN_SHIFTS: dict[str, Callable[[CashSessionQuerySet], CashSessionQuerySet]] = {
    "settle": CashSessionQuerySet.to_settle,
    "missing": CashSessionQuerySet.missing,
    "corrected": CashSessionQuerySet.corrected,
    "rest": CashSessionQuerySet.nothing_to_settle,
}
IN_DAYS: dict[str, Callable[[DayVerdictQuerySet], DayVerdictQuerySet]] = {
    "settle": DayVerdictQuerySet.to_settle,
    "missing": DayVerdictQuerySet.missing,
    "corrected": DayVerdictQuerySet.none,
    "rest": DayVerdictQuerySet.none,
}

# What the bar offers before anything else; each of them alone.
PRESETS = {
    "": _("Everything"),
    "settle": _("To settle"),
    "missing": _("Money missing"),
    "corrected": _("Corrected since"),
    "rest": _("Only to sign off"),
}


def _tick(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


class ReviewFilter(ShiftQueryForm):
    """The filters of the queue; `alone` asks for what was signed off by the same person lately instead."""

    pharmacy = choice(_("Pharmacy"))
    result = choice(_("Result"), Result.choices[1:])
    settle = _tick(_("Only what is to settle"))
    missing = _tick(_("Only what is missing"))
    corrected = _tick(_("Only what was short and is not now"))
    rest = _tick(_("Only what has nothing to settle"))
    alone = forms.BooleanField(label=_("Signed off by the same person"), required=False, widget=forms.HiddenInput)

    def presets(self) -> list[dict[str, Any]]:
        """Return links to the usual questions, keeping pharmacy, result and search."""
        links, chosen = [], [name for name in (*IN_SHIFTS, "alone") if self.data.get(name)]
        for name, label in PRESETS.items():
            query = self._without_page()
            for other in (*IN_SHIFTS, "alone"):
                query.pop(other, None)
            if name:
                query[name] = "1"
            links.append({"label": label, "query": query.urlencode(), "is_chosen": chosen == ([name] if name else [])})
        return links

    def queue(self) -> Queue:
        """Return the rows in their order, for a paginator."""
        return Queue(lambda asked: self._kept(_places, asked))

    def count(self) -> int:
        return sum(rows.count() for rows in _rows(self.user, self.chosen()))

    @property
    def is_only_a_preset(self) -> bool:
        """Say whether one of the usual questions is asked and nothing else, so that fewer filters would help nobody."""
        return self.asked() <= set(IN_SHIFTS)

    def asked(self) -> set[str]:
        """Return the names of the filters that are set."""
        return {name for name, value in self.cleaned_data.items() if value}


@once_a_day
def _places(user: User, narrowed: Chosen, asked: Asked) -> Rows[Any]:
    return Rows(queue_places(*_rows(user, dict(narrowed)), asked))


def _rows(user: User, chosen: dict[str, Any]) -> tuple[CashSessionQuerySet, DayVerdictQuerySet]:
    """Return the shifts, and the days as a whole, that are asked for."""
    shifts, days = CashSession.objects.visible_to(user), DayVerdict.objects.visible_to(user).to_settle()
    if chosen["alone"]:
        shifts, days = shifts.signed_off_alone_lately(), days.none()
    else:
        shifts = shifts.in_queue()
    if "text" in chosen:
        search = Search(chosen["text"])
        shifts, days = shifts.filter(shifts_like(search)), _days_like(search, days)
    for name, narrow in IN_SHIFTS.items():
        if chosen[name]:
            shifts, days = narrow(shifts), IN_DAYS[name](days)
    where = {name: value for name, value in chosen.items() if name in ("pharmacy", "result")}
    return shifts.filter(**where), days.filter(**where)


def _days_like(search: Search, days: DayVerdictQuerySet) -> DayVerdictQuerySet:
    """Select by the amount alone: a day as a whole is of nobody."""
    return days.filter(difference__in=[search.amount, -search.amount]) if search.amount else days.none()

"""The query string of what waits to be signed off."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pharmacies.query_forms import choice
from sessions_app.domain.choices import Result
from sessions_app.filters.base import ShiftQueryForm
from sessions_app.models import CashSession, DayVerdict
from sessions_app.queries.search import shifts_like
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

    def shifts(self) -> CashSessionQuerySet:
        visible = CashSession.objects.visible_to(self.user)
        rows = visible.signed_off_alone_lately() if self.cleaned_data["alone"] else visible.in_queue()
        for name in self._ticked():
            rows = IN_SHIFTS[name](rows)
        if self.search:
            rows = rows.filter(shifts_like(self.search))
        return rows.filter(**self._places())

    def days(self) -> DayVerdictQuerySet:
        rows = DayVerdict.objects.visible_to(self.user).to_settle()
        if self.cleaned_data["alone"]:
            return rows.none()
        for name in self._ticked():
            rows = IN_DAYS[name](rows)
        if self.search:
            # A day as a whole is of nobody: it is found by its amount alone.
            amount = self.search.amount or 0
            rows = rows.filter(difference__in=[amount, -amount]) if amount else rows.none()
        return rows.filter(**self._places())

    @property
    def is_only_a_preset(self) -> bool:
        """Say whether one of the usual questions is asked and nothing else, so that fewer filters would help nobody."""
        return self.asked() <= set(IN_SHIFTS)

    def asked(self) -> set[str]:
        """Return the names of the filters that are set."""
        return {name for name, value in self.cleaned_data.items() if value}

    def _ticked(self) -> list[str]:
        return [name for name in IN_SHIFTS if self.cleaned_data[name]]

    def _places(self) -> dict[str, Any]:
        return {name: value for name, value in self.chosen().items() if name in ("pharmacy", "result")}

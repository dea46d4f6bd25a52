"""Proposals: the changes that a batch would make to shifts and days if it were applied. Whole guaraníes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cashpilot.money import with_sign
from sessions_app.domain.billed import changes_by, disagreements
from sessions_app.domain.choices import BILLED, Method
from sessions_app.models import CashSession, Day, Line

LABELS = {
    **dict(zip(BILLED, (method.label for method in Method), strict=True)),
    "invoices": gettext_lazy("Number of invoices"),
    "cost": gettext_lazy("Cost of what was sold"),
}


@dataclass
class Received:
    """A file as it is kept: `content` only where it holds no customers, else the lines; `found`: what is no line."""

    content: bytes | None = None
    lines: list[Line] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """One figure as the batch says it. `effect`: fills, replaces, same, disagrees, or held until the shift closes."""

    name: str
    said: int | None
    before: int | None
    effect: str

    @property
    def label(self) -> str:
        return str(LABELS[self.name])


@dataclass(frozen=True)
class Proposal:
    """A batch says this of one shift, or of one day where `shift` is None. `rows`: where it stands in the file.

    `received` is what the shift, or the shifts of the day, took in; None while that is not known. `facts`: what is
    told beside the figures.
    """

    date: date
    said: Mapping[str, int | None]
    source: str
    shift: CashSession | None = None
    day: Day | None = None
    rows: tuple[int, ...] = ()
    received: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def row(self) -> Any:
        return self.shift or self.day or Day(date=self.date)

    @property
    def is_held(self) -> bool:
        return self.shift is not None and self.shift.is_open

    @property
    def figures(self) -> list[Figure]:
        """Nothing that an open shift holds is shown."""
        if self.is_held:
            return [Figure(name, amount, None, "held") for name, amount in self.said.items()]
        changed, others = changes_by(self.row, self.said, self.source), disagreements(self.row, self.said)
        figures = []
        for name, amount in self.said.items():
            before = getattr(self.row, name)
            effect = ("fills" if before is None else "replaces") if name in changed else "same"
            figures.append(Figure(name, amount, before, "disagrees" if _stands(name, changed, others) else effect))
        return figures

    @property
    def told(self) -> list[str]:
        """Return a sentence for each thing that is worth a look beside the figures."""
        facts = self.facts
        told = []
        if facts.get("first") is not None:
            text = ngettext(
                "%(invoices)s invoice, numbers %(first)s to %(last)s.",
                "%(invoices)s invoices, numbers %(first)s to %(last)s.",
                facts["invoices"],
            )
            told.append(text % facts)
        for currency, amount in facts.get("foreign", {}).items():
            told.append(_("Of it in %(currency)s: %(amount)s.") % {"currency": currency, "amount": with_sign(amount)})
        if facts.get("unmapped"):
            amount = {"amount": with_sign(facts["unmapped"])}
            told.append(_("%(amount)s do not say how they were paid, so the cash is not known.") % amount)
        if facts.get("is_doubled"):
            told.append(_("A number stands twice, so the cash is not known."))
        if facts.get("cancelled_late"):
            numbers = {"numbers": ", ".join(map(str, facts["cancelled_late"][:10]))}
            told.append(_("Cancelled after the close: %(numbers)s.") % numbers)
        return told

    @property
    def changes(self) -> bool:
        return any(figure.effect != "same" for figure in self.figures)

    @property
    def billed(self) -> int | None:
        """The whole of what is said to be billed; None if a method that is told of is not known."""
        amounts = [amount for name, amount in self.said.items() if name in BILLED]
        return None if None in amounts else sum(amount or 0 for amount in amounts)

    @property
    def state(self) -> list[Any]:
        """Return values that differ when what is touched has changed."""
        key = ["shift", self.shift.pk] if self.shift else ["day", self.date.isoformat()]
        return [*key, self.row.version if self.row.pk else 0, dict(self.said)]


def _stands(name: str, changed: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    return name in others and name not in changed


@dataclass
class Preview:
    """Everything that a batch would do. It is applied only while nothing is `wrong`."""

    proposals: list[Proposal]
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reading: Any = None
    # How invoices were read, of a table that holds some too; and those to be stored once it is applied.
    invoices: Any = None
    kept: list[Line] = field(default_factory=list)

    @property
    def token(self) -> str:
        """Tell one state of what the batch touches, and of how it is read, from another."""
        state = [proposal.state for proposal in self.proposals]
        return sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()

    @property
    def changing(self) -> int:
        return sum(proposal.changes for proposal in self.proposals)

    @property
    def rows(self) -> int:
        return sum(len(proposal.rows) for proposal in self.proposals)


def received_of(shifts: Iterable[CashSession]) -> int | None:
    """Return what the shifts took in; None if one of them is open, was not counted, or there is none."""
    sums = [shift.total_sales for shift in shifts]
    return None if not sums or None in sums else sum(amount or 0 for amount in sums)


def why_signed_off(proposals: Iterable[Proposal]) -> Iterable[str]:
    """Yield a sentence for each day that is signed off or without business, and that the batch would change."""
    for proposal in proposals:
        if proposal.day is None or proposal.shift or not proposal.changes:
            continue
        told = {"day": f"{proposal.date:%d/%m/%Y}"}
        if proposal.day.signed_off_at:
            yield _("%(day)s is signed off, and the file says something else.") % told
        elif proposal.day.is_closed:
            yield _("%(day)s was marked as without business.") % told

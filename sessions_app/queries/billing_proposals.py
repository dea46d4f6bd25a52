"""A billing table as proposals: a figure per shift where rows are of shifts, or invoices with hours; else per day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Avg
from django.utils import timezone
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.normalize import folded
from pharmacies.models import Pharmacy
from sessions_app.domain.choices import BilledSource
from sessions_app.evidence.billing_tables import read_billing
from sessions_app.evidence.billing_types import Expected, Line
from sessions_app.evidence.titles import METHODS
from sessions_app.models import Batch, CashSession, Day
from sessions_app.queries import tables
from sessions_app.queries.invoice_proposals import tell_open
from sessions_app.queries.invoice_tables import by_shift
from sessions_app.queries.proposals import Preview, Proposal, received_of, why_signed_off

# So far apart may be when the table and the till say that a shift began.
NEAR = timedelta(hours=1)
USUAL_OF = timedelta(days=60)
# A word for a part of the day, folded -> the hours between which its shifts open.
PARTS = {"manana": range(12), "tarde": range(12, 19), "noche": range(19, 24)}


def preview(batch: Batch, chosen: Mapping[str, Any]) -> Preview:
    """Return what a table would do, read with these choices. Raises ValidationError if it cannot be read at all."""
    pharmacy = batch.source.pharmacy
    reading = read_billing(tables.workbook_of(batch), _expected(pharmacy), tables.choices_of(batch, chosen))
    wrong = [str(problem) for problem in reading.problems]
    if reading.questions:
        wrong.append(_("Answer the questions first."))
    elif not reading.entries and not wrong:
        wrong.append(_("No row says an amount."))
    invoices = by_shift(batch, reading.entries)
    rest = replace(reading, entries=tuple(invoices.rest))
    proposals = [*invoices.proposals, *_proposals(pharmacy, rest.lines, rest.days)]
    wrong += [
        _("Row %(row)s: %(day)s has not come yet. Leave the row out below, or mend the file.")
        % {"row": proposal.rows[0], "day": f"{proposal.date:%d/%m/%Y}"}
        for proposal in proposals
        if proposal.date > periods.today()
    ]
    if settled := list(why_signed_off(proposals)):
        wrong += [*settled, _("Take that back first, or leave the rows of these days out below.")]
    notes = [*reading.notes, *tell_open(invoices.reading)]
    return Preview(proposals, wrong, notes, reading, invoices.reading, invoices.kept)


def _expected(pharmacy: Pharmacy) -> Expected:
    others = Pharmacy.objects.exclude(pk=pharmacy.pk).values_list("name", flat=True)
    since = periods.today() - USUAL_OF
    sold = CashSession.objects.live().filter(pharmacy=pharmacy, business_date__gte=since, total_sales__gt=0)
    usual = sold.aggregate(usual=Avg("total_sales"))["usual"]
    return Expected(periods.today(), pharmacy.name, tuple(others), int(usual) if usual else None)


def _proposals(pharmacy: Pharmacy, lines: Iterable[Line], days: Iterable[Line]) -> list[Proposal]:
    fine: dict[date, list[Line]] = defaultdict(list)
    for line in lines:
        fine[line.day].append(line)
    shifts: dict[date, list[CashSession]] = defaultdict(list)
    live = CashSession.objects.live().filter(pharmacy=pharmacy, business_date__in=fine)
    for shift in live.select_related("cashier").order_by("opened_at", "pk"):
        shifts[shift.business_date].append(shift)
    written = {day.date: day for day in Day.objects.filter(pharmacy=pharmacy, date__in=fine)}
    proposals = []
    for whole in days:
        there = shifts[whole.day]
        found = [_shift_of(line, there) for line in fine[whole.day]]
        if None not in found and len({shift.pk for shift in found if shift}) == len(found):
            pairs = zip(fine[whole.day], found, strict=True)
            proposals += [_of_shift(line, shift) for line, shift in pairs if shift]
        else:
            proposals.append(_of_day(whole, written.get(whole.day), there))
    return [proposal for proposal in proposals if proposal.said]


def _of_shift(line: Line, shift: CashSession) -> Proposal:
    return Proposal(
        line.day, _said(line), BilledSource.FILE, shift=shift, rows=line.rows, received=received_of([shift])
    )


def _of_day(line: Line, written: Day | None, shifts: list[CashSession]) -> Proposal:
    counts = {"invoices": line.invoices, "cost": line.cost}
    said = _said(line) | {name: amount for name, amount in counts.items() if amount is not None}
    return Proposal(line.day, said, BilledSource.FILE, day=written, rows=line.rows, received=received_of(shifts))


def _said(line: Line) -> dict[str, int | None]:
    known = {method: line.amounts.get(method) for method in METHODS}
    return {f"billed_{method}": amount for method, amount in known.items() if amount is not None}


def _shift_of(line: Line, shifts: list[CashSession]) -> CashSession | None:
    """Return the one shift of the day that a row can only mean; None where it says too little, or is below zero."""
    parts = [PARTS[word] for word in folded(line.shift).split() if word in PARTS]
    is_told = line.register or line.cashier or line.opened_at or parts
    if not is_told or any((line.amounts[name] or 0) < 0 for name in METHODS):
        return None
    digits = "".join(sign for sign in line.register if sign.isdigit())
    found = [shift for shift in shifts if not line.register or digits.lstrip("0") == str(shift.register)]
    if line.cashier:
        found = [shift for shift in found if _is_named(shift, line.cashier)]
    found = [shift for shift in found if all(timezone.localtime(shift.opened_at).hour in hours for hours in parts)]
    if line.opened_at and len(found) > 1:
        found = [shift for shift in found if abs(shift.opened_at - line.opened_at) <= NEAR]
    return found[0] if len(found) == 1 else None


def _is_named(shift: CashSession, said: str) -> bool:
    name = f"{folded(shift.cashier.get_full_name())} {folded(shift.cashier.email)}".replace("@", " ").replace(".", " ")
    words = folded(said).replace("@", " ").replace(".", " ").split()
    return bool(words) and set(words) <= set(name.split())

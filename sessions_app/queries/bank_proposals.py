"""A bank's list as pairs: which transfer is which line of an account. Amounts are whole guaraníes.

Lines that an earlier list of the account brought are known and not taken twice; those that are free still, of any
account, are candidates too. A transfer that somebody verified without a line is held against the lines as well, so
that its line is nobody else's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cashpilot import periods
from cashpilot.normalize import folded
from sessions_app.evidence.bank_lists import BankReading, read_bank
from sessions_app.evidence.matching import BankLine, Matching, Pair, Transfer, match
from sessions_app.models import Batch, Line, Match, Movement
from sessions_app.queries import tables
from sessions_app.queries.proposals import Preview
from sessions_app.querysets.movements import MovementQuerySet

# Transfers and lines that are free are looked for so far before a list begins.
BACK = timedelta(days=60)
# A list that begins so long after the one before leaves days of which nothing is known.
GAP = timedelta(days=4)
# Answers that hold for every list of an account.
LASTING = ("signs",)


class Option(NamedTuple):
    """A line that a transfer may be. `value` tells it, and whether the transfer was verified when it was offered."""

    value: str
    line: BankLine


@dataclass(frozen=True)
class Pairing:
    """A transfer with the lines that it may be; `picked` is the value of the one that is ticked, or blank."""

    transfer: Movement
    options: tuple[Option, ...]
    picked: str
    by_reference: bool = False


@dataclass
class BankPreview(Preview):
    """The transfers that a bank's list would verify; `new` are its lines that no other list has told before."""

    certain: list[Pairing] = field(default_factory=list)
    open: list[Pairing] = field(default_factory=list)
    unnoted: list[BankLine] = field(default_factory=list)
    returned: list[BankLine] = field(default_factory=list)
    other_amount: list[tuple[Movement, BankLine]] = field(default_factory=list)
    new: list[BankLine] = field(default_factory=list)

    @property
    def pairings(self) -> list[Pairing]:
        return [*self.certain, *self.open]

    @property
    def unnoted_amount(self) -> int:
        return sum(line.amount for line in self.unnoted)

    @property
    def rows(self) -> int:
        return len(self.reading.lines)


def remember(preview: Preview, chosen: Mapping[str, Any]) -> dict[str, Any]:
    answers = {key: value for key, value in chosen.get("answers", {}).items() if key in LASTING}
    return tables.remember(preview, chosen) | ({"answers": answers} if answers else {})


def preview(batch: Batch, chosen: Mapping[str, Any]) -> BankPreview:
    """Return what a list would verify, read with these choices. Raises ValidationError if it cannot be read at all."""
    reading = read_bank(tables.workbook_of(batch), tables.choices_of(batch, chosen))
    wrong = [str(problem) for problem in reading.problems]
    if reading.questions:
        wrong.append(_("Answer the questions first."))
    elif not reading.lines and not wrong:
        wrong.append(_("No row says an amount."))
    found = BankPreview([], wrong, list(reading.notes), reading)
    if not wrong:
        _hold_against(found, batch, chosen.get("pairs"))
    return found


def span_of(reading: BankReading) -> tuple[date, date]:
    """Return the first and the last day of a list that has lines."""
    days = [line.date for line in reading.lines]
    return min(days), max(days)


def free_transfers() -> MovementQuerySet:
    """Select the transfers that no line of the bank serves, verified or not."""
    serving = Match.objects.serving().filter(movement=OuterRef("pk"))
    free: MovementQuerySet = Movement.objects.transfers().filter(~Exists(serving))
    return free


def _hold_against(found: BankPreview, batch: Batch, picked: Mapping[str, str] | None) -> None:
    since = span_of(found.reading)[0] - BACK
    movements = {
        movement.pk: movement
        for movement in free_transfers()
        .filter(created_at__gte=periods.midnight(since))
        .select_related("session__pharmacy", "session__cashier")
    }
    found.new = _new_lines(found.reading, batch)
    unnoted = Line.objects.unnoted().filter(date__gte=since, amount__gt=0)
    lines = [*found.new, *map(_stored, unnoted)]
    matching = match(map(_transfer, movements.values()), lines)
    _arrange(found, matching, movements, picked)
    found.notes += _remarks(found, batch)


def _transfer(movement: Movement) -> Transfer:
    """One that was noted after the close came in before it."""
    noted = min(movement.created_at, movement.session.closed_at or movement.created_at)
    return Transfer(movement.pk, localtime(noted).date(), movement.amount, movement.reference)


def _stored(line: Line) -> BankLine:
    return BankLine(f"stored-{line.pk}", line.date, line.amount or 0, line.key, line.facts.get("text", ""))


def _new_lines(reading: BankReading, batch: Batch) -> list[BankLine]:
    """Return the lines that no list of the account brought; of equal ones as many as this list has more."""
    stored = Line.objects.of_the_bank().filter(batch__source=batch.source_id, date__range=span_of(reading))
    known = Counter(_identity(_stored(line)) for line in stored)
    new = []
    for line in reading.lines:
        if known[_identity(line)]:
            known[_identity(line)] -= 1
        else:
            new.append(line)
    return new


def _identity(line: BankLine) -> tuple[Any, ...]:
    return line.date, line.amount, folded(line.reference) or folded(line.text)


def _arrange(
    found: BankPreview, matching: Matching, movements: Mapping[Any, Movement], picked: Mapping[str, str] | None
) -> None:
    """Put the pairs in rows. Of a shift that is open nothing is verified: evidence waits for the count."""

    def pairing(key: Any, lines: Iterable[BankLine], pair: Pair | None = None) -> Pairing:
        transfer = movements[key]
        seen = "-seen" if transfer.verified_at else ""
        options = tuple(Option(f"{line.key}{seen}", line) for line in lines)
        ticked = options[0].value if pair else ""
        if picked is not None:
            ticked = picked.get(str(key), "")
        return Pairing(transfer, options, ticked, bool(pair and pair.by_reference))

    certain = [pairing(pair.transfer.key, [pair.line], pair) for pair in matching.certain]
    doubtful = [pairing(item.transfer.key, item.lines) for item in matching.open]
    found.certain = [row for row in certain if not row.transfer.session.is_open]
    found.open = [row for row in doubtful if not row.transfer.session.is_open]
    if waiting := len(certain) + len(doubtful) - len(found.pairings):
        told = ngettext(
            "%(count)s transfer is of an open shift: it waits for the next list.",
            "%(count)s transfers are of open shifts: they wait for the next list.",
            waiting,
        )
        found.notes.append(told % {"count": waiting})
    new = {line.key for line in found.new}
    found.unnoted = [line for line in matching.unclaimed if line.key in new]
    found.returned = matching.returned
    found.other_amount = [(movements[pair.transfer.key], pair.line) for pair in matching.other_amount]


def _remarks(found: BankPreview, batch: Batch) -> list[str]:
    remarks = []
    if known := len(found.reading.lines) - len(found.new):
        told = ngettext(
            "%(count)s line is known from an earlier list.", "%(count)s lines are known from earlier lists.", known
        )
        remarks.append(told % {"count": known})
    before = Line.objects.of_the_bank().filter(batch__source=batch.source_id).order_by("-date").first()
    first = span_of(found.reading)[0]
    if before and first - before.date > GAP:
        days = {"last": f"{before.date:%d/%m/%Y}", "first": f"{first:%d/%m/%Y}"}
        remarks.append(_("No list of this account says what came in between %(last)s and %(first)s.") % days)
    return remarks

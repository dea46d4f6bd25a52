"""Does a table make sense? What is odd is asked, and what is worth knowing is said; nothing is changed in silence."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import median

from django.utils.translation import gettext as _

from cashpilot.money import group
from cashpilot.normalize import folded
from sessions_app.evidence.billing_rows import Reader
from sessions_app.evidence.billing_types import NO, YES, Entry, Expected, LeftOut, Question, add
from sessions_app.evidence.titles import METHODS, Field

# A day before this is rather a slip of the year.
OLD = timedelta(days=400)
# So many times smaller (or larger) than usual is rather thousands left away than a bad day.
THOUSANDS = 100
# No pharmacy sells as little as this in its best day.
SMALLEST_DAY = 20_000
# A figure that fits the others once it is multiplied by a thousand.
NEAR = 5
MOST_NAMED = 10


def questions(reader: Reader, entries: Sequence[Entry], expected: Expected) -> Iterator[Question]:
    """Yield what has to be confirmed before the entries are applied."""
    yield from _odd_days(entries, expected)
    yield from _odd_sizes(reader, entries, expected)
    yield from _small_cells(entries)
    yield from _other_pharmacy(reader, expected)
    yield from _repeated(reader, entries)
    yield from _credit_notes(reader, entries)
    yield from _sums(reader, entries)


def _as_it_is() -> dict[str, str]:
    return {YES: _("Yes, take it as it is")}


def _rows(entries: Sequence[Entry]) -> str:
    more = "…" if len(entries) > MOST_NAMED else ""
    return ", ".join(str(entry.row) for entry in entries[:MOST_NAMED]) + more


def _odd_days(entries: Sequence[Entry], expected: Expected) -> Iterator[Question]:
    old = [entry for entry in entries if entry.day < expected.today - OLD]
    if old:
        text = _("Days of more than a year ago (rows %(rows)s, %(day)s): is that right?")
        yield Question("old", text % {"rows": _rows(old), "day": f"{old[0].day:%d/%m/%Y}"}, _as_it_is())


def _of_day(entries: Sequence[Entry]) -> list[int]:
    days: dict[object, int] = defaultdict(int)
    for entry in entries:
        days[entry.day] += sum(amount or 0 for amount in entry.amounts.values())
    return [total for total in days.values() if total > 0]


def _odd_sizes(reader: Reader, entries: Sequence[Entry], expected: Expected) -> Iterator[Question]:
    days = _of_day(entries)
    if not days:
        return
    typical = median(days)
    is_small = typical < expected.usual / THOUSANDS if expected.usual else max(days) < SMALLEST_DAY
    if is_small and not reader.has(Field.NUMBER):
        text = _("A day comes to %(typical)s only. Are these thousands, or is something left away?")
        yield Question("small", text % {"typical": group(int(typical))}, _as_it_is())
    if expected.usual and typical > expected.usual * THOUSANDS:
        text = _("A day comes to %(typical)s. Is that right?")
        yield Question("large", text % {"typical": group(int(typical))}, _as_it_is())


def _small_cells(entries: Sequence[Entry]) -> Iterator[Question]:
    """Among millions, `1.250` is rather a million without its last three zeros."""
    for method in METHODS:
        known = [(entry, amount) for entry in entries if (amount := entry.amounts.get(method))]
        typical = median(abs(amount) for _entry, amount in known) if len(known) > 1 else 0
        small = [
            entry
            for entry, amount in known
            if typical / NEAR < abs(amount) * 1000 < typical * NEAR and typical >= SMALLEST_DAY
        ]
        if small:
            text = _("An amount is a thousand times smaller than the others (rows %(rows)s): is that right?")
            yield Question(f"small:{method}", text % {"rows": _rows(small)}, _as_it_is())


def _other_pharmacy(reader: Reader, expected: Expected) -> Iterator[Question]:
    """The name of another pharmacy, and not one's own, stands above the table or on its sheet."""
    texts = [cell for row in reader.layout.above for cell in row.cells] + [reader.layout.sheet.name]
    texts += [reader.cell(row, Field.BRANCH) for row in reader.layout.below]
    said = folded(" · ".join(texts))
    own = folded(expected.pharmacy)
    if own and own in said:
        return
    for name in expected.other_pharmacies:
        if folded(name) in said:
            text = _("The file names %(other)s. Is it of %(pharmacy)s?")
            yield Question("pharmacy", text % {"other": name, "pharmacy": expected.pharmacy}, _as_it_is())
            return


def _repeated(reader: Reader, entries: Sequence[Entry]) -> Iterator[Question]:
    again = _said_again(reader, entries)
    if again:
        text = _("Rows that say the same as one above them (%(rows)s). Count them once?") % {"rows": _rows(again)}
        yield Question("again", text, {YES: _("Once"), NO: _("Every time")})
    counted = Counter(_identity(entry) for entry in entries)
    twice = [entry for entry in entries if entry.number and counted[_identity(entry)] > 1]
    if twice:
        text = _("The same invoice stands in several rows (%(rows)s). Count it once?") % {"rows": _rows(twice)}
        yield Question("twice", text, {YES: _("Once"), NO: _("Every time")})


def _document(entry: Entry) -> tuple[str, str, bool]:
    """Invoices and credit notes are numbered apart."""
    return entry.branch, entry.number, entry.is_note


def _identity(entry: Entry) -> tuple[Hashable, ...]:
    """One invoice may be paid in several ways, a row each."""
    return *_document(entry), *(method for method, amount in entry.amounts.items() if amount)


def _credit_notes(reader: Reader, entries: Sequence[Entry]) -> Iterator[Question]:
    if not reader.has(Field.CONDITION) or reader.has(*METHODS):
        return
    notes = [entry for entry in entries if entry.is_note and (entry.total or 0) > 0]
    if notes:
        text = _("Credit notes that are above zero (rows %(rows)s): take them off?") % {"rows": _rows(notes)}
        yield Question("notes", text, {YES: _("Take them off"), NO: _("Add them up")})


def _sums(reader: Reader, entries: Sequence[Entry]) -> Iterator[Question]:
    """A total beside the methods is their sum, or something is missing between them."""
    if not reader.has(Field.TOTAL) or not reader.has(*METHODS):
        return
    off = [entry for entry in entries if entry.total is not None and entry.total != (add(entry.amounts.values()) or 0)]
    if off:
        values = {
            "rows": _rows(off),
            "total": group(off[0].total or 0),
            "sum": group(add(off[0].amounts.values()) or 0),
        }
        text = _("The total is not the sum of the methods (rows %(rows)s): %(total)s, and %(sum)s.") % values
        yield Question("sum", text, _as_it_is())


def _said_again(reader: Reader, entries: Sequence[Entry]) -> list[Entry]:
    """Return the rows that are, cell by cell, as one above: of two sums that is odd, of two sales it is not."""
    if reader.has(Field.CONDITION, Field.NUMBER, Field.HOUR):
        return []
    cells = {row.number: row.cells for row in reader.layout.below}
    return _later_ones(entries, lambda entry: cells[entry.row])


def _later_ones(entries: Sequence[Entry], key: Callable[[Entry], Hashable]) -> list[Entry]:
    first: dict[Hashable, Entry] = {}
    return [entry for entry in entries if first.setdefault(key(entry), entry) is not entry]


def without_repeated(reader: Reader, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries, each invoice and each row once if somebody said so."""
    answers, repeated = reader.choices.answers, []
    if answers.get("twice") == YES:
        repeated += _later_ones([entry for entry in entries if entry.number], _identity)
    if answers.get("again") == YES:
        repeated += _said_again(reader, entries)
    rows = {entry.row for entry in repeated}
    return _counted_once([entry for entry in entries if entry.row not in rows])


def _counted_once(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries; of an invoice that is paid in several ways the first row counts as an invoice."""
    numbered = [entry for entry in entries if entry.number]
    again = {entry.row for entry in _later_ones(numbered, _document)}
    parts = again - {entry.row for entry in _later_ones(numbered, _identity)}
    return [replace(entry, invoices=0) if entry.row in parts else entry for entry in entries]


def of_one_branch(
    reader: Reader, entries: Sequence[Entry], expected: Expected, asked: list[Question], left_out: list[LeftOut]
) -> list[Entry]:
    """Return the entries of the pharmacy's own branch, where a table holds several."""
    branches = sorted({entry.branch for entry in entries if entry.branch})
    if len(branches) < 2:
        return list(entries)
    own = [branch for branch in branches if expected.pharmacy and folded(branch) == folded(expected.pharmacy)]
    options = {branch: branch for branch in branches}
    if not own:
        asked.append(Question("branch", _("The table holds several branches. Which one is meant?"), options))
    chosen = reader.choices.answers.get("branch") or (own[0] if own else "")
    if chosen not in options:
        return list(entries)
    rows = {row.number: row for row in reader.layout.below}
    for entry in entries:
        if entry.branch != chosen:
            left_out.append(LeftOut(entry.row, rows[entry.row].cells, _("of another branch")))
    return [entry for entry in entries if entry.branch == chosen]


def notes(reader: Reader, entries: Sequence[Entry]) -> Iterator[str]:
    """Yield what is taken as it is, and worth a look."""
    below = [entry for entry in entries if any((amount or 0) < 0 for amount in entry.amounts.values())]
    if below:
        yield _("Below zero (returns) in rows %(rows)s.") % {"rows": _rows(below)}
    for method in METHODS:
        if reader.has(method):
            blank = [entry for entry in entries if entry.amounts.get(method) is None]
            if blank and len(blank) < len(entries):
                column = reader.columns[method][0].title
                yield _("Empty cells of %(column)s in rows %(rows)s say nothing.") % {
                    "column": column,
                    "rows": _rows(blank),
                }
